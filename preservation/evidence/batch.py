# SPDX-License-Identifier: EUPL-1.2
"""An evidence batch as an object of the store (its form: `archive.batches`), and the tree that it stands for.

The tree itself is not kept: a million leaves give it back in half a second, and a stranger can too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from archive.batches import BATCH, LEAVES, STAMP, batch_bytes, leaf_lines, read_lines
from archive.catalog.rows import BatchRecord, LeafRecord
from archive.errors import IntegrityError, InvalidRequest
from archive.home import Home
from archive.objects import NewVersion, Objects
from preservation.merkle import Tree
from preservation.tokens import TokenVerdict, verify_token

_ANY: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Where trust is left open the instant of judgement does not matter."""


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
        LEAVES: objects.stage(key, LEAVES, leaf_lines(leaves)),
        BATCH: objects.stage(key, BATCH, (batch_bytes(batch),)),
    }
    message = f"{batch.kind} of {batch.count} leaves"
    objects.commit([NewVersion(key, files, message, "longeva", batch.sealed_at)])


def load_tree(objects: Objects, batch: BatchRecord) -> Tree:
    """Grow the tree of a batch again.

    Raises:
        NotFound: The batch's object is gone.
        IntegrityError: The leaves are damaged, or their root is not what the token covers.
    """
    try:
        digests = (line.split(b"\t", 2)[1] for line in read_lines(objects, batch))
        tree = Tree(bytes.fromhex(b"".join(digests).decode()), batch.algorithm)
    except (InvalidRequest, ValueError, IndexError) as cause:
        raise IntegrityError(f"no tree grows from its leaves: {cause}", place=batch.object_key) from cause
    if not token_facts(batch.token, tree.root, batch.algorithm).intact:
        raise IntegrityError("the leaves do not lead to what the token covers", place=batch.object_key)
    return tree


def token_facts(token: bytes, root: bytes, algorithm: str) -> TokenVerdict:
    """Return what a token over `root` says, with its mathematics checked and trust left open."""
    return verify_token(token, root, algorithm, anchors=(), at=_ANY)
