# SPDX-License-Identifier: EUPL-1.2
"""What a catalogue's database says of itself, for whoever inspects an installation. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from archive.catalog.engine import SCHEMA, open_engine
from archive.catalog.versions import HEAD, require_known, schema_version
from archive.errors import CatalogUnavailable

_ROLE = text("SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
# A table's owner is above its rules unless they are forced upon it.
_UNGUARDED = text(
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = :schema AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version' "
    "AND NOT (c.relrowsecurity AND (c.relforcerowsecurity OR NOT pg_has_role(c.relowner, 'USAGE'))) "
    "ORDER BY 1"
)


@dataclass(frozen=True, slots=True)
class CatalogState:
    """A database as it stands."""

    product: str
    """`SQLite 3.40.1`, `PostgreSQL 15.18`."""
    version: str
    """Schema that it has; empty for none yet."""
    newest: str
    """Schema that this program speaks."""
    role: str = ""
    """Whom a server knows us as; empty for a file."""
    bypasses: bool = False
    """Whether that role is above row-level security."""
    unguarded: tuple[str, ...] = ()
    """Tables in which row-level security does not keep municipalities apart for this role."""
    clock: datetime | None = None
    """What time it is for the server."""


def catalog_state(target: str | Path) -> CatalogState:
    """Ask a database what it is.

    Raises:
        CatalogUnavailable: It cannot be reached or read.
        ConfigurationError: Its schema is from a newer Longeva, or the URL makes no sense.
        NotAvailable: Its driver is not installed.
    """
    engine = open_engine(target, read_only=True)
    try:
        with engine.connect() as connection, connection.begin():
            version = schema_version(connection)
            require_known(version)
            looked = _server if connection.dialect.name == "postgresql" else _file
            return looked(connection, version)
    except SQLAlchemyError as cause:
        # The words of a driver may hold the whole address; its kind says enough.
        raise CatalogUnavailable(f"the catalogue does not answer: {_words(cause)}") from cause
    finally:
        engine.dispose()


def _file(connection: Connection, version: str) -> CatalogState:
    number = connection.execute(text("SELECT sqlite_version()")).scalar_one()
    return CatalogState(f"SQLite {number}", version, HEAD)


def _server(connection: Connection, version: str) -> CatalogState:
    role, bypasses = connection.execute(_ROLE).one()
    number = connection.execute(text("SHOW server_version")).scalar_one()
    unguarded = tuple(connection.execute(_UNGUARDED, {"schema": SCHEMA}).scalars())
    clock = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return CatalogState(f"PostgreSQL {number}", version, HEAD, role, bypasses, unguarded, clock)


def _words(cause: SQLAlchemyError) -> str:
    said = str(getattr(cause, "orig", None) or cause).strip().splitlines()
    return said[0] if said else type(cause).__name__
