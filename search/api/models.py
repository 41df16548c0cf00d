# SPDX-License-Identifier: EUPL-1.2
"""Objects of the archive as they go out to machines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from archive.catalog import BatchRecord
from archive.identity import Principal, Right
from archive.model import DocumentRecord, LedgerEvent, ObjectRecord, SignatureRecord, StoredFile, Tenant
from archive.regime import AccessRegime
from archive.web.api import API, Listed, Model
from search.seeing import Seen, shown_metadata
from search.viewing.address import short_id


class Archive(Model):
    """A municipality's archive, and what who asks may do there."""

    tenant: str = Field(description="Its short name in addresses")
    name: str
    dir3: str = Field(description="DIR3 code of the administration")
    rights: list[str]


class Archives(Model):
    """The archives where who asks is somebody."""

    items: list[Archive]


class Regime(Model):
    """How open an object is today."""

    access: str = Field(description="`libre`, `limitado` or `reservado`")
    cause: str
    clause: str = Field(description="Norm and article")
    until: date | None = Field(None, description="First day on which it opens by itself")


class Thing(Model):
    """An object of the archive: an expediente, a loose document or a certified copy."""

    id: str = Field(description="What stands for it in addresses")
    object: str = Field(description="Its URN, for ever")
    tenant: str
    kind: str
    eni_id: str
    title: str
    version: int
    package_sha256: str
    kept_since: datetime
    regime: Regime
    metadata: dict[str, Any] = Field(description="ENI metadata; people in it only for who may see them")
    documents: int = Field(description="How many")
    links: dict[str, str]


class Document(Model):
    """A document of an object."""

    number: int = Field(description="From 1, in the order of the index")
    eni_id: str
    name: str
    path: str = Field(description="Of its ENI XML among the object's files")
    content_path: str = Field(description="Of its content, where that is a file of its own")
    type: str = Field(description="TipoDocumental, `TD01`…")
    state: str = Field(description="EstadoElaboracion, `EE01`…")
    organs: list[str]
    captured_at: str = Field(description="FechaCaptura as written")
    media_type: str = Field(description="As identified from the bytes")
    content_sha256: str | None
    content_size: int | None
    order: str
    folder: str
    csv: list[str]


class Documents(Listed):
    """Documents of an object."""

    items: list[Document]


class File(Model):
    """A file of an object, byte for byte as it came or as the archive wrote it."""

    path: str
    role: str = Field(description="`index`, `document`, `external`, `other` or `record`")
    eni_id: str
    media_type: str
    size: int
    sha256: str
    sha512: str
    href: str = Field(description="Address of its bytes")


class Files(Listed):
    """Files of an object."""

    items: list[File]


class Signature(Model):
    """A signature with its verdict, as it was judged at the deposit."""

    path: str
    place: str
    eni_type: str = Field(description="TF01…TF07 as declared")
    format: str
    level: str
    indication: str = Field(description="ETSI EN 319 102-1, or `NOT_APPLICABLE` for a CSV")
    sub_indication: str
    signer: str | None = Field(None, description="For who may see people")
    signing_time: str


class Signatures(Listed):
    """Signatures in an object."""

    items: list[Signature]


class Batch(Model):
    """A time stamp over many objects: of the sealing, or of a renewal."""

    batch: str
    kind: str = Field(description="`seal` or `renewal`")
    sealed_at: datetime
    authority: str
    valid_until: datetime = Field(description="Renewed before")


class Evidence(Model):
    """What proves that an object existed, oldest first."""

    items: list[Batch]
    record: str | None = Field(description="Address of the RFC 4998 evidence record; null before the sealing")


class Event(Model):
    """A line of the ledger."""

    sequence: int
    at: datetime
    kind: str
    agent: str = Field(description="Who did it, as the register of accounts and keys numbers him")
    detail: dict[str, Any]
    sha256: str = Field(description="Of the line; the next one chains over it")


class Events(Listed):
    """What happened to an object, newest first."""

    items: list[Event]


def archive_out(tenant: Tenant, principal: Principal) -> Archive:
    """Return an archive as it goes out."""
    rights = sorted(str(right) for right in Right if principal.may(right, tenant.tenant_id))
    return Archive(tenant=tenant.tenant_id, name=tenant.name, dir3=tenant.dir3, rights=rights)


def thing_out(seen: Seen, principal: Principal) -> Thing:
    """Return an object as it goes out."""
    record = seen.record
    at = address(record)
    links = {name: f"{at}/{name}" for name in ("documents", "files", "signatures", "evidence", "history")}
    return Thing(
        id=short_id(record.object_id), object=record.object_id, tenant=record.tenant_id,
        kind=str(record.kind), eni_id=record.eni_id, title=record.title, version=record.version,
        package_sha256=record.package_digest, kept_since=record.created_at, regime=regime_out(seen.regime),
        metadata=shown_metadata(record, principal), documents=len(seen.documents),
        links={"self": at, **links},
    )  # fmt: skip


def address(record: ObjectRecord) -> str:
    """Return the address of an object for machines, without host."""
    return f"{API}/tenants/{record.tenant_id}/objects/{short_id(record.object_id)}"


def regime_out(regime: AccessRegime) -> Regime:
    """Return a regime as it goes out."""
    return Regime(access=str(regime.access), cause=regime.cause, clause=regime.clause, until=regime.until)


def document_out(number: int, one: DocumentRecord) -> Document:
    """Return a document as it goes out."""
    return Document(
        number=number, eni_id=one.eni_id, name=one.name, path=one.path, content_path=one.content_path,
        type=one.tipo_documental, state=one.estado_elaboracion, organs=list(one.organos),
        captured_at=one.captured_at, media_type=one.media_type,
        content_sha256=one.content.sha256 if one.content else None,
        content_size=one.content.size if one.content else None,
        order=one.order, folder=one.folder, csv=list(one.csv),
    )  # fmt: skip


def file_out(record: ObjectRecord, one: StoredFile, href: str) -> File:
    """Return a file as it goes out; `record` is the object that holds it."""
    return File(
        path=one.path, role=str(one.role), eni_id=one.eni_id, media_type=one.media_type,
        size=one.digests.size, sha256=one.digests.sha256, sha512=one.digests.sha512,
        href=f"{address(record)}{href}",
    )  # fmt: skip


def signature_out(one: SignatureRecord, *, people: bool) -> Signature:
    """Return a signature as it goes out, with its signer for who may see people."""
    return Signature(
        path=one.path, place=one.place, eni_type=one.eni_type, format=one.format, level=one.level,
        indication=one.indication, sub_indication=one.sub_indication,
        signer=one.signer if people else None, signing_time=one.signing_time,
    )  # fmt: skip


def batch_out(one: BatchRecord) -> Batch:
    """Return a batch as it goes out."""
    return Batch(
        batch=one.batch_id, kind=one.kind, sealed_at=one.sealed_at, authority=one.authority,
        valid_until=one.valid_until,
    )  # fmt: skip


def event_out(one: LedgerEvent) -> Event:
    """Return an event as it goes out."""
    return Event(
        sequence=one.sequence, at=one.at, kind=one.kind, agent=one.agent, detail=one.detail, sha256=one.digest
    )
