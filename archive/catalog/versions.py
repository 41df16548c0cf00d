# SPDX-License-Identifier: EUPL-1.2
"""Keeps a database at this program's schema: new and older are brought up, newer is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from archive.errors import CatalogUnavailable, ConfigurationError

HEAD: Final = "0007"
"""The schema that this program speaks; a test holds it to the newest file in migrations/versions."""

SCRIPTS: Final = Path(__file__).parent / "migrations"


def schema_version(connection: Connection) -> str:
    """Return the version that a database carries, empty for a new one."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return "" if row is None else str(row[0])


def require_known(version: str) -> bool:
    """Refuse a schema from a newer program; tell whether it is this program's.

    Raises:
        ConfigurationError: This program does not know the version.
    """
    known = {path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py")}
    if version and version not in known:
        raise ConfigurationError(
            f"the catalogue has schema {version}, made by a newer Longeva; this one speaks {HEAD}. "
            "Install that version, or burn the catalogue and run `longeva rebuild`."
        )
    return version == HEAD


def require_current(version: str | None) -> None:
    """Refuse a schema that changed while this program was running.

    Raises:
        ConfigurationError: Another process has upgraded it.
        CatalogUnavailable: It is gone.
    """
    if version == HEAD:
        return
    if version is None:
        raise CatalogUnavailable("the catalogue has no schema: run `longeva rebuild`")
    raise ConfigurationError(
        f"the catalogue now has schema {version}, and this program, which is still running, speaks {HEAD}: "
        "start it again in the version that upgraded it"
    )


def require_upgraded(version: str) -> None:
    """Refuse an older schema on a server, where other machines may still run the older program.

    Raises:
        ConfigurationError: It is older than this program's.
    """
    if version and version != HEAD:
        raise ConfigurationError(
            f"the catalogue has schema {version}, made by an older Longeva: stop the older programs, "
            "then bring it up with `longeva catalog upgrade`"
        )


def upgrade(connection: Connection, to: str = "") -> None:
    """Bring a new or older database to `HEAD`, inside the caller's transaction: all or nothing."""
    # Alembic is slow to import and needed once in a database's life.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to or HEAD)
