# SPDX-License-Identifier: EUPL-1.2
"""Keeps an issued copy: an object of its own, its rows and events, in the order that survives a crash.

A copia auténtica is documentary heritage from its birth (RD 203/2021 art. 54.1): it is archived like what was
deposited, with its own record, and everything in the catalogue about it can be rebuilt from there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from archive.catalog.rows import CopyRecord
from archive.clock import format_instant
from archive.digests import Digests, digest_bytes, manifest_digest
from archive.findings import Finding
from archive.home import Home
from archive.identifiers import object_id as make_object_id
from archive.identifiers import uuid7
from archive.model import (
    RECEIVED,
    RECORD_PATH,
    DepositRecord,
    DepositState,
    DocumentRecord,
    FileRole,
    ObjectKind,
    ObjectRecord,
    StoredFile,
)
from archive.objects import NewVersion
from archive.record import DepositDocument
from preservation.signatures.eni.validate import EniVerdict
from preservation.signatures.report import SignatureReport
from search.copy_sheet import Issue, copy_metadata, copy_title
from search.copy_words import CSV_REGULATION
from search.source import Source


@dataclass(frozen=True, slots=True)
class IssuedCopy:
    """What is handed over."""

    csv: str
    pdf: bytes
    """Sealed PAdES B-LTA."""
    eni: bytes
    """The same as ENI document v1.0 (TF06 and TF01)."""
    eni_id: str
    object_id: str
    """Object of the archive that keeps the copy."""
    path: str
    """Logical path of the PDF in it."""
    source_path: str
    """Logical path of the original."""
    findings: tuple[Finding, ...] = ()
    """What whoever asked should know of it."""


def archive_copy(
    home: Home,
    issue: Issue,
    source: Source,
    *,
    pdf: bytes,
    eni: bytes,
    seal: SignatureReport,
    findings: tuple[Finding, ...],
    agent: str,
) -> IssuedCopy:
    """Keep a sealed copy: durable when it returns.

    Raises:
        StorageUnavailable, CatalogUnavailable, ConflictError: Nothing was promised to anybody; issue again.
    """
    tenant_id = issue.tenant.tenant_id
    stem = f"{RECEIVED}{issue.eni_id}"
    contents = {f"{stem}.xml": eni, f"{stem}.pdf": pdf}
    files = (
        StoredFile(
            f"{stem}.xml",
            FileRole.DOCUMENT,
            digest_bytes(eni),
            eni_id=issue.eni_id,
            media_type="application/xml",
        ),
        StoredFile(f"{stem}.pdf", FileRole.OTHER, digest_bytes(pdf), media_type="application/pdf"),
    )
    known = _record(issue, source, files, seal=seal, findings=findings)
    object_id = known.object.object_id
    copy = CopyRecord(
        issue.csv, tenant_id, object_id, source.record.object_id, source.document.path, issue.issued_at,
        f"{stem}.pdf", issue.eni_id, None,
    )  # fmt: skip
    with home.writing():
        stored = store_copy(home, known, contents, agent)
        with home.catalog.transaction(tenant_id) as tx:
            tx.record_deposit(known.deposit)
            tx.add_object(known.object, stored, known.documents, known.signatures)
            tx.add_copy(copy)
            told = {"deposit": known.deposit.deposit_id, "kind": str(ObjectKind.COPY)}
            home.ledger.append(tx, tenant_id, "object.stored", object_id, agent, told)
            home.ledger.append(tx, tenant_id, "copy.issued", object_id, agent, copy_event(copy))
        home.ledger.flush(tenant_id)
    return IssuedCopy(
        issue.csv, pdf, eni, issue.eni_id, object_id, f"{stem}.pdf", source.document.path, findings
    )  # fmt: skip


def copy_event(copy: CopyRecord) -> dict[str, Any]:
    """Return what the ledger keeps of an issued copy.

    Never its CSV, which is a key that opens the copy, nor the name of the file, which may be somebody's.
    """
    return {
        "eni_id": copy.eni_id,
        "source_object": copy.source_object_id,
        "issued_at": format_instant(copy.issued_at),
        "csv_sha256": hashlib.sha256(copy.csv.encode()).hexdigest(),
    }


def store_copy(
    home: Home,
    known: DepositDocument,
    contents: dict[str, bytes],
    agent: str,
    words: str = "Copia auténtica expedida",
) -> list[StoredFile]:
    """Make the copy's object durable; return every file of it, the record included."""
    objects = home.objects(known.object.tenant_id)
    record = known.to_bytes()
    staged: dict[str, Digests] = {}
    for path, data in {**contents, RECORD_PATH: record}.items():
        staged[path] = objects.stage(known.object.object_id, path, (data,))
    version = NewVersion(known.object.object_id, staged, words, agent, known.object.created_at)
    objects.commit([version])
    kept = StoredFile(RECORD_PATH, FileRole.RECORD, staged[RECORD_PATH], media_type="application/json")
    return [*known.files, kept]


def _record(
    issue: Issue,
    source: Source,
    files: tuple[StoredFile, ...],
    *,
    seal: SignatureReport,
    findings: tuple[Finding, ...],
) -> DepositDocument:
    digest = manifest_digest((file.path, file.digests) for file in files)
    object_id = make_object_id(issue.tenant.tenant_id, issue.eni_id, digest)
    title = copy_title(issue, source)
    record = ObjectRecord(
        object_id, issue.tenant.tenant_id, ObjectKind.COPY, issue.eni_id, title, 1, digest, issue.issued_at,
        metadata={
            "organos": [issue.tenant.dir3],
            # What the register of copies is rebuilt from.
            "copy": {
                "csv": issue.csv,
                "source_object_id": source.record.object_id,
                "source_path": source.document.path,
                "source_eni_id": source.document.eni_id,
                "source_sha256": source.digests.sha256,
                "issued_at": format_instant(issue.issued_at),
                "pdf_path": files[1].path,
                # By whose act (Ley 39/2015 art. 27.1), and which pages lack something.
                "issuer": issue.act.issuer_id,
                "resolution": issue.act.resolution,
                "request": issue.act.request_id,
                "redaction": issue.act.redaction.to_json() if issue.act.partial else None,
                "ground": issue.act.ground,
            },
        },
    )  # fmt: skip
    deposit = DepositRecord(
        uuid7(issue.issued_at), issue.tenant.tenant_id, DepositState.ACCEPTED, issue.issued_at,
        f"{issue.eni_id}.xml", digest, object_id, findings,
    )  # fmt: skip
    document = _document(issue, source, files, title)
    verdicts = (
        EniVerdict("firmas/firma[1]", "TF06", seal),
        EniVerdict("firmas/firma[2]", "TF01", None, issue.csv, CSV_REGULATION),
    )
    kept = tuple(verdict.to_record(files[0].path) for verdict in verdicts)
    return DepositDocument(deposit, record, files, (document,), kept)


def _document(issue: Issue, source: Source, files: tuple[StoredFile, ...], title: str) -> DocumentRecord:
    metadata = copy_metadata(issue, source)
    return DocumentRecord(
        eni_id=issue.eni_id,
        path=files[0].path,
        name=title,
        tipo_documental=metadata.tipo_documental,
        estado_elaboracion=metadata.estado_elaboracion,
        organos=metadata.organos,
        captured_at=metadata.fecha_captura,
        origin_is_administration=True,
        content_format="PDF",
        media_type="application/pdf",
        content=files[1].digests,
        csv=(issue.csv,),
    )
