# SPDX-License-Identifier: EUPL-1.2
"""What every database under the catalogue must do. PostgreSQL is asked where LONGEVA_TEST_POSTGRES names one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from archive.catalog import RENEWAL, SEAL, BatchRecord, Catalog, CopyRecord, Holding, LeafRecord
from archive.digests import digest_bytes
from archive.errors import ConflictError, NotFound
from archive.findings import Finding
from archive.model import (
    DepositRecord,
    DepositState,
    DocumentRecord,
    FileRole,
    LedgerEvent,
    ObjectKind,
    ObjectRecord,
    SignatureRecord,
    StoredFile,
    Tenant,
)

NOW = datetime(2026, 11, 21, 10, 15, 0, 123456, tzinfo=UTC)


POSTGRES = os.environ.get("LONGEVA_TEST_POSTGRES", "")
ASKED = pytest.mark.skipif(
    not POSTGRES,
    reason="POSTGRESQL NOT ASKED: set LONGEVA_TEST_POSTGRES=postgresql+psycopg://…; nothing was checked",
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=ASKED)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is: a file, or a schema made empty on the server that was named."""
    if request.param == "sqlite":
        return str(tmp_path / "catalog.sqlite3")
    engine = create_engine(POSTGRES)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return POSTGRES


@pytest.fixture
def catalog(target: str) -> Iterator[Catalog]:
    """A catalogue with two municipalities."""
    catalog = Catalog.open(target)
    with catalog.transaction() as tx:
        tx.add_tenant(Tenant("villa", "Villaejemplo", "L01990019", NOW))
        tx.add_tenant(Tenant("aldea", "Aldeaejemplo", "L01990020", NOW))
    yield catalog
    catalog.close()


def an_object(name: str = "ES_L01990019_2025_EXP_1", tenant: str = "villa", version: int = 1) -> ObjectRecord:
    """Return an object whose digest follows from its name."""
    digest = digest_bytes(f"{tenant}/{name}".encode()).sha256
    return ObjectRecord(
        f"urn:longeva:{tenant}:{name}:{digest[:32]}",
        tenant,
        ObjectKind.EXPEDIENTE,
        name,
        "Licencia de obra, nº 1",
        version,
        digest,
        NOW,
        {"organos": ["L01990019"], "estado": "E02", "interesados": []},
    )


def a_document(eni_id: str = "ES_L01990019_2025_D1", *csv: str) -> DocumentRecord:
    """Return a document with decoded content."""
    return DocumentRecord(
        eni_id=eni_id,
        path=f"received/{eni_id}.xml",
        name="Solicitud",
        tipo_documental="TD14",
        estado_elaboracion="EE01",
        organos=("L01990019", "L01990020"),
        captured_at="2025-01-02T03:04:05",
        origin_is_administration=False,
        content_format="PDF",
        media_type="application/pdf",
        content=digest_bytes(b"content"),
        order="2",
        folder="anexos/planos",
        csv=csv,
    )


def a_file(path: str = "received/a.xml") -> StoredFile:
    """Return a received file."""
    return StoredFile(path, FileRole.DOCUMENT, digest_bytes(path.encode()), "ES_1", "application/xml")


def a_signature(place: str = "firmas/firma[1]") -> SignatureRecord:
    """Return a signature with a report."""
    return SignatureRecord(
        "received/a.xml",
        place,
        "TF03",
        "XAdES",
        "T",
        "INDETERMINATE",
        "NO_POE",
        "Ana",
        "",
        {"reasons": ["ñ"]},
    )


def a_deposit(
    number: int = 1, state: DepositState = DepositState.ACCEPTED, tenant: str = "villa"
) -> DepositRecord:
    """Return a deposit; later numbers are later deposits."""
    return DepositRecord(
        f"0190{number:04d}-0000-7000-8000-000000000000",
        tenant,
        state,
        NOW,
        "paquete.zip",
        "ab" * 32,
        an_object().object_id,
        (Finding("PKG-X", "a.zip!b", (("zeta", "1"), ("alfa", "2"))),),
        {"state": str(state)},
    )


