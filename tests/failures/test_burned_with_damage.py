# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from town import Town

from archive.catalog import INSTALLATION
from archive.home import Home
from archive.model import (
    RECORD_PATH,
    SYSTEM_TENANT,
    DepositState,
)
from archive.rebuild import rebuild_catalog
from archive.record import deposit_bytes, deposit_key


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("batch.json", b'"count": 1', b'"count": 2'),
        ("leaves.tsv", b"aaaa", b"aabb"),
        ("leaves.tsv", b"0\t", b"1\t"),
    ],
)
def test_damaged_batch_is_named_with_what_stood_on_it(town: Town, part: str, old: bytes, new: bytes) -> None:
    """Damage to a batch costs it and its renewal; the object is due for sealing again."""
    key = town.home.evidence_objects().locate("urn:longeva:evidence:b1", part)
    file = town.home.path / "store" / key
    file.write_bytes(file.read_bytes().replace(old, new))
    report = rebuild_catalog(town.home)
    assert [(p.kind, p.tenant_id) for p in report.problems] == [("evidence.damaged", SYSTEM_TENANT)] * 2
    assert report.batches == 0
    with town.home.catalog.reading(INSTALLATION) as tx:
        assert "E1" in {record.eni_id for record in tx.unsealed()}


def test_damaged_tenant_file_costs_that_tenant_alone(town: Town) -> None:
    """The other municipality comes back; the damaged file is named."""
    file = town.home.path / "store" / "tenants" / "villa" / "tenant.json"
    file.write_bytes(b"{}")
    report = rebuild_catalog(town.home)
    assert "tenant.damaged" in {problem.kind for problem in report.problems}
    assert (report.tenants, report.objects) == (1, 1)


def test_positions_that_clash_are_numbered_anew(town: Town) -> None:
    """A position is not hashed: where one was edited the events still come back, in order, and it is told."""
    journal = town.home.path / "store" / "tenants" / "villa" / "ledger"
    first = min(journal.glob("*.jsonl"))
    first.write_bytes(first.read_bytes().replace(b'"position":2,', b'"position":3,'))
    report = rebuild_catalog(town.home)
    assert {problem.kind for problem in report.problems} == {"ledger.position"}
    with town.home.catalog.reading(INSTALLATION) as tx:
        events = tx.tenant_events("villa")
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))


def test_catalogue_that_was_tampered_with_is_seen(town: Town) -> None:
    """A row changed behind our back differs from the store, and the store wins."""
    with town.home.catalog.transaction(INSTALLATION) as tx:
        tx._connection.exec_driver_sql("UPDATE objects SET title = 'otro' WHERE eni_id = 'E1'")
    report = rebuild_catalog(town.home)
    assert report.equal is not None
    assert [topic for topic, same in report.equal.items() if not same] == ["objects"]
    with town.home.catalog.reading(INSTALLATION) as tx:
        assert tx.objects_with_eni_id("villa", "E1")[0].title == "Título de E1"


def test_deposit_that_died_before_its_rows_is_reported_and_kept_out(town: Town) -> None:
    """Bytes without an event have no receipt: they are told of, and depositing again completes them."""
    known = town.known("E9")
    town.put_bytes(known)
    report = rebuild_catalog(town.home)
    assert [(p.kind, p.subject) for p in report.problems] == [
        ("object.unacknowledged", known.object.object_id)
    ]
    with town.home.catalog.reading(INSTALLATION) as tx:
        assert tx.find_objects(None, "E9") == []
    files = town.put_bytes(known)
    with town.home.catalog.transaction(INSTALLATION) as tx:
        tx.add_object(known.object, files, known.documents, known.signatures)
        town.home.ledger.append(tx, "villa", "object.stored", known.object.object_id, "cli")
    town.home.ledger.flush()
    assert [p.kind for p in rebuild_catalog(town.home).problems] == []


def test_batch_that_died_before_its_rows_is_left_for_the_next_sealing(town: Town) -> None:
    """A batch that no ledger tells of seals nothing yet."""
    town.put_batch("b9", [])
    report = rebuild_catalog(town.home)
    assert [(p.kind, p.subject) for p in report.problems] == [("evidence.unacknowledged", "b9")]


def inventory_of(town: Town, eni_id: str) -> Path:
    """Return the root inventory of an object."""
    with town.home.catalog.reading(INSTALLATION) as tx:
        record = tx.objects_with_eni_id("villa", eni_id)[0]
    key = town.home.objects("villa").locate(record.object_id, RECORD_PATH)
    return town.home.path / "store" / key.split("/v1/")[0] / "inventory.json"


