# SPDX-License-Identifier: EUPL-1.2
"""Homes over several folder stores, what can be done to them, and what each copy is worth by itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from faulty_store import ALWAYS, FaultyStore

from archive.catalog import INSTALLATION
from archive.clock import Clock, FixedClock
from archive.digests import digest_bytes
from archive.engines import Engines
from archive.fsck import check_root
from archive.home import EVIDENCE_ROOT, Home
from archive.journal import verify_journal
from archive.ledger import EventDraft
from archive.material import check_material
from archive.model import SYSTEM_TENANT, ObjectKind, ObjectRecord
from archive.objects import NewVersion
from archive.settings import FolderSettings, StoreSettings
from archive.store import ObjectStore
from archive.store.folder import FolderStore
from archive.tenants import stored_tenants

NOW = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)


def settings(home: Path, names: Iterable[str], *, quorum: int = 0, draining: Iterable[str] = ()) -> None:
    """Write the settings of a home at once: each store a folder of its own beside it."""
    home.mkdir(parents=True, exist_ok=True)
    lines = [f"[copies]\nquorum = {quorum}\n"]
    for name in names:
        lines.append(f'[stores.{name}]\nkind = "folder"\npath = "{home.parent / name}"\n')
        lines.append("draining = true\n" if name in draining else "")
    draft = home / "longeva.toml.new"
    draft.write_text("".join(lines))
    draft.replace(home / "longeva.toml")  # others may be reading it


def make_home(
    folder: Path, names: Iterable[str] = "abc", *, quorum: int = 0, clock: Clock | None = None
) -> Home:
    """Create a home of one municipality over several stores."""
    settings(folder / "home", names, quorum=quorum)
    home = Home.create(folder / "home", clock or FixedClock(NOW))
    home.add_tenant("villa", "Ayuntamiento de Villaejemplo", "L01990019")
    return home


def reopen(home: Home) -> Home:
    """Open a home again, as another process would: with its settings and without its memory."""
    home.close()
    return Home.open(home.path, home.clock)


def keep(home: Home, name: str, files: dict[str, bytes] | None = None, *, version: int = 1) -> str:
    """Store an object version, with its row and its event; return its id."""
    object_id = f"urn:longeva:villa:{name}"
    objects = home.objects("villa")
    given = files or {"received/one.xml": name.encode() * 100, "received/two.xml": name.encode() * 7}
    staged = {path: objects.stage(object_id, path, (data,)) for path, data in given.items()}
    now = home.clock.now()
    objects.commit([NewVersion(object_id, staged, "test", "test", now)])
    with home.catalog.transaction(INSTALLATION) as tx:
        if version == 1:
            package = digest_bytes(name.encode()).sha256
            tx.add_object(
                ObjectRecord(object_id, "villa", ObjectKind.EXPEDIENTE, name, name, 1, package, now)
            )
        kind = "object.stored" if version == 1 else "object.updated"
        home.ledger.append_all(tx, "villa", [EventDraft(kind, object_id, "test")])
    home.ledger.flush("villa")
    return object_id


def flaws(copy: Path | ObjectStore) -> list[str]:
    """Check one copy by itself, as `longeva fsck` would: it must be a complete archive."""
    store = FolderStore(copy) if isinstance(copy, Path) else copy
    found: list[str] = []
    for tenant in sorted({SYSTEM_TENANT, *stored_tenants(store)}):
        root = EVIDENCE_ROOT if tenant == SYSTEM_TENANT else f"tenants/{tenant}/ocfl/"
        found += [f"{each.kind} {each.key} {each.detail}" for each in check_root(store, root)]
        found += [f"{each.kind} {each.detail}" for each in verify_journal(store, tenant)]
    found += [str(problem) for _, problem in check_material(store) if problem]
    return found


def contents(copy: Path | ObjectStore) -> dict[str, bytes]:
    """Return every key of a copy with its bytes, except its mark."""
    store = FolderStore(copy) if isinstance(copy, Path) else copy
    return {key: store.read(key) for key in list(store.keys()) if not key.startswith("copies/")}


class LeavingStore(FaultyStore):
    """A folder store that fails at everything while it is taken away."""

    def __init__(self, folder: Path) -> None:
        self._away = folder.with_name(f"{folder.name}-away")
        super().__init__(FolderStore(folder))

    @property
    def fails(self) -> Collection[str]:
        """What fails at this moment."""
        return ALWAYS if self._away.exists() else ()

    @fails.setter
    def fails(self, _: Collection[str]) -> None:
        pass


def leaving_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `take_away` work on the stores that are opened from now on."""
    opened = Engines.open_one

    def open_one(engines: Engines, settings: StoreSettings, name: str = "local") -> ObjectStore:
        if isinstance(settings, FolderSettings) and name != "inbox":
            return LeavingStore(Path(settings.path))
        return opened(engines, settings, name)

    monkeypatch.setattr(Engines, "open_one", open_one)


def take_away(folder: Path) -> None:
    """Let a store fail; see `leaving_stores`."""
    folder.rename(folder.with_name(f"{folder.name}-away"))


def bring_back(folder: Path) -> None:
    """Let it answer again, as it was."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_name(f"{folder.name}-away").rename(folder)


def empty(folder: Path) -> None:
    """Swap a store for an empty one."""
    shutil.rmtree(folder)
    os.mkdir(folder)
