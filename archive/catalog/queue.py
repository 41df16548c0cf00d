# SPDX-License-Identifier: EUPL-1.2
"""The deposit queue: what waits in the inbox, who checks it, and until when nobody else may.

A row is a lease and a note for people, never the truth: the bytes in the inbox and the row of the finished
deposit are. So the whole table can be burned, and a lease that ran out, or was broken, costs work, not truth.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, Select, delete, func, select, update

from archive.catalog.session import Session, pages
from archive.catalog.tables import queue
from archive.errors import NotFound


class QueueState(StrEnum):
    """Where a deposit stands that is not settled yet."""

    QUEUED = "QUEUED"
    CHECKING = "CHECKING"
    """A worker has it."""
    ERROR = "ERROR"
    """The system failed, not the package; it is tried again."""


@dataclass(frozen=True, slots=True)
class QueuedDeposit:
    """A deposit that waits."""

    deposit_id: str
    """UUIDv7, given when the bytes were durable in the inbox; the settled deposit keeps it."""
    tenant_id: str
    queued_at: datetime
    package_name: str
    size: int
    """Bytes in the inbox."""
    agent: str
    """Who submitted it."""
    state: QueueState
    since: datetime
    """Since when it is in this state."""
    due_at: datetime
    """Nobody takes it before: when it came in, when a worker's lease ends, when to try again."""
    attempts: int = 0
    """How often a worker took it."""
    worker: str = ""
    """Who took it last."""
    reason: str = ""
    """Why the last attempt came to nothing, without personal data."""


_FIELDS: Final = tuple(QueuedDeposit.__dataclass_fields__)


