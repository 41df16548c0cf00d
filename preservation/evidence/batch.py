# SPDX-License-Identifier: EUPL-1.2
"""An evidence batch as an object of the store (its form: `archive.batches`), and the tree that it stands for.

The tree itself is not kept: a million leaves give it back in a second, and a stranger can too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from archive.batches import (
    BATCH,
    LEAVES,
    batch_bytes,
    leaf_lines,
    object_key,
    own_leaf,
    read_lines,
    stamp_name,
)
from archive.catalog.rows import BatchRecord, LeafRecord
from archive.errors import IntegrityError, InvalidRequest
from archive.home import Home
from archive.objects import NewVersion, Objects
from preservation.merkle import Tree
from preservation.tokens import TokenVerdict, verify_token
from preservation.trust.store import NOBODY

_PAGE: Final = 4096
"""Leaves read at a time."""
_ANY: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Where trust is left open the instant of judgement does not matter."""


def store_batch(
    home: Home, batch: BatchRecord, leaves: Iterable[LeafRecord], own: Mapping[str, bytes] | None = None
) -> None:
    """Write a batch object; durable on return.

    Args:
        home: Whose evidence root takes it.
        batch: The record.
        leaves: In tree order, streamed.
        own: Files that the batch itself proves, by name; each must have its leaf (`own_leaves`).

    Raises:
        StorageUnavailable: The medium failed; what was written is a leftover without inventory.
    """
    objects = home.evidence_objects()
    key = batch.object_key
    files = {
        **{
            stamp_name(number): objects.stage(key, stamp_name(number), (stamp.token,))
            for number, stamp in enumerate(batch.stamps)
        },
        **{name: objects.stage(key, name, (data,)) for name, data in (own or {}).items()},
        LEAVES: objects.stage(key, LEAVES, leaf_lines(leaves)),
        BATCH: objects.stage(key, BATCH, (batch_bytes(batch),)),
    }
    message = f"{batch.kind} of {batch.count} leaves"
    objects.commit([NewVersion(key, files, message, "longeva", batch.sealed_at)])


def own_leaves(batch_id: str, own: Mapping[str, bytes], algorithm: str, first: int) -> Iterator[LeafRecord]:
    """Yield the leaves of a batch's own files: they stand after all others, in order of name.

    Args:
        batch_id: Of the batch.
        own: Its files by name.
        algorithm: Of its tree.
        first: Index of the first of these leaves.
    """
    for index, (name, data) in enumerate(sorted(own.items()), first):
        digest = hashlib.new(algorithm, data).hexdigest()
        yield LeafRecord(batch_id, index, digest, own_leaf(object_key(batch_id), name), 0, "")


def load_tree(
    objects: Objects, batch: BatchRecord, folder: Path | None = None, keep: Path | None = None
) -> Tree:
    """Grow the tree of a batch again.

    Args:
        objects: The evidence root.
        batch: What the catalogue says of it.
        folder: Where the tree grows on a file instead of in memory (`Tree.grown`).
        keep: Name that the file gets when the tree is whole.

    Raises:
        NotFound: The batch's object is gone.
        IntegrityError: The leaves are damaged, or their root is not what the token covers.
        StorageUnavailable: The folder cannot be written.
    """
    try:
        tree = Tree.grown(_digests(objects, batch), batch.algorithm, folder, keep)
    except (InvalidRequest, ValueError, IndexError) as cause:
        raise IntegrityError(f"no tree grows from its leaves: {cause}", place=batch.object_key) from cause
    require_root(batch, tree)
    return tree


def require_root(batch: BatchRecord, tree: Tree) -> None:
    """Raise IntegrityError where a batch's token does not cover the root of a tree."""
    if not token_facts(batch.token, tree.root, batch.algorithm).intact:
        raise IntegrityError("the leaves do not lead to what the token covers", place=batch.object_key)


def _digests(objects: Objects, batch: BatchRecord) -> Iterator[bytes]:
    digests = (line.split(b"\t", 2)[1] for line in read_lines(objects, batch))
    while page := b"".join(islice(digests, _PAGE)):
        yield bytes.fromhex(page.decode())


def token_facts(token: bytes, root: bytes, algorithm: str) -> TokenVerdict:
    """Return what a token over `root` says, with its mathematics checked and trust left open."""
    return verify_token(token, root, algorithm, trust=NOBODY, at=_ANY)
