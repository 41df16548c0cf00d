# SPDX-License-Identifier: EUPL-1.2
"""The document of a certificación: typeset, sealed, wrapped as ENI (TD11, EE01), kept, findable by its CSV.

It is an original of this administration, not a copy: it says what the Secretary certifies, of what it rests
on, and both acts. The personal act is the one in the ledger; what is in the PDF is the seal of the organ.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from importlib import resources

import typst

from archive.catalog import INSTALLATION
from archive.catalog.rows import CopyRecord
from archive.clock import format_instant
from archive.digests import digest_bytes, manifest_digest
from archive.eni.document import DocumentMetadata
from archive.eni.write import BinaryContent, NewFirma, document_xml
from archive.errors import InvalidRequest
from archive.home import Home
from archive.identifiers import document_id, new_csv, normalise_csv, uuid7
from archive.identifiers import object_id as make_object_id
from archive.local_time import day, in_words, peninsular
from archive.model import (
    RECEIVED,
    DepositRecord,
    DepositState,
    DocumentRecord,
    FileRole,
    ObjectKind,
    ObjectRecord,
    StoredFile,
    Tenant,
)
from archive.record import DepositDocument
from preservation.authority.profile import NO_LEGAL_VALUE
from preservation.installation import SEAL_ROLE, development_authority, time_stamping, validation_material
from preservation.signatures.sign import sign_pdf
from search.certifications.acts import Maker
from search.certifications.model import Act, Certification
from search.certify import sealer_name
from search.copy_archive import copy_event, store_copy
from search.copy_pdf import qr_svg
from search.copy_sheet import verification_link
from search.copy_words import CSV_REGULATION, de
from search.source import choose

TYPE = "TD11"
"""Certificado (NTI Documento electrónico, anexo I)."""


def maker(home: Home, base_url: str) -> Maker:
    """Return what makes and keeps the documents of this installation."""

    def make(one: Certification, agent: str) -> tuple[str, str]:
        with home.catalog.reading(INSTALLATION) as tx:
            tenant = tx.tenant(one.tenant_id)
        at = home.clock.now().replace(microsecond=0)
        csv = normalise_csv(new_csv())
        identity = development_authority(home).identity(SEAL_ROLE)
        sealer = sealer_name(identity)
        specific = uuid7(at).replace("-", "").upper()[:30]
        eni_id = document_id(tenant.dir3, peninsular(at)[0].year, specific)
        unsealed = typeset(
            home,
            one,
            tenant,
            at=at,
            csv=csv,
            eni_id=eni_id,
            base_url=base_url,
            rehearsal=NO_LEGAL_VALUE in sealer,
        )
        pdf = sign_pdf(
            unsealed, identity, level="LTA", authority=time_stamping(home),
            material=validation_material(home), signing_time=at, name=sealer, field_name="SelloDeOrgano",
            reason="Certificación (ROF, arts. 204 y 205)",
        )  # fmt: skip
        return _kept(home, one, tenant, pdf, csv=csv, eni_id=eni_id, at=at, agent=agent), csv

    return make


def typeset(
    home: Home,
    one: Certification,
    tenant: Tenant,
    *,
    at: datetime,
    csv: str = "",
    eni_id: str = "",
    base_url: str = "",
    rehearsal: bool = True,
) -> bytes:
    """Return the pages of a certificación; without CSV they say that it is a draft.

    Raises:
        InvalidRequest: A letter that the typeface lacks.
    """
    values = {
        "issuer": {"name": tenant.name, "dir3": tenant.dir3},
        "of": de(tenant.name),
        "number": one.number,
        "paragraphs": [part.strip() for part in one.text.split("\n") if part.strip()],
        "asked_by": one.asked_by,
        "purpose": one.purpose,
        "before_minutes": one.before_minutes,
        "rests": _rests(home, one),
        "secretary": _act_words(one.issued),
        "mayor": _act_words(one.approved),
        "date": day(peninsular(one.issued.at if one.issued else at)[0]),
        "csv": csv,
        "eni_id": eni_id,
        "verify": f"{base_url.rstrip('/')}/verificar",
        "qr": qr_svg(verification_link(base_url, csv)) if csv else "",
        "rehearsal": rehearsal,
    }
    try:
        made = typst.compile(
            _template(), format="pdf", ignore_system_fonts=True, pdf_standards=["a-3a", "ua-1"],
            timestamp=at.replace(microsecond=0),
            sys_inputs={"certification": json.dumps(values, ensure_ascii=False)},
        )  # fmt: skip
    except typst.TypstError as cause:
        raise InvalidRequest(f"the certification cannot be typeset: {cause}", place="text") from cause
    assert isinstance(made, bytes)
    return made


@cache
def _template() -> bytes:
    return resources.files("search.certifications").joinpath("template.typ").read_bytes()


def _act_words(act: Act | None) -> dict[str, str] | None:
    if act is None:
        return None
    return {"name": act.name, "position": act.position, "at": in_words(act.at)}


def _rests(home: Home, one: Certification) -> list[list[str]]:
    """Say what the certificación rests on: identifier and digest of the document in the archive."""
    with home.catalog.reading(INSTALLATION) as tx:
        record, documents = tx.object(one.object_id), tx.documents(one.object_id)
    rows = [["Expediente" if record.kind is ObjectKind.EXPEDIENTE else "Documento", record.eni_id]]
    if one.path or len(documents) == 1:
        document = choose(documents, one.path or None)
        if document.eni_id != record.eni_id:
            rows.append(["Documento", document.eni_id or document.path])
        if document.content is not None:
            rows.append(["Huella SHA-256", document.content.sha256])
    return rows


def _kept(
    home: Home,
    one: Certification,
    tenant: Tenant,
    pdf: bytes,
    *,
    csv: str,
    eni_id: str,
    at: datetime,
    agent: str,
) -> str:
    metadata = DocumentMetadata(
        eni_id, (tenant.dir3,), at.isoformat(timespec="seconds"), True, "EE01", TYPE,
        version_nti="http://administracionelectronica.gob.es/ENI/XSD/v1.0/documento-e",
    )  # fmt: skip
    firmas = (
        NewFirma("TF06", reference="#CONTENIDO_DOCUMENTO"),
        NewFirma("TF01", csv=csv, regulation=CSV_REGULATION),
    )
    eni = document_xml(metadata, BinaryContent(pdf, "PDF"), firmas)
    stem = f"{RECEIVED}{eni_id}"
    files = (
        StoredFile(f"{stem}.xml", FileRole.DOCUMENT, digest_bytes(eni), eni_id, "application/xml"),
        StoredFile(f"{stem}.pdf", FileRole.OTHER, digest_bytes(pdf), media_type="application/pdf"),
    )
    digest = manifest_digest((file.path, file.digests) for file in files)
    object_id = make_object_id(tenant.tenant_id, eni_id, digest)
    title = f"Certificación {one.number}"
    told = {
        "csv": csv, "source_object_id": one.object_id, "source_path": one.path, "source_eni_id": "",
        "source_sha256": "", "issued_at": format_instant(at), "pdf_path": files[1].path,
        "certification": one.certification_id,
    }  # fmt: skip
    record = ObjectRecord(
        object_id, tenant.tenant_id, ObjectKind.COPY, eni_id, title, 1, digest, at,
        metadata={"organos": [tenant.dir3], "copy": told},
    )  # fmt: skip
    document = DocumentRecord(
        eni_id, files[0].path, title, TYPE, "EE01", (tenant.dir3,), metadata.fecha_captura, True, "PDF",
        "application/pdf", files[1].digests, csv=(csv,),
    )  # fmt: skip
    deposit = DepositRecord(
        uuid7(at), tenant.tenant_id, DepositState.ACCEPTED, at, f"{eni_id}.xml", digest, object_id, ()
    )
    known = DepositDocument(deposit, record, files, (document,), ())
    copy = CopyRecord(
        csv, tenant.tenant_id, object_id, one.object_id, one.path, at, files[1].path, eni_id, None
    )
    contents = {files[0].path: eni, files[1].path: pdf}
    with home.writing():
        stored = store_copy(home, known, contents, agent, "Certificación expedida")
        with home.catalog.transaction(tenant.tenant_id) as tx:
            tx.record_deposit(deposit)
            tx.add_object(record, stored, known.documents, ())
            tx.add_copy(copy)
            event = {"deposit": deposit.deposit_id, "kind": str(ObjectKind.COPY)}
            home.ledger.append(tx, tenant.tenant_id, "object.stored", object_id, agent, event)
            home.ledger.append(tx, tenant.tenant_id, "copy.issued", object_id, agent, copy_event(copy))
        home.ledger.flush(tenant.tenant_id)
    return object_id
