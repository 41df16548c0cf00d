# SPDX-License-Identifier: EUPL-1.2
"""Many rows at once: COPY on PostgreSQL, the driver's `executemany` on SQLite, and statements for a handful.

PostgreSQL does not take COPY into a table whose row-level security holds the login. The rows then go into a
temporary table first and from there, by one INSERT that the rules look at, into theirs.

Source:
    PostgreSQL manual, COPY (notes on row-level security); psycopg 3 manual, "Using COPY".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, text
from sqlalchemy.exc import DBAPIError

FEW: Final = 100
"""Rows below which neither pays: COPY costs three statements more."""

_PAGE: Final = 1000

Values = Mapping[str, Any]


def insert_all(connection: Connection, table: Table, rows: Iterable[Values]) -> None:
    """Insert rows, each with the same columns, in constant memory."""
    source = iter(rows)
    first = list(islice(source, FEW))
    if len(first) < FEW:
        if first:
            connection.execute(insert(table), [dict(row) for row in first])
    elif connection.dialect.name == "postgresql":
        _copy(connection, table, chain(first, source))
    else:
        _execute(connection, table, chain(first, source))


def numbers_for(connection: Connection, table: Table, count: int) -> list[int]:
    """Take so many numbers, ascending, of a table on PostgreSQL whose rows number themselves."""
    (column,) = table.primary_key.columns
    asked = text("SELECT nextval(pg_get_serial_sequence(:table, :column)) FROM generate_series(1, :count)")
    given = {"table": table.name, "column": column.name, "count": count}
    return sorted(connection.execute(asked, given).scalars())


def _execute(connection: Connection, table: Table, rows: Iterator[Values]) -> None:
    """Hand rows to the driver as it takes them: a million of them need not become a million statements."""
    first = next(rows)
    names = list(first)
    quote = connection.dialect.identifier_preparer.quote
    columns, marks = ", ".join(map(quote, names)), ", ".join("?" * len(names))
    statement = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"  # noqa: S608
    prepared = map(tuple, _prepared(connection, table, names, chain([first], rows)))
    while page := list(islice(prepared, _PAGE)):
        connection.exec_driver_sql(statement, page)


def _copy(connection: Connection, table: Table, rows: Iterator[Values]) -> None:
    first = next(rows)
    names = list(first)
    quote = connection.dialect.identifier_preparer.quote
    columns, into = ", ".join(map(quote, names)), quote(table.name)
    prepared = _prepared(connection, table, names, chain([first], rows))
    active = text("SELECT row_security_active(:table)")
    if not connection.execute(active, {"table": table.name}).scalar_one():
        _send(connection, f"COPY {into} ({columns}) FROM STDIN", prepared)
        return
    staging = f"pg_temp.{quote(f'copied_{table.name}')}"
    make = f"CREATE TEMPORARY TABLE IF NOT EXISTS {staging} (LIKE {into}) ON COMMIT DELETE ROWS"
    connection.exec_driver_sql(make)
    for column in table.columns:  # those that number themselves are not given
        if column.name not in first:
            connection.exec_driver_sql(f"ALTER TABLE {staging} ALTER {quote(column.name)} DROP NOT NULL")
    _send(connection, f"COPY {staging} ({columns}) FROM STDIN", prepared)
    connection.exec_driver_sql(f"INSERT INTO {into} ({columns}) SELECT {columns} FROM {staging}")  # noqa: S608
    connection.exec_driver_sql(f"TRUNCATE {staging}")


def _prepared(
    connection: Connection, table: Table, names: list[str], rows: Iterable[Values]
) -> Iterator[list[Any]]:
    """Yield the values of each row as the driver takes them."""
    dialect = connection.dialect
    processors: list[Callable[[Any], Any] | None] = [
        table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names
    ]
    pairs = list(zip(names, processors, strict=True))
    for row in rows:
        yield [row[name] if process is None else process(row[name]) for name, process in pairs]


def _send(connection: Connection, statement: str, rows: Iterable[list[Any]]) -> None:
    driver: Any = connection.connection.driver_connection
    base: Any = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except base as cause:
        # As the library itself would have told it, had the statement gone through it.
        raise DBAPIError.instance(statement, None, cause, base, dialect=connection.dialect) from cause
