# SPDX-License-Identifier: EUPL-1.2
"""The ledger's rows. The chain itself is made and checked by `archive.ledger`; here it is only kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select, update

from archive.catalog.session import Session
from archive.catalog.tables import events, numbering
from archive.model import LedgerEvent

_NUMBERED: Final = numbering.c.name == "events"

_FIELDS = (
    "position",
    "tenant_id",
    "sequence",
    "at",
    "kind",
    "subject",
    "agent",
    "detail",
    "previous",
    "digest",
)


class EventRows(Session):
    """Events in order; nothing here changes or removes one."""

    def append_events(self, drafts: Sequence[LedgerEvent]) -> list[LedgerEvent]:
        """Write chained events after all others and return them with their positions.

        Raises:
            ConflictError: Another writer took the sequence (on commit of the statement).
        """
        number = update(numbering).where(_NUMBERED).values(last=numbering.c.last + len(drafts))
        last: int = self._connection.execute(number.returning(numbering.c.last)).scalar_one()
        first = last - len(drafts) + 1
        placed = [replace(draft, position=first + offset) for offset, draft in enumerate(drafts)]
        self._insert_events(placed)
        return placed

    def restore_events(self, placed: Sequence[LedgerEvent]) -> None:
        """Write events at the positions they carry: for rebuilding from the journal."""
        self._insert_events(placed)
        reached = max((event.position for event in placed), default=0)
        self._run(update(numbering).where(_NUMBERED, numbering.c.last < reached).values(last=reached))

    def _insert_events(self, placed: Sequence[LedgerEvent]) -> None:
        self._insert_all(events, ({name: getattr(event, name) for name in _FIELDS} for event in placed))

    def serialise_ledger(self) -> None:
        """Let no other transaction append until this one ends.

        SQLite has one writer anyway. On PostgreSQL positions must become visible in order, or a follower
        would step over an event that commits late.
        """
        self._first(select(numbering.c.last).where(_NUMBERED).with_for_update())

    def events(self, after_position: int = 0, limit: int = 1000) -> list[LedgerEvent]:
        """Return the next events of all tenants, for followers such as the index."""
        statement = select(events).where(events.c.position > after_position)
        return self._events(statement.order_by(events.c.position).limit(limit))

    def tenant_events(
        self, tenant_id: str, after_sequence: int = 0, limit: int | None = None
    ) -> list[LedgerEvent]:
        """Return the events of one tenant in order."""
        statement = select(events).where(events.c.tenant_id == tenant_id, events.c.sequence > after_sequence)
        return self._events(statement.order_by(events.c.sequence).limit(limit))

    def last_event(self, tenant_id: str) -> LedgerEvent | None:
        """Return the head of a tenant's chain, None where nothing has happened yet."""
        statement = select(events).where(events.c.tenant_id == tenant_id)
        row = self._first(statement.order_by(events.c.sequence.desc()))
        return None if row is None else _to_event(row)

    def events_about(self, subject: str) -> list[LedgerEvent]:
        """Return the history of an object, deposit, batch or tenant, oldest first."""
        statement = select(events).where(events.c.subject == subject)
        return self._events(statement.order_by(events.c.position))

    def latest_about(self, subject: str, limit: int, before_position: int | None = None) -> list[LedgerEvent]:
        """Return the last events about a subject, newest first: for what is due, which looks back a little.

        Args:
            subject: As in `events_about`.
            limit: At most so many.
            before_position: Only older ones; None begins at the end.
        """
        statement = select(events).where(events.c.subject == subject)
        if before_position is not None:
            statement = statement.where(events.c.position < before_position)
        return self._events(statement.order_by(events.c.position.desc()).limit(limit))

    def find_events(
        self,
        tenant_id: str,
        *,
        kind: str = "",
        agent: str = "",
        subject: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        before: int = 0,
        limit: int = 100,
    ) -> list[LedgerEvent]:
        """Return events of a tenant, newest first: for who inspects.

        Args:
            tenant_id: Whose ledger.
            kind: Only of this kind; empty for any, as below.
            agent: Only by him.
            subject: Only about this.
            since: Not earlier than.
            until: Earlier than.
            before: Only sequences below; 0 begins at the end.
            limit: At most so many.
        """
        asked = select(events).where(events.c.tenant_id == tenant_id)
        for column, value in ((events.c.kind, kind), (events.c.agent, agent), (events.c.subject, subject)):
            if value:
                asked = asked.where(column == value)
        if since is not None:
            asked = asked.where(events.c.at >= since)
        if until is not None:
            asked = asked.where(events.c.at < until)
        if before:
            asked = asked.where(events.c.sequence < before)
        return self._events(asked.order_by(events.c.sequence.desc()).limit(limit))

    def ledger_tenants(self) -> list[str]:
        """Return who has events: every tenant that ever did anything, and the installation itself."""
        found: list[str] = []
        # One step of the index per tenant; DISTINCT would walk every event.
        while True:
            after = found[-1] if found else ""
            statement = select(events.c.tenant_id).where(events.c.tenant_id > after)
            row = self._first(statement.order_by(events.c.tenant_id))
            if row is None:
                return found
            found.append(row.tenant_id)

    def last_position(self) -> int:
        """Return the last position given to an event, of whatever tenant."""
        row = self._first(select(numbering.c.last).where(_NUMBERED))
        return 0 if row is None else int(row.last)

    def _events(self, statement: Any) -> list[LedgerEvent]:
        return [_to_event(row) for row in self._rows(statement)]


def _to_event(row: Row[Any]) -> LedgerEvent:
    return LedgerEvent(**{name: getattr(row, name) for name in _FIELDS})
