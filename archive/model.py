# SPDX-License-Identifier: EUPL-1.2
"""Values that the whole house shares: what a municipality is, what was deposited, what is kept.

Frozen, without IO. Instants are aware UTC. Paths are logical OCFL paths with `/`, relative to an object
version. Anything not in a field here lives in the object's own record (`metadata/deposit.json`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from archive.digests import Digests
from archive.findings import Finding

RECEIVED: Final = "received/"
"""Logical folder of the files exactly as they came in."""
RECORD_PATH: Final = "metadata/deposit.json"
"""Logical path of what the archive found out at the deposit: findings, signatures, huellas, documents."""
SYSTEM_TENANT: Final = "longeva"
"""Reserved: the ledger of the installation itself."""


class DepositState(StrEnum):
    """States that a deposit can rest in."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    WAITING = "WAITING"
    """Stored and safe, but an archivist must decide whether it is admitted."""
    REPEATED = "REPEATED"
    """Of the queue only: the very package had been deposited before; its receipt is that deposit's."""


class ObjectKind(StrEnum):
    """What an object of the archive is."""

    EXPEDIENTE = "expediente"
    DOCUMENT = "documento"
    """A loose ENI document (RD 203/2021 art. 54.1)."""
    COPY = "copia"
    """A copia auténtica issued by this archive: a new document, archived in its turn."""


class FileRole(StrEnum):
    """Why a file is in its object."""

    INDEX = "index"
    """The expediente XML: signed index and metadata."""
    DOCUMENT = "document"
    """An ENI document XML."""
    EXTERNAL = "external"
    """Content that an ENI document refers to by name and digest (v2.0 referenciaExterna)."""
    OTHER = "other"
    """Anything else that came in the package."""
    RECORD = "record"
    """Written by the archive, not received."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A municipality: its own archive (Ley 39/2015 art. 17.1)."""

    tenant_id: str
    """Short name, `[a-z0-9][a-z0-9-]{1,39}`."""
    name: str
    dir3: str
    """DIR3 code of the administration, such as `L01990019`."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of an object version."""

    path: str
    """Logical path: `received/ES_L01990019_2025_….xml`."""
    role: FileRole
    digests: Digests
    eni_id: str = ""
    """ENI identifier where the file is an ENI document or expediente."""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What is known of one ENI document of an object: for the catalogue, the index and the reading room."""

    eni_id: str
    path: str
    """Logical path of the ENI XML in the object."""
    name: str
    """Nombre natural where it came (v2.0, InSide extra metadata, file name), else a made one."""
    tipo_documental: str
    estado_elaboracion: str
    organos: tuple[str, ...]
    captured_at: str
    """FechaCaptura as written; it may lack a zone."""
    origin_is_administration: bool
    content_format: str
    """NombreFormato as claimed."""
    media_type: str
    """As identified by us from the bytes."""
    content: Digests | None
    """Digests of the decoded content; None where the content is inside the signature or elsewhere."""
    content_path: str = ""
    """Logical path of the file that holds the content when it is not inside the ENI XML."""
    order: str = ""
    """OrdenDocumentoExpediente as written: a string, never sorted as a number without care."""
    folder: str = ""
    """Path of CarpetaIndizada / nested expediente names, `/`-joined; empty at the top."""
    csv: tuple[str, ...] = ()
    """ValorCSV of its TF01 signatures."""


@dataclass(frozen=True, slots=True)
class SignatureRecord:
    """A signature with its verdict, as kept. The full report is JSON in `report`."""

    path: str
    """Logical path of the file it stands in."""
    place: str
    """Where inside: `firmas/firma[1]`, `indice/firmas/firma[1]`, `content.pdf#Signature1`."""
    eni_type: str
    """TF01…TF07 as declared, empty for a signature found without ENI."""
    format: str
    level: str
    indication: str
    """TOTAL_PASSED, TOTAL_FAILED, INDETERMINATE (ETSI EN 319 102-1), or NOT_APPLICABLE for a CSV."""
    sub_indication: str
    signer: str
    signing_time: str
    report: dict[str, Any] = field(hash=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObjectRecord:
    """An object of the archive as the catalogue knows it."""

    object_id: str
    """`urn:longeva:TENANT:ENI-ID:DIGEST` (archive.identifiers.object_id)."""
    tenant_id: str
    kind: ObjectKind
    eni_id: str
    title: str
    version: int
    """OCFL head version number, 1 at the deposit."""
    package_digest: str
    """SHA-256, hex, of the received files' manifest: the same package gives the same digest."""
    created_at: datetime
    metadata: dict[str, Any] = field(hash=False, default_factory=dict)
    """ENI metadata of the expediente (or document) as JSON: organos, estado, clasificacion, interesados…"""


@dataclass(frozen=True, slots=True)
class DepositRecord:
    """A deposit, accepted or not; its report is kept for ever, also when rejected."""

    deposit_id: str
    """UUIDv7."""
    tenant_id: str
    state: DepositState
    since: datetime
    package_name: str
    package_digest: str
    object_id: str
    """Empty where nothing was stored."""
    findings: tuple[Finding, ...]
    receipt: dict[str, Any] = field(hash=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One line of a tenant's append-only ledger. `digest` chains over `previous`."""

    position: int
    """Order in this catalogue, over all tenants; what followers (the index) store. Not part of the hash."""
    tenant_id: str
    sequence: int
    """1, 2, 3… without gaps within the tenant."""
    at: datetime
    kind: str
    """Dotted verb: `object.stored`, `deposit.rejected`, `evidence.sealed`, `object.read`…"""
    subject: str
    """Object id, deposit id, batch id or tenant id."""
    agent: str
    """Who did it: `cli`, `web`, `worker`, later a principal."""
    detail: dict[str, Any] = field(hash=False, default_factory=dict)
    """JSON without personal data."""
    previous: str = ""
    """Hex SHA-256 of the event before, 64 zeros for the first."""
    digest: str = ""
    """Hex SHA-256 of the RFC 8785 form of everything above but `position`."""
