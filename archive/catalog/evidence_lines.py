# SPDX-License-Identifier: EUPL-1.2
"""What proves a thing: from the seal to the newest token, through renewals of either kind (RFC 4998 5).

A seal begins a *line*: it and its time-stamp renewals are one archive time stamp chain, and a leaf of each
renewal names the line by the object key of the batch that it began with. A hash-tree renewal has a leaf for
each thing that it carries on, and begins a new chain, whose line bears its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archive.catalog.evidence import EvidenceRows
from archive.catalog.rows import BatchRecord, LeafRecord, Link
from archive.errors import NotFound

Chain = Sequence[Link]
"""Time-stamp renewals of a line after the batch that it began with, oldest first."""


class EvidenceLines(EvidenceRows):
    """Follows evidence from what was sealed to what proves it now."""

    def seals_of(self, object_id: str) -> list[LeafRecord]:
        """Return the leaves that sealed versions of an object, oldest first: one for each version.

        Raises:
            NotFound: No such object.
        """
        return [leaf for leaf in self.leaves_of(object_id) if not leaf.renews_batch]

    def own_seal(self, name: str) -> LeafRecord:
        """Return the leaf that sealed a file of a batch itself.

        Args:
            name: As `archive.batches.own_leaf` writes it.

        Raises:
            NotFound: No batch has such a leaf.
        """
        found = self._leaves_called(name)
        if not found:
            raise NotFound("no batch proves such a file", place=name)
        return found[0]

    def chain_of(self, batch_id: str) -> list[Link]:
        """Return the time-stamp renewals of the line that a batch began, oldest first. Raises NotFound."""
        key = self.batch(batch_id).object_key
        links: list[Link] = []
        while True:
            last = links[-1].batch.batch_id if links else batch_id
            later = self.leaves_renewing(last, key)
            if not later:
                return links
            links.append(Link(self.batch(later[-1].batch_id), later[-1]))

    def line_of(self, sealed: LeafRecord, chain_of: Callable[[str], Chain] | None = None) -> list[Link]:
        """Follow what was sealed to its newest token.

        Args:
            sealed: Leaf of a seal: an object's version (`seals_of`), or a batch's own file (`own_seal`).
            chain_of: Remembers the chains of batches, which are the same for every thing in them.

        Returns:
            One link for each archive time stamp, oldest first; hash-tree renewals begin the later chains.
        """
        chain_of = chain_of or self.chain_of
        carrying = self._carrying(sealed)
        links, leaf = [], sealed
        while True:
            links.append(Link(self.batch(leaf.batch_id), leaf))
            chain = iter(chain_of(leaf.batch_id))
            while (carried := carrying(links[-1].batch)) is None:
                following = next(chain, None)
                if following is None:
                    return links
                links.append(following)
            leaf = carried

    def lines_of(self, object_id: str) -> list[list[Link]]:
        """Return the line of every sealed version of an object, oldest first. Raises NotFound."""
        return [self.line_of(sealed) for sealed in self.seals_of(object_id)]

    def proving(self, object_id: str) -> list[BatchRecord]:
        """Return every batch that stands behind an object, each once, oldest first. Raises NotFound."""
        found = {link.batch.batch_id: link.batch for line in self.lines_of(object_id) for link in line}
        return sorted(found.values(), key=lambda batch: (batch.sealed_at, batch.batch_id))

    def _carrying(self, sealed: LeafRecord) -> Callable[[BatchRecord], LeafRecord | None]:
        """Return what finds the leaf by which a hash-tree renewal carries on what a batch proves."""
        if sealed.version:
            try:
                leaves = self.leaves_of(sealed.object_id)
            except NotFound:  # disposed since
                pass
            else:
                after = {leaf.renews_batch: leaf for leaf in leaves if leaf.version == sealed.version}
                return lambda batch: after.get(batch.batch_id)

        def ask(batch: BatchRecord) -> LeafRecord | None:
            leaves = self.leaves_renewing(batch.batch_id, sealed.object_id)
            return next((leaf for leaf in leaves if leaf.version == sealed.version), None)

        return ask
