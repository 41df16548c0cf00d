# SPDX-License-Identifier: EUPL-1.2
"""The audit's look at evidence: what was tampered with is named, once and exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from archive.batches import BATCH, LEAVES, STAMP, batch_bytes, load_batch
from archive.findings import Severity
from archive.objects import NewVersion
from preservation.audit.run import audit
from preservation.evidence.sealing import seal_due
from preservation.renewal.renew import renew_due
from preservation.trust.store import TrustStore


@pytest.fixture
def sealed(world):
    """Five objects in two batches, the first renewed once, and the world that holds them."""
    world.travel(2026)
    world.objects = [world.keep(name, {"metadata/a": name.encode(), "metadata/b": b"b"}) for name in "xyz"]
    world.first = seal_due(world.home, world.tsa)
    world.objects += [world.keep(name, {"metadata/a": name.encode()}) for name in "vw"]
    world.second = seal_due(world.home, world.tsa)
    return world


def look(world, **options):
    trust = TrustStore.from_authority(world.authority, world.clock.now())
    return audit(world.home, trust=trust, **options)


def path_of(world, object_id, path):
    objects = world.home.evidence_objects() if "evidence" in object_id else world.home.objects("villa")
    return world.home.path / "store" / objects.locate(object_id, path)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def rewrite(world, batch, path, data):
    """Replace a file of a batch as a forger would who knows OCFL: inventory and sidecar agree."""
    objects = world.home.evidence_objects()
    key = batch.object_key
    kept = {name: b"".join(objects.read_verified(key, name)) for name in (BATCH, LEAVES, STAMP)} | {
        path: data
    }
    files = {name: objects.stage(key, name, (body,)) for name, body in kept.items()}
    objects.commit([NewVersion(key, files, "m", "u", world.clock.now())])


def told(report):
    return [(problem.kind, problem.object_id, problem.path) for problem in report.problems]


def test_every_sealed_version_is_proven_over_the_bytes_just_read(sealed):
    """A whole archive: as many records hold as there are sealed objects, and what is due is said once."""
    assert look(sealed).evidence.to_json() == {"verified": 5, "failed": 0, "due": 0}
    late = [sealed.keep(name, {"metadata/a": name.encode()}) for name in "lm"]
    report = look(sealed)
    assert report.evidence.to_json() == {"verified": 5, "failed": 0, "due": 2}
    (problem,) = report.problems
    assert (problem.kind, problem.tenant_id, problem.object_id) == ("EVIDENCE-ABSENT", "villa", late[0])
    assert "2" in problem.message("es")
    assert report.ok
    assert report.to_json()["evidence"]["due"] == 2


def test_without_trust_evidence_is_left_aside_and_the_report_says_so(sealed):
    """Nobody takes a fixity audit for one of evidence."""
    assert audit(sealed.home).to_json()["evidence"] is None


def test_a_flipped_byte_is_told_once_and_the_evidence_of_the_object_still_judged(sealed):
    """The file is named, not its object's evidence again: the record still proves what was received."""
    flip(path_of(sealed, sealed.objects[1], "metadata/a"))
    report = look(sealed)
    assert told(report) == [("STORE-CONTENT-DIGEST", sealed.objects[1], "metadata/a")]
    assert report.evidence.to_json() == {"verified": 5, "failed": 0, "due": 0}


@pytest.mark.parametrize(("path", "proven"), [(BATCH, 5), (LEAVES, 2), (STAMP, 5)])
def test_a_flipped_byte_in_a_batch_names_that_file_alone(sealed, path, proven):
    """Not each object of the batch; those that nothing proves without it are counted."""
    flip(path_of(sealed, sealed.first.object_key, path))
    report = look(sealed)
    assert told(report) == [("STORE-CONTENT-DIGEST", sealed.first.object_key, path)]
    assert (report.evidence.verified, report.evidence.failed) == (proven, 5 - proven)


def test_a_damaged_inventory_of_a_batch_is_named_alone(sealed):
    """Its copy stands in for it, so that its files are judged all the same."""
    flip(path_of(sealed, sealed.first.object_key, BATCH).parents[2] / "inventory.json")
    assert told(look(sealed)) == [("STORE-INVENTORY-DIGEST", sealed.first.object_key, "inventory.json")]


def test_a_batch_that_is_gone_is_named(sealed):
    """The catalogue knows of it, and the store has nothing."""
    folder = path_of(sealed, sealed.second.object_key, BATCH).parents[2].name
    for key in list(sealed.home.store.keys("evidence/ocfl/")):
        if folder in key:
            sealed.home.store.delete(key)
    report = look(sealed)
    assert told(report) == [("EVIDENCE-BATCH-DAMAGED", sealed.second.object_key, "inventory.json")]
    assert report.evidence.failed == 2