class QueueRows(Session):
    """What waits to be deposited. Every instant is the caller's."""

    def enqueue(self, entries: Iterable[QueuedDeposit]) -> int:
        """Write entries that are not there yet; those that are stay as they are. Returns how many are new.

        Raises:
            ConflictError: Another transaction wrote one of them at this moment, or a tenant is unknown.
        """
        written = 0
        for page in pages(entries):
            known = self.queued(entry.deposit_id for entry in page)
            new = [_from_entry(entry) for entry in page if entry.deposit_id not in known]
            self._insert_all(queue, new)
            written += len(new)
        return written

    def queued(self, deposit_ids: Iterable[str]) -> dict[str, QueuedDeposit]:
        """Return those of these deposits that are in the queue."""
        found: dict[str, QueuedDeposit] = {}
        for page in pages(deposit_ids):
            rows = self._rows(select(queue).where(queue.c.deposit_id.in_(page)))
            found.update((row.deposit_id, _to_entry(row)) for row in rows)
        return found

    def queue(self, tenant_id: str | None = None, limit: int | None = None) -> list[QueuedDeposit]:
        """Return what waits, the oldest first."""
        statement = select(queue).order_by(queue.c.deposit_id).limit(limit)
        if tenant_id is not None:
            statement = statement.where(queue.c.tenant_id == tenant_id)
        return [_to_entry(row) for row in self._rows(statement)]

    def queued_before(
        self, tenant_id: str, before: str, limit: int, *, state: QueueState | None = None, agent: str = ""
    ) -> list[QueuedDeposit]:
        """Return a part of what waits, newest first; see `deposits_before`."""
        asked = select(queue).where(queue.c.tenant_id == tenant_id)
        if before:
            asked = asked.where(queue.c.deposit_id < before)
        if state is not None:
            asked = asked.where(queue.c.state == str(state))
        if agent:
            asked = asked.where(queue.c.agent == agent)
        return [_to_entry(row) for row in self._rows(asked.order_by(queue.c.deposit_id.desc()).limit(limit))]

    def queue_counts(self) -> dict[QueueState, int]:
        """Return how many deposits are in each state; every state is there."""
        counted = select(queue.c.state, func.count().label("number")).group_by(queue.c.state)
        found = {row.state: row.number for row in self._rows(counted)}
        return {state: found.get(str(state), 0) for state in QueueState}

    def due_in_queue(self, now: datetime, limit: int) -> list[QueuedDeposit]:
        """Return what may be taken at this instant, the longest due first."""
        statement = select(queue).where(queue.c.due_at <= now).order_by(queue.c.due_at).limit(limit)
        return [_to_entry(row) for row in self._rows(statement)]

    def claim(
        self, worker: str, now: datetime, lease: timedelta, *, limit: int, after: str = ""
    ) -> list[QueuedDeposit]:
        """Take what is due of one tenant and one submitter, the oldest first; nobody else gets it meanwhile.

        What was tried before is taken alone: if it is what kills workers, it takes nothing with it.

        Args:
            worker: Who takes it.
            now: The worker's instant.
            lease: For how long, unless `extend` is called.
            limit: At most so many.
            after: The tenant that was served last: the others come first, in turn.
        """
        first = self._first_due(now, after)
        if first is None:
            return []
        alike = self._due(now).where(
            queue.c.tenant_id == first.tenant_id, queue.c.agent == first.agent, queue.c.attempts == 0
        )
        taken = [first]
        if first.attempts == 0 and limit > 1:
            others = alike.where(queue.c.deposit_id != first.deposit_id).limit(limit - 1)
            taken += [_to_entry(row) for row in self._rows(_locked(others))]
        return [self._take(entry, worker, now, now + lease) for entry in taken]

    def extend(self, deposit_ids: Collection[str], worker: str, due_at: datetime) -> int:
        """Put off the end of a worker's leases. Returns how many it still holds."""
        return self._run(update(queue).where(*_held(deposit_ids, worker)).values(due_at=due_at))

    def hand_back(self, deposit_ids: Collection[str], worker: str, now: datetime) -> int:
        """Give back what was not begun or not finished, as if it had not been taken."""
        values = {
            "state": str(QueueState.QUEUED),
            "since": now,
            "due_at": now,
            "attempts": queue.c.attempts - 1,
        }
        return self._run(update(queue).where(*_held(deposit_ids, worker)).values(values))

    def fail_queued(
        self, deposit_id: str, worker: str, now: datetime, *, again_at: datetime, reason: str
    ) -> bool:
        """Note why an attempt came to nothing. False where the worker had lost it to another."""
        values = {"state": str(QueueState.ERROR), "since": now, "due_at": again_at, "reason": reason}
        return bool(self._run(update(queue).where(*_held([deposit_id], worker)).values(values)))

    def retry_queued(self, deposit_id: str, now: datetime) -> QueuedDeposit:
        """Make a deposit due at once, whatever it waited for; a worker's lease on it is broken.

        Raises:
            NotFound: It is not in the queue.
        """
        found = self.queued([deposit_id]).get(deposit_id)
        if found is None:
            raise NotFound(f"no deposit {deposit_id} in the queue")
        entry = replace(found, state=QueueState.QUEUED, since=now, due_at=now, worker="")
        self._run(update(queue).where(queue.c.deposit_id == deposit_id).values(_from_entry(entry)))
        return entry

    def leave_queue(self, deposit_ids: Iterable[str]) -> None:
        """Forget deposits that are settled and whose bytes are gone from the inbox. Absent is fine."""
        for page in pages(deposit_ids):
            self._run(delete(queue).where(queue.c.deposit_id.in_(page)))

    def _first_due(self, now: datetime, after: str) -> QueuedDeposit | None:
        due = self._due(now).order_by(None).order_by(queue.c.tenant_id, queue.c.deposit_id).limit(1)
        for statement in (due.where(queue.c.tenant_id > after), due):
            if rows := self._rows(_locked(statement)):
                return _to_entry(rows[0])
        return None

    def _due(self, now: datetime) -> Select[Any]:
        return select(queue).where(queue.c.due_at <= now).order_by(queue.c.deposit_id)

    def _take(self, entry: QueuedDeposit, worker: str, now: datetime, due_at: datetime) -> QueuedDeposit:
        silent = "the worker that had it fell silent"
        taken = replace(
            entry,
            state=QueueState.CHECKING,
            since=now,
            due_at=due_at,
            attempts=entry.attempts + 1,
            worker=worker,
            reason=silent if entry.state is QueueState.CHECKING else entry.reason,
        )
        self._run(update(queue).where(queue.c.deposit_id == entry.deposit_id).values(_from_entry(taken)))
        return taken


def _locked(statement: Select[Any]) -> Select[Any]:
    """Lock the rows that are about to be taken, and pass by those that another is taking.

    SQLite has no such thing and needs none: its writers take turns.
    """
    return statement.with_for_update(skip_locked=True)


def _held(deposit_ids: Collection[str], worker: str) -> tuple[Any, ...]:
    mine = queue.c.worker == worker
    return queue.c.deposit_id.in_(deposit_ids), mine, queue.c.state == str(QueueState.CHECKING)


def _from_entry(entry: QueuedDeposit) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _FIELDS} | {"state": str(entry.state)}


def _to_entry(row: Row[Any]) -> QueuedDeposit:
    values = {name: getattr(row, name) for name in _FIELDS}
    return QueuedDeposit(**values | {"state": QueueState(row.state)})