def a_batch(name: str, kind: str = SEAL, count: int = 1) -> BatchRecord:
    """Return a batch."""
    return BatchRecord(
        name, kind, "sha256", NOW, "TSA", NOW + timedelta(days=900), b"\x30\x00\xff", count, f"urn:e:{name}"
    )


def an_event(sequence: int, tenant: str = "villa", subject: str = "s") -> LedgerEvent:
    """Return an event; the catalogue does not check chains."""
    digest = digest_bytes(f"{tenant}{sequence}".encode()).sha256
    return LedgerEvent(
        0, tenant, sequence, NOW, "object.read", subject, "cli", {"n": sequence}, "00" * 32, digest
    )


def test_tenant_comes_back_as_it_went_in(catalog: Catalog) -> None:
    """A tenant survives the round trip, microseconds and zone included."""
    with catalog.reading() as tx:
        assert tx.tenant("villa") == Tenant("villa", "Villaejemplo", "L01990019", NOW)
        assert [tenant.tenant_id for tenant in tx.tenants()] == ["aldea", "villa"]


def test_tenant_taken_is_a_conflict(catalog: Catalog) -> None:
    """A second tenant of the same name is refused and the first one stays."""
    with pytest.raises(ConflictError), catalog.transaction() as tx:
        tx.add_tenant(Tenant("villa", "Otra", "L01990021", NOW))
    with catalog.reading() as tx:
        assert tx.tenant("villa").name == "Villaejemplo"


def test_instant_of_another_zone_comes_back_in_utc(catalog: Catalog) -> None:
    """An instant written in another zone is the same instant when read."""
    madrid = NOW.astimezone(timezone(timedelta(hours=2)))
    with catalog.transaction() as tx:
        tx.record_deposit(replace(a_deposit(), since=madrid))
    with catalog.reading() as tx:
        since = tx.deposit(a_deposit().deposit_id).since
    assert since == NOW
    assert since.utcoffset() == timedelta(0)


def test_naive_instant_is_refused(catalog: Catalog) -> None:
    """An instant without zone is never guessed."""
    with pytest.raises(ValueError, match="zone"), catalog.transaction() as tx:
        tx.record_deposit(replace(a_deposit(), since=NOW.replace(tzinfo=None)))


def test_deposit_is_written_and_then_updated(catalog: Catalog) -> None:
    """The same deposit id again is the same deposit in its new state; findings keep their order."""
    with catalog.transaction() as tx:
        tx.record_deposit(a_deposit(state=DepositState.WAITING))
        tx.record_deposit(a_deposit(state=DepositState.ACCEPTED))
    with catalog.reading() as tx:
        assert tx.deposits() == [a_deposit(state=DepositState.ACCEPTED)]
        assert tx.deposit(a_deposit().deposit_id) == a_deposit()
        with pytest.raises(NotFound):
            tx.deposit("0190")


def test_deposit_by_digest_gives_the_latest_that_was_stored(catalog: Catalog) -> None:
    """A repeated package finds its stored deposit, also a refused one; never another tenant's, nor one turned away."""
    turned_away = replace(a_deposit(3, DepositState.REJECTED), object_id="")
    with catalog.transaction() as tx:
        for number, state in enumerate((DepositState.ACCEPTED, DepositState.WAITING, DepositState.REJECTED)):
            tx.record_deposit(a_deposit(number, state))
        tx.record_deposit(turned_away)
    with catalog.reading() as tx:
        assert tx.deposit_by_digest("villa", "ab" * 32) == a_deposit(2, DepositState.REJECTED)
        assert tx.deposit_by_digest("aldea", "ab" * 32) is None
        assert tx.deposit_by_digest("villa", "cd" * 32) is None


def test_deposits_are_listed_newest_first_by_tenant(catalog: Catalog) -> None:
    """The list is cut at the limit, newest first, of one tenant or of all."""
    with catalog.transaction() as tx:
        for number in (2, 1, 3):
            tx.record_deposit(a_deposit(number))
        tx.record_deposit(a_deposit(4, tenant="aldea"))
    with catalog.reading() as tx:
        assert tx.deposits("villa", 2) == [a_deposit(3), a_deposit(2)]
        assert len(tx.deposits()) == 4


