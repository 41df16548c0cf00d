# SPDX-License-Identifier: EUPL-1.2
"""What an archive stands on: the settings turned into stores, catalogue and guards.

One machine and no server is the default: a folder, SQLite, a lock on a file. An engine's library is imported
only where the settings ask for it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archive.errors import NotAvailable
from archive.lock import Guard, WriterLock
from archive.settings import FolderSettings, Settings, StoreSettings
from archive.store import ObjectStore
from archive.store.folder import FolderStore
from archive.store.plain import PlainStore
from archive.store.replicated import Health, ReplicatedStore, WatchedStore

if TYPE_CHECKING:
    from archive.catalog import Catalog
    from archive.catalog.guard import CatalogGuard

CATALOG: Final = "catalog.sqlite3"


class Engines:
    """What the settings of one home ask for, opened on demand."""

    def __init__(self, home: Path, settings: Settings) -> None:
        self.settings = settings
        self._home = home
        self._store_guard: Guard | None = None
        self._connected: list[CatalogGuard] = []
        self._health = Health()

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
        from archive.catalog import Catalog  # noqa: PLC0415 - who only reads the store needs no database

        owner = self.settings.catalog.owner_url.get_secret_value()
        return Catalog.open(self.catalog_target, read_only=read_only, owner=owner)

    def open_store(self) -> ObjectStore:
        """Return a new instance over all stores: what it put and did not sync is its own.

        Raises:
            ConfigurationError: A store cannot be what the settings say.
            NotAvailable: The library of an engine is not installed.
        """
        stores = self.settings.stores
        if len(stores) == 1:
            ((name, only),) = stores.items()
            return self.open_one(only, name)
        members = [
            WatchedStore(name, self.open_one(each, name), self._health, draining=each.draining)
            for name, each in stores.items()
        ]
        return ReplicatedStore(
            members,
            quorum=self.settings.quorum,
            health=self._health,
            guard=self.store_guard(),
            spool=self._home / "work",
        )

    def open_inbox(self) -> ObjectStore:
        """Return the store where deposits wait."""
        return self.open_one(self.settings.inbox, "inbox")

    def open_one(self, settings: StoreSettings, name: str = PlainStore.name) -> ObjectStore:
        """Return a new instance of one store, which calls itself by its name; see `open_store`."""
        if isinstance(settings, FolderSettings):
            store = FolderStore(self._home / settings.path)
            store.name = name
            return store
        try:
            from archive.store.s3.store import S3Store  # noqa: PLC0415 - boto3 only for those who use it
        except ImportError as cause:
            raise NotAvailable('stores in S3 need their library: pip install "longeva[engines]"') from cause
        return S3Store(settings, self.store_guard(), self._home / "work" / "spool", name)

    def unwritable(self) -> str:
        """Say why the home, or a quorum of the stores, cannot be written now; empty where it can."""
        from archive.catalog.engine import is_writable  # noqa: PLC0415 - likewise

        stores = {name: each for name, each in self.settings.stores.items() if not each.draining}
        shut = [
            f"{name} ({self._home / each.path})"
            for name, each in stores.items()
            if isinstance(each, FolderSettings) and not self._takes(each)
        ]
        if not is_writable(self._home):
            return f"the home {self._home} cannot be written: permissions or medium"
        if len(stores) - len(shut) >= self.settings.quorum:
            return ""
        return (
            f"{self.settings.quorum} stores must have what comes in, and these cannot be written: "
            f"{', '.join(shut)}: is the disk there, and are its owner and permissions right?"
        )

    def _takes(self, store: FolderSettings) -> bool:
        folder = self._home / store.path
        if len(self.settings.stores) > 1:  # one that was just added is made by its first write
            folder = next(each for each in (folder, *folder.parents) if os.path.exists(each))
        from archive.catalog.engine import is_writable  # noqa: PLC0415 - likewise

        return is_writable(folder)

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

    def index_guard(self) -> Guard:
        """Return what keeps the writers of a search index in a cluster apart; it stands beside the others."""
        return self._guard("index", self._home / "lock.index")

    def step_guard(self, step: str) -> Guard:
        """Return what lets one worker at a time do a step of the installation's work: `seal`, `audit`.

        It keeps apart workers, not writers, and must not be taken inside the writers' guard.
        """
        return self._guard(f"step {step}", self._home / "work" / f"step-{step}.lock")

    def close(self) -> None:
        """Give the connections of the guards back; they connect again where they are used again."""
        for guard in self._connected:
            guard.close()

    def _guard(self, scope: str, path: Path) -> Guard:
        if self.embedded_catalog:
            return WriterLock(path)
        from archive.catalog.guard import CatalogGuard  # noqa: PLC0415 - likewise

        guard = CatalogGuard(self.settings.catalog.url.get_secret_value(), scope)
        self._connected.append(guard)
        return guard
