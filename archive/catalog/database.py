# SPDX-License-Identifier: EUPL-1.2
"""The catalogue: opens a database, keeps its schema current, gives transactions.

Foreign exceptions stop here: a broken rule becomes `ConflictError`, anything else `CatalogUnavailable`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import IntegrityError as BrokenRule

from archive.catalog.engine import WRITING, open_engine
from archive.catalog.transaction import Transaction
from archive.catalog.versions import HEAD, require_known, schema_version, upgrade
from archive.errors import CatalogUnavailable, ConflictError


class Catalog:
    """A database that holds what can be derived again from the store. Thread-safe; transactions are not."""

    def __init__(self, engine: Engine, *, read_only: bool = False) -> None:
        self._engine = engine
        self.read_only = read_only

    @classmethod
    def open(cls, target: str | Path, *, read_only: bool = False) -> Catalog:
        """Open a catalogue, making or upgrading its schema where needed.

        Args:
            target: Path of a SQLite file, or a database URL (`postgresql+psycopg://…`).
            read_only: Do not create, upgrade nor write; for a home on a read-only medium.

        Raises:
            ConfigurationError: The schema is from a newer Longeva, or the URL makes no sense.
            CatalogUnavailable: The database cannot be opened, or needs an upgrade and is read-only.
        """
        catalog = cls(open_engine(target, read_only=read_only), read_only=read_only)
        try:
            catalog._require_schema()
        except BaseException:
            catalog.close()
            raise
        return catalog

    def close(self) -> None:
        """Give the database's connections back. Closing twice is fine."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Write: everything inside becomes durable when the `with` ends, or nothing of it.

        Raises:
            ConflictError: A rule of the schema was broken (a key taken, an unknown tenant).
            CatalogUnavailable: The database failed, is busy with another writer, or is read-only.
        """
        if self.read_only:
            raise CatalogUnavailable("the catalogue is open for reading only")
        with _border(), self._engine.connect() as connection:
            connection = connection.execution_options(**{WRITING: True})  # noqa: PLW2901
            with connection.begin():
                yield Transaction(connection)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read: one consistent view from the first statement to the end of the `with`."""
        with _border(), self._engine.connect() as connection, connection.begin():
            yield Transaction(connection)

    def _require_schema(self) -> None:
        with _border(), self._engine.connect() as connection, connection.begin():
            version = schema_version(connection)
        require_known(version)
        if version == HEAD:
            return
        if self.read_only:
            raise CatalogUnavailable(
                f"the catalogue has schema {version or 'none'} and cannot be upgraded here"
            )
        with _border(), self._engine.connect() as connection:
            connection = connection.execution_options(**{WRITING: True})  # noqa: PLW2901
            with connection.begin():
                # Another process may have been first: look again under the lock.
                if schema_version(connection) != HEAD:
                    upgrade(connection)


@contextmanager
def _border() -> Iterator[None]:
    try:
        yield
    except BrokenRule as cause:
        raise ConflictError(f"the catalogue refuses it: {cause.orig}") from cause
    except SQLAlchemyError as cause:
        if isinstance(cause, StatementError) and not isinstance(cause, DBAPIError) and cause.orig:
            # A value of ours that no column takes, such as an instant without zone: a programming error.
            raise cause.orig from cause
        detail = getattr(cause, "orig", None) or cause
        raise CatalogUnavailable(f"the catalogue failed: {detail}") from cause
