# SPDX-License-Identifier: EUPL-1.2
"""What waits to be sealed: how much of each tenant, since when, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import case, func, select

from archive.catalog.session import Session
from archive.catalog.tables import due_seals, events, objects

_KEPT: Final = ("object.stored", "object.updated")
"""Events of a new version of an object."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Objects of one tenant whose head version no evidence covers yet."""

    tenant_id: str
    count: int
    since: datetime
    """When that version was kept which waits longest."""


@dataclass(frozen=True, slots=True)
class DueVersion:
    """A version that no evidence covers yet."""

    object_id: str
    tenant_id: str
    version: int


class WaitingRows(Session):
    """Reads what is due; as many steps as objects wait."""

    def waiting(self) -> list[Waiting]:
        """Return what waits of each tenant that has something waiting, the longest waiting first."""
        # an object's row says when its first version was kept; of a later one the ledger tells
        kept = (
            select(func.max(events.c.at))
            .where(events.c.subject == objects.c.object_id, events.c.kind.in_(_KEPT))
            .scalar_subquery()
        )
        since = case(
            (objects.c.version == 1, objects.c.created_at), else_=func.coalesce(kept, objects.c.created_at)
        )
        statement = (
            select(objects.c.tenant_id, func.count().label("waiting"), func.min(since).label("since"))
            .select_from(due_seals.join(objects, due_seals.c.object_no == objects.c.object_no))
            .group_by(objects.c.tenant_id)
        )
        found = [Waiting(row.tenant_id, row.waiting, row.since) for row in self._rows(statement)]
        return sorted(found, key=lambda each: (each.since, each.tenant_id))

    def due_versions(self, limit: int, tenants: Collection[str] | None = None) -> Iterator[DueVersion]:
        """Yield head versions that no evidence covers, the longest waiting first, in constant memory.

        Args:
            limit: At most so many.
            tenants: Only of these; None for all.
        """
        statement = (
            select(objects.c.object_id, objects.c.tenant_id, objects.c.version)
            .join(due_seals, due_seals.c.object_no == objects.c.object_no)
            .order_by(due_seals.c.object_no)
            .limit(limit)
        )
        if tenants is not None:
            statement = statement.where(objects.c.tenant_id.in_(sorted(tenants)))
        for row in self._connection.execute(statement.execution_options(yield_per=4096)):
            yield DueVersion(row.object_id, row.tenant_id, row.version)
