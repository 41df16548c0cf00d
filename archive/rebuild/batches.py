# SPDX-License-Identifier: EUPL-1.2
"""Evidence batches back into a catalogue: `batch.json` and `leaves.tsv` of each object in `evidence/ocfl/`.

A batch without an event in any ledger died before its rows; it is left for the next sealing to take in.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Final

from archive.catalog import BatchRecord, Catalog, LeafRecord
from archive.clock import parse_instant
from archive.errors import ConflictError, IntegrityError, NotFound
from archive.model import SYSTEM_TENANT
from archive.objects import Objects
from archive.rebuild.report import Notes

BATCH: Final = "batch.json"
LEAVES: Final = "leaves.tsv"


def restore_batches(objects: Objects, catalog: Catalog, notes: Notes) -> None:
    """Write every acknowledged batch, oldest first: a renewal comes after what it renews."""
    for batch in sorted(_batches(objects, notes), key=lambda one: (one.sealed_at, one.batch_id)):
        with catalog.reading() as tx:
            acknowledged = bool(tx.events_about(batch.batch_id))
        if not acknowledged:
            detail = "no ledger tells of it: the next sealing takes it in or leaves it"
            notes.add("evidence.unacknowledged", SYSTEM_TENANT, batch.batch_id, detail, batch.object_key)
            continue
        try:
            with catalog.transaction() as tx:
                tx.add_batch(batch, read_leaves(objects, batch))
        except (IntegrityError, ConflictError, NotFound) as cause:
            notes.add("evidence.damaged", SYSTEM_TENANT, batch.batch_id, cause, batch.object_key)


def read_batch(objects: Objects, key: str) -> BatchRecord:
    """Read a batch's record.

    Raises:
        NotFound: No such object, or none of its files.
        IntegrityError: It cannot be read, or is not what its inventory says.
    """
    data = b"".join(objects.read_verified(key, BATCH))
    try:
        body = json.loads(data)
        batch = BatchRecord(
            **{
                **body,
                "sealed_at": parse_instant(body["sealed_at"]),
                "valid_until": parse_instant(body["valid_until"]),
                "token": base64.b64decode(body["token"], validate=True),
            }
        )
    except (ValueError, TypeError, KeyError, RecursionError) as cause:
        raise IntegrityError(f"no evidence batch: {cause!r}", place=f"{key}#{BATCH}") from cause
    if batch.object_key != key:
        raise IntegrityError("it names another object", place=f"{key}#{BATCH}")
    return batch


def read_leaves(objects: Objects, batch: BatchRecord) -> Iterator[LeafRecord]:
    """Yield the leaves of a batch in order, in constant memory.

    Raises:
        IntegrityError: A line cannot be read, one is missing, or the bytes are not those that were written.
    """
    expected = 0
    rest = b""
    for chunk in objects.read_verified(batch.object_key, LEAVES):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield _leaf(batch, expected, line)
            expected += 1
    if rest or expected != batch.count:
        detail = f"{expected} leaves where {batch.count} belong"
        raise IntegrityError(detail, place=f"{batch.object_key}#{LEAVES}")


def _leaf(batch: BatchRecord, expected: int, line: bytes) -> LeafRecord:
    try:
        index, digest, object_id, version, renews = line.decode().split("\t")
        bytes.fromhex(digest)
        leaf = LeafRecord(batch.batch_id, int(index), digest, object_id, int(version), renews)
    except ValueError as cause:
        raise IntegrityError(
            f"leaf {expected} cannot be read", place=f"{batch.object_key}#{LEAVES}"
        ) from cause
    if leaf.index != expected:
        raise IntegrityError(f"leaf {expected} is not in its place", place=f"{batch.object_key}#{LEAVES}")
    return leaf


def _batches(objects: Objects, notes: Notes) -> Iterator[BatchRecord]:
    try:
        for key in objects.object_ids():
            try:
                yield read_batch(objects, key)
            except (IntegrityError, NotFound) as cause:
                notes.add("evidence.damaged", SYSTEM_TENANT, key, cause, getattr(cause, "place", ""))
    except IntegrityError as cause:
        notes.add("evidence.damaged", SYSTEM_TENANT, "", cause, cause.place)
