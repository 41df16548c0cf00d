# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalog import RENEWAL, SEAL, BatchRecord, Catalog, CopyRecord, LeafRecord
from archive.clock import FixedClock, format_instant
from archive.digests import digest_bytes
from archive.errors import StorageUnavailable
from archive.findings import Finding
from archive.home import Home
from archive.model import (
    RECEIVED,
    RECORD_PATH,
    SYSTEM_TENANT,
    DepositRecord,
    DepositState,
    DocumentRecord,
    FileRole,
    ObjectKind,
    ObjectRecord,
    SignatureRecord,
    StoredFile,
)
from archive.objects import NewVersion
from archive.rebuild import rebuild_catalog
from archive.rebuild.comparison import equal_topics
from archive.record import DepositDocument, deposit_bytes, deposit_key

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Town:
    """A home that receives things as a deposit would, step by step."""

    def __init__(self, home: Home, clock: FixedClock) -> None:
        self.home = home
        self.clock = clock
        self.number = 0

    def known(
        self, name: str, tenant: str = "villa", copy: dict[str, object] | None = None
    ) -> DepositDocument:
        """Return what the archive would find out about a package."""
        self.number += 1
        self.clock.instant += timedelta(seconds=1)
        now = self.clock.instant
        path = f"{RECEIVED}{name}.xml"
        digest = digest_bytes(name.encode()).sha256
        object_id = f"urn:longeva:{tenant}:{name}:{digest[:32]}"
        metadata = {"organos": ["L01990019"]} | ({"copy": copy} if copy else {})
        kind = ObjectKind.COPY if copy else ObjectKind.EXPEDIENTE
        findings = (Finding("PKG-X", path, (("z", "1"), ("a", "2"))),)
        deposit = DepositRecord(
            f"0190{self.number:04d}-0000-7000-8000-000000000000",
            tenant, DepositState.ACCEPTED, now, f"{name}.zip", digest, object_id, findings,
        )  # fmt: skip
        document = DocumentRecord(
            f"D-{name}", path, name, "TD14", "EE01", ("L01990019",), "2025-01-01", True, "PDF",
            "application/pdf", digest_bytes(b"content"), csv=("CSV-" + name,),
        )  # fmt: skip
        return DepositDocument(
            deposit,
            ObjectRecord(object_id, tenant, kind, name, f"Título de {name}", 1, digest, now, metadata),
            (
                StoredFile(
                    path, FileRole.DOCUMENT, digest_bytes(name.encode()), f"D-{name}", "application/xml"
                ),
            ),
            (document,),
            (
                SignatureRecord(
                    path, "firmas/firma[1]", "TF03", "XAdES", "T", "INDETERMINATE", "NO_POE", "", "", {"n": 1}
                ),
            ),
        )

    def put_bytes(self, known: DepositDocument) -> tuple[StoredFile, ...]:
        """Bytes first: the object is in the store, and in nothing else."""
        objects = self.home.objects(known.object.tenant_id)
        object_id = known.object.object_id
        name = known.object.eni_id.encode()
        staged = {file.path: objects.stage(object_id, file.path, (name,)) for file in known.files}
        staged[RECORD_PATH] = objects.stage(object_id, RECORD_PATH, (known.to_bytes(),))
        objects.commit([NewVersion(object_id, staged, "Depósito", "test", known.object.created_at)])
        return known.catalogued_files(staged[RECORD_PATH])

    def deposit(
        self,
        name: str,
        tenant: str = "villa",
        copy: CopyRecord | None = None,
        state: DepositState = DepositState.ACCEPTED,
    ) -> DepositDocument:
        """Deposit a package, or archive a certified copy."""
        told = None
        if copy:
            told = {
                name: getattr(copy, name) for name in ("csv", "source_object_id", "source_path", "pdf_path")
            }
            told["issued_at"] = format_instant(copy.issued_at)
        known = self.known(name, tenant, told)
        known = replace(known, deposit=replace(known.deposit, state=state))
        files = self.put_bytes(known)
        with self.home.catalog.transaction() as tx:
            tx.record_deposit(replace(known.deposit, receipt={"seal": "x"}))
            tx.add_object(known.object, files, known.documents, known.signatures)
            if copy:
                tx.add_copy(replace(copy, copy_object_id=known.object.object_id, eni_id=name))
            self.home.ledger.append(tx, tenant, "object.stored", known.object.object_id, "cli")
        self.home.ledger.flush(tenant)
        return known

    def reject(self) -> DepositRecord:
        """Keep the report of a package that was turned away."""
        known = self.known("bad")
        known = replace(known, deposit=replace(known.deposit, state=DepositState.REJECTED, object_id=""))
        self.home.store.put(deposit_key("villa", known.deposit.deposit_id), [deposit_bytes(known.deposit)])
        self.home.store.sync()
        with self.home.catalog.transaction() as tx:
            tx.record_deposit(known.deposit)
            self.home.ledger.append(tx, "villa", "deposit.rejected", known.deposit.deposit_id, "cli")
        self.home.ledger.flush("villa")
        return known.deposit

    def decide(self, known: DepositDocument, *, on_file: bool) -> DepositRecord:
        """Let an archivist settle a deposit that waits."""
        receipt = {"decision": {"reason": "x"}}
        settled = replace(known.deposit, state=DepositState.REJECTED, since=self.clock.now(), receipt=receipt)
        if on_file:
            self.home.store.replace(deposit_key("villa", settled.deposit_id), deposit_bytes(settled))
            self.home.store.sync()
        with self.home.catalog.transaction() as tx:
            tx.record_deposit(settled)
            detail = {"deposit": settled.deposit_id}
            self.home.ledger.append(tx, "villa", "deposit.refused", settled.object_id, "cli", detail)
        self.home.ledger.flush("villa")
        return settled

    def put_batch(self, name: str, leaves: list[LeafRecord], kind: str = SEAL) -> BatchRecord:
        """Write a batch's object."""
        self.clock.instant += timedelta(seconds=1)
        key = f"urn:longeva:evidence:{name}"
        now = self.clock.instant
        batch = BatchRecord(
            name, kind, "sha256", now, "TSA", now + timedelta(days=9), b"\x30\x01", len(leaves), key
        )
        body = asdict(batch) | {
            "sealed_at": format_instant(batch.sealed_at),
            "valid_until": format_instant(batch.valid_until),
            "token": base64.b64encode(batch.token).decode(),
        }
        lines = "".join(
            f"{leaf.index}\t{leaf.digest}\t{leaf.object_id}\t{leaf.version}\t{leaf.renews_batch}\n"
            for leaf in leaves
        )
        contents = {
            "batch.json": json.dumps(body).encode(),
            "leaves.tsv": lines.encode(),
            "token.tst": batch.token,
        }
        objects = self.home.evidence_objects()
        staged = {path: objects.stage(key, path, (data,)) for path, data in contents.items()}
        objects.commit([NewVersion(key, staged, "Sellado", "test", now)])
        return batch

    def seal(self, name: str, leaves: list[LeafRecord], kind: str = SEAL) -> None:
        """Write a batch, its rows and its event."""
        batch = self.put_batch(name, leaves, kind)
        with self.home.catalog.transaction() as tx:
            tx.add_batch(batch, leaves)
            self.home.ledger.append(tx, "villa", "evidence.sealed", name, "cli")
        self.home.ledger.flush()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A home of two municipalities with every kind of thing in it."""
    clock = FixedClock(NOW)
    with Home.create(tmp_path / "home", clock) as home:
        home.add_tenant("villa", "Villaejemplo", "L01990019")
        home.add_tenant("aldea", "Aldeaejemplo", "L01990020")
        town = Town(home, clock)
        first = town.deposit("E1").object
        town.deposit("A1", "aldea")
        town.reject()
        copy = CopyRecord(
            "CSV1", "villa", "", first.object_id, "received/E1.xml", NOW, "received/C1.pdf", "", None
        )
        issued = town.deposit("C1", copy=copy).object
        town.seal("b1", [LeafRecord("b1", 0, "aa" * 32, first.object_id, 1, "")])
        town.seal("b2", [LeafRecord("b2", 0, "bb" * 32, "", 0, "b1")], RENEWAL)
        with home.catalog.transaction() as tx:
            tx.revoke_copy(issued.object_id, clock.instant)
            home.ledger.append(tx, "villa", "copy.revoked", issued.object_id, "cli")
            home.ledger.append(tx, "villa", "object.read", first.object_id, "cli")
        home.ledger.flush()
        yield town


def burn(home: Home) -> Path:
    """Take the catalogue away and return where it was put."""
    home.close()
    kept = home.path / "catalog.sqlite3-kept"
    home.catalog_path.rename(kept)
    return kept


def test_burned_catalogue_comes_back_with_equal_rows(town: Town) -> None:
    """From the store alone: the same tenants, objects, parts, batches, leaves, copies, events and positions."""
    kept = burn(town.home)
    with Home.open_store(town.home.path, town.clock) as home:
        report = rebuild_catalog(home)
        assert report.problems == ()
        assert report.equal is None
        old = Catalog.open(kept)
        with old.reading() as before, home.catalog.reading() as after:
            counted = before.counts()
            assert after.counts() == counted | {"events": counted["events"] + 1}
            assert {record.object_id: record for record in after.objects()} == {
                record.object_id: record for record in before.objects()
            }
            assert after.deposits() == [replace(deposit, receipt={}) for deposit in before.deposits()]
            assert after.copy_by_csv("CSV1") == before.copy_by_csv("CSV1")
            assert len(after.unsealed()) == 2
            assert set(after.live_batches()) == set(before.live_batches())
            assert after.events()[: counted["events"]] == before.events()
        equal = equal_topics(old, home.catalog)
        old.close()
        assert equal == dict.fromkeys(equal, True) | {"events": False}  # it tells of the rebuilding
        assert [home.ledger.verify(tenant) for tenant in ("villa", "aldea", SYSTEM_TENANT)] == [[], [], []]
    Home.open(town.home.path, town.clock).close()


def test_rebuilding_beside_the_old_catalogue_says_that_they_are_equal(town: Town) -> None:
    """Where the old catalogue can be read, the report compares."""
    report = rebuild_catalog(town.home)
    assert report.problems == ()
    assert report.equal is not None
    assert set(report.equal.values()) == {True}
    assert (report.tenants, report.objects, report.batches, report.copies) == (2, 3, 2, 1)
    assert json.dumps(report.to_json())


def test_receipts_stay_while_the_old_catalogue_can_be_read(town: Town) -> None:
    """The store has no receipts: a rebuilding that can still read them carries them over."""
    with town.home.catalog.reading() as tx:
        before = tx.deposits()
    rebuild_catalog(town.home)
    with town.home.catalog.reading() as tx:
        assert tx.deposits() == before
    assert [deposit.receipt for deposit in before if deposit.state is DepositState.ACCEPTED] == [
        {"seal": "x"}
    ] * 3


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
    with town.home.catalog.reading() as tx:
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
    with town.home.catalog.reading() as tx:
        events = tx.tenant_events("villa")
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))


def test_catalogue_that_was_tampered_with_is_seen(town: Town) -> None:
    """A row changed behind our back differs from the store, and the store wins."""
    with town.home.catalog.transaction() as tx:
        tx._connection.exec_driver_sql("UPDATE objects SET title = 'otro' WHERE eni_id = 'E1'")
    report = rebuild_catalog(town.home)
    assert report.equal is not None
    assert [topic for topic, same in report.equal.items() if not same] == ["objects"]
    with town.home.catalog.reading() as tx:
        assert tx.objects_with_eni_id("villa", "E1")[0].title == "Título de E1"


def test_deposit_that_died_before_its_rows_is_reported_and_kept_out(town: Town) -> None:
    """Bytes without an event have no receipt: they are told of, and depositing again completes them."""
    known = town.known("E9")
    town.put_bytes(known)
    report = rebuild_catalog(town.home)
    assert [(p.kind, p.subject) for p in report.problems] == [
        ("object.unacknowledged", known.object.object_id)
    ]
    with town.home.catalog.reading() as tx:
        assert tx.find_objects(None, "E9") == []
    files = town.put_bytes(known)
    with town.home.catalog.transaction() as tx:
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
    with town.home.catalog.reading() as tx:
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


@pytest.mark.parametrize("part", ["inventory.json", "v1/content/metadata/deposit.json"])
def test_damaged_object_is_named_and_the_rest_comes_back(town: Town, part: str) -> None:
    """Damage to one object costs that object, with its place."""
    file = inventory_of(town, "E1").parent / part
    file.write_bytes(file.read_bytes().replace(b"E1", b"E2"))
    report = rebuild_catalog(town.home)
    assert "object.damaged" in {p.kind for p in report.problems}
    assert report.objects == 2


@pytest.mark.parametrize("on_file", [True, False])
def test_decision_of_an_archivist_comes_back(town: Town, on_file: bool) -> None:
    """A settled deposit does not wait again; its reason comes back where it was kept on file."""
    known = town.deposit("E7", state=DepositState.WAITING)
    settled = town.decide(known, on_file=on_file)
    burn(town.home)
    with Home.open_store(town.home.path, town.clock) as home:
        assert rebuild_catalog(home).problems == ()
        with home.catalog.reading() as tx:
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
    with town.home.catalog.reading() as tx:
        assert tx.deposit(rejected.deposit_id) == rejected


def test_ledger_cut_off_is_told_for_ever_and_the_archive_goes_on(town: Town) -> None:
    """A lost end is reported, written into the installation's ledger, and does not stop the others."""
    journal = town.home.path / "store" / "tenants" / "villa" / "ledger"
    last = max(journal.glob("*.jsonl"))
    last.unlink()
    told = town.home.ledger.head("villa")
    burn(town.home)
    with Home.open_store(town.home.path, town.clock) as home:
        report = rebuild_catalog(home)
        assert [p.kind for p in report.problems] == ["ledger.truncated"]
        with home.catalog.reading() as tx:
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


