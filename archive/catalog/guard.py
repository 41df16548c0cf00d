# SPDX-License-Identifier: EUPL-1.2
"""Keeps writers on several machines apart: advisory locks of the PostgreSQL that they share.

The locks belong to a session of their own and die with it, so that a writer whose machine is gone stands in
nobody's way. Whoever holds names holds "everything" with them, shared; who holds everything holds it alone.

    held(["a", "b"])    everything shared, a, b        two holders of different names go side by side
    held()              everything                     waits for every holder of any name

Limits: the pooler between, if any, must keep sessions (pgbouncer: `pool_mode = session`). A server that
failed over to a replica has forgotten the locks; whoever held one is told at the end of its block.

Source:
    PostgreSQL manual, 13.3.5 (advisory locks) and 9.28.10 (their functions).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from archive.catalog.engine import server_engine
from archive.errors import CatalogUnavailable, ConflictError
from archive.lock import WAIT_SECONDS

_EVERYTHING: Final = ""
_LOCK_TIMEOUT: Final = "55P03"
_DEADLOCK: Final = "40P01"

# One round trip, whatever the number of names; keys come sorted, so that no two holders wait for each other.
_TAKE: Final = text(
    "SELECT set_config('lock_timeout', :wait, false),"
    " CASE WHEN :alone THEN pg_advisory_lock(:everything) ELSE pg_advisory_lock_shared(:everything) END,"
    " (SELECT count(pg_advisory_lock(key)) FROM unnest(CAST(:keys AS bigint[])) AS key)"
)
_RELEASE: Final = text(
    "SELECT (CASE WHEN :alone THEN pg_advisory_unlock(:everything)"
    " ELSE pg_advisory_unlock_shared(:everything) END)"
    " AND (SELECT coalesce(bool_and(pg_advisory_unlock(key)), true)"
    " FROM unnest(CAST(:keys AS bigint[])) AS key)"
)
_FORGET: Final = text("SELECT pg_advisory_unlock_all()")


@dataclass
class _Holding(threading.local):
    """What this thread holds."""

    depth: int = 0
    names: frozenset[str] = field(default_factory=frozenset)
    """Empty while it holds everything."""


class CatalogGuard:
    """A guard (`archive.lock.Guard`) over all machines that share a database.

    Threads may share it; each outermost block has a connection of its own.
    """

    def __init__(self, url: str, scope: str) -> None:
        """Speak of the names of one scope: `home`, `store`.

        Guards of different scopes never wait for each other, so that one may be taken inside the other,
        always in the same order.

        Raises:
            ConfigurationError: The URL cannot be used.
            NotAvailable: The driver is not installed.
        """
        self._engine = server_engine(url, name=f"longeva {scope} lock", isolation="AUTOCOMMIT")
        self._scope = scope
        self._mine = _Holding()

    @contextmanager
    def held(self, names: Collection[str] = (), *, wait: float = WAIT_SECONDS) -> Iterator[None]:
        """Hold these names, or everything; see `archive.lock.Guard`.

        Args:
            names: Any texts. Inside a block of the same thread: those of the outer one, or fewer.
            wait: Seconds to wait for each of them; 0 does not wait.

        Raises:
            ConflictError: Another holder did not let go within `wait` seconds.
            CatalogUnavailable: The database cannot be reached, or the locks were lost during the block: what
                was written in it may have met another writer, so nothing of it may be acknowledged.
            RuntimeError: A block inside asks for more than the outer one holds.
        """
        wanted, mine = frozenset(names), self._mine
        if mine.depth:
            if mine.names and not (wanted and wanted <= mine.names):
                raise RuntimeError("a block inside must not ask for more than the outer one holds")
            mine.depth += 1
            try:
                yield
            finally:
                mine.depth -= 1
            return
        with self._locked(wanted, wait):
            mine.depth, mine.names = 1, wanted
            try:
                yield
            finally:
                mine.depth = 0

    def close(self) -> None:
        """Give the connections back. Closing twice is fine."""
        self._engine.dispose()

    @contextmanager
    def _locked(self, names: frozenset[str], wait: float) -> Iterator[None]:
        asked: dict[str, object] = {
            "everything": self._key(_EVERYTHING),
            "alone": not names,
            "keys": sorted({self._key(name) for name in names}),
        }
        connection = self._connect()
        try:
            self._take(connection, asked, wait)
            try:
                yield
            except BaseException:
                with suppress(CatalogUnavailable):  # what went wrong inside is what the caller must hear
                    _release(connection, asked)
                raise
            _release(connection, asked)
        finally:
            connection.close()

    def _connect(self) -> Connection:
        try:
            return self._engine.connect()
        except SQLAlchemyError as cause:
            raise _unreachable(cause) from cause

    def _take(self, connection: Connection, asked: dict[str, object], wait: float) -> None:
        # 0 would mean: without end.
        patience = f"{max(1, round(wait * 1000))}ms"
        try:
            connection.execute(_TAKE, asked | {"wait": patience}).one()
        except DBAPIError as cause:
            if getattr(cause.orig, "sqlstate", None) not in {_LOCK_TIMEOUT, _DEADLOCK}:
                connection.invalidate()
                raise _unreachable(cause) from cause
            connection.execute(_FORGET)  # those that it got before it had to wait
            raise ConflictError(
                f"another process is writing and did not finish within {wait:g} s; try again later",
                place=self._scope,
            ) from cause

    def _key(self, name: str) -> int:
        """Return the 64 bits that stand for a name; two names with the same ones only wait without need."""
        digest = hashlib.sha256(f"longeva/{self._scope}/{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


def _release(connection: Connection, asked: dict[str, object]) -> None:
    try:
        all_held = connection.execute(_RELEASE, asked).scalar_one()
    except SQLAlchemyError as cause:
        connection.invalidate()
        raise _lost() from cause
    if not all_held:
        connection.invalidate()
        raise _lost()


def _lost() -> CatalogUnavailable:
    return CatalogUnavailable(
        "the connection that held the writers' lock was lost, so another writer may have been at work; "
        "nothing of this was acknowledged: repeat it"
    )


def _unreachable(cause: SQLAlchemyError) -> CatalogUnavailable:
    detail = getattr(cause, "orig", None) or cause
    return CatalogUnavailable(f"the database that keeps the writers' lock cannot be used: {detail}")
