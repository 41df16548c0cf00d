# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import timedelta

import pytest

from archive.errors import IntegrityError, TrustError
from preservation.evidence.batch import load_tree
from preservation.evidence.repository import EvidenceRepository, record_for, verify_object
from preservation.evidence.sealing import seal_due
from preservation.indications import Indication
from preservation.renewal.forecast import forecast
from preservation.renewal.renew import renew_due
from preservation.trust.store import TrustStore


def _renew(world, at, **options):
    return renew_due(world.home, world.tsa, at, trust=TrustStore(world.authority.anchors()), **options)


def _damage(world, batch, path, change):
    """Write over a file of a batch, with the file system's permission."""
    objects = world.home.evidence_objects()
    file = world.home.path / "store" / objects.locate(batch.object_key, path)
    file.chmod(0o644)
    file.write_bytes(change(file.read_bytes()))


def test_one_token_renews_every_batch_that_is_due(world):
    """Three seals, one renewal; renewing again finds nothing due."""
    objects = []
    for number in range(3):
        objects.append(world.keep(f"e{number}", {"received/a": b"%d" % number}))
        seal_due(world.home, world.tsa)
    at = world.travel(2031, 7)
    report = _renew(world, at)
    assert (report.batch.count, len(report.renewed)) == (3 + 1, 3)
    assert _renew(world, at).batch is None
    world.travel(2040)
    for object_id in objects:
        verdict = verify_object(
            world.home, object_id, at=world.clock.now(), trust=TrustStore(world.authority.anchors())
        )
        assert verdict.indication is Indication.TOTAL_PASSED, verdict.reasons


def test_renewals_of_renewals_and_of_young_seals_share_a_token(world):
    """An old line and a new one end in the same batch, and both hold afterwards."""
    old = world.keep("old", {"received/a": b"old"})
    seal_due(world.home, world.tsa)
    _renew(world, world.travel(2031, 7))
    young = world.keep("young", {"received/a": b"young"})
    seal_due(world.home, world.tsa)
    at = world.travel(2045, 7)
    assert sum(fall.records for fall in forecast(world.home, at).falls if fall.overdue and fall.tokens) == 2
    assert _renew(world, at).batch.count == 2 + 1 + 1  # lines; that of the old list of material; the new list
    at = world.travel(2060)
    lengths = []
    for object_id in (old, young):
        verdict = verify_object(world.home, object_id, at=at, trust=TrustStore(world.authority.anchors()))
        assert verdict.indication is Indication.TOTAL_PASSED, verdict.reasons
        lengths.append(len(verdict.stamps))
    assert lengths == [3, 2]


def test_a_damaged_batch_is_reported_and_not_renewed(world):
    """A leaf changed on the disk: a finding that names the batch; the sound one is renewed."""
    batches = []
    for number in range(2):
        world.keep(f"e{number}", {"received/a": b"%d" % number})
        batches.append(seal_due(world.home, world.tsa))
    _damage(world, batches[0], "leaves.tsv", lambda data: data.replace(data[2:4], b"00", 1))
    report = _renew(world, world.travel(2031, 7))
    assert report.renewed == (batches[1].batch_id,)
    assert [(found.code, found.place) for found in report.findings] == [
        ("EVIDENCE-BATCH-DAMAGED", batches[0].object_key)
    ]
    with pytest.raises(IntegrityError):
        load_tree(world.home.evidence_objects(), batches[0])


def test_a_token_of_a_stranger_is_reported_and_not_renewed(world):
    """Judged by other anchors, nothing is covered."""
    world.keep("a", {"received/a": b"1"})
    seal_due(world.home, world.tsa)
    report = renew_due(world.home, world.tsa, world.travel(2031, 7), trust=TrustStore())
    assert (report.batch, [found.code for found in report.findings]) == (None, ["EVIDENCE-TOKEN-BROKEN"])
    assert "TOKEN-CHAIN: El certificado no lleva a nadie" in report.findings[0].message("es")


def test_a_new_token_outside_the_life_of_the_old_one_is_refused(world):
    """The authority's clock is past the end of the old certificate: covering it then would prove nothing."""
    world.keep("a", {"received/a": b"1"})
    seal_due(world.home, world.tsa)
    at = world.travel(2031, 7)
    world.travel(2033)
    with pytest.raises(TrustError):
        _renew(world, at)
    with world.home.catalog.reading() as tx:
        assert len(tx.batches()) == 1


def test_the_horizon_decides_what_is_due(world):
    """One year or three years ahead, half of a token's life at most; force takes everything."""
    world.keep("a", {"received/a": b"1"})
    seal_due(world.home, world.tsa)
    assert _renew(world, world.travel(2027), horizon=timedelta(days=3650)).batch is None
    at = world.travel(2030)
    assert _renew(world, at).batch is None
    assert _renew(world, at, horizon=timedelta(days=1000)).batch is not None
    assert _renew(world, at, force=True).batch is not None


def test_a_repository_serves_any_number_of_batches(world):
    """Six batches: every record is what a repository of its own gives."""
    repository = EvidenceRepository(world.home)
    for number in range(6):
        object_id = world.keep(f"e{number}", {"received/a": b"%d" % number})
        seal_due(world.home, world.tsa)
        assert repository.record_for(object_id) == record_for(world.home, object_id)


def test_an_object_that_is_not_what_was_sealed_gets_no_record(world):
    """A leaf of another object in the catalogue is an integrity error, not a record."""
    one = world.keep("one", {"received/a": b"1"})
    world.keep("two", {"received/a": b"2"})
    seal_due(world.home, world.tsa)
    objects = world.home.objects("villa")
    original = objects.inventory

    def swapped(object_id):
        return original(object_id.replace("one", "two"))

    objects.inventory = swapped
    with pytest.raises(IntegrityError, match="not what was sealed"):
        record_for(world.home, one)
