# SPDX-License-Identifier: EUPL-1.2
"""The line of tokens behind a seal: its own, and that of every renewal since.

Each leaf of a renewal stands for one line: the digests of *all* its tokens so far, as one data object group.
RFC 4998 5.3 (2) asks only for the last one. Bouncy Castle asks the newest stamp for every one before it, so
a leaf that named the last alone would give records that its verifier refuses after the second renewal.

A leaf names its line by the seal's object key in `object_id`, and the batch that it follows in
`renews_batch`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from archive.batches import PREFIX
from archive.catalog import Transaction
from archive.catalog.rows import RENEWAL, BatchRecord, LeafRecord
from archive.errors import IntegrityError


@dataclass(frozen=True, slots=True)
class Link:
    """A batch on the way from a seal to its newest token, with the leaf that leads into its tree."""

    batch: BatchRecord
    leaf: LeafRecord


def links_from(tx: Transaction, sealed: LeafRecord) -> list[Link]:
    """Follow a seal's leaf to the newest token, oldest first."""
    links = [Link(tx.batch(sealed.batch_id), sealed)]
    key = links[0].batch.object_key
    while True:
        later = tx.leaves_renewing(links[-1].batch.batch_id, key)
        if not later:
            return links
        links.append(Link(tx.batch(later[-1].batch_id), later[-1]))


def token_group(tokens: Sequence[bytes], algorithm: str) -> list[bytes]:
    """Return the digests of tokens, whole ContentInfo each, ascending: a renewal's data object group."""
    return sorted({hashlib.new(algorithm, token).digest() for token in tokens})


@dataclass(slots=True)
class Lines:
    """Reads lines backwards from their newest batch; each batch is read once."""

    tx: Transaction
    _batches: dict[str, BatchRecord] = field(default_factory=dict)
    _before: dict[str, dict[str, str]] = field(default_factory=dict)

    def seals_behind(self, batch: BatchRecord) -> list[str]:
        """Return the object keys of the seals whose line a batch ends, in tree order."""
        return list(self._leaves(batch)) if batch.kind == RENEWAL else [batch.object_key]

    def line(self, seal: str, newest: BatchRecord) -> list[BatchRecord]:
        """Return the batches of a line, oldest first.

        Raises:
            IntegrityError: The line is interrupted.
        """
        found = [newest]
        while found[-1].kind == RENEWAL:
            before = self._leaves(found[-1]).get(seal)
            if before is None:
                raise IntegrityError(f"the line of {seal} is interrupted", place=found[-1].object_key)
            found.append(self._batch(before))
        return found[::-1]

    def objects_behind(self, batch: BatchRecord) -> int:
        """Return how many object versions stand behind a batch."""
        return sum(self._batch(seal.removeprefix(PREFIX)).count for seal in self.seals_behind(batch))

    def _leaves(self, batch: BatchRecord) -> dict[str, str]:
        if batch.batch_id not in self._before:
            leaves = self.tx.leaves_in(batch.batch_id)
            self._before[batch.batch_id] = {leaf.object_id: leaf.renews_batch for leaf in leaves}
        return self._before[batch.batch_id]

    def _batch(self, batch_id: str) -> BatchRecord:
        if batch_id not in self._batches:
            self._batches[batch_id] = self.tx.batch(batch_id)
        return self._batches[batch_id]