def test_a_batch_file_rewritten_with_its_inventory_is_named(sealed):
    """Fixity is content with it; the catalogue, the tree and the token are not."""
    foreign = load_batch(sealed.home.evidence_objects(), sealed.second.object_key).token
    leaves = b"".join(sealed.home.evidence_objects().read_verified(sealed.first.object_key, LEAVES))
    for path, data, failed in (
        (STAMP, foreign, 0),
        (BATCH, batch_bytes(replace(sealed.first, token=foreign)), 0),
        (LEAVES, leaves.replace(b":x\t", b":y\t"), 0),
        (LEAVES, leaves.replace(leaves[2:6], b"0000", 1), 3),
    ):
        whole = {name: _read(sealed, name) for name in (BATCH, LEAVES, STAMP)}
        rewrite(sealed, sealed.first, path, data)
        report = look(sealed)
        assert told(report) == [("EVIDENCE-BATCH-DAMAGED", sealed.first.object_key, path)]
        assert report.evidence.failed == failed
        rewrite(sealed, sealed.first, path, whole[path])
    assert look(sealed).ok


def _read(world, name):
    return b"".join(world.home.evidence_objects().read_verified(world.first.object_key, name))


def alter(world, statement, **values):
    engine = create_engine(f"sqlite:///{world.home.path / 'catalog.sqlite3'}")
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def test_a_token_swapped_in_the_catalogue_is_named_with_its_batch(sealed):
    """Both files of the store that hold the token disagree with it."""
    statement = "UPDATE batches SET token = :token WHERE batch_id = :id"
    alter(sealed, statement, token=sealed.second.token, id=sealed.first.batch_id)
    report = look(sealed)
    key = sealed.first.object_key
    assert told(report) == [("EVIDENCE-BATCH-DAMAGED", key, BATCH), ("EVIDENCE-BATCH-DAMAGED", key, STAMP)]
    assert (report.evidence.verified, report.evidence.failed) == (2, 3)


def test_an_object_replaced_with_inventory_and_record_is_named_by_its_evidence_alone(sealed):
    """Whoever changes file, inventory and catalogue alike meets the hash tree."""
    object_id = sealed.objects[2]
    objects = sealed.home.objects("villa")
    prefix = objects.locate(object_id, "metadata/a").split("/v1/")[0] + "/"
    for key in list(sealed.home.store.keys(prefix)):
        sealed.home.store.delete(key)
    staged = {name: objects.stage(object_id, name, (b"forged",)) for name in ("metadata/a", "metadata/b")}
    objects.commit([NewVersion(object_id, staged, "m", "u", sealed.clock.now())])
    report = look(sealed)
    assert told(report) == [("EVIDENCE-INVALID", object_id, "")]
    assert report.problems[0].tenant_id == "villa"
    assert "not what was sealed" in report.problems[0].message("es")
    assert not report.ok


def test_a_leaf_row_that_leads_elsewhere_fails_its_own_object(sealed):
    """The record does not fit: the object is named with the reason, the others hold."""
    alter(
        sealed,
        "UPDATE leaves SET leaf_index = 7 WHERE leaf_index = 2 AND batch_no ="
        " (SELECT batch_no FROM batches WHERE batch_id = :id)",
        id=sealed.first.batch_id,
    )
    report = look(sealed)
    assert ("EVIDENCE-INVALID", sealed.objects[2], "") in told(report)
    assert report.evidence.failed == 1


def test_a_token_that_nobody_renewed_is_told_once_for_its_batch(sealed):
    """Not for each of a million objects; a renewal in time keeps the others proven."""
    sealed.travel(2031, 6)
    trust = TrustStore(sealed.authority.anchors(), sealed.authority.intermediates())
    renew_due(sealed.home, sealed.tsa, sealed.clock.now(), trust=trust, force=True)
    late = sealed.keep("late", {"metadata/a": b"late"})
    assert look(sealed).evidence.to_json() == {"verified": 5, "failed": 0, "due": 1}
    third = seal_due(sealed.home, sealed.tsa)
    sealed.travel(2047)
    report = look(sealed)
    kinds = {problem.kind for problem in report.problems}
    assert kinds == {"EVIDENCE-TOKEN-EXPIRED"}
    assert third.object_key in {problem.object_id for problem in report.problems}
    assert len(report.problems) == 2
    assert report.evidence.to_json() == {"verified": 0, "failed": 6, "due": 0}
    assert late in sealed.home.objects("villa").object_ids()


def test_a_sample_judges_the_evidence_of_the_objects_that_it_meets(sealed):
    """Files that were not drawn stand in with their recorded digest."""
    flip(path_of(sealed, sealed.first.object_key, LEAVES))
    report = look(sealed, sample=100, seed=1)
    assert told(report) == [("EVIDENCE-BATCH-DAMAGED", sealed.first.object_key, LEAVES)]
    assert report.evidence.to_json() == {"verified": 2, "failed": 3, "due": 0}
    assert all(problem.severity is Severity.ERROR for problem in report.problems)
