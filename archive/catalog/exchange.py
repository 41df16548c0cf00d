# SPDX-License-Identifier: EUPL-1.2
"""A new catalogue in the place of the old one, in one transaction: whoever reads sees the old or the new.

A file of SQLite stays the same file, its rows change: programs that have it open go on with the new rows.
Only where there is no file, or one that cannot be read, the new file takes its name; who still has the other
open notices (`archive.catalog.connections`). On PostgreSQL the new tables wait in a schema of their own, and
the schemas change names.

Events that came while the new catalogue was being built, such as accesses, are carried over first. Killed
anywhere before the commit, the old one serves on.
"""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import Connection, CursorResult, Executable, Table, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema, DropSchema

from archive.catalog.border import border
from archive.catalog.connections import speak_for_installation
from archive.catalog.database import Catalog
from archive.catalog.engine import SCHEMA, WRITING, open_engine
from archive.catalog.grants import grant, logins
from archive.catalog.tables import metadata
from archive.catalog.transaction import Transaction
from archive.catalog.upgrading import make_schema
from archive.chain import LedgerHead, verify_chain
from archive.errors import ConflictError, StorageUnavailable

_DRAFT_FILE: Final = "catalog.rebuilding.sqlite3"
_SIDES: Final = ("", "-wal", "-shm")
_DRAFT: Final = f"{SCHEMA}_rebuilding"
_OLD: Final = f"{SCHEMA}_before"
_PAGE: Final = 1000
_BUSY: Final = "55P03"
_WAIT_SECONDS: Final = 600.0
_ATTEMPT: Final = text("SELECT set_config('lock_timeout', '300ms', true)")
_ALONE: Final = text(f"LOCK TABLE {SCHEMA}.alembic_version IN ACCESS EXCLUSIVE MODE")


class Draft(ABC):
    """An empty catalogue beside the one that serves."""

    catalog: Catalog
    """To be filled. Nobody else sees it."""

    @abstractmethod
    def exchange(self, *, old_is_sound: bool) -> None:
        """Put it in the old one's place, with the events that the old one got meanwhile.

        Args:
            old_is_sound: Whether the old catalogue can be read.

        Raises:
            ConflictError: Somebody has been reading the old one for too long; repeat later.
            CatalogUnavailable: The database failed; the old one stays.
            StorageUnavailable: The file cannot be put in place; the old one stays.
        """

    @abstractmethod
    def close(self) -> None:
        """Remove what is left of it."""


@contextmanager
def drafted(target: str | Path, owner: str = "") -> Iterator[Draft]:
    """Yield an empty draft beside a catalogue; what an earlier one left behind goes first.

    Args:
        target: What `Catalog.open` opens.
        owner: URL of the schema's owner, where `target` is another login.
    """
    draft = _ServerDraft(str(target), owner) if "://" in str(target) else _FileDraft(Path(target))
    try:
        yield draft
    finally:
        draft.close()