def test_deposit_of_unknown_tenant_is_refused(catalog: Catalog) -> None:
    """Nothing can belong to a municipality that is not there."""
    with pytest.raises(ConflictError), catalog.transaction() as tx:
        tx.record_deposit(a_deposit(tenant="ciudad"))


def test_object_comes_back_with_all_its_parts(catalog: Catalog) -> None:
    """Object, files, documents and signatures are read as they were written, in their order."""
    files = [a_file("received/b.xml"), a_file("received/a.xml")]
    documents = [a_document("ES_B"), replace(a_document("ES_A"), content=None)]
    signatures = [a_signature("firmas/firma[2]"), a_signature()]
    record = an_object()
    with catalog.transaction() as tx:
        tx.add_object(record, files, documents, signatures)
    with catalog.reading() as tx:
        assert tx.object(record.object_id) == record
        assert tx.files(record.object_id) == files
        assert tx.documents(record.object_id) == documents
        assert tx.signatures(record.object_id) == signatures


def test_absent_object_is_not_found(catalog: Catalog) -> None:
    """Every question about an absent object has the same answer."""
    with catalog.reading() as tx:
        for question in (tx.object, tx.files, tx.documents, tx.signatures, tx.leaves_of):
            with pytest.raises(NotFound):
                question("urn:longeva:villa:none:0")


def test_same_object_again_changes_nothing(catalog: Catalog) -> None:
    """A repeated step has the same result: no second row, nothing newly due."""
    with catalog.transaction() as tx:
        tx.add_object(an_object(), [a_file()])
    with catalog.transaction() as tx:
        tx.add_batch(a_batch("b1"), [LeafRecord("b1", 0, "aa" * 32, an_object().object_id, 1, "")])
        tx.add_object(an_object(), [a_file()])
    with catalog.reading() as tx:
        assert tx.counts()["objects"] == tx.counts()["files"] == 1
        assert tx.unsealed() == []


def test_same_version_with_another_record_is_a_conflict(catalog: Catalog) -> None:
    """What is recorded of a version cannot be rewritten."""
    with catalog.transaction() as tx:
        tx.add_object(an_object())
    with pytest.raises(ConflictError, match="another record"), catalog.transaction() as tx:
        tx.add_object(replace(an_object(), title="otra"))
    with catalog.reading() as tx:
        assert tx.object(an_object().object_id) == an_object()


def test_later_version_replaces_the_rows_and_is_due(catalog: Catalog) -> None:
    """A new version takes the old one's place in the catalogue and waits for its seal."""
    with catalog.transaction() as tx:
        tx.add_object(an_object(), [a_file()], [a_document("ES_A", "CSV-1")], [a_signature()])
        tx.add_batch(a_batch("b1"), [LeafRecord("b1", 0, "aa" * 32, an_object().object_id, 1, "")])
        tx.add_object(an_object(version=2), [a_file("received/z.xml")], [a_document("ES_A", "CSV-2")])
    with catalog.reading() as tx:
        assert tx.files(an_object().object_id) == [a_file("received/z.xml")]
        assert tx.signatures(an_object().object_id) == []
        assert tx.documents_by_csv("CSV-1") == []
        assert len(tx.documents_by_csv("CSV-2")) == 1
        assert tx.unsealed() == [an_object(version=2)]


def test_many_objects_in_one_stroke_keep_their_order(catalog: Catalog) -> None:
    """A group commit over several pages keeps the order of deposit."""
    records = [an_object(f"E{number}") for number in range(1203)]
    with catalog.transaction() as tx:
        tx.add_objects([Holding(record, [a_file()]) for record in records])
    with catalog.reading() as tx:
        assert list(tx.objects()) == records
        assert list(tx.objects("aldea")) == []
        assert tx.unsealed(3) == records[:3]
        assert tx.files(records[1100].object_id) == [a_file()]


