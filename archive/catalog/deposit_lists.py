# SPDX-License-Identifier: EUPL-1.2
"""Deposits as people look for them: waiting and settled in one list, with how many are in each state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, union_all

from archive.catalog.session import Session
from archive.catalog.tables import copies, deposits, queue


@dataclass(frozen=True, slots=True)
class DepositFilter:
    """Which deposits of a tenant are meant; nothing said is all of them."""

    tenant_id: str
    state: str = ""
    """As QueueState or DepositState name it."""
    agent: str = ""
    """Who brought it, as the ledger names him."""
    since: datetime | None = None
    """When it came in, at the earliest."""
    until: datetime | None = None
    """When it came in, before that instant."""


class DepositLists(Session):
    """Reads what came in by state, depositor and date, the newest first.

    An identifier is a UUIDv7: when it came in is in it, and the index on it is the one on time.
    """

    def deposit_states(self, wanted: DepositFilter) -> dict[str, int]:
        """Return how many deposits there are in each state, whatever the filter says of the state."""
        found = _found(wanted, by_state=False).subquery()
        asked = select(found.c.state, func.count().label("number")).group_by(found.c.state)
        return {row.state: row.number for row in self._rows(asked)}

    def deposit_ids(self, wanted: DepositFilter, *, offset: int, limit: int) -> list[str]:
        """Return a page of identifiers, the newest first."""
        found = _found(wanted, by_state=True).subquery()
        asked = select(found.c.deposit_id).order_by(found.c.deposit_id.desc()).offset(offset).limit(limit)
        return [row.deposit_id for row in self._rows(asked)]

    def depositors(self, tenant_id: str) -> list[str]:
        """Return who ever brought something to a tenant, as the ledger names them."""
        settled = select(deposits.c.agent).where(deposits.c.tenant_id == tenant_id)
        waiting = select(queue.c.agent).where(queue.c.tenant_id == tenant_id)
        found = union_all(settled.distinct(), waiting.distinct()).subquery()
        return sorted({row.agent for row in self._rows(select(found.c.agent)) if row.agent})


def _found(wanted: DepositFilter, *, by_state: bool) -> Any:
    waiting = _of(queue, wanted, by_state=by_state)
    # Who is in both is settled: its bytes are about to leave the inbox.
    settled = select(deposits.c.deposit_id).where(deposits.c.deposit_id == queue.c.deposit_id)
    # A certified copy is archived like a deposit, and nobody brought it.
    copied = select(copies.c.copy_no).where(copies.c.copy_object_id == deposits.c.object_id)
    brought = _of(deposits, wanted, by_state=by_state).where(~copied.exists())
    return union_all(waiting.where(~settled.exists()), brought)


def _of(table: Any, wanted: DepositFilter, *, by_state: bool) -> Select[Any]:
    column = table.c
    asked = select(column.deposit_id, column.state).where(column.tenant_id == wanted.tenant_id)
    if wanted.agent:
        asked = asked.where(column.agent == wanted.agent)
    if wanted.since:
        asked = asked.where(column.deposit_id >= _moment(wanted.since))
    if wanted.until:
        asked = asked.where(column.deposit_id < _moment(wanted.until))
    return asked.where(column.state == wanted.state) if by_state and wanted.state else asked


def _moment(instant: datetime) -> str:
    """Return what every identifier of that instant, or of a later one, sorts behind (RFC 9562 5.7)."""
    milliseconds = f"{int(instant.timestamp() * 1000):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}"
