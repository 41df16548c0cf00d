# SPDX-License-Identifier: EUPL-1.2
"""A catalogue into another database, number for number: from SQLite to PostgreSQL, or back.

    one transaction over there: schema, rows in the order of their keys, sequences, rights
                                then every row read back, its digest compared; then commit

Killed anywhere before the commit, nothing is there, and it can be repeated. What it comes from is only read,
and nobody adds to it meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, func, inspect, select, text
from sqlalchemy.engine import make_url

from archive.catalog.border import border
from archive.catalog.bulk import insert_all
from archive.catalog.connections import Connections, speak_for_installation
from archive.catalog.engine import SCHEMA, WRITING, open_engine
from archive.catalog.grants import grant
from archive.catalog.scope import INSTALLATION
from archive.catalog.tables import metadata
from archive.catalog.transaction import Transaction
from archive.catalog.upgrading import make_schema
from archive.chain import LedgerHead, LedgerProblem, verify_chain
from archive.errors import ConflictError, IntegrityError, StorageUnavailable

_PAGE: Final = 1000
_NOBODY_ADDS: Final = text("LOCK TABLE numbering IN SHARE ROW EXCLUSIVE MODE")

OnRows = Callable[[str, int], None]
"""Told the table and how many of its rows are over there."""


@dataclass(frozen=True, slots=True)
class MovedTable:
    """One table on both sides."""

    name: str
    rows: int
    digest: str
    """SHA-256 over all rows in the order of their key: the same in both databases."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved and found equal."""

    tables: tuple[MovedTable, ...]
    broken: tuple[LedgerProblem, ...]
    """Ledgers whose chain does not hold, here as there: they came as they were."""


def move_catalog(
    source: str | Path,
    target: str | Path,
    application: str = "",
    on_rows: OnRows = lambda _table, _rows: None,
) -> Moved:
    """Copy a catalogue into an empty database, and prove that it is the same.

    Args:
        source: File of SQLite or URL; in this program's schema. Left as it is.
        target: File that is not there, or URL of who is to own the schema in a database without one.
        application: Login that is to work with it; the owner itself by default.
        on_rows: Told of progress.

    Raises:
        ConflictError: The target holds a catalogue, or is where it comes from.
        IntegrityError: What was read back is not what was sent; nothing stays over there.
        CatalogUnavailable: One of the databases failed; nothing stays over there.
        ConfigurationError: A URL, or the schema of the source, is not ours to use.
    """
    with border(), _reading(source) as here, _writing(target) as there:
        sent = [_send(here, there, table, on_rows) for table in metadata.sorted_tables]
        for moved in sent:
            found = _digest(_rows(there, metadata.tables[moved.name]))
            if found != (moved.rows, moved.digest):
                raise IntegrityError(f"the table {moved.name} reads back otherwise than it was sent")
        broken = tuple(_broken(there))
        if there.dialect.name == "postgresql":
            _number_on(there)
            grant(there, application or make_url(str(target)).username)
        return Moved(tuple(sent), broken)


@contextmanager
def _reading(source: str | Path) -> Iterator[Connection]:
    """Yield a consistent view to which nobody adds: a reader of SQLite would not keep writers away."""
    connections = Connections(source)
    try:
        server = "://" in str(source) and make_url(str(source)).get_backend_name() == "postgresql"
        with connections.begun(INSTALLATION, writing=True) as connection:
            if server:
                connection.execute(_NOBODY_ADDS)
            yield connection
    finally:
        connections.close()


@contextmanager
def _writing(target: str | Path) -> Iterator[Connection]:
    """Yield an empty catalogue in a transaction that ends with the block, or never was."""
    if "://" in str(target):
        with _begun(target) as connection:
            if inspect(connection).has_table("alembic_version", schema=SCHEMA):
                raise ConflictError(
                    "the database holds a catalogue already: name an empty one, or drop its schema "
                    f"with DROP SCHEMA {SCHEMA} CASCADE if nobody needs it"
                )
            make_schema(connection)
            yield connection
        return
    path = Path(target)
    if path.exists():
        raise ConflictError(f"{path} is there already: name a file that is not")
    draft = path.with_name(f"{path.name}.moving")
    _remove(draft)
    try:
        with _begun(draft) as connection:
            make_schema(connection)
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            yield connection
        _publish(draft, path)
    finally:
        with suppress(StorageUnavailable):  # what went wrong before says more; the next move removes it
            _remove(draft)


def _remove(draft: Path) -> None:
    """Remove a draft and its sides. Raises StorageUnavailable."""
    try:
        for side in ("", "-wal", "-shm"):
            draft.with_name(draft.name + side).unlink(missing_ok=True)
    except OSError as cause:
        raise StorageUnavailable(f"{draft} cannot be removed: {cause.strerror}") from cause


@contextmanager
def _begun(target: str | Path) -> Iterator[Connection]:
    engine = open_engine(target)
    try:
        options = {WRITING: True}
        with engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()  # the last one to go brings SQLite's log into the file


def _publish(draft: Path, path: Path) -> None:
    try:
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a renaming, never over a file that somebody made meanwhile
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as cause:
        raise StorageUnavailable(f"{path} cannot be written: {cause.strerror}") from cause


def _send(here: Connection, there: Connection, table: Table, on_rows: OnRows) -> MovedTable:
    there.execute(delete(table))  # the schema brings a row or two
    digest = hashlib.sha256()
    count = 0

    def passing() -> Iterator[Mapping[str, Any]]:
        nonlocal count
        for row in _rows(here, table):
            digest.update(_line(row))
            count += 1
            if count % _PAGE == 0:
                on_rows(table.name, count)
            yield row

    insert_all(there, table, passing())
    on_rows(table.name, count)
    return MovedTable(table.name, count, digest.hexdigest())


def _rows(connection: Connection, table: Table) -> Iterator[Mapping[str, Any]]:
    """Yield a table in the order of its key, in constant memory."""
    server = connection.dialect.name == "postgresql"
    # Byte for byte, as SQLite does; a database may sort texts by another alphabet.
    keys = [
        column.collate("C") if server and column.type.python_type is str else column
        for column in table.primary_key.columns
    ]
    options = {"stream_results": True, "yield_per": _PAGE}
    with connection.execute(select(table).order_by(*keys), execution_options=options) as found:
        for row in found.mappings():
            yield dict(row)


def _digest(rows: Iterable[Mapping[str, Any]]) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    for row in rows:
        digest.update(_line(row))
        count += 1
    return count, digest.hexdigest()


def _line(row: Mapping[str, Any]) -> bytes:
    told = [row[name] for name in sorted(row)]
    return json.dumps(told, ensure_ascii=True, default=_plain).encode() + b"\n"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    raise TypeError(type(value).__name__)


def _broken(connection: Connection) -> Iterator[LedgerProblem]:
    """Yield the first problem of each ledger whose chain does not hold."""
    speak_for_installation(connection)
    tx = Transaction(connection)
    for tenant in tx.ledger_tenants():
        head = LedgerHead()
        while page := tx.tenant_events(tenant, head.sequence, _PAGE):
            if problems := verify_chain(page, head):
                yield problems[0]
                break
            head = LedgerHead(page[-1].sequence, page[-1].digest)


def _number_on(connection: Connection) -> None:
    """Let new rows be numbered after those that came."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            last = connection.execute(select(func.max(column))).scalar_one()
            if last is not None:
                sequence = func.pg_get_serial_sequence(table.name, column.name)
                connection.execute(select(func.setval(sequence, last)))