def test_acknowledged_object_that_is_gone_is_the_worst_problem(town: Town) -> None:
    """An event without its object is named; everything else comes back."""
    inventory = inventory_of(town, "E1")
    for file in sorted(inventory.parent.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    report = rebuild_catalog(town.home)
    assert [p.kind for p in report.problems] == ["object.missing"]
    assert report.objects == 2


@pytest.mark.parametrize(
    "parts", [["v1/content/metadata/deposit.json"], ["inventory.json", "v1/inventory.json"]]
)
def test_damaged_object_is_named_and_the_rest_comes_back(town: Town, parts: list[str]) -> None:
    """Damage to one object costs that object, with its place."""
    for part in parts:
        file = inventory_of(town, "E1").parent / part
        file.write_bytes(file.read_bytes().replace(b"E1", b"E2"))
    report = rebuild_catalog(town.home)
    assert "object.damaged" in {p.kind for p in report.problems}
    assert report.objects == 2


def test_an_inventory_that_rotted_is_stood_in_for_by_its_copy(town: Town) -> None:
    """The object comes back whole; that a file of it is damaged is for fsck to say."""
    file = inventory_of(town, "E1")
    file.write_bytes(file.read_bytes().replace(b"E1", b"E2"))
    assert rebuild_catalog(town.home).objects == 3


@pytest.mark.parametrize("on_file", [True, False])
def test_decision_of_an_archivist_comes_back(town: Town, on_file: bool) -> None:
    """A settled deposit does not wait again; its reason comes back where it was kept on file."""
    known = town.deposit("E7", state=DepositState.WAITING)
    settled = town.decide(known, on_file=on_file)
    town.home.close()
    town.home.catalog_path.unlink()
    with Home.open_store(town.home.path, town.clock) as home:
        assert rebuild_catalog(home).problems == ()
        with home.catalog.reading(INSTALLATION) as tx:
            back = tx.deposit(settled.deposit_id)
    assert back == (settled if on_file else replace(settled, receipt={}))


def test_rejection_comes_back_and_one_that_died_is_told(town: Town) -> None:
    """The report of a rejection outlives the catalogue; one that nobody was told of is named."""
    rejected = town.reject()
    died = replace(rejected, deposit_id="0199")
    town.home.store.put(deposit_key("villa", "0199"), [deposit_bytes(died)])
    town.home.store.put(deposit_key("villa", "0198"), [b"{}"])
    town.home.store.sync()
    report = rebuild_catalog(town.home)
    assert [(p.kind, p.subject) for p in report.problems] == [
        ("deposit.damaged", "0198.json"),
        ("deposit.unacknowledged", "0199"),
    ]
    with town.home.catalog.reading(INSTALLATION) as tx:
        assert tx.deposit(rejected.deposit_id) == rejected


def test_ledger_cut_off_is_told_for_ever_and_the_archive_goes_on(town: Town) -> None:
    """A lost end is reported, written into the installation's ledger, and does not stop the others."""
    journal = town.home.path / "store" / "tenants" / "villa" / "ledger"
    last = max(journal.glob("*.jsonl"))
    last.unlink()
    told = town.home.ledger.head("villa")
    town.home.close()
    town.home.catalog_path.unlink()
    with Home.open_store(town.home.path, town.clock) as home:
        report = rebuild_catalog(home)
        assert [p.kind for p in report.problems] == ["ledger.truncated"]
        with home.catalog.reading(INSTALLATION) as tx:
            lost = next(event for event in tx.tenant_events(SYSTEM_TENANT) if event.kind == "ledger.lost")
        assert (lost.subject, lost.detail) == ("villa", {"sequence": told.sequence, "digest": told.digest})
    with Home.open(town.home.path, town.clock) as home:
        Town(home, town.clock).deposit("E5")
        assert home.ledger.verify("villa") == []


def test_rewritten_ledger_is_told_and_its_readable_events_are_kept(town: Town) -> None:
    """A broken chain is a problem with its event, not a reason to lose history."""
    journal = town.home.path / "store" / "tenants" / "villa" / "ledger"
    first = sorted(journal.glob("*.jsonl"))[1]
    first.write_bytes(first.read_bytes().replace(b'"agent":"cli"', b'"agent":"foo"'))
    report = rebuild_catalog(town.home)
    assert [(p.kind, p.subject) for p in report.problems] == [("ledger.digest", "2")]
    assert report.objects == 3
    assert report.equal is not None
    assert [topic for topic, same in report.equal.items() if not same] == ["events"]