class _FileDraft(Draft):
    def __init__(self, target: Path) -> None:
        self._target = target
        self._file = target.with_name(_DRAFT_FILE)
        self._remove(self._file)
        self.catalog = Catalog.open(self._file)

    def exchange(self, *, old_is_sound: bool) -> None:
        self.catalog.close()
        if old_is_sound:
            with border():
                self._exchange_rows()
            return
        try:
            # The old log goes first: beside the new file it would be taken for its own.
            for side in _SIDES[1:]:
                _beside(self._target, side).unlink(missing_ok=True)
            os.replace(self._file, self._target)
            folder = os.open(self._target.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as cause:
            raise StorageUnavailable(f"the catalogue cannot be put in place: {cause.strerror}") from cause

    def close(self) -> None:
        self.catalog.close()
        with suppress(StorageUnavailable):
            self._remove(self._file)

    def _exchange_rows(self) -> None:
        engine = open_engine(self._target)
        options = {WRITING: True}
        try:
            with engine.connect().execution_options(**options) as connection:
                # Outside a transaction, as SQLite wants it. Rows leave and come by tables; what comes was
                # held to the rules when it was written.
                cursor = connection.connection.cursor()
                cursor.execute("PRAGMA foreign_keys = OFF")
                cursor.execute("ATTACH DATABASE ? AS draft", (str(self._file),))
                with connection.begin():
                    _carry_events(Transaction(connection), _in(connection, "draft"))
                    for table in metadata.sorted_tables:
                        _exchange(connection, table)
        finally:
            engine.dispose()

    @staticmethod
    def _remove(file: Path) -> None:
        try:
            for side in _SIDES:
                _beside(file, side).unlink(missing_ok=True)
        except OSError as cause:
            raise StorageUnavailable(f"the home cannot be written: {cause.strerror}") from cause


class _ServerDraft(Draft):
    def __init__(self, target: str, owner: str) -> None:
        self._application = make_url(target).username
        self._engine = open_engine(owner or target, schema=_DRAFT)
        with border(), self._engine.begin() as connection:
            connection.execute(DropSchema(_DRAFT, cascade=True, if_exists=True))
            connection.execute(CreateSchema(_DRAFT))
            make_schema(connection, _DRAFT)
        self.catalog = Catalog(owner or target, schema=_DRAFT)

    def exchange(self, *, old_is_sound: bool) -> None:
        self.catalog.close()
        until = time.monotonic() + _WAIT_SECONDS
        with border():
            while not self._try_exchange(old_is_sound=old_is_sound):
                if time.monotonic() > until:
                    raise ConflictError(
                        "somebody is reading the old catalogue all the time: repeat when no audit runs"
                    )
                time.sleep(0.2)  # readers that came meanwhile go first

    def close(self) -> None:
        self.catalog.close()
        with suppress(DBAPIError), self._engine.begin() as connection:
            connection.execute(DropSchema(_DRAFT, cascade=True, if_exists=True))
        self._engine.dispose()

    def _try_exchange(self, *, old_is_sound: bool) -> bool:
        with self._engine.begin() as connection:
            speak_for_installation(connection)
            there = inspect(connection).has_table("alembic_version", schema=SCHEMA)
            if there:
                connection.execute(_ATTEMPT)
                try:
                    connection.execute(_ALONE)
                except DBAPIError as cause:
                    if getattr(cause.orig, "sqlstate", None) != _BUSY:
                        raise
                    connection.rollback()
                    return False
            if old_is_sound:
                _carry_events(_in(connection, SCHEMA), Transaction(connection))
            for login, installation in self._logins(connection, there=there):
                grant(connection, login, schema=_DRAFT, installation=installation)
            connection.execute(DropSchema(_OLD, cascade=True, if_exists=True))
            if there:
                connection.exec_driver_sql(f"ALTER SCHEMA {SCHEMA} RENAME TO {_OLD}")
            else:  # an empty schema may be left of one that was dropped
                connection.execute(DropSchema(SCHEMA, if_exists=True))
            connection.exec_driver_sql(f"ALTER SCHEMA {_DRAFT} RENAME TO {SCHEMA}")
            connection.execute(DropSchema(_OLD, cascade=True, if_exists=True))
        return True

    def _logins(self, connection: Connection, *, there: bool) -> list[tuple[str | None, bool]]:
        found = logins(connection) if there else {}
        return [*found.items()] or [(self._application, True)]


class _Elsewhere:
    """A connection whose statements speak of the tables of another schema, in the same transaction."""

    def __init__(self, connection: Connection, schema: str) -> None:
        self._connection = connection
        self._options = {"schema_translate_map": {None: schema}}
        self.dialect = connection.dialect

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Execute a statement over there."""
        # Options of a connection would hold for everybody who uses it.
        return self._connection.execute(statement, parameters, execution_options=self._options)


def _in(connection: Connection, schema: str) -> Transaction:
    return Transaction(cast("Connection", _Elsewhere(connection, schema)))


def _carry_events(old: Transaction, new: Transaction) -> None:
    """Take over what continues the chains; what contradicts them was to be got rid of."""
    for tenant in old.ledger_tenants():
        last = new.last_event(tenant)
        head = LedgerHead(last.sequence, last.digest) if last else LedgerHead()
        while page := old.tenant_events(tenant, head.sequence, _PAGE):
            if verify_chain(page, head):
                break
            if page[0].position > new.last_position():
                new.restore_events(page)
            else:
                new.append_events(page)
            head = LedgerHead(page[-1].sequence, page[-1].digest)


def _exchange(connection: Connection, table: Table) -> None:
    quote = connection.dialect.identifier_preparer.quote
    name, columns = quote(table.name), ", ".join(quote(column.name) for column in table.columns)
    connection.exec_driver_sql(f"DELETE FROM main.{name}")  # noqa: S608 - names of our schema
    taken = f"SELECT {columns} FROM draft.{name}"  # noqa: S608
    connection.exec_driver_sql(f"INSERT INTO main.{name} ({columns}) {taken}")


def _beside(path: Path, side: str) -> Path:
    return path.with_name(path.name + side)
