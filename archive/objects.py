# SPDX-License-Identifier: EUPL-1.2
"""Add object versions to an OCFL storage root and read them back: durable or an error.

The order of writing, which is the whole of the promise:

    stage    content files                            nobody else sees them
    commit   lock of the store
             sync                                     the bytes are stable under their names
             declaration, vN sidecar, vN inventory, root sidecar and inventory
             sync                                     the version is there
             read the inventories back and compare
             unlock

**Which inventory counts.** The root inventory; and if the version folder after its head holds an inventory
whose sidecar agrees, that one (and so on; without root inventory, from v1). So a version is there from the
instant its own inventory is, all its bytes are stable by then, and the root files are a copy that the next
`commit` or `sweep` brings up to date. A new version replaces the root inventory and then its sidecar (E062:
the sidecar is the last step); between the two, or after a crash between them, the sidecar disagrees, and the
root inventory counts only if it is byte for byte the copy in its own head version, whose sidecar agrees.

**Leftovers** are content that no inventory which counts speaks of. `commit` removes those of the versions it
writes, `sweep` all; both under the lock of the store, when no living writer stands between its bytes and its
inventory. Nothing that an inventory speaks of is ever removed, also when the root inventory was lost.

**Why a copy of the inventory in each version** (advised, W010): two small files more, 19 in all for an
expediente of 13 documents and its record. They cost little (docs/adr/0003 has the figures), and they are
what makes a new version atomic and brings back an object whose only map is gone.

**Lean stores**, where each file is a request, do without that copy in the first version: 16 writes for 13
files. The declaration goes with the content, so that the version still comes to be with one write, that of
its inventory; one whose sidecar is not there yet counts, since such a store knows only whole files. Later
versions have their copy. On every store a sidecar without inventory is an inventory that was lost, for no
writer leaves that behind: an error, and nothing of such an object is ever swept.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from archive.digests import Digests, digest_stream
from archive.errors import ConflictError, IntegrityError
from archive.inventory import Inventory, Version, sidecar
from archive.layout import (
    INVENTORY,
    OBJECT_DECLARATION,
    SIDECAR,
    content_path,
    object_declaration,
    parse_version_name,
    root_files,
    version_name,
)
from archive.object_reading import ObjectReader, agrees
from archive.store import ObjectStore


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What `Objects.commit` is to make of the staged files."""

    object_id: str
    files: Mapping[str, Digests] = field(hash=False)
    """The full new state: every logical path of the version, staged now or there since an older one."""
    message: str
    user_name: str
    created: datetime
    """Aware; becomes `created` of the OCFL version."""
    user_address: str = ""
    """A URI, or empty."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A version that is about to be written."""

    prefix: str
    inventory: Inventory
    data: bytes
    """The inventory as it will stand; empty where the head already is this version."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """An object as it was when staging began."""

    inventory: Inventory | None
    keys: frozenset[str] | None
    """What lay under it; None where looking for one key costs nothing."""

    @property
    def head(self) -> int:
        """Return the number of its head version, 0 for a new object."""
        return self.inventory.head if self.inventory else 0


class Objects(ObjectReader):
    """The objects of one storage root, for reading and writing. Threads may share it."""

    def __init__(self, store: ObjectStore, root: str) -> None:
        """Speak of the storage root under `root`, a key prefix that ends in `/`."""
        super().__init__(store, root)
        self._begun: dict[str, _Begun] = {}

    def prepare(self) -> None:
        """Make `root` a storage root if it is none yet; harmless again. Durable when it returns.

        Source:
            OCFL 1.1 sections 4.1 and 4.2 (E069, E070); the declaration comes last.
        """
        missing = {p: d for p, d in root_files().items() if not self._store.exists(self._root + p)}
        for path, data in missing.items():
            self._store.put(self._root + path, (data,))
        if missing:
            self._store.sync()

    def begin(self, object_id: str) -> Inventory | None:
        """Look at an object that may be about to be staged: what is seen is not asked for again.

        Forgotten by `commit` and `withdraw`.

        Returns:
            Its inventory; None where there is no such object.

        Raises:
            IntegrityError: The inventory cannot be vouched for.
        """
        self._begun.pop(object_id, None)
        return self._begin(object_id).inventory

    def stage(self, object_id: str, path: str, chunks: Iterable[bytes]) -> Digests:
        """Write a content file of the version after the head; it is part of nothing before `commit`.

        Bytes staged before under the same path, and those of a deposit that died, give way; those of a
        version that an inventory speaks of never. Who stages and then does not commit calls `withdraw`.

        Args:
            object_id: Any text; a new object has head 0.
            path: Logical path, which is also its place under the version's content folder.
            chunks: The bytes, in constant memory.

        Raises:
            InvalidRequest: The path tricks (`archive.layout.check_path`).
            ConflictError: Another writer committed this version, with other bytes, in this moment.
        """
        begun = self._begin(object_id)
        number, prefix = begun.head + 1, self._prefix(object_id)
        key = prefix + content_path(number, path)
        self._store.discard(key)
        if self._is_there(begun, key):
            with self._store.exclusive(
                (prefix,)
            ):  # a leftover, or one about to write its inventory: see which
                self._begun.pop(object_id, None)
                if self._begin(object_id).head + 1 == number:
                    self._store.delete(key)
        return self._store.put(key, chunks)

    def withdraw(self, object_id: str) -> None:
        """Forget what was staged for an object and not committed: for a deposit that stops half-way."""
        self._begun.pop(object_id, None)
        for key in self._store.unsynced(self._prefix(object_id)):
            self._store.discard(key)

    def assure(self, object_id: str) -> None:
        """Return only when the head of an object that is there is as durable as a commit would make it.

        For whoever finds it done and is about to say so; see `ObjectStore.assure`. Raises NotFound.
        """
        prefix, inventory = self._prefix(object_id), self.inventory(object_id)
        with self._store.exclusive((prefix,)):
            self._mend_root(prefix, inventory)
            self._store.sync()
            self._assure(prefix, inventory)

    def commit(self, versions: Sequence[NewVersion]) -> list[Inventory]:
        """Make staged files into versions of any number of objects, with one wait for the medium for all.

        When it returns, every version is on stable storage and its inventories were read back. A version
        whose state is the head's already is accepted in silence: repeating a commit is harmless. An error
        means that no version of this call was acknowledged; repeat from `stage`.

        Raises:
            InvalidRequest: A file was neither staged nor is in an older version, or paths clash.
            ConflictError: Another writer committed another version of the object since `stage`, or staged
                bytes are not those that `files` says.
            IntegrityError: An inventory did not read back as it was written.
            StorageUnavailable: The medium failed.
        """
        with self._store.exclusive([self._prefix(version.object_id) for version in versions]):
            plans = [self._plan(version) for version in versions]
            written = [plan for plan in plans if plan.data]
            for plan in written:
                self._write_frame(plan)
            self._store.sync()
            for plan in written:
                self._write_inventories(plan)
            self._store.sync()
            for plan in written:
                self._read_back(plan)
            for plan in plans:
                if not plan.data:
                    self._assure(plan.prefix, plan.inventory)
        return [plan.inventory for plan in plans]

    def abandoned(self) -> Iterator[str]:
        """Yield the keys of versions that no inventory speaks of: what a writer that died left behind.

        Without the lock of the store, also what a living one is about to commit. Objects whose inventory is
        damaged are left alone: `archive.fsck` tells of them.

        Raises:
            StorageUnavailable: Of several copies one is silent: it may be the one that has the inventory.
        """
        for prefix, keys in self._folders():
            try:
                inventory = self._current(prefix, every=True)
            except IntegrityError:
                continue
            head = inventory.head if inventory else 0
            for key in keys:
                name = key[len(prefix) :].split("/", 1)[0]
                if inventory is None or _number(name) > head:
                    yield key

    def sweep(self) -> int:
        """Remove what is abandoned and bring root inventories up to date. Durable when it returns.

        What this instance of the store has staged stays. A writer in another process that has put its bytes
        but not its inventory holds the lock, so this waits for it.

        Returns:
            How many keys were removed or mended.
        """
        done = 0
        with self._store.exclusive():
            for key in list(self.abandoned()):
                if self._store.pending(key) is None:
                    self._store.delete(key)
                    done += 1
            for prefix, _ in self._folders():
                with suppress(IntegrityError):
                    done += self._mend_root(prefix, self._current(prefix))
            self._store.sync()
        return done

    def _plan(self, version: NewVersion) -> _Plan:
        """Decide what is to be written and settle its version folder. Nothing is visible to others yet."""
        prefix = self._prefix(version.object_id)
        remembered = self._begun.pop(version.object_id, None)
        keys = self._listed(prefix)
        found = self._current(prefix, keys)
        self._mend_root(prefix, found)
        before = found or Inventory(version.object_id, (), {})
        first = before.head if remembered is None else remembered.head + 1
        overtaken = self._withdraw(prefix, first, before.head)
        state = {path: digests.sha256 for path, digests in version.files.items()}
        if before.head and before.version().state == state:
            self._clear(prefix, before.head + 1, (), keys)
            return _Plan(prefix, before, b"")
        if overtaken:
            raise ConflictError("another writer made this version first; repeat", place=version.object_id)
        made = Version(version.created, {}, version.message, version.user_name, version.user_address)
        staged = self._staged(prefix, before.head + 1, version.files)
        inventory = before.next_version(version.files, staged, made)
        self._clear(prefix, inventory.head, inventory.manifest, keys)
        return _Plan(prefix, inventory, inventory.to_bytes())

    def _staged(self, prefix: str, number: int, files: Mapping[str, Digests]) -> dict[str, Digests]:
        """Return those of `files` whose bytes lie ready in the new version.

        Bytes that are not pending here were made stable by an earlier `sync`, perhaps by a writer that died:
        they are read before an inventory vouches for them.
        """
        staged = {}
        for path, digests in files.items():
            key = prefix + content_path(number, path)
            found = self._store.pending(key)
            if found is None and self._store.exists(key):
                with self._store.open(key) as stream:
                    found = digest_stream(stream)
            if found is not None and found != digests:
                raise ConflictError("the staged bytes are not those that were announced", place=key)
            if found is not None:
                staged[path] = digests
        return staged

    def _withdraw(self, prefix: str, first: int, last: int) -> bool:
        """Discard what we staged for versions that others have made since; tell whether there was any."""
        any_ = False
        for number in range(max(first, 1), last + 1):
            for key in self._store.unsynced(f"{prefix}{version_name(number)}/"):
                self._store.discard(key)
                any_ = True
        return any_

    def _clear(self, prefix: str, number: int, keep: Container[str], keys: frozenset[str] | None) -> None:
        """Remove leftovers, and staged files that turned out to be needless, from a version folder."""
        folder = f"{prefix}{version_name(number)}/"
        for key in list(self._store.keys(folder)) if keys is None else (*keys, *self._store.unsynced(folder)):
            if key.startswith(folder) and key[len(prefix) :] not in keep:
                self._store.delete(key)

    def _is_lean(self, plan: _Plan) -> bool:
        """Tell whether a version goes without a copy of its inventory."""
        return self._store.lean and plan.inventory.head == 1

    def _write_frame(self, plan: _Plan) -> None:
        """Put what is to be there before the inventory is, where there is but one wait for both."""
        if self._is_lean(plan):
            self._store.put(plan.prefix + OBJECT_DECLARATION, (object_declaration(),))

    def _write_inventories(self, plan: _Plan) -> None:
        """Put the files that make the version: its own inventory is what it exists by."""
        data, folder = plan.data, f"{plan.prefix}{version_name(plan.inventory.head)}/"
        if self._is_lean(plan):
            self._store.put(plan.prefix + INVENTORY, (data,))
            self._store.replace(plan.prefix + SIDECAR, sidecar(data))
            return
        self._store.put(plan.prefix + OBJECT_DECLARATION, (object_declaration(),))
        self._store.put(folder + SIDECAR, (sidecar(data),))
        self._store.put(folder + INVENTORY, (data,))
        self._store.replace(plan.prefix + INVENTORY, data)
        self._store.replace(plan.prefix + SIDECAR, sidecar(data))

    def _read_back(self, plan: _Plan) -> None:
        data, folder = plan.data, f"{plan.prefix}{version_name(plan.inventory.head)}/"
        expected = {INVENTORY: data} if self._is_lean(plan) else {INVENTORY: data, SIDECAR: sidecar(data)}
        for place in (plan.prefix,) if self._is_lean(plan) else (plan.prefix, folder):
            if any(self._read(place + name) != there for name, there in expected.items()):
                raise IntegrityError("the inventory reads back otherwise than written", place=place)

    def _assure(self, prefix: str, inventory: Inventory) -> None:
        self._store.assure([prefix + name for name in (*inventory.manifest, SIDECAR, INVENTORY)])

    def _mend_root(self, prefix: str, inventory: Inventory | None) -> bool:
        """Bring root inventory and sidecar up to the inventory that counts, if they are behind."""
        if inventory is None:
            return False
        data = self._read(f"{prefix}{version_name(inventory.head)}/{INVENTORY}") or inventory.to_bytes()
        if self._read(prefix + INVENTORY) == data and agrees(data, self._read(prefix + SIDECAR)):
            return False
        self._store.replace(prefix + INVENTORY, data)
        self._store.replace(prefix + SIDECAR, sidecar(data))
        return True

    def _begin(self, object_id: str) -> _Begun:
        """Return the object as it was when it was first staged since its last commit."""
        if object_id not in self._begun:
            prefix = self._prefix(object_id)
            keys = self._listed(prefix)
            self._begun[object_id] = _Begun(self._current(prefix, keys), keys)
        return self._begun[object_id]

    def _is_there(self, begun: _Begun, key: str) -> bool:
        return self._store.exists(key) if begun.keys is None else key in begun.keys


def _number(name: str) -> int:
    try:
        return parse_version_name(name)
    except ValueError:
        return 0
