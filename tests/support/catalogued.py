# SPDX-License-Identifier: EUPL-1.2
"""Rows for tests of the catalogue: small, made up, and told apart by name or number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archive.catalog import (
    INSTALLATION,
    SEAL,
    BatchRecord,
    Catalog,
    CopyRecord,
    LeafRecord,
    QueuedDeposit,
    QueueState,
    RegisterEntry,
)
from archive.digests import digest_bytes
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


def fill(catalog: Catalog, tenant: str, number: int) -> None:
    """Put at least one row of a tenant into every table."""
    record = an_object(tenant=tenant)
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_tenant(Tenant(tenant, tenant, "L01990019", NOW))
        tx.record_deposit(a_deposit(number, tenant=tenant))
        tx.add_object(record, [a_file()], [a_document(f"D-{tenant}", f"CSV-{tenant}")], [a_signature()])
        tx.add_object(an_object("due", tenant))
        batch = f"b-{tenant}"
        tx.add_batch(a_batch(batch), [LeafRecord(batch, 0, "aa" * 32, record.object_id, 1, "")])
        copy = CopyRecord(
            f"COPY-{tenant}", tenant, f"urn:copy:{tenant}", record.object_id, "", NOW, "c.pdf", "E", None
        )
        tx.add_copy(copy)
        tx.put_entry(
            RegisterEntry(
                tenant, "people", f"p-{tenant}", 1, NOW, {"n": 1}, "open", NOW, (f"key-{tenant}",), "cd" * 32
            )
        )
        tx.append_events([an_event(1, tenant)])
        tx.put_ledger_tree(tenant, 1, b"\1" * 32, [(8, 0, b"\2" * 32)], new=True)
        tx.enqueue(
            [QueuedDeposit(f"q-{tenant}", tenant, NOW, "p.zip", 1, "cli", QueueState.QUEUED, NOW, NOW)]
        )
