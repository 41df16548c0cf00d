# SPDX-License-Identifier: EUPL-1.2
"""The database engine: SQLite made durable and honest about its transactions, or a PostgreSQL URL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from archive.errors import ConfigurationError

BUSY_SECONDS: Final = 30
"""How long a writer waits for the other one before it says that the catalogue is busy."""

WRITING: Final = "longeva_writing"
"""Execution option of a connection whose transaction will write."""


def open_engine(target: str | Path, *, read_only: bool = False) -> Engine:
    """Make the engine for a file path or a database URL. Nothing is connected yet.

    Raises:
        ConfigurationError: The URL cannot be understood, or its driver is not installed.
    """
    if isinstance(target, str) and "://" in target:
        return _url_engine(target)
    path = Path(target)
    engine = create_engine(_sqlite_url(path, read_only=read_only))
    _listen(engine, read_only=read_only)
    return engine


def _url_engine(target: str) -> Engine:
    try:
        url = make_url(target)
        engine = create_engine(url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as cause:
        raise ConfigurationError(f"the catalogue URL cannot be used: {cause}") from cause
    if engine.dialect.name == "sqlite":
        _listen(engine, read_only=False)
    return engine


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
