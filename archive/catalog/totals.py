# SPDX-License-Identifier: EUPL-1.2
"""How much there is, for whoever watches an installation. Reads whole tables: now and then only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Column, func, select

from archive.catalog.session import Session
from archive.catalog.tables import deposits, due_seals, events, files, objects, queue


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of one moment."""

    objects: int
    files: int
    bytes: int
    """Of the files of head versions, as received."""
    unsealed: int
    """Objects whose head version no evidence covers yet."""
    unsealed_since: datetime | None
    """When the one was kept that waits longest."""
    position: int
    """Of the last event of all ledgers."""
    deposits: dict[str, int] = field(default_factory=dict)
    """By state."""
    queued: dict[str, int] = field(default_factory=dict)
    """By state."""
    queued_since: datetime | None = None
    """When the one came in that waits longest."""


class TotalRows(Session):
    """Counts over everything that the transaction may see."""

    def totals(self) -> Totals:
        """Return how much there is."""
        number, size = self._connection.execute(
            select(func.count(), func.coalesce(func.sum(files.c.size), 0)).select_from(files)
        ).one()
        unsealed, since = self._connection.execute(
            select(func.count(), func.min(objects.c.created_at)).select_from(
                due_seals.join(objects, due_seals.c.object_no == objects.c.object_no)
            )
        ).one()
        return Totals(
            objects=self._connection.scalar(select(func.count()).select_from(objects)) or 0,
            files=number,
            bytes=int(size),
            unsealed=unsealed,
            unsealed_since=since,
            position=self._connection.scalar(select(func.max(events.c.position))) or 0,
            deposits=self._by_state(deposits.c.state),
            queued=self._by_state(queue.c.state),
            queued_since=self._connection.scalar(select(func.min(queue.c.queued_at))),
        )

    def _by_state(self, state: Column[str]) -> dict[str, int]:
        rows = self._connection.execute(select(state, func.count()).group_by(state))
        return {row[0]: row[1] for row in rows}
