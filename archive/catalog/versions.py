# SPDX-License-Identifier: EUPL-1.2
"""Keeps a database at this program's schema: new and older are brought up, newer is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from archive.errors import ConfigurationError

HEAD: Final = "0002"
"""The schema that this program speaks; a test holds it to the newest file in migrations/versions."""

SCRIPTS: Final = Path(__file__).parent / "migrations"


def schema_version(connection: Connection) -> str:
    """Return the version that a database carries, empty for a new one."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return "" if row is None else str(row[0])


def require_known(version: str) -> None:
    """Refuse a schema from a newer program.

    Raises:
        ConfigurationError: This program does not know the version.
    """
    known = {path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py")}
    if version and version not in known:
        raise ConfigurationError(
            f"the catalogue has schema {version}, made by a newer Longeva; this one speaks {HEAD}. "
            "Install that version, or burn the catalogue and run `longeva rebuild`."
        )


def upgrade(connection: Connection) -> None:
    """Bring a new or older database to `HEAD`, inside the caller's transaction: all or nothing."""
    # Alembic is slow to import and needed once in a database's life.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
