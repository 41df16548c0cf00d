# SPDX-License-Identifier: EUPL-1.2
"""The heads of all ledgers rolled up into one that is stamped, and what opens it for each tenant alone.

    heads.json    {"at", "format", "leaves", "root"}: all that the time stamp covers, and nothing of anybody
    opening       {"batch", "format", "head": {"at", "root", "size", "tenant"}, "heads", "index", "leaves",
                   "nonce", "path"}: one tenant's, in its own place

    data of a leaf = SHA-256(nonce ‖ RFC 8785 form of the head), the nonce 32 random bytes, new each time
    tree           = that of RFC 6962 2.1 over these data in ascending order

Whoever has an opening sees siblings that are hashes of values with 256 random bits: they tell neither how
many tenants there are (random leaves fill up to a power of two, 16 at least), nor who, nor whether another
one's ledger grew; equal heads give different leaves. Pure, without IO.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from archive.canonical_json import canonical
from archive.clock import format_instant, parse_instant
from archive.errors import IntegrityError
from archive.journal import ledger_prefix
from archive.ledger_tree import HASH_BYTES, TreeHead, included, inclusion_proof, leaf_hash, node_hash

HEADS: Final = "heads.json"
HEADS_FORMAT: Final = "longeva-heads/1"
OPENING_FORMAT: Final = "longeva-opening/1"
LEAST_LEAVES: Final = 16
MAX_BYTES: Final = 1 << 16
"""Of either file; both are a few kilobytes at most."""

Nonce = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class StampedRoot:
    """What `heads.json` says."""

    at: datetime
    leaves: int
    root: bytes

    def to_bytes(self) -> bytes:
        """Return the file."""
        body = {
            "at": format_instant(self.at),
            "format": HEADS_FORMAT,
            "leaves": self.leaves,
            "root": self.root.hex(),
        }
        return canonical(body) + b"\n"


@dataclass(frozen=True, slots=True)
class Opening:
    """What leads from one tenant's head to the root that was stamped."""

    tenant_id: str
    head: TreeHead
    at: datetime
    """When the heads were taken, by the archive's own clock; the time stamp says it by another."""
    nonce: bytes
    index: int
    leaves: int
    path: tuple[bytes, ...]
    """Inclusion proof of the leaf, from below (RFC 9162 2.1.3)."""
    root: bytes
    """Of the roll-up."""
    batch_id: str = ""
    """The seal that stamped it."""

    def leads(self, stamped: StampedRoot) -> bool:
        """Tell whether head, nonce and path lead to a root that was stamped."""
        leaf = leaf_hash(blinded(self.nonce, self.tenant_id, self.head, self.at))
        same = (self.leaves, self.root, self.at) == (stamped.leaves, stamped.root, stamped.at)
        return same and included(leaf, self.index, self.leaves, self.path, self.root)

    def to_json(self) -> dict[str, Any]:
        """Return the file's content."""
        return {
            "batch": self.batch_id,
            "format": OPENING_FORMAT,
            "head": head_body(self.tenant_id, self.head, self.at),
            "heads": self.root.hex(),
            "index": self.index,
            "leaves": self.leaves,
            "nonce": self.nonce.hex(),
            "path": [each.hex() for each in self.path],
        }

    def to_bytes(self) -> bytes:
        """Return the file."""
        return canonical(self.to_json()) + b"\n"


def roll_up_heads(
    heads: Sequence[tuple[str, TreeHead]], at: datetime, nonce: Nonce = secrets.token_bytes
) -> tuple[StampedRoot, list[Opening]]:
    """Roll heads up into one root.

    Args:
        heads: Tenant and head, one each.
        at: When they were taken, to the second: finer would be lost in the files.
        nonce: Gives random bytes.

    Returns:
        What is to be stamped, and an opening for each tenant in the order given; they name no batch yet.
    """
    nonces = [nonce(HASH_BYTES) for _ in heads]
    own = [blinded(salt, tenant, head, at) for salt, (tenant, head) in zip(nonces, heads, strict=True)]
    size = max(LEAST_LEAVES, 1 << len(heads).bit_length())
    data = sorted([*own, *(nonce(HASH_BYTES) for _ in range(size - len(own)))])
    levels = [[leaf_hash(each) for each in data]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(*below[first : first + 2]) for first in range(0, len(below), 2)])
    root = levels[-1][0]
    places = {each: index for index, each in enumerate(data)}
    openings = [
        Opening(
            tenant, head, at, salt, places[value], size,
            tuple(inclusion_proof(places[value], size, lambda level, number: levels[level][number])), root,
        )
        for (tenant, head), salt, value in zip(heads, nonces, own, strict=True)
    ]  # fmt: skip
    return StampedRoot(at, size, root), openings


def blinded(nonce: bytes, tenant_id: str, head: TreeHead, at: datetime) -> bytes:
    """Return the data of a tenant's leaf."""
    return hashlib.sha256(nonce + canonical(head_body(tenant_id, head, at))).digest()


def head_body(tenant_id: str, head: TreeHead, at: datetime) -> dict[str, Any]:
    """Return what a leaf says under its nonce."""
    return {"at": format_instant(at), "root": head.root.hex(), "size": head.size, "tenant": tenant_id}


def read_heads(data: bytes) -> StampedRoot:
    """Read `heads.json`. Raises IntegrityError."""
    try:
        body = _object(data, HEADS_FORMAT)
        stamped = StampedRoot(parse_instant(body["at"]), int(body["leaves"]), read_hash(body["root"]))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as cause:
        raise IntegrityError(f"these are no heads of ledgers: {cause!r}") from cause
    if stamped.to_bytes() != data:
        raise IntegrityError("these heads of ledgers are not as they were written")
    return stamped


def opening_key(tenant_id: str, batch_id: str) -> str:
    """Return where what opens a tenant's head of a batch lies."""
    return f"{ledger_prefix(tenant_id)}heads/{batch_id}.json"


def read_opening(data: bytes) -> Opening:
    """Read an opening. Raises IntegrityError."""
    try:
        return opening_of(_object(data, OPENING_FORMAT))
    except (ValueError, TypeError, RecursionError) as cause:
        raise IntegrityError(f"this opens no head: {cause!r}") from cause


def opening_of(body: dict[str, Any]) -> Opening:
    """Read what `Opening.to_json` gave. Raises IntegrityError."""
    try:
        head = body["head"]
        return Opening(
            str(head["tenant"]),
            TreeHead(int(head["size"]), read_hash(head["root"])),
            parse_instant(head["at"]),
            read_hash(body["nonce"]),
            int(body["index"]),
            int(body["leaves"]),
            tuple(read_hash(each) for each in body["path"]),
            read_hash(body["heads"]),
            str(body["batch"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as cause:
        raise IntegrityError(f"this opens no head: {cause!r}") from cause


def read_hash(text: Any) -> bytes:
    """Read a hash in hexadecimal. Raises ValueError, TypeError."""
    value = bytes.fromhex(text)
    if len(value) != HASH_BYTES:
        raise ValueError(text)
    return value


def _object(data: bytes, form: str) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise ValueError(len(data))
    body = json.loads(data)
    if not isinstance(body, dict) or body.get("format") != form:
        raise ValueError(form)
    return body
