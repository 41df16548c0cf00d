# SPDX-License-Identifier: EUPL-1.2
"""A home: the folder that holds a whole archive, and the services that stand on it.

longeva.json      format of this home
secret            signs sessions, 0600; without it people enter anew (archive.identity.secret)
longeva.toml      settings, where they are not the default (docs/configuration.md)
store/            all that must survive (docs/format.md), unless the settings say where else
catalog.sqlite3   can be burned: `longeva rebuild` (ADR-0002)
inbox/            deposits that wait for a worker
exports/          what was asked for and can be made again
uploads/          what is being sent, part by part (ingest.uploads)
index/            can be burned
authority/        the development authority, if any
work/             staging, and trees of large batches kept ready; may be emptied while nobody works
lock              held by the one writer; lock.store by the one writer of a store that has no lock itself
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from archive.areas import Area
from archive.catalog import INSTALLATION, Catalog
from archive.clock import Clock, format_instant
from archive.engines import CATALOG, Engines
from archive.errors import (
    CatalogUnavailable,
    ConfigurationError,
    ConflictError,
    StorageUnavailable,
)
from archive.home_format import EVIDENCE_ROOT, FORMAT, MARKER, require_format
from archive.journal import journal_head
from archive.ledger import Ledger
from archive.lock import WAIT_SECONDS
from archive.model import SYSTEM_TENANT, Tenant
from archive.objects import Objects
from archive.origin import require_one_origin
from archive.reads import Reads
from archive.settings import load_settings
from archive.settings.load import FILE as SETTINGS
from archive.store.replicated import ReplicatedStore
from archive.tenants import require_tenant, tenant_bytes, tenant_key

__all__ = ["EVIDENCE_ROOT", "FORMAT", "MARKER", "Home", "sync_folder"]

_OWN_NAMES: Final = frozenset(
    {"store", "index", "inbox", "authority", "trust", "uploads", "exports", "work", "secret"}
    | {"lock", "lock.index", "lock.store", MARKER, f".{MARKER}", SETTINGS}
)


class Home:
    """An open home. Close it, or use it in a `with`.

    A home on a medium that cannot be written opens all the same, for reading only.
    """

    def __init__(self, path: Path, clock: Clock, engines: Engines, *, read_only: bool) -> None:
        self.path = path
        self.clock = clock
        self.engines = engines
        self.read_only = read_only
        self.joined = False
        """Whether the archive was there before this home was created, on another machine."""
        self.store = engines.open_store()
        # An instance of its own: syncing the journal must not publish what a deposit is still staging.
        self._journal_store = engines.open_store()
        self._catalog: Catalog | None = None
        self._guard = engines.writer_guard()
        self._objects: dict[str, Objects] = {}
        self._area = Area(str(path / "work"))
        self.reads = Reads(self)
        """Tells the ledger who looked at what, in groups."""

    @classmethod
    def create(cls, path: Path, clock: Clock) -> Home:
        """Make an empty home and open it, or one more home of the archive that the settings lead to.

        A creation that died half-way may be repeated. On several machines each has its own home, with the
        same catalogue and stores; `joined` tells that the archive was there before.

        Raises:
            ConflictError: The folder is a home already, or holds other things.
            StorageUnavailable: The folder cannot be written.
            ConfigurationError: The catalogue is of an archive that these stores know nothing of.
            CatalogUnavailable: The stores hold an archive that the catalogue does not know. The home is made
                all the same: `longeva rebuild` fills its catalogue.
        """
        path = path.absolute()
        _require_free(path)
        try:
            for name in ("index", "work"):
                (path / name).mkdir(parents=True, exist_ok=True)
        except OSError as cause:
            raise StorageUnavailable(f"{path} cannot be written: {cause.strerror}") from cause
        home = cls(path, clock, Engines(path, load_settings(path)), read_only=False)
        try:
            home._catalog = home.engines.open_catalog()
            if isinstance(home.store, ReplicatedStore):
                home.store.begin()
            _require_one_archive(home, path)
            home._record_creation()
            _write_marker(path, clock)
        except BaseException:
            home.close()
            raise
        return home

    @classmethod
    def open(cls, path: Path, clock: Clock) -> Home:
        """Open a home, and finish what a crash left between catalogue and journal.

        Raises:
            NotFound: No home is there.
            ConfigurationError: The home, or its catalogue, is from a newer Longeva; or a store is
                of another archive.
            StorageUnavailable: It cannot be read.
            CatalogUnavailable: The catalogue is missing, damaged or older than the store: rebuild it.
            IntegrityError: Catalogue and journal tell different stories.
        """
        home = cls.open_store(path, clock)
        try:
            home.open_catalog()
        except BaseException:
            home.close()
            raise
        return home

    @classmethod
    def open_store(cls, path: Path, clock: Clock) -> Home:
        """Open a home without its catalogue: for `longeva rebuild` and for checks of the store alone.

        Raises:
            NotFound: No home is there.
            ConfigurationError: The home is from a newer Longeva.
            StorageUnavailable: It cannot be read.
        """
        path = path.absolute()
        require_format(path)
        engines = Engines(path, load_settings(path))
        return cls(path, clock, engines, read_only=bool(engines.unwritable()))

    @property
    def catalog(self) -> Catalog:
        """The catalogue. Raises CatalogUnavailable where the home was opened without it."""
        if self._catalog is None:
            raise CatalogUnavailable("the catalogue is not open: run `longeva rebuild`")
        return self._catalog

    @property
    def ledger(self) -> Ledger:
        """The ledger over catalogue and store."""
        return Ledger(self.catalog, self._journal_store, self.clock)

    @property
    def catalog_path(self) -> Path:
        """Where the catalogue's file is, while it is a file of the home (`Engines.embedded_catalog`)."""
        return self.path / CATALOG

    def objects(self, tenant_id: str) -> Objects:
        """Return the tenant's OCFL objects. Raises NotFound where there is no such tenant."""
        if tenant_id not in self._objects:
            with self.catalog.reading(tenant_id) as tx:
                tx.tenant(tenant_id)
            self._objects[tenant_id] = self.objects_under(f"tenants/{tenant_id}/ocfl/")
        return self._objects[tenant_id]

    def evidence_objects(self) -> Objects:
        """Return the OCFL objects of the evidence batches, which span tenants."""
        if EVIDENCE_ROOT not in self._objects:
            self._objects[EVIDENCE_ROOT] = self.objects_under(EVIDENCE_ROOT)
        return self._objects[EVIDENCE_ROOT]

    def objects_under(self, root: str) -> Objects:
        """Return the objects of any storage root, prepared where the home can be written."""
        objects = Objects(self.store, root)
        if not self.read_only:
            objects.prepare()
        return objects

    def work_folder(self) -> Path:
        """Return this process's own staging folder: nothing in it outlives the home being open.

        What processes that died left in theirs is removed.

        Raises:
            StorageUnavailable: It cannot be written.
        """
        self._require_writable()
        try:
            return Path(self._area.path())
        except OSError as cause:
            raise StorageUnavailable(f"{self.path / 'work'} cannot be written: {cause.strerror}") from cause

    @contextmanager
    def writing(self, wait: float = WAIT_SECONDS) -> Iterator[None]:
        """Be the only writer of this home, over all processes; may be nested in one thread.

        Raises:
            ConflictError: Another writer did not finish within `wait` seconds.
            StorageUnavailable: The home cannot be written.
        """
        self._require_writable()
        with self._guard.held(wait=wait):
            yield

    def carry(self, tenant_id: str | None = None) -> None:
        """Carry events into the journal, unless somebody else is writing: who is writing will do it.

        Only as the one writer: a rebuilding that reads the journal must not see it grow. For events that
        promise nothing to anybody, such as a reading; a receipt needs `Ledger.flush`.
        """
        with suppress(ConflictError), self.writing(wait=0):
            self.ledger.flush(tenant_id)

    def add_tenant(self, tenant_id: str, name: str, dir3: str) -> Tenant:
        """Receive a municipality: its file, its row, its first event, durable on return.

        Raises:
            InvalidRequest: The identifier, the name or the DIR3 code cannot be.
            ConflictError: The identifier is taken.
        """
        tenant = require_tenant(tenant_id, name, dir3, self.clock.now())
        with self.writing():
            with self.catalog.transaction(INSTALLATION) as tx:
                tx.add_tenant(tenant)
                # Inside the transaction: a taken identifier must not touch the file that is there. A file
                # without row is what a crash left; nobody was told of it.
                self.store.replace(tenant_key(tenant_id), tenant_bytes(tenant))
                self.store.sync()
                self.ledger.append(tx, tenant_id, "tenant.added", tenant_id, "cli", {"dir3": dir3})
            self.ledger.flush(tenant_id)
            self.objects(tenant_id)
        return tenant

    def close(self) -> None:
        """Close the catalogue and the guards, and leave the staging folder. Closing twice is fine."""
        self._area.leave()
        if self._catalog is not None:
            self._catalog.close()
        self.engines.close()

    def use_catalog(self, catalog: Catalog) -> None:
        """Take a catalogue that was just rebuilt; what else is open, such as the writers' lock, stays so."""
        if self._catalog is not None:
            self._catalog.close()
        self._catalog = catalog

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open_catalog(self) -> None:
        """Open the catalogue of a home that was opened without it; see `open` for what it raises."""
        if self.engines.embedded_catalog and not self.catalog_path.exists():
            raise CatalogUnavailable(f"{self.catalog_path} is missing: run `longeva rebuild`")
        try:
            self._catalog = self.engines.open_catalog(read_only=self.read_only)
        except CatalogUnavailable as cause:
            if not self.engines.embedded_catalog:
                raise
            raise CatalogUnavailable(
                f"{self.catalog_path}: {cause}. If the file is damaged, `longeva rebuild` makes it anew."
            ) from cause
        self.require_one_archive()
        if not self.read_only:
            self.carry()

    def require_one_archive(self) -> None:
        """Require that the stores are of one archive, and of the catalogue's where that is open.

        Raises:
            ConfigurationError: One is not.
        """
        ours = ""
        if self._catalog is not None:
            with self._catalog.reading(INSTALLATION) as tx:
                ours = next((event.digest for event in tx.tenant_events(SYSTEM_TENANT, 0, 1)), "")
        require_one_origin(self.store, ours)

    def _record_creation(self) -> None:
        with self.catalog.transaction(INSTALLATION) as tx:
            if tx.last_event(SYSTEM_TENANT) is None:
                self.ledger.append(
                    tx, SYSTEM_TENANT, "home.created", SYSTEM_TENANT, "cli", {"format": FORMAT}
                )
        self.ledger.flush(SYSTEM_TENANT)
        self.evidence_objects()

    def _require_writable(self) -> None:
        if self.read_only:
            why = self.engines.unwritable() or f"{self.path} was opened for reading only: open it again"
            raise StorageUnavailable(why)


