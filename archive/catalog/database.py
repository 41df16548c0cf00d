# SPDX-License-Identifier: EUPL-1.2
"""The catalogue: opens a database, keeps its schema current, gives transactions.

Foreign exceptions stop here: a broken rule becomes `ConflictError`, anything else `CatalogUnavailable`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import Connection

from archive.catalog.border import border
from archive.catalog.connections import Connections
from archive.catalog.engine import SCHEMA
from archive.catalog.scope import NOBODY, Scope
from archive.catalog.transaction import Transaction
from archive.catalog.upgrading import upgrade_catalog
from archive.catalog.versions import require_known, require_upgraded, schema_version
from archive.errors import CatalogUnavailable


class Catalog:
    """A database that holds what can be derived again from the store. Thread-safe; transactions are not."""

    def __init__(self, target: str | Path, *, read_only: bool = False, schema: str = SCHEMA) -> None:
        self._connections = Connections(target, read_only=read_only, schema=schema)
        self.read_only = read_only

    @classmethod
    def open(cls, target: str | Path, *, read_only: bool = False, owner: str = "") -> Self:
        """Open a catalogue, making its schema where there is none.

        A file of SQLite with an older schema is brought up; on a server `longeva catalog upgrade` does that,
        since other machines may still run the older program.

        Args:
            target: Path of a SQLite file, or a database URL (`postgresql+psycopg://…`).
            read_only: Do not create, upgrade nor write; for a home on a read-only medium.
            owner: URL of the schema's owner, where `target` is the login of an application that owns nothing.

        Raises:
            ConfigurationError: The schema is from a newer Longeva, or from an older one and on a server; or
                the URL makes no sense.
            CatalogUnavailable: The database cannot be opened, or needs an upgrade and is read-only.
            NotAvailable: The driver is not installed.
        """
        catalog = cls(target, read_only=read_only)
        try:
            catalog._require_schema(target, owner)
        except BaseException:
            catalog.close()
            raise
        return catalog

    def close(self) -> None:
        """Give the database's connections back. Closing twice is fine."""
        self._connections.close()

    @contextmanager
    def transaction(self, tenant: Scope = NOBODY) -> Iterator[Transaction]:
        """Write: everything inside becomes durable when the `with` ends, or nothing of it.

        Each statement sees what others committed before it (READ COMMITTED); what must not be crossed is
        locked: `serialise_ledger`. On SQLite there is one writer at a time.

        Args:
            tenant: Whose rows; `INSTALLATION` for everybody's.

        Raises:
            ConflictError: A rule of the schema was broken (a key taken, an unknown tenant).
            CatalogUnavailable: The database failed, is busy with another writer, or is read-only. Where the
                connection broke at the very end it may have become durable: repeat, which is harmless.
            ConfigurationError: Another process has upgraded the schema.
        """
        if self.read_only:
            raise CatalogUnavailable("the catalogue is open for reading only")
        with self._begun(tenant, writing=True) as connection:
            yield Transaction(connection)

    @contextmanager
    def reading(self, tenant: Scope = NOBODY) -> Iterator[Transaction]:
        """Read: one consistent view from the first statement to the end of the `with`.

        Args:
            tenant: Whose rows; `INSTALLATION` for everybody's.
        """
        with self._begun(tenant, writing=False) as connection:
            yield Transaction(connection)

    @contextmanager
    def _begun(self, scope: Scope, *, writing: bool) -> Iterator[Connection]:
        with border(), self._connections.begun(scope, writing=writing) as connection:
            yield connection

    def _require_schema(self, target: str | Path, owner: str) -> None:
        with border(), self._connections.plain() as connection:
            version, server = schema_version(connection), connection.dialect.name == "postgresql"
        if require_known(version):
            return
        if self.read_only:
            raise CatalogUnavailable(
                f"the catalogue has schema {version or 'none'} and cannot be upgraded here"
            )
        if server:
            require_upgraded(version)
        upgrade_catalog(owner or target, str(target) if server else "", only_new=server)
        self._connections.renew()
