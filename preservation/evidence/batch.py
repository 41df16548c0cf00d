# SPDX-License-Identifier: EUPL-1.2
"""An evidence batch on disk: an OCFL object with the tree's leaves and the token over its root.

    batch.json   what the catalogue knows of it
    leaves.tsv   index, digest, object, version, renewed batch: one line a leaf, in tree order
    token.tst    the RFC 3161 token, DER

The tree itself is not kept: a million leaves give it back in half a second, and a stranger can too.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from archive.catalog.rows import BatchRecord, LeafRecord
from archive.clock import format_instant, parse_instant
from archive.errors import IntegrityError, InvalidRequest
from archive.home import Home
from archive.objects import NewVersion, Objects
from preservation.merkle import Tree
from preservation.tokens import TokenVerdict, verify_token

BATCH: Final = "batch.json"
LEAVES: Final = "leaves.tsv"
STAMP: Final = "token.tst"
PREFIX: Final = "urn:longeva:evidence:"
_PAGE: Final = 4096
"""Leaves written at a time."""
_ANY: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Where trust is left open the instant of judgement does not matter."""


def object_key(batch_id: str) -> str:
    """Return the object id of a batch in the evidence root."""
    return f"{PREFIX}{batch_id}"


def store_batch(home: Home, batch: BatchRecord, leaves: Iterable[LeafRecord]) -> None:
    """Write a batch object; durable on return.

    Args:
        home: Whose evidence root takes it.
        batch: The record.
        leaves: In tree order, streamed.

    Raises:
        StorageUnavailable: The medium failed; what was written is a leftover without inventory.
    """
    objects = home.evidence_objects()
    key = batch.object_key
    files = {
        STAMP: objects.stage(key, STAMP, (batch.token,)),
        LEAVES: objects.stage(key, LEAVES, _lines(leaves)),
        BATCH: objects.stage(key, BATCH, (batch_bytes(batch),)),
    }
    message = f"{batch.kind} of {batch.count} leaves"
    objects.commit([NewVersion(key, files, message, "longeva", batch.sealed_at)])


def load_batch(objects: Objects, key: str) -> BatchRecord:
    """Read a batch object back.

    Raises:
        NotFound: No such object.
        IntegrityError: Its bytes disagree with its inventory, or say nothing sensible.
    """
    data = b"".join(objects.read_verified(key, BATCH))
    try:
        body = json.loads(data)
        batch = BatchRecord(
            batch_id=str(body["batch_id"]),
            kind=str(body["kind"]),
            algorithm=str(body["algorithm"]),
            sealed_at=parse_instant(body["sealed_at"]),
            authority=str(body["authority"]),
            valid_until=parse_instant(body["valid_until"]),
            token=base64.b64decode(body["token"], validate=True),
            count=int(body["count"]),
            object_key=str(body["object_key"]),
        )
    except (ValueError, KeyError, TypeError, binascii.Error) as cause:
        raise IntegrityError(f"not an evidence batch: {cause}", place=f"{key}#{BATCH}") from cause
    if batch.object_key != key:
        raise IntegrityError("the batch says another object's name", place=f"{key}#{BATCH}")
    return batch


def read_leaves(objects: Objects, batch: BatchRecord) -> Iterator[LeafRecord]:
    """Yield the leaves of a batch in tree order, in constant memory.

    Raises:
        IntegrityError: Bytes disagree with the inventory (at the end), or a line says nothing sensible.
    """
    for number, line in enumerate(_stored_lines(objects, batch)):
        yield _leaf(batch, number, line)


def load_tree(objects: Objects, batch: BatchRecord) -> Tree:
    """Grow the tree of a batch again.

    Raises:
        IntegrityError: The leaves are damaged, or their root is not what the token covers.
    """
    try:
        # Only the digests: a million of them must not become a million records.
        digests = (line.split(b"\t", 2)[1] for line in _stored_lines(objects, batch))
        tree = Tree(bytes.fromhex(b"".join(digests).decode()), batch.algorithm)
    except (InvalidRequest, ValueError, IndexError) as cause:
        raise IntegrityError(f"no tree grows from its leaves: {cause}", place=batch.object_key) from cause
    if not token_facts(batch.token, tree.root, batch.algorithm).intact:
        raise IntegrityError("the leaves do not lead to what the token covers", place=batch.object_key)
    return tree


def token_facts(token: bytes, root: bytes, algorithm: str) -> TokenVerdict:
    """Return what a token over `root` says, with its mathematics checked and trust left open."""
    return verify_token(token, root, algorithm, anchors=(), at=_ANY)


def batch_bytes(batch: BatchRecord) -> bytes:
    """Return `batch.json`."""
    body: dict[str, Any] = {
        "algorithm": batch.algorithm,
        "authority": batch.authority,
        "batch_id": batch.batch_id,
        "count": batch.count,
        "kind": batch.kind,
        "object_key": batch.object_key,
        "sealed_at": format_instant(batch.sealed_at),
        "token": base64.b64encode(batch.token).decode(),
        "valid_until": format_instant(batch.valid_until),
    }
    return (json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _lines(leaves: Iterable[LeafRecord]) -> Iterator[bytes]:
    page = []
    for leaf in leaves:
        fields = (str(leaf.index), leaf.digest, leaf.object_id, str(leaf.version), leaf.renews_batch)
        page.append("\t".join(fields))
        if len(page) == _PAGE:
            yield ("\n".join(page) + "\n").encode()
            page = []
    if page:
        yield ("\n".join(page) + "\n").encode()


def _stored_lines(objects: Objects, batch: BatchRecord) -> Iterator[bytes]:
    """Yield the lines of `leaves.tsv`. Raises IntegrityError where they are not as many as they should be."""
    rest, number = b"", 0
    for chunk in objects.read_verified(batch.object_key, LEAVES):
        *lines, rest = (rest + chunk).split(b"\n")
        number += len(lines)
        yield from lines
    if rest or number != batch.count:
        raise IntegrityError(
            f"{number} leaves instead of {batch.count}", place=f"{batch.object_key}#{LEAVES}"
        )


def _leaf(batch: BatchRecord, number: int, line: bytes) -> LeafRecord:
    try:
        index, digest, object_id, version, renews = line.decode().split("\t")
        bytes.fromhex(digest)
        leaf = LeafRecord(batch.batch_id, int(index), digest, object_id, int(version), renews)
    except ValueError as cause:
        raise IntegrityError(f"line {number + 1} is no leaf", place=f"{batch.object_key}#{LEAVES}") from cause
    if leaf.index != number:
        raise IntegrityError(f"line {number + 1} is out of order", place=f"{batch.object_key}#{LEAVES}")
    return leaf
