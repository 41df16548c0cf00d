# SPDX-License-Identifier: EUPL-1.2
"""Column types that mean the same on every database: UTC instants, hexadecimal as bytes, row numbers."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary
from sqlalchemy.types import TypeDecorator

from archive.clock import require_aware

RowNumber = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits everywhere; SQLite numbers rows by itself only in a column called INTEGER."""


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored as UTC; a naive one is refused before it can lie."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn to UTC; SQLite stores it without zone."""
        if value is None:
            return None
        instant = require_aware(value)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware instant in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Hex(TypeDecorator[str]):
    """Lower-case hexadecimal in the program, half as many bytes in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Turn to bytes."""
        del dialect
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Turn to hexadecimal."""
        del dialect
        return None if value is None else bytes(value).hex()
