# SPDX-License-Identifier: EUPL-1.2
"""The database engine: SQLite made durable and honest about its transactions, or a PostgreSQL server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from archive.errors import ConfigurationError, NotAvailable

BUSY_SECONDS: Final = 30
"""How long a writer waits for the other one before it says that the catalogue is busy."""

IDLE_SECONDS: Final = 3600
"""How long a transaction may do nothing before the server ends it: a forgotten one would keep old rows."""

WRITING: Final = "longeva_writing"
"""Execution option of a connection whose transaction will write."""

SCHEMA: Final = "longeva"
"""Schema of a PostgreSQL database in which the catalogue lives."""

DRIVER: Final = "postgresql+psycopg"

_CONNECT_SECONDS: Final = 10
_POOL: Final = 5
_MORE: Final = 40
"""Connections beside the pool's, closed after use: one for each thread that works at the same time."""

_SESSION: Final = {
    # A receipt means durable, whatever the server's own setting is.
    "synchronous_commit": "on",
    "lock_timeout": f"{BUSY_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    "timezone": "UTC",
    "search_path": SCHEMA,
}
"""Settings of each session. Statements have no time limit: a rebuilding or an audit reads whole tables."""


def open_engine(target: str | Path, *, read_only: bool = False, schema: str = SCHEMA) -> Engine:
    """Make the engine for a file path or a database URL. Nothing is connected yet.

    Raises:
        ConfigurationError: The URL cannot be understood.
        NotAvailable: Its driver is not installed.
    """
    if isinstance(target, str) and "://" in target:
        url = _url(target)
        if url.get_backend_name() == "postgresql":
            return server_engine(target, schema=schema)
        engine = _create(url)
        if engine.dialect.name == "sqlite":
            _listen(engine, read_only=False)
        return engine
    path = Path(target)
    engine = create_engine(_sqlite_url(path, read_only=read_only))
    _listen(engine, read_only=read_only)
    return engine


def server_engine(
    target: str,
    *,
    name: str = "longeva",
    isolation: IsolationLevel = "READ COMMITTED",
    schema: str = SCHEMA,
) -> Engine:
    """Make the engine of a PostgreSQL server; a connection that the server lost is replaced before use.

    Args:
        target: `postgresql+psycopg://USER:PASSWORD@HOST/DATABASE`.
        name: What the server lists the session as.
        isolation: Of the transactions.
        schema: Where unqualified tables are.

    Raises:
        ConfigurationError: The URL cannot be understood, or is of another driver.
        NotAvailable: The driver is not installed.
    """
    url = _url(target)
    if url.drivername != DRIVER:
        raise ConfigurationError(f"the catalogue URL must begin with {DRIVER}://")
    engine = _create(
        url,
        isolation_level=isolation,
        pool_pre_ping=True,
        pool_size=_POOL,
        max_overflow=_MORE,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            # A machine that is gone is noticed in a minute, not in two hours.
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "application_name": name,
        }
        | url.query,
    )
    settings = _SESSION | {"search_path": schema}

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        pairs = [piece for pair in settings.items() for piece in pair]
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(["set_config(%s, %s, false)"] * len(settings)), pairs)
        connection.commit()

    return engine


def server_words(target: str) -> dict[str, Any]:
    """Return what a database URL says as the driver's own words: `user`, `password`, `host` and so on.

    For a library that connects by itself: given the URL, the driver reads it more strictly than we do, and
    quotes in its warnings what it stumbles over, which may be the password.

    Raises:
        ConfigurationError: The URL cannot be understood.
    """
    url = _url(target)
    return {**url.translate_connect_args(username="user", database="dbname"), **url.query}


def _url(target: str) -> URL:
    try:
        return make_url(target)
    except (ArgumentError, ValueError) as cause:
        # Not the cause's words: they may hold the password.
        raise ConfigurationError("the catalogue URL cannot be understood") from cause


def _create(url: URL, **options: Any) -> Engine:
    try:
        return create_engine(url, **options)
    except ModuleNotFoundError as cause:
        if url.drivername != DRIVER:
            raise ConfigurationError(f"the catalogue URL cannot be used: {cause}") from cause
        raise NotAvailable('PostgreSQL needs its driver: pip install "longeva[engines]"') from cause
    except (ArgumentError, NoSuchModuleError) as cause:
        raise ConfigurationError(f"the catalogue URL cannot be used: {cause}") from cause


def _sqlite_url(path: Path, *, read_only: bool) -> URL:
    query = {"uri": "true", "timeout": str(BUSY_SECONDS)}
    name = f"file:{quote(str(path.absolute()))}"
    if read_only:
        # Without a write-ahead log beside it the file is whole and may be read as it stands; with one,
        # SQLite must read the log too, or the last commits would be missed.
        log = path.with_name(path.name + "-wal")
        whole = not log.exists() or log.stat().st_size == 0
        name += "?mode=ro&immutable=1" if whole else "?mode=ro"
        query["mode"] = "ro"
        if whole:
            query["immutable"] = "1"
    return URL.create("sqlite", database=name.partition("?")[0], query=query)


def _listen(engine: Engine, *, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The driver must not open transactions by itself: BEGIN is ours, below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA foreign_keys = ON")
        if not read_only:
            cursor.execute("PRAGMA journal_mode = WAL")
            # A receipt means durable: in WAL mode only FULL syncs the log at each commit.
            cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        # A writer takes the lock at once: upgrading later could fail half-way through its work.
        writing = connection.get_execution_options().get(WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def is_writable(folder: Path) -> bool:
    """Tell whether this process may write in a folder: permissions and a read-only medium alike."""
    return os.access(folder, os.W_OK | os.X_OK)
