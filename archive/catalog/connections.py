# SPDX-License-Identifier: EUPL-1.2
"""Begins transactions: on the database that is there now, in the schema that this program speaks.

A process may live longer than the catalogue that it opened. Each transaction therefore looks whether the
file is still the one that was opened, or stands on a lock that whoever exchanges the tables must have alone;
and whether the schema is still ours.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from archive.catalog.engine import SCHEMA, WRITING, open_engine
from archive.catalog.scope import INSTALLATION, Scope, spoken
from archive.catalog.versions import require_current
from archive.errors import CatalogUnavailable

# LOCK takes no snapshot: one that waited while the tables were exchanged sees the new ones, whole (PostgreSQL
# manual, 13.2.2). Readers and writers share it; only the exchange of the tables has it alone.
_SHARE: Final = text("LOCK TABLE alembic_version IN ACCESS SHARE MODE")
_SPEAK: Final = text(
    "SELECT version_num, set_config('longeva.tenant', :tenant, true),"
    " set_config('longeva.scope', :scope, true) FROM alembic_version"
)
_VERSION: Final = text("SELECT version_num FROM alembic_version")
_READING: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

_Identity = tuple[int, int]


class Connections:
    """The engine of one catalogue, made anew where its file was exchanged. Thread-safe."""

    def __init__(self, target: str | Path, *, read_only: bool = False, schema: str = SCHEMA) -> None:
        self._target = target
        self._read_only = read_only
        self._schema = schema
        self._lock = threading.Lock()
        self._file = None if "://" in str(target) else Path(target)
        self._identity: _Identity | None = None
        self._engine = self._open()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def renew(self) -> None:
        """Take the file that is there now for the one to work on."""
        with self._lock:
            self._engine.dispose()
            self._engine, self._identity = self._open(), None

    @contextmanager
    def plain(self) -> Iterator[Connection]:
        """Yield a connection in a transaction of its own, whatever the schema."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def begun(self, scope: Scope, *, writing: bool) -> Iterator[Connection]:
        """Yield a connection whose transaction has begun, on today's database and schema.

        Raises:
            CatalogUnavailable: The file is gone.
            ConfigurationError: The schema is not this program's any more.
        """
        while True:
            engine = self._current()
            options: dict[str, Any] = {WRITING: writing}
            if engine.dialect.name == "postgresql" and not writing:
                options |= _READING
            with engine.connect().execution_options(**options) as connection, connection.begin():
                _speak(connection, scope)
                if self._is_current(engine):
                    yield connection
                    return
                # It was exchanged between the look and the beginning: once more, on the new one.

    def _open(self) -> Engine:
        return open_engine(self._target, read_only=self._read_only, schema=self._schema)

    def _current(self) -> Engine:
        with self._lock:
            if self._file is None:
                return self._engine
            found = _identity(self._file)
            if self._identity is None:
                self._identity = found
            elif found != self._identity:
                self._engine.dispose()
                self._engine, self._identity = self._open(), found
            return self._engine

    def _is_current(self, engine: Engine) -> bool:
        return self._file is None or self._current() is engine


def _identity(file: Path) -> _Identity:
    try:
        found = os.stat(file)
    except OSError as cause:
        raise CatalogUnavailable(f"{file} is gone ({cause.strerror}): run `longeva rebuild`") from cause
    return found.st_dev, found.st_ino


def _speak(connection: Connection, scope: Scope) -> None:
    """Say for whom the transaction speaks, and require our schema."""
    if connection.dialect.name != "postgresql":
        require_current(connection.execute(_VERSION).scalar())
        return
    connection.execute(_SHARE)
    require_current(connection.execute(_SPEAK, spoken(scope)).scalar())


def speak_for_installation(connection: Connection) -> None:
    """Let a connection that upgrades or copies see every row that its login may see, in this transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT set_config('longeva.scope', :scope, true)"), {"scope": spoken(INSTALLATION)["scope"]}
        )
