# SPDX-License-Identifier: EUPL-1.2
"""What an archive stands on: the settings turned into stores, catalogue and guards.

One machine and no server is the default: a folder, SQLite, a lock on a file. An engine's library is imported
only where the settings ask for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from archive.catalog import Catalog
from archive.catalog.engine import is_writable
from archive.catalog.guard import CatalogGuard
from archive.errors import NotAvailable
from archive.lock import Guard, WriterLock
from archive.settings import FolderSettings, Settings, StoreSettings
from archive.store import ObjectStore
from archive.store.folder import FolderStore

CATALOG: Final = "catalog.sqlite3"


class Engines:
    """What the settings of one home ask for, opened on demand."""

    def __init__(self, home: Path, settings: Settings) -> None:
        self.settings = settings
        self._home = home
        self._store_guard: Guard | None = None

    @property
    def catalog_target(self) -> str | Path:
        """What `Catalog.open` opens: a URL, or the file of SQLite in the home."""
        return self.settings.catalog.url.get_secret_value() or self._home / CATALOG

    @property
    def embedded_catalog(self) -> bool:
        """Whether the catalogue is a file of the home."""
        return not self.settings.catalog.url.get_secret_value()

    def open_catalog(self, *, read_only: bool = False) -> Catalog:
        """Open the catalogue; see `Catalog.open` for what it raises."""
        return Catalog.open(self.catalog_target, read_only=read_only)

    def open_store(self) -> ObjectStore:
        """Return a new instance over all stores: what it put and did not sync is its own.

        Raises:
            ConfigurationError: A store cannot be what the settings say.
            NotAvailable: The library of an engine is not installed.
        """
        ((_, only),) = self.settings.stores.items()
        return self.open_one(only)

    def open_inbox(self) -> ObjectStore:
        """Return the store where deposits wait."""
        return self.open_one(self.settings.inbox)

    def open_one(self, settings: StoreSettings) -> ObjectStore:
        """Return a new instance of one store; see `open_store`."""
        if isinstance(settings, FolderSettings):
            return FolderStore(self._home / settings.path)
        raise NotAvailable("S3 is not available yet")

    def writable(self) -> bool:
        """Tell whether the home, and the folders that it keeps bytes in, can be written at this moment."""
        stores = (store for store in self.settings.stores.values() if isinstance(store, FolderSettings))
        folders = [self._home, *(self._home / store.path for store in stores if not store.draining)]
        return all(is_writable(folder) for folder in folders)

    def writer_guard(self) -> Guard:
        """Return what keeps the writers of this archive apart: of this machine, or of all on its database."""
        return self._guard("home", self._home / "lock")

    def store_guard(self) -> Guard:
        """Return what keeps the writers of a store apart that does not do so itself; always the same one.

        May be taken inside the writers' guard, never around it.
        """
        if self._store_guard is None:
            self._store_guard = self._guard("store", self._home / "lock.store")
        return self._store_guard

    def _guard(self, scope: str, path: Path) -> Guard:
        if self.embedded_catalog:
            return WriterLock(path)
        return CatalogGuard(self.settings.catalog.url.get_secret_value(), scope)
