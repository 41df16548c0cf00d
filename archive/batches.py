# SPDX-License-Identifier: EUPL-1.2
"""The files of an evidence batch, an OCFL object of `evidence/ocfl/`: their form, written and read here.

    batch.json   what the catalogue knows of it
    leaves.tsv   index, digest, object, version, renewed batch: one line a leaf, in tree order
    token.tst    the RFC 3161 token over the root of the tree, DER
    token-2.tst  that of a second authority over the same root; and so on
    others       whatever the batch itself must prove, such as the heads of the ledgers; each is a leaf

What trees and tokens prove is the business of `preservation.evidence`; a catalogue is rebuilt without it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from archive.catalog.rows import BatchRecord, LeafRecord, read_stamp, stamp_body
from archive.clock import format_instant, parse_instant
from archive.errors import IntegrityError
from archive.layout import BATCH_PREFIX
from archive.object_reading import ObjectReader

BATCH: Final = "batch.json"
LEAVES: Final = "leaves.tsv"
STAMP: Final = "token.tst"
PREFIX: Final = BATCH_PREFIX
_PAGE: Final = 4096
"""Leaves written at a time."""


def object_key(batch_id: str) -> str:
    """Return the object id of a batch in the evidence root."""
    return f"{PREFIX}{batch_id}"


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
    if batch.price:
        body["price"] = batch.price
    if batch.partly:
        body["partly"] = list(batch.partly)
    if batch.others:
        body["others"] = [stamp_body(stamp) for stamp in batch.others]
    return (json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def leaf_lines(leaves: Iterable[LeafRecord]) -> Iterator[bytes]:
    """Yield `leaves.tsv` in pieces."""
    page = []
    for leaf in leaves:
        fields = (str(leaf.index), leaf.digest, leaf.object_id, str(leaf.version), leaf.renews_batch)
        page.append("\t".join(fields))
        if len(page) == _PAGE:
            yield ("\n".join(page) + "\n").encode()
            page = []
    if page:
        yield ("\n".join(page) + "\n").encode()


def load_batch(objects: ObjectReader, key: str) -> BatchRecord:
    """Read a batch's record back.

    Raises:
        NotFound: No such object, or none of its files.
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
            price=str(body.get("price", "")),
            others=tuple(read_stamp(each) for each in body.get("others", ())),
            partly=tuple(map(str, body.get("partly", ()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
        raise IntegrityError(f"not an evidence batch: {cause!r}", place=f"{key}#{BATCH}") from cause
    if batch.object_key != key:
        raise IntegrityError("the batch says another object's name", place=f"{key}#{BATCH}")
    return batch


def stamp_name(number: int) -> str:
    """Return the file of a token: the first one is 0."""
    return f"token-{number + 1}.tst" if number else STAMP


def load_stamp(objects: ObjectReader, key: str, number: int = 0) -> bytes:
    """Read a token back. Raises NotFound, IntegrityError."""
    return b"".join(objects.read_verified(key, stamp_name(number)))


def own_leaf(key: str, name: str) -> str:
    """Return what a leaf says in place of an object where it stands for a file of a batch itself.

    >>> own_leaf("urn:longeva:evidence:b1", "heads.json")
    'urn:longeva:evidence:b1#heads.json'
    """
    return f"{key}#{name}"


def read_leaves(objects: ObjectReader, batch: BatchRecord) -> Iterator[LeafRecord]:
    """Yield the leaves of a batch in tree order, in constant memory.

    Raises:
        NotFound: No such object.
        IntegrityError: Bytes disagree with the inventory (at the end), or a line says nothing sensible.
    """
    for number, line in enumerate(read_lines(objects, batch)):
        yield _leaf(batch, number, line)


def read_lines(objects: ObjectReader, batch: BatchRecord) -> Iterator[bytes]:
    """Yield the lines of `leaves.tsv` unread: a million of them need not become a million records.

    Raises:
        NotFound: No such object.
        IntegrityError: At the end: bytes disagree with the inventory, or lines are missing or too many.
    """
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