def _require_free(path: Path) -> None:
    if (path / MARKER).exists():
        raise ConflictError(f"there is a home in {path} already")
    try:
        names = {entry.name for entry in path.iterdir()} if path.exists() else set()
    except OSError as cause:
        raise ConflictError(f"{path} cannot become a home: {cause.strerror}") from cause
    strangers = sorted(name for name in names - _OWN_NAMES if not name.startswith(CATALOG))
    if strangers:
        raise ConflictError(f"{path} is not empty ({strangers[0]}): a home needs a folder of its own")


def _require_one_archive(home: Home, path: Path) -> None:
    """Refuse to mix two archives, where several machines share one."""
    with home.catalog.reading(INSTALLATION) as tx:
        known = tx.last_event(SYSTEM_TENANT)
    reached = journal_head(home.store, SYSTEM_TENANT).sequence
    if known is None and reached:
        _write_marker(path, home.clock)
        raise CatalogUnavailable(
            "the stores hold an archive that this catalogue does not know. The home is made: "
            "run `longeva rebuild`"
        )
    if known is not None and known.sequence > 1 and not reached:
        raise ConfigurationError(
            "the catalogue is of an archive that these stores know nothing of: mend [stores] or [catalog] "
            "in the settings; nothing was written"
        )
    home.joined = known is not None and reached > 0


def _write_marker(path: Path, clock: Clock) -> None:
    """Write the marker last and durably: a folder with it is a whole home."""
    body = {"format": FORMAT, "created_at": format_instant(clock.now())}
    draft = path / f".{MARKER}"
    try:
        with draft.open("w", encoding="utf-8") as file:
            json.dump(body, file)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path / MARKER)
        sync_folder(path)
        sync_folder(path.parent)
    except OSError as cause:
        raise StorageUnavailable(f"{path} cannot be written: {cause.strerror}") from cause


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
