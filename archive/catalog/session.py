# SPDX-License-Identifier: EUPL-1.2
"""What every part of a transaction stands on: one connection and the few statements they all use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Executable, Row, Select, Table, select

from archive.catalog import tables
from archive.catalog.bulk import insert_all
from archive.errors import NotFound

PAGE: Final = 1000
"""Rows read or written at a time: long lists never stand in memory whole."""

T = TypeVar("T")


class Session:
    """One open transaction on one connection. Not thread-safe, useless after the `with` that made it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        return self._connection.execute(statement).all()

    def _first(self, statement: Select[Any]) -> Row[Any] | None:
        return self._connection.execute(statement.limit(1)).first()

    def _run(self, statement: Executable) -> int:
        return self._connection.execute(statement).rowcount

    def _insert_all(self, table: Table, rows: Iterable[dict[str, Any]]) -> None:
        insert_all(self._connection, table, rows)

    def _object_numbers(self, object_ids: Iterable[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        column = tables.objects.c
        for page in pages(object_ids):
            statement = select(column.object_id, column.object_no).where(column.object_id.in_(page))
            found.update((row.object_id, row.object_no) for row in self._rows(statement))
        return found

    def _object_number(self, object_id: str) -> int:
        found = self._object_numbers([object_id]).get(object_id)
        if found is None:
            raise NotFound(f"no object {object_id}")
        return found


def pages(rows: Iterable[T], size: int = PAGE) -> Iterator[list[T]]:
    """Cut a stream into lists of at most `size`, never an empty one."""
    source = iter(rows)
    while page := list(islice(source, size)):
        yield page
