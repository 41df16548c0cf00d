# SPDX-License-Identifier: EUPL-1.2
"""Lines of tokens: what a time-stamp renewal covers, and how a way through batches falls into chains.

Each leaf of a time-stamp renewal stands for one line, the archive time stamp chain that a batch began: the
digests of *all* its tokens so far, those of further authorities too, as one data object group. RFC 4998 5.3
(2) asks only for the last one. Bouncy Castle asks the newest stamp for every one before it, so a leaf that
named the last alone would give records that its verifier refuses after the second renewal; and with all of
them named, a record may pick any one token of each batch.

Such a leaf names its line by the object key of the batch that it began with (`object_id`), and the batch that
it follows (`renews_batch`). Lines begin with seals, with hash-tree renewals, and with time-stamp renewals
that have files of their own to prove.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from archive.catalog import Transaction
from archive.catalog.rows import RENEWAL, TREE_RENEWAL, BatchRecord, LeafRecord, Link
from archive.errors import IntegrityError

__all__ = ["Line", "Lines", "Link", "chains_of", "token_group"]


def chains_of(links: Iterable[Link]) -> list[list[Link]]:
    """Cut a way into its archive time stamp chains: each hash-tree renewal begins one (RFC 4998 5.1)."""
    chains: list[list[Link]] = []
    for link in links:
        if not chains or link.batch.kind == TREE_RENEWAL:
            chains.append([])
        chains[-1].append(link)
    return chains


def token_group(batches: Iterable[BatchRecord], algorithm: str) -> list[bytes]:
    """Return the digests of all tokens of batches, whole ContentInfo each, ascending, each once."""
    tokens = (stamp.token for batch in batches for stamp in batch.stamps)
    return sorted({hashlib.new(algorithm, token).digest() for token in tokens})


@dataclass(frozen=True, slots=True)
class Line:
    """An archive time stamp chain that nothing carries on yet."""

    name: str
    """Object key of the batch that it began with."""
    batches: tuple[BatchRecord, ...]
    """Oldest first."""

    @property
    def newest(self) -> BatchRecord:
        """The batch whose token proves it now."""
        return self.batches[-1]

    @property
    def first(self) -> BatchRecord:
        """The batch that it began with: what the line proves are its leaves."""
        return self.batches[0]


@dataclass(slots=True)
class Lines:
    """Reads lines backwards from their newest batch; each batch is read once."""

    tx: Transaction
    _batches: dict[str, BatchRecord] = field(default_factory=dict)
    _leaves: dict[str, dict[str, LeafRecord]] = field(default_factory=dict)
    """Of time-stamp renewals by name: one for each line, and some files of their own."""

    def ending_in(self, batch: BatchRecord) -> Iterator[Line]:
        """Yield the lines that a batch ends, in the order of its tree; the one that it begins comes last.

        Raises:
            IntegrityError: A line is interrupted.
        """
        if batch.kind != RENEWAL:
            yield Line(batch.object_key, (batch,))
            return
        leaves = self._of(batch).values()
        for leaf in leaves:
            if leaf.renews_batch:
                yield self._line(leaf.object_id, batch)
        if any(not leaf.renews_batch for leaf in leaves):  # it has files of its own
            yield Line(batch.object_key, (batch,))

    def _line(self, name: str, newest: BatchRecord) -> Line:
        found = [newest]
        while found[-1].object_key != name:
            before = self._of(found[-1]).get(name)
            if before is None or not before.renews_batch:
                raise IntegrityError(f"the line of {name} is interrupted", place=found[-1].object_key)
            found.append(self._batch(before.renews_batch))
        return Line(name, tuple(found[::-1]))

    def _of(self, batch: BatchRecord) -> dict[str, LeafRecord]:
        if batch.kind != RENEWAL:
            return {}
        if batch.batch_id not in self._leaves:
            leaves = self.tx.leaves_in(batch.batch_id)
            self._leaves[batch.batch_id] = {leaf.object_id: leaf for leaf in leaves}
        return self._leaves[batch.batch_id]

    def _batch(self, batch_id: str) -> BatchRecord:
        if batch_id not in self._batches:
            self._batches[batch_id] = self.tx.batch(batch_id)
        return self._batches[batch_id]
