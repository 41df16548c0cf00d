# SPDX-License-Identifier: EUPL-1.2
"""Values that only the catalogue and its readers share: evidence batches, their leaves, certified copies."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from archive.clock import format_instant, parse_instant

SEAL: Final = "seal"
"""A batch whose leaves stand for object versions."""
RENEWAL: Final = "renewal"
"""A batch whose leaves stand for the tokens of older batches: time-stamp renewal (RFC 4998 5.2)."""
TREE_RENEWAL: Final = "tree-renewal"
"""A batch whose leaves stand for what older batches cover, hashed again: hash-tree renewal (RFC 4998 5.2)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A token over the root of a batch's tree. A batch may have several, of different authorities."""

    authority: str
    """Name of the time-stamping authority."""
    sealed_at: datetime
    """genTime."""
    valid_until: datetime
    """When the first certificate of its chain ends, as far as known: renew before."""
    token: bytes
    """DER TimeStampToken."""
    price: str = ""
    """What it cost, in euros, as the settings said on that day; empty where they did not."""


def stamp_body(stamp: Stamp) -> dict[str, str]:
    """Return the JSON form of a token: what `read_stamp` reads."""
    return {
        "authority": stamp.authority,
        "price": stamp.price,
        "sealed_at": format_instant(stamp.sealed_at),
        "token": base64.b64encode(stamp.token).decode(),
        "valid_until": format_instant(stamp.valid_until),
    }


def read_stamp(body: dict[str, Any]) -> Stamp:
    """Read what `stamp_body` wrote. Raises ValueError, KeyError, TypeError where it is something else."""
    return Stamp(
        authority=str(body["authority"]),
        sealed_at=parse_instant(body["sealed_at"]),
        valid_until=parse_instant(body["valid_until"]),
        token=base64.b64decode(body["token"], validate=True),
        price=str(body["price"]),
    )


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One hash tree under one RFC 3161 token, or under one of each of several authorities."""

    batch_id: str
    """UUIDv7."""
    kind: str
    """`seal`, `renewal` or `tree-renewal`."""
    algorithm: str
    """Of the tree: `sha256`, `sha512`, `sha3_512`."""
    sealed_at: datetime
    """genTime of the first token."""
    authority: str
    """Who gave the first token."""
    valid_until: datetime
    """When the chain of the first token ends: renew before."""
    token: bytes
    """DER TimeStampToken."""
    count: int
    """How many leaves."""
    object_key: str
    """Object id of the batch in the evidence root: `urn:longeva:evidence:<batch_id>`."""
    price: str = ""
    """Of the first token."""
    others: tuple[Stamp, ...] = ()
    """Tokens of further authorities over the same root: should the first one fall, they still stand."""
    partly: tuple[str, ...] = field(default=(), compare=False)
    """Batches that a hash-tree renewal carries on in part only: they stay live. In the store, not in rows."""

    @property
    def stamps(self) -> tuple[Stamp, ...]:
        """Return every token, the first one first."""
        first = Stamp(self.authority, self.sealed_at, self.valid_until, self.token, self.price)
        return (first, *self.others)


@dataclass(frozen=True, slots=True)
class LeafRecord:
    """One leaf of a batch: an object version, one of the batch's own files, or a line that is renewed."""

    batch_id: str
    index: int
    """0, 1, 2… in tree order."""
    digest: str
    """Lower-case hexadecimal, in the batch's algorithm."""
    object_id: str
    """Object whose version it is; `KEY#NAME` of a file of a batch itself (`archive.batches.own_leaf`); in a
    renewal the object key of the batch that the line of tokens began with."""
    version: int
    """OCFL version that was sealed; 0 where it is none of an object."""
    renews_batch: str
    """Batch id that this leaf renews: the newest of its line until then. Empty in a seal."""


@dataclass(frozen=True, slots=True)
class Link:
    """One archive time stamp on the way from a seal to its newest token (RFC 4998 5.1)."""

    batch: BatchRecord
    leaf: LeafRecord
    """Of the batch: where the way leads into its tree."""


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
