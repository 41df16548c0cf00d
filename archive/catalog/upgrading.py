# SPDX-License-Identifier: EUPL-1.2
"""Makes or upgrades the schema of a catalogue, and gives the application's login its rights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateSchema

from archive.catalog.border import border
from archive.catalog.connections import speak_for_installation
from archive.catalog.engine import SCHEMA, WRITING, open_engine
from archive.catalog.grants import grant
from archive.catalog.versions import HEAD, require_known, require_upgraded, schema_version, upgrade
from archive.errors import ConflictError

_WAIT: Final = text("SELECT set_config('lock_timeout', '10min', true), pg_advisory_xact_lock(:upgrading)")
_UPGRADING: Final = 0x6C6F6E6765766101
"""Advisory lock: two processes never upgrade together, nor make a schema that is not there yet."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did."""

    before: str
    """Schema that was there; empty where none was."""
    after: str


def upgrade_catalog(
    target: str | Path, application: str = "", *, schema: str = SCHEMA, only_new: bool = False
) -> Upgraded:
    """Bring a catalogue to this program's schema, in one transaction: killed half-way, nothing has happened.

    On a server the login of the application is given its rights, also where the schema is current already.

    Args:
        target: Path of a SQLite file, or the URL of the schema's owner.
        application: URL whose user is to work with the catalogue; may be the owner's own.
        schema: Where it is to be.
        only_new: Make a schema where there is none, and leave an older one alone.

    Raises:
        ConfigurationError: The schema is from a newer Longeva, or older and to be left alone.
        CatalogUnavailable: The database failed, or the owner lacks a right; the message says which.
    """
    engine = open_engine(target, schema=schema)
    try:
        options = {WRITING: True}
        with border(), engine.connect().execution_options(**options) as connection, connection.begin():
            before = make_schema(connection, schema, only_new=only_new)
            if connection.dialect.name == "postgresql":
                grant(connection, make_url(application).username if application else None, schema=schema)
            return Upgraded(before, HEAD)
    finally:
        engine.dispose()


def grant_login(target: str, role: str, *, installation: bool) -> None:
    """Give a login its rights on a catalogue that is there; see `archive.catalog.grants`.

    Raises:
        ConflictError: There is no such role.
        CatalogUnavailable: The database failed, or `target` is not the owner's URL.
    """
    engine = open_engine(target)
    try:
        with border(), engine.begin() as connection:
            known = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
            if connection.execute(known, {"role": role}).first() is None:
                raise ConflictError(f"the server has no role {role}: make it with CREATE ROLE first")
            grant(connection, role, installation=installation)
    finally:
        engine.dispose()


def make_schema(connection: Connection, schema: str = SCHEMA, *, only_new: bool = False) -> str:
    """Bring a connection's database to this program's schema; rights apart.

    Args:
        connection: In a transaction, with `schema` as its search path; as the owner.
        schema: Made where it is not there.
        only_new: See `upgrade_catalog`.

    Returns:
        The version that was there, empty for none.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_WAIT, {"upgrading": _UPGRADING})
        connection.execute(CreateSchema(schema, if_not_exists=True))
        speak_for_installation(connection)  # steps move rows, also where the owner is held to the rules
    # Another process may have been first: look only now, under the lock.
    before = schema_version(connection)
    if only_new:
        require_upgraded(before)
    if not require_known(before):
        upgrade(connection)
    return before
