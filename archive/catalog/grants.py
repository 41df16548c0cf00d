# SPDX-License-Identifier: EUPL-1.2
"""Rights on PostgreSQL: what the application's login may do, and which logins may speak for the installation.

The owner of the schema makes and changes tables, and works in no other way. The application's login reads,
adds, and changes what must be changed: it cannot rewrite nor remove an event of the ledger. Where one login
is both (small installations), the rules of row-level security are forced upon the owner too.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from archive.catalog.engine import SCHEMA
from archive.catalog.tables import metadata

_EVERYTHING: Final = "SELECT, INSERT, UPDATE, DELETE"
_LESS: Final = {
    "tenants": "SELECT, INSERT",
    "deposits": "SELECT, INSERT, UPDATE",
    "objects": "SELECT, INSERT, UPDATE",
    "batches": "SELECT, INSERT, UPDATE",
    "leaves": "SELECT, INSERT",
    "copies": "SELECT, INSERT, UPDATE",
    "events": "SELECT, INSERT",
    "ledger_trees": "SELECT, INSERT, UPDATE",
    "ledger_nodes": "SELECT, INSERT",
    "numbering": "SELECT, UPDATE",
}


def grant(
    connection: Connection, role: str | None, *, schema: str = SCHEMA, installation: bool = True
) -> None:
    """Let a login work with the catalogue. Repeating it changes nothing.

    Args:
        connection: As the owner, in a transaction.
        role: Name of the login; None, or the owner itself, is the owner alone.
        schema: Of the catalogue.
        installation: Whether it may speak for every tenant at once, as workers and the command line must.
            A login without that right is held to one tenant at a time whatever the program does.
    """
    quote = connection.dialect.identifier_preparer.quote
    owner = connection.execute(text("SELECT current_user")).scalar_one()
    apart = role not in {None, owner}
    for table in metadata.tables:
        force = "NO FORCE" if apart else "FORCE"
        connection.exec_driver_sql(f"ALTER TABLE {quote(schema)}.{quote(table)} {force} ROW LEVEL SECURITY")
    if role is None or not apart:
        return
    name, where = quote(role), quote(schema)
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {where} TO {name}")
    connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {where} TO {name}")
    connection.exec_driver_sql(f"GRANT SELECT ON {where}.alembic_version TO {name}")
    for table in metadata.tables:
        rights = _LESS.get(table, _EVERYTHING)
        connection.exec_driver_sql(f"REVOKE ALL ON {where}.{quote(table)} FROM {name}")
        connection.exec_driver_sql(f"GRANT {rights} ON {where}.{quote(table)} TO {name}")
        speakers = {quote(each) for each in _speakers(connection, schema, table)} - {name}
        listed = ", ".join(sorted(speakers | ({name} if installation else set())))
        connection.exec_driver_sql(f"ALTER POLICY installation ON {where}.{quote(table)} TO {listed}")


def logins(connection: Connection, schema: str = SCHEMA) -> dict[str, bool]:
    """Return who beside its owner works with a catalogue, and whether for the whole installation."""
    asked = text(
        "SELECT r.rolname FROM pg_namespace n, aclexplode(n.nspacl) a JOIN pg_roles r ON r.oid = a.grantee"
        " WHERE n.nspname = :schema AND a.privilege_type = 'USAGE' AND a.grantee <> n.nspowner ORDER BY 1"
    )
    found = connection.execute(asked, {"schema": schema}).scalars().all()
    speakers = set(_speakers(connection, schema, "objects"))
    return {login: login in speakers for login in found}


def _speakers(connection: Connection, schema: str, table: str) -> list[str]:
    asked = text(
        "SELECT unnest(roles) FROM pg_policies"
        " WHERE schemaname = :schema AND tablename = :table AND policyname = 'installation'"
    )
    return list(connection.execute(asked, {"schema": schema, "table": table}).scalars())
