# SPDX-License-Identifier: EUPL-1.2
"""The newest version of every register entry, found by id, by key, by state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from archive.catalog.rows import RegisterEntry
from archive.catalog.session import PAGE, Session
from archive.catalog.tables import register_entries, register_keys
from archive.errors import ConflictError

_SAME: Final = (
    "tenant_id", "register", "entry_id", "version", "state", "due_at", "changed_at", "sha256", "body",
)  # fmt: skip
_entries, _keys = register_entries.c, register_keys.c


class RegisterRows(Session):
    """Register entries. Every instant is the caller's."""

    def put_entry(self, entry: RegisterEntry) -> None:
        """Write an entry in the place of its version before.

        Raises:
            ConflictError: The version there is not the one before, or another entry has one of its keys.
        """
        kept = self._first(_where(entry.tenant_id, entry.register, _entries.entry_id == entry.entry_id))
        if (kept.version if kept else 0) != entry.version - 1:
            raise ConflictError(f"{entry.register} {entry.entry_id} was changed meanwhile: read it again")
        self._write(entry, kept)

    def restore_entry(self, entry: RegisterEntry) -> None:
        """Write an entry whatever is there: for a catalogue that is made again."""
        kept = self._first(_where(entry.tenant_id, entry.register, _entries.entry_id == entry.entry_id))
        self._write(entry, kept)

    def entry(self, tenant_id: str, register: str, entry_id: str) -> RegisterEntry | None:
        """Return an entry, None where there is none."""
        row = self._first(_where(tenant_id, register, _entries.entry_id == entry_id))
        return self._to_entry(row) if row else None

    def entries_by_key(self, register: str, key: str, tenant_id: str | None = None) -> list[RegisterEntry]:
        """Return the entries with this key, of one tenant or (for the installation) of any."""
        asked = (
            select(register_entries)
            .join(register_keys, _keys.entry_no == _entries.entry_no)
            .where(_keys.register == register, _keys.key == key)
            .order_by(_entries.entry_no)
        )
        if tenant_id is not None:
            asked = asked.where(_keys.tenant_id == tenant_id)
        return [self._to_entry(row) for row in self._rows(asked)]

    def entries_by_keys(self, register: str, keys: Iterable[str]) -> list[RegisterEntry]:
        """Return the entries of any tenant in scope that have one of these keys, each once."""
        holders = select(_keys.entry_no).where(_keys.register == register, _keys.key.in_(list(keys)))
        asked = select(register_entries).where(_entries.entry_no.in_(holders)).order_by(_entries.entry_no)
        return [self._to_entry(row) for row in self._rows(asked)]

    def entries(
        self, tenant_id: str, register: str, *, state: str | None = None, after: str = "", limit: int = PAGE
    ) -> list[RegisterEntry]:
        """Return a page of a register in the order of entry ids.

        Args:
            tenant_id: Whose.
            register: Its name.
            state: Only entries in this state.
            after: Entry id that the page before ended with.
            limit: Entries given at most.
        """
        asked = _where(tenant_id, register, _entries.entry_id > after)
        if state is not None:
            asked = asked.where(_entries.state == state)
        return [self._to_entry(row) for row in self._rows(asked.order_by(_entries.entry_id).limit(limit))]

    def entries_due(self, register: str, before: datetime, *, limit: int = PAGE) -> list[RegisterEntry]:
        """Return the entries, of any tenant in scope, that are due before an instant, the oldest first."""
        due = and_(_entries.register == register, _entries.due_at <= before)
        asked = select(register_entries).where(due).order_by(_entries.due_at, _entries.entry_no).limit(limit)
        return [self._to_entry(row) for row in self._rows(asked)]

    def every_entry(self, tenant_id: str | None = None) -> Iterator[RegisterEntry]:
        """Yield the entries of a tenant, or of all in scope, in the order of numbers, a page in memory."""
        after = 0
        while True:
            asked = select(register_entries).where(_entries.entry_no > after).order_by(_entries.entry_no)
            if tenant_id is not None:
                asked = asked.where(_entries.tenant_id == tenant_id)
            rows = self._rows(asked.limit(PAGE))
            if not rows:
                return
            yield from map(self._to_entry, rows)
            after = rows[-1].entry_no

    def _write(self, entry: RegisterEntry, kept: Row[Any] | None) -> None:
        values = {name: getattr(entry, name) for name in _SAME}
        if kept is None:
            made = insert(register_entries).values(values).returning(_entries.entry_no)
            number = int(self._connection.execute(made).scalar_one())
        else:
            number = int(kept.entry_no)
            self._run(update(register_entries).where(_entries.entry_no == number).values(values))
            self._run(delete(register_keys).where(_keys.entry_no == number))
        rows = [
            {"register": entry.register, "key": key, "tenant_id": entry.tenant_id, "entry_no": number}
            for key in dict.fromkeys(entry.keys)
        ]
        try:
            self._insert_all(register_keys, rows)
        except IntegrityError as cause:
            raise ConflictError(f"another entry of {entry.register} has that name already") from cause

    def _to_entry(self, row: Row[Any]) -> RegisterEntry:
        asked = select(_keys.key).where(_keys.entry_no == row.entry_no).order_by(_keys.key)
        keys = tuple(found.key for found in self._rows(asked))
        return RegisterEntry(**{name: getattr(row, name) for name in _SAME}, keys=keys)


def _where(tenant_id: str, register: str, *more: Any) -> Select[Any]:
    return select(register_entries).where(
        _entries.tenant_id == tenant_id, _entries.register == register, *more
    )