def test_rebuilding_that_dies_leaves_the_old_catalogue(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the new catalogue is whole the old one answers; the next rebuilding starts anew."""

    def fail(*_: object) -> None:
        raise StorageUnavailable("the disk is full")

    before = town.home.catalog_path.read_bytes()
    with monkeypatch.context() as dying:
        dying.setattr("archive.rebuild.restore_batches", fail)
        with pytest.raises(StorageUnavailable):
            rebuild_catalog(town.home)
    assert town.home.catalog_path.read_bytes() == before
    assert rebuild_catalog(town.home).problems == ()
    assert not list(town.home.path.glob("catalog.rebuilding*"))


def test_restored_old_catalogue_is_refused_until_rebuilt(town: Town) -> None:
    """A catalogue older than the store is not gone on with: it would fork the ledger."""
    town.home.close()
    old = town.home.catalog_path.read_bytes()
    with Home.open(town.home.path, town.clock) as home:
        Town(home, town.clock).deposit("E6")
    town.home.catalog_path.write_bytes(old)
    with pytest.raises(Exception, match="longeva rebuild"):
        Home.open(town.home.path, town.clock)
    with Home.open_store(town.home.path, town.clock) as home:
        report = rebuild_catalog(home)
    assert report.problems == ()
    assert report.equal is not None
    assert not report.equal["objects"]