def test_reference_finds_by_id_eni_id_deposit_and_digest(catalog: Catalog) -> None:
    """Whatever a person writes down of an object finds it, within the tenant only."""
    record = an_object()
    with catalog.transaction() as tx:
        tx.add_object(record)
        tx.add_object(an_object(tenant="aldea"))
        tx.record_deposit(a_deposit())
    with catalog.reading() as tx:
        for reference in (record.object_id, a_deposit().deposit_id, record.package_digest[:9].upper()):
            assert tx.find_objects("villa", reference) == [record]
            assert tx.find_objects("aldea", reference) == []
            assert tx.find_objects(None, reference) == [record]
        assert tx.find_objects("villa", record.eni_id) == [record]
        assert len(tx.find_objects(None, record.eni_id)) == 2


@pytest.mark.parametrize("reference", ["", "a", "%", "_" * 8, "abcde", "' OR 1=1 --", "zzzzzzzz"])
def test_reference_without_meaning_finds_nothing(catalog: Catalog, reference: str) -> None:
    """Short, wild or hostile references find nothing rather than everything."""
    with catalog.transaction() as tx:
        tx.add_object(an_object())
    with catalog.reading() as tx:
        assert tx.find_objects(None, reference) == []


def test_eni_id_is_no_unique_key(catalog: Catalog) -> None:
    """The same ENI identifier with other bytes gives both, of the asking tenant only."""
    first = an_object("E1")
    second = replace(an_object("E2"), eni_id="E1")
    with catalog.transaction() as tx:
        tx.add_object(first, documents=[a_document("ES_D")])
        tx.add_object(second, documents=[a_document("ES_D", "CSV")])
        tx.add_object(an_object("E1", "aldea"), documents=[a_document("ES_D", "CSV")])
    with catalog.reading() as tx:
        assert tx.objects_with_eni_id("villa", "E1") == [first, second]
        assert [holder for holder, _ in tx.document_by_eni_id("villa", "ES_D")] == [first, second]
        assert tx.documents_by_csv("CSV", "villa") == [(second, a_document("ES_D", "CSV"))]
        assert len(tx.documents_by_csv("CSV")) == 2


def test_sealing_settles_the_head_version_only(catalog: Catalog) -> None:
    """A leaf over an older version leaves the object due; one over its head does not."""
    record = an_object(version=2)
    with catalog.transaction() as tx:
        tx.add_object(record)
        tx.add_batch(a_batch("b1"), [LeafRecord("b1", 0, "aa" * 32, record.object_id, 1, "")])
    with catalog.transaction() as tx:
        assert tx.unsealed() == [record]
        tx.add_batch(a_batch("b2"), [LeafRecord("b2", 0, "bb" * 32, record.object_id, 2, "")])
    with catalog.reading() as tx:
        assert tx.unsealed() == []
        assert [leaf.version for leaf in tx.leaves_of(record.object_id)] == [1, 2]


def test_renewed_batch_is_no_longer_live(catalog: Catalog) -> None:
    """A renewal takes the place of the batches that its leaves name."""
    renewal = LeafRecord("b2", 0, "cc" * 32, "", 0, "b1")
    with catalog.transaction() as tx:
        tx.add_batch(a_batch("b1"), [])
        assert tx.live_batches() == [a_batch("b1")]
        tx.add_batch(a_batch("b2", RENEWAL), [renewal])
    with catalog.reading() as tx:
        assert tx.live_batches() == [a_batch("b2", RENEWAL)]
        assert tx.batches() == [a_batch("b1"), a_batch("b2", RENEWAL)]
        assert tx.leaves_renewing("b1") == [renewal]
        assert tx.batch("b1") == a_batch("b1")


def test_batch_keeps_leaves_in_order_and_of_absent_objects(catalog: Catalog) -> None:
    """Leaves come back in tree order, those of objects that are gone included."""
    with catalog.transaction() as tx:
        tx.add_object(an_object())
        leaves = [
            LeafRecord("b1", 0, "aa" * 32, "urn:longeva:villa:gone:1", 1, ""),
            LeafRecord("b1", 1, "bb" * 32, an_object().object_id, 1, ""),
        ]
        tx.add_batch(a_batch("b1", count=2), reversed(leaves))
    with catalog.reading() as tx:
        assert list(tx.leaves_in("b1")) == leaves
        assert tx.leaves_of(an_object().object_id) == leaves[1:]


