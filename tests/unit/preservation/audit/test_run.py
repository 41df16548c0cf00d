# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from s3_stores import asked, mocked_store

from archive.clock import FixedClock
from archive.engines import Engines
from archive.home import Home
from archive.model import RECORD_PATH, FileRole, ObjectKind, ObjectRecord, StoredFile
from archive.objects import NewVersion
from preservation.audit.run import AuditReport, audit

WHEN = datetime(2026, 11, 21, 10, tzinfo=UTC)


def deposit(home, tenant_id, name, *, catalogued=True, version=1, lie=None):
    object_id = f"urn:longeva:{tenant_id}:{name}"
    objects = home.objects(tenant_id)
    files = {
        f"received/{n}.xml": objects.stage(object_id, f"received/{n}.xml", [b"%d" % n * 100])
        for n in range(4)
    }
    record = objects.stage(object_id, RECORD_PATH, [b"{}"])
    objects.commit([NewVersion(object_id, files | {RECORD_PATH: record}, "m", "longeva", WHEN)])
    if catalogued:
        row = ObjectRecord(object_id, tenant_id, ObjectKind.EXPEDIENTE, name, name, version, "0" * 64, WHEN)
        stored = [StoredFile(path, FileRole.DOCUMENT, digests) for path, digests in files.items()]
        with home.catalog.transaction() as tx:
            tx.add_object(row, lie(stored) if lie else stored)
    return object_id


@pytest.fixture
def home(tmp_path):
    with Home.create(tmp_path / "home", FixedClock(WHEN)) as made:
        made.add_tenant("villa", "Villa de Prueba", "L01990019")
        made.add_tenant("otra", "Otra Villa", "L01990024")
        deposit(made, "villa", "EXP1")
        deposit(made, "otra", "EXP2")
        yield made


def path_of(home, tenant_id, object_id, path):
    return home.path / "store" / home.objects(tenant_id).locate(object_id, path)


def test_a_whole_archive_has_no_problem_and_every_file_is_read(home):
    """A full audit reads each file once, evidence batches too, and tells how far it is."""
    evidence = home.evidence_objects()
    token = evidence.stage("urn:longeva:evidence:1", "token.tst", [b"token"])
    evidence.commit([NewVersion("urn:longeva:evidence:1", {"token.tst": token}, "m", "longeva", WHEN)])
    steps = []
    report = audit(home, on_progress=lambda done, total: steps.append((done, total)))
    assert report.ok
    assert (report.objects, report.files, report.problems) == (3, 11, ())
    assert report.bytes == 2 * (4 * 100 + 2) + 5
    assert [done for done, _ in steps] == list(range(1, 12))
    assert report.detection(1) == 1.0


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_damage_is_told_with_tenant_object_and_file(home, damage):
    """One changed byte, or a file gone, is named exactly."""
    object_id = "urn:longeva:otra:EXP2"
    path = path_of(home, "otra", object_id, "received/2.xml")
    path.write_bytes(b"2" * 99 + b"x") if damage == "changed" else path.unlink()
    report = audit(home)
    (problem,) = report.problems
    assert (problem.tenant_id, problem.object_id, problem.path) == ("otra", object_id, "received/2.xml")
    assert problem.kind == ("STORE-CONTENT-DIGEST" if damage == "changed" else "STORE-CONTENT-MISSING")
    assert not report.ok
    assert "received/2.xml" in problem.message("es")
    assert report.to_json()["problems"][0]["tenant"] == "otra"


def test_bytes_that_only_an_earlier_version_has_are_read_too(home):
    """What was received first is still evidence: damage to it is told, with its place."""
    object_id = "urn:longeva:villa:EXP1"
    objects = home.objects("villa")
    first = path_of(home, "villa", object_id, RECORD_PATH)
    kept = {
        path: objects.verify_file(object_id, path) for path in objects.inventory(object_id).version().state
    }
    kept[RECORD_PATH] = objects.stage(object_id, RECORD_PATH, [b"{ }"])
    objects.commit([NewVersion(object_id, kept, "m", "longeva", WHEN)])
    first.write_bytes(b"[]")
    damage = [p for p in audit(home).problems if p.kind != "AUDIT-VERSION"]
    assert [(p.kind, p.object_id, p.path) for p in damage] == [
        ("STORE-CONTENT-DIGEST", object_id, f"v1/content/{RECORD_PATH}")
    ]


