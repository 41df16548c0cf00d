# SPDX-License-Identifier: EUPL-1.2
"""What is kept of the ledgers' Merkle trees; the arithmetic is `archive.ledger_tree`'s.

Derived from the events, like an index: a row that is missing or behind is filled in by whoever appends next
(`archive.ledger_growth`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, insert, select, update

from archive.catalog.rows import SEAL
from archive.catalog.session import Session
from archive.catalog.tables import batches, events, ledger_nodes, ledger_trees

_trees, _nodes, _batches = ledger_trees.c, ledger_nodes.c, batches.c

# Made once: every event pays for these two.
_OWN: Final = _trees.tenant_id == bindparam("tenant")
_READ: Final = select(_trees.size, _trees.peaks).where(_OWN)
_GROW: Final = update(ledger_trees).where(_OWN).values(size=bindparam("reached"), peaks=bindparam("whole"))


class TreeRows(Session):
    """Frontiers and nodes of trees."""

    def ledger_tree(self, tenant_id: str) -> tuple[int, bytes]:
        """Return how many events a tenant's tree stands for, and its peaks end to end; (0, b"") for none."""
        row = self._connection.execute(_READ, {"tenant": tenant_id}).first()
        return (0, b"") if row is None else (row.size, bytes(row.peaks))

    def put_ledger_tree(
        self,
        tenant_id: str,
        size: int,
        peaks: bytes,
        nodes: Sequence[tuple[int, int, bytes]],
        *,
        new: bool,
    ) -> None:
        """Write how far a tree has grown.

        Args:
            tenant_id: Whose.
            size: Events that it stands for.
            peaks: Its whole subtrees from the left, hashes end to end.
            nodes: Nodes to keep that became whole: level, number, hash.
            new: Whether there was no row.
        """
        if new:
            self._run(insert(ledger_trees).values(tenant_id=tenant_id, size=size, peaks=peaks))
        else:
            self._connection.execute(_GROW, {"tenant": tenant_id, "reached": size, "whole": peaks})
        if nodes:
            rows = (
                {"tenant_id": tenant_id, "level": level, "number": number, "hash": value.hex()}
                for level, number, value in nodes
            )
            self._insert_all(ledger_nodes, rows)

    def ledger_nodes(self, tenant_id: str, level: int, first: int, end: int) -> list[bytes]:
        """Return the kept nodes `first` to `end` - 1 of a level, as many as there are, in order."""
        statement = select(_nodes.hash).where(_nodes.tenant_id == tenant_id, _nodes.level == level)
        statement = statement.where(_nodes.number >= first, _nodes.number < end).order_by(_nodes.number)
        return [bytes.fromhex(row.hash) for row in self._rows(statement)]

    def event_digests(self, tenant_id: str, after_sequence: int, limit: int) -> list[tuple[int, bytes]]:
        """Return sequence and digest of a tenant's next events, in order: what its tree is made of."""
        chained = events.c
        statement = select(chained.sequence, chained.digest).where(
            chained.tenant_id == tenant_id, chained.sequence > after_sequence
        )
        rows = self._rows(statement.order_by(chained.sequence).limit(limit))
        return [(row.sequence, bytes.fromhex(row.digest)) for row in rows]

    def seal_batches(self, limit: int, before: str = "") -> list[str]:
        """Return the ids of seals, the newest first: each may have stamped the heads of the ledgers.

        Args:
            limit: At most so many.
            before: Only ones older than this; empty begins with the newest.
        """
        asked = select(_batches.batch_id).where(_batches.kind == SEAL)
        if before:
            older = select(_batches.batch_no).where(_batches.batch_id == before).scalar_subquery()
            asked = asked.where(_batches.batch_no < older)
        return [row.batch_id for row in self._rows(asked.order_by(_batches.batch_no.desc()).limit(limit))]