def test_batch_twice_or_renewing_nothing_is_a_conflict(catalog: Catalog) -> None:
    """A batch is written once, and renews only what exists."""
    with catalog.transaction() as tx:
        tx.add_batch(a_batch("b1"), [])
    with pytest.raises(ConflictError), catalog.transaction() as tx:
        tx.add_batch(a_batch("b1"), [])
    with pytest.raises(ConflictError), catalog.transaction() as tx:
        tx.add_batch(a_batch("b2", RENEWAL), [LeafRecord("b2", 0, "aa" * 32, "", 0, "nothing")])
    with catalog.reading() as tx:
        assert tx.batches() == [a_batch("b1")]
        with pytest.raises(NotFound):
            tx.batch("b2")


def test_copy_is_found_by_its_code_and_revoked_once(catalog: Catalog) -> None:
    """A copy is found by CSV and by source; the first revocation stays; the code is taken."""
    copy = CopyRecord(
        "AAAA-BBBB", "villa", "urn:c", "urn:s", "received/a.xml", NOW, "received/c.pdf", "ES_C", None
    )
    with catalog.transaction() as tx:
        tx.add_copy(copy)
        tx.add_copy(copy)
        tx.revoke_copy("urn:c", NOW + timedelta(days=1))
        tx.revoke_copy("urn:c", NOW + timedelta(days=2))
    revoked = replace(copy, revoked_at=NOW + timedelta(days=1))
    with catalog.transaction() as tx:
        assert tx.copy_by_csv("AAAA-BBBB") == revoked
        assert tx.copies_of("urn:s") == [revoked]
        assert tx.copy_by_csv("AAAA") is None
        with pytest.raises(ConflictError):
            tx.add_copy(replace(copy, copy_object_id="urn:other"))
        with pytest.raises(NotFound):
            tx.revoke_copy("urn:none", NOW)


def test_events_are_numbered_over_all_tenants(catalog: Catalog) -> None:
    """Positions follow each other over all tenants; each tenant has its own sequence."""
    with catalog.transaction() as tx:
        placed = tx.append_events([an_event(1), an_event(2, subject="urn:a")])
        placed += tx.append_events([an_event(1, "aldea", "urn:a")])
    with catalog.reading() as tx:
        assert [event.position for event in placed] == [1, 2, 3]
        assert tx.events() == placed
        assert tx.events(1, 1) == placed[1:2]
        assert tx.tenant_events("villa", 1) == placed[1:2]
        assert tx.last_event("villa") == placed[1]
        assert tx.last_event("ciudad") is None
        assert tx.events_about("urn:a") == placed[1:]
        assert tx.ledger_tenants() == ["aldea", "villa"]


def test_event_sequence_taken_is_a_conflict(catalog: Catalog) -> None:
    """Two events can never share a place in a chain."""
    with catalog.transaction() as tx:
        tx.append_events([an_event(1)])
    with pytest.raises(ConflictError), catalog.transaction() as tx:
        tx.append_events([an_event(1)])


def test_failed_transaction_leaves_nothing(catalog: Catalog) -> None:
    """What fails in the middle has not happened at all."""
    with pytest.raises(ZeroDivisionError), catalog.transaction() as tx:
        tx.add_object(an_object(), [a_file()])
        raise ZeroDivisionError
    with catalog.reading() as tx:
        assert tx.counts() == dict.fromkeys(tx.counts(), 0) | {"tenants": 2}


def test_reading_sees_one_moment(catalog: Catalog) -> None:
    """A reader is not stopped by a writer and does not see what was not committed when it began."""
    with catalog.transaction() as tx:
        tx.add_object(an_object("E1"))
        with catalog.reading() as reader:
            assert list(reader.objects()) == []


def test_catalogue_opens_again_with_what_it_had(catalog: Catalog, target: str) -> None:
    """Closing and opening loses nothing and makes nothing anew."""
    with catalog.transaction() as tx:
        tx.add_object(an_object(), [a_file()])
    catalog.close()
    again = Catalog.open(target)
    with again.reading() as tx:
        assert tx.files(an_object().object_id) == [a_file()]
    again.close()
