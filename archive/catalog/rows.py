# SPDX-License-Identifier: EUPL-1.2
"""Values that only the catalogue and its readers share: evidence batches, their leaves, certified copies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

SEAL: Final = "seal"
"""A batch whose leaves stand for object versions."""
RENEWAL: Final = "renewal"
"""A batch whose leaves stand for older batches (RFC 4998 5.2)."""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One hash tree under one RFC 3161 token."""

    batch_id: str
    """UUIDv7."""
    kind: str
    """`seal` or `renewal`."""
    algorithm: str
    """Of the tree: `sha256`, `sha512`."""
    sealed_at: datetime
    """genTime of the token."""
    authority: str
    """Name of the time-stamping authority."""
    valid_until: datetime
    """notAfter of the authority's certificate: renew before."""
    token: bytes
    """DER TimeStampToken."""
    count: int
    """How many leaves."""
    object_key: str
    """Object id of the batch in the evidence root: `urn:longeva:evidence:<batch_id>`."""


@dataclass(frozen=True, slots=True)
class LeafRecord:
    """One leaf of a batch: an object version, or an older batch that is renewed."""

    batch_id: str
    index: int
    """0, 1, 2… in tree order."""
    digest: str
    """Lower-case hexadecimal, in the batch's algorithm."""
    object_id: str
    """Of a renewal: the key of the seal whose line of tokens this leaf stands for."""
    version: int
    """OCFL version that was sealed; 0 in a renewal."""
    renews_batch: str
    """Batch id that this leaf renews; empty in a seal."""


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """The newest version of a small record that people change (archive.registers)."""

    tenant_id: str
    """Whose; `archive.model.SYSTEM_TENANT` for the installation's own."""
    register: str
    entry_id: str
    """Random or counted, never made of personal data: the ledger names it for ever."""
    version: int
    """1, 2, 3…: with every change one more."""
    changed_at: datetime
    body: dict[str, Any] = field(hash=False, default_factory=dict)
    state: str = ""
    """What queues are made of; empty where there is none."""
    due_at: datetime | None = None
    keys: tuple[str, ...] = ()
    """Other names it is found by; each belongs to one entry of the register of a tenant."""
    sha256: str = ""
    """Of its file in the store."""


@dataclass(frozen=True, slots=True)
class CopyRecord:
    """A certified copy and the code by which a stranger checks it (Ley 39/2015 art. 27.3.c)."""

    csv: str
    """Normalised code, as `archive.identifiers.normalise_csv` gives it."""
    tenant_id: str
    copy_object_id: str
    """The object of kind COPY."""
    source_object_id: str
    source_path: str
    """Logical path of the copied file; empty for a whole object."""
    issued_at: datetime
    pdf_path: str
    """Logical path of the sealed PDF in the copy's object."""
    eni_id: str
    """ENI identifier of the copy: a new document."""
    revoked_at: datetime | None