def test_a_damaged_inventory_is_told_and_the_audit_goes_on(home):
    """The other objects are audited all the same."""
    inventory = path_of(home, "villa", "urn:longeva:villa:EXP1", RECORD_PATH).parents[3] / "inventory.json"
    inventory.write_bytes(inventory.read_bytes().replace(b"longeva", b"l0ngeva"))
    report = audit(home)
    assert {problem.kind for problem in report.problems} == {"STORE-INVENTORY-DIGEST"}
    assert {problem.tenant_id for problem in report.problems} == {"villa"}
    assert report.files == 10


def test_objects_that_only_one_side_knows_are_told(home):
    """Catalogue and store must know the same objects."""
    unknown = deposit(home, "villa", "EXP3", catalogued=False)
    for key in list(home.store.keys("tenants/otra/ocfl/")):
        if "inventory" in key:
            home.store.delete(key)
    told = {problem.kind: problem.object_id for problem in audit(home).problems}
    assert told == {"AUDIT-OBJECT-UNKNOWN": unknown, "AUDIT-OBJECT-MISSING": "urn:longeva:otra:EXP2"}


def test_catalogue_and_inventory_must_say_the_same(home):
    """A row lost, a row too many, another digest, another version: each has its code."""

    def other_digest(files):
        first, second, *rest = files
        return [StoredFile(first.path, first.role, second.digests), second, *rest]

    def one_less(files):
        return files[1:]

    def one_more(files):
        return [*files, StoredFile("received/ghost.xml", FileRole.OTHER, files[0].digests)]

    for name, lie, version in (
        ("A", other_digest, 1),
        ("B", one_less, 1),
        ("C", one_more, 1),
        ("D", None, 2),
    ):
        deposit(home, "villa", name, lie=lie, version=version)
    told = {problem.object_id[-1]: problem.kind for problem in audit(home).problems}
    assert told == {
        "A": "AUDIT-FILE-DIGEST",
        "B": "AUDIT-FILE-UNKNOWN",
        "C": "AUDIT-FILE-LOST",
        "D": "AUDIT-VERSION",
    }


def test_a_sample_is_of_its_size_and_can_be_drawn_again(home):
    """The same seed reads the same files; a sample over the population reads everything."""
    path = path_of(home, "villa", "urn:longeva:villa:EXP1", "received/0.xml")
    path.write_bytes(b"x")
    seen = [[audit(home, sample=3, seed=seed).problems for seed in range(12)] for _ in range(2)]
    assert seen[0] == seen[1]
    found = sum(bool(problems) for problems in seen[0])
    assert 1 <= found <= 10
    report = audit(home, sample=3)
    assert (report.files, report.population) == (3, 10)
    assert report.seed is not None
    assert audit(home, sample=1000).files == 10


def test_detection_is_hypergeometric():
    """The stated probability is that of drawing without replacement."""
    report = AuditReport("", 0, 30, 0, (), 100, 1)
    for damaged in (1, 2, 10, 69):
        exact = 1 - math.comb(100 - damaged, 30) / math.comb(100, 30)
        assert report.detection(damaged) == pytest.approx(exact)
    assert report.detection(71) == 1.0
    assert report.detection(0) == 0.0
    daily = AuditReport("", 0, 46_050, 0, (), 100_000_000, 1)
    assert daily.detection(10_000) == pytest.approx(0.99, abs=0.001)
    assert daily.detection(1) == pytest.approx(46_050 / 100_000_000)


def test_on_a_lean_store_the_map_of_an_object_is_read_three_times(tmp_path, monkeypatch):
    """To know the files, to judge the structure, to find what the catalogue does not know; content once."""
    (tmp_path / "s3").mkdir()
    with mocked_store(tmp_path / "s3") as store:
        monkeypatch.setattr(Engines, "open_one", lambda *_: store)
        with Home.create(tmp_path / "home", FixedClock(WHEN)) as made:
            made.add_tenant("villa", "Villa de Prueba", "L01990019")
            names = [deposit(made, "villa", f"EXP{number}") for number in range(3)]
            prefixes = [made.objects("villa").locate(name, RECORD_PATH).partition("v1/")[0] for name in names]
            with asked(store) as keys:
                audit(made)
        for prefix in prefixes:
            assert [keys[prefix + name] for name in ("inventory.json", "inventory.json.sha256")] == [3, 3]
            assert keys[prefix + "v1/content/received/1.xml"] == 1
