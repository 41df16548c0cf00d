# SPDX-License-Identifier: EUPL-1.2
"""Read the objects of an OCFL storage root: which inventory counts, and bytes checked while they are read.

Which inventory counts, and why, is told in `archive.objects`, which writes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import BinaryIO, Final

from archive.digests import Digests, digest_stream, read_chunks
from archive.errors import IntegrityError, LongevaError, NotFound, StorageUnavailable
from archive.inventory import Inventory, parse_inventory
from archive.layout import (
    INVENTORY,
    OBJECT_DECLARATION,
    OBJECT_ROOT,
    SIDECAR,
    TUPLES,
    object_root,
    version_name,
)
from archive.lineages import continues, counting
from archive.material import MATERIAL_PATH, Material, read_material
from archive.store import ObjectStore

MAX_LIST: Final = 16 << 20
"""Bytes of a material list; a hundred verdicts fill a few kilobytes."""
KEPT_LISTS: Final = 1024
"""Material lists held ready: packages of one day have a handful."""


class ObjectReader:
    """The objects of one storage root, for reading."""

    def __init__(self, store: ObjectStore, root: str) -> None:
        """Speak of the storage root under `root`, a key prefix that ends in `/`."""
        self._store = store
        self._root = root
        self._lists: dict[str, tuple[Material, ...]] = {}

    def inventory(self, object_id: str) -> Inventory:
        """Return the map of an object, checked against its sidecar.

        Raises:
            NotFound: No such object.
            IntegrityError: The inventory disagrees with its sidecar, with OCFL or with the object's id.
        """
        prefix = self._prefix(object_id)
        inventory = self._current(prefix)
        if inventory is None:
            raise NotFound("no such object", place=object_id)
        if inventory.object_id != object_id:
            raise IntegrityError("E037: the inventory is another object's", place=prefix + INVENTORY)
        return inventory

    def locate(self, object_id: str, path: str, version: int | None = None) -> str:
        """Return the store key that holds the bytes of a logical path. Raises NotFound."""
        return self._prefix(object_id) + self.inventory(object_id).content_path(path, version)

    def open(self, object_id: str, path: str, version: int | None = None) -> BinaryIO:
        """Open the bytes of a logical path, of the head if no version is given. Fixity is not checked.

        Raises:
            NotFound: No such object, version or file.
            IntegrityError: The inventory speaks of bytes that are gone.
        """
        return self._open(self.locate(object_id, path, version))

    def read_verified(self, object_id: str, path: str, version: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of a logical path and check them against the inventory.

        The error comes at the end: whoever gives the bytes away must hold the last piece back, or take back
        what was given, until the iterator ends.

        Raises:
            NotFound: No such object, version or file.
            IntegrityError: After the last byte, if their sha256 is not the recorded one.
        """
        yield from self.read_named(self.inventory(object_id), path, version)

    def read_named(self, inventory: Inventory, path: str, version: int | None = None) -> Iterator[bytes]:
        """Yield and check as `read_verified` for who has the inventory already: it is not read again."""
        object_id, content = inventory.object_id, inventory.content_path(path, version)
        digest = hashlib.sha256()
        with self._open(self._prefix(object_id) + content, inventory.manifest[content]) as stream:
            for chunk in read_chunks(stream):
                digest.update(chunk)
                yield chunk
        if digest.hexdigest() != inventory.manifest[content]:
            raise IntegrityError(
                "E092: the bytes are not those that were received", place=f"{object_id}#{path}"
            )

    def verify_file(self, object_id: str, path: str, version: int | None = None) -> Digests:
        """Read a file and return its digests if both agree with the inventory.

        Raises:
            NotFound: No such object, version or file.
            IntegrityError: sha256 or sha512 is not the recorded one.
        """
        inventory = self.inventory(object_id)
        content = inventory.content_path(path, version)
        with self._open(self._prefix(object_id) + content) as stream:
            found = digest_stream(stream)
        recorded = (inventory.manifest[content], inventory.fixity.get(content, found.sha512))
        if (found.sha256, found.sha512) != recorded:
            raise IntegrityError(
                "E092: the bytes are not those that were received", place=f"{object_id}#{path}"
            )
        return found

    def object_ids(self, *, skip_damaged: bool = False) -> Iterator[str]:
        """Yield the id of every object, in the order of their folders, in constant memory.

        Args:
            skip_damaged: Go on past inventories that cannot be read: for those who report them otherwise.

        Raises:
            IntegrityError: An inventory cannot be read, and it was not to be skipped.
        """
        for inventory in self.inventories(skip_damaged=skip_damaged):
            yield inventory.object_id

    def inventories(self, *, skip_damaged: bool = False) -> Iterator[Inventory]:
        """Yield the inventory of every object; see `object_ids`."""
        for prefix, keys in self._folders():
            try:
                inventory = self._current(prefix, frozenset(keys) if self._store.lean else None)
            except IntegrityError:
                if not skip_damaged:
                    raise
                continue
            if inventory is not None:
                yield inventory

    def material(self, inventory: Inventory, version: int | None = None) -> tuple[Material, ...]:
        """Return the validation material that a version names (the head by default).

        Raises:
            NotFound: No such version.
            IntegrityError: Its list is gone, has changed, or cannot be read.
        """
        digest = inventory.version(version).state.get(MATERIAL_PATH)
        if digest is None:
            return ()
        if digest not in self._lists:
            key = self._prefix(inventory.object_id) + inventory.content_path(MATERIAL_PATH, version)
            with self._open(key, digest) as stream:
                data = stream.read(MAX_LIST)
            if hashlib.sha256(data).hexdigest() != digest:
                raise IntegrityError("E092: the bytes are not those that were recorded", place=key)
            if len(self._lists) >= KEPT_LISTS:
                self._lists.clear()
            self._lists[digest] = read_material(data)
        return self._lists[digest]

    def content_keys(self, inventory: Inventory) -> dict[str, tuple[str, str]]:
        """Return every logical path of the head with the store key and sha256 of its bytes.

        Bytes that only an earlier version speaks of are there too, under their content path (`v1/content/…`).
        """
        prefix = self._prefix(inventory.object_id)
        state = inventory.version().state
        found = {path: (prefix + inventory.content_path(path), digest) for path, digest in state.items()}
        now = set(state.values())
        older = {path: digest for path, digest in inventory.manifest.items() if digest not in now}
        return found | {path: (prefix + path, digest) for path, digest in older.items()}

    def _current(
        self, prefix: str, keys: frozenset[str] | None = None, *, every: bool = False
    ) -> Inventory | None:
        """Return the inventory that counts (see the module), None where there is none.

        Of several copies of the store the one that reaches furthest counts, for a copy that was away for a
        while comes back with the past; unless they deny each other (`archive.lineages`).

        Args:
            prefix: The object's folder.
            keys: What is known to be under it.
            every: Ask every copy: for whoever is about to remove what no inventory speaks of.

        Raises:
            IntegrityError: An inventory is there and nothing vouches for it, in any copy; or the copies tell
                different histories.
            StorageUnavailable: Too few copies answer to say that there is none; with `every`, one does not.
        """
        if keys is None:
            keys = self._listed(prefix)
        if keys is not None and not keys:
            return None
        found: list[Inventory] = []
        failed: LongevaError | None = None
        copies, answered = self._store.copies(), 0
        silent = copies.silent
        for _, store in copies.stores:
            try:
                there = current_inventory(store, prefix, keys)
            except (IntegrityError, StorageUnavailable) as cause:
                failed = cause
                silent += isinstance(cause, StorageUnavailable)
                continue
            answered += 1
            if there is not None:
                found.append(there)
        if every and silent:
            raise StorageUnavailable("a copy is silent, and it may know of what the others do not")
        # A damaged inventory is one that is there; a copy that does not answer may be made up for, as far as
        # the others are witnesses now.
        if (
            not found
            and failed is not None
            and (isinstance(failed, IntegrityError) or answered < self._store.copies().certain)
        ):
            raise failed
        return counting(found, len(copies.stores)) if found else None

    def _listed(self, prefix: str) -> frozenset[str] | None:
        """List an object where a listing costs as much as one look at a key that may not be there."""
        return frozenset(self._store.keys(prefix)) if self._store.lean else None

    def _read(self, key: str) -> bytes | None:
        return _read(self._store, key)

    def _open(self, key: str, sha256: str = "") -> BinaryIO:
        try:
            return self._store.open_sound(key, sha256) if sha256 else self._store.open(key)
        except NotFound as cause:
            raise IntegrityError(
                "E092: the bytes that the inventory speaks of are gone", place=key
            ) from cause

    def _prefix(self, object_id: str) -> str:
        return f"{self._root}{object_root(object_id)}/"

    def _folders(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each object's key prefix with all its keys; one object is in memory at a time."""
        for prefix, keys in groupby(self._store.keys(self._root), self._folder_of):
            if prefix:
                yield prefix, list(keys)

    def _folder_of(self, key: str) -> str:
        parts = key[len(self._root) :].split("/", TUPLES + 1)
        folder = "/".join(parts[: TUPLES + 1])
        return f"{self._root}{folder}/" if OBJECT_ROOT.match(folder) else ""


def current_inventory(
    store: ObjectStore, prefix: str, keys: Collection[str] | None = None
) -> Inventory | None:
    """Return the inventory that counts in one store, None where there is none; see `archive.objects`.

    Args:
        store: One copy.
        prefix: The object's folder.
        keys: What is known to be under `prefix`; None to try and see.

    Raises:
        IntegrityError: The root inventory is there and neither its sidecar nor its copy vouches for it, nor
            has the last version a copy that could stand in for it.
    """
    data, line = (_read(store, prefix + name, keys) for name in (INVENTORY, SIDECAR))
    inventory = None
    if data is not None:
        try:
            inventory = _vouched(store, prefix, data, line, keys)
        except IntegrityError:
            inventory = _last_copy(store, prefix, line)
            if inventory is None:
                raise
    while (following := _following(store, prefix, inventory, keys)) is not None:
        inventory = following
    # Names of one commit become durable in no order: after a power cut a sidecar may be there alone. What has
    # neither an inventory nor a declaration was never an object; one that lost both lost three files or more.
    if inventory is None and line is not None and _is_declared(store, prefix, keys):
        raise IntegrityError("E063: the inventory is gone and its sidecar is not", place=prefix + INVENTORY)
    return inventory


def _is_declared(store: ObjectStore, prefix: str, keys: Collection[str] | None) -> bool:
    key = prefix + OBJECT_DECLARATION
    return store.exists(key) if keys is None else key in keys


def _following(
    store: ObjectStore, prefix: str, inventory: Inventory | None, keys: Collection[str] | None
) -> Inventory | None:
    """Return the inventory of the next version if it is there, vouched for, and continues this one."""
    number = inventory.head + 1 if inventory else 1
    data = _copy(store, f"{prefix}{version_name(number)}/", keys)
    if data is None:
        return None
    following = parse_inventory(data, prefix + INVENTORY)
    if inventory is None:
        return following
    # No writer leaves anything else there: it would be of another history, or lead nowhere for ever.
    return following if following.head == number and continues(following, inventory) else None


def _vouched(
    store: ObjectStore, prefix: str, data: bytes, line: bytes | None, keys: Collection[str] | None
) -> Inventory:
    """Return a root inventory that its sidecar, or its copy, vouches for. Raises IntegrityError."""
    inventory = parse_inventory(data, prefix + INVENTORY)
    copy = f"{prefix}{version_name(inventory.head)}/"
    unfinished = line is None and inventory.head == 1
    if not (agrees(data, line) or unfinished or _is_copied(store, copy, data, keys)):
        raise IntegrityError("E060: the inventory disagrees with its sidecar", place=prefix + INVENTORY)
    return inventory


def _is_copied(store: ObjectStore, folder: str, data: bytes, keys: Collection[str] | None) -> bool:
    """Tell whether either file of a version folder vouches for an inventory: the other may have rotted."""
    if _copy(store, folder, keys) == data:
        return True
    # a sidecar that was written while its inventory was not is what a crash leaves
    there = _read(store, folder + INVENTORY, keys) is not None
    return there and agrees(data, _read(store, folder + SIDECAR, keys))


def _last_copy(store: ObjectStore, prefix: str, line: bytes | None) -> Inventory | None:
    """Return the inventory of the last version that has one, if a sidecar agrees: for a root that rotted.

    The last one or none: an older one would be the past.
    """
    own = re.compile(re.escape(prefix) + r"v([1-9]\d*)/" + re.escape(INVENTORY))
    numbers = [int(found[1]) for key in store.keys(prefix) if (found := own.fullmatch(key))]
    if not numbers:
        return None
    folder = f"{prefix}{version_name(max(numbers))}/"
    data = _read(store, folder + INVENTORY)
    if data is None or not (agrees(data, _read(store, folder + SIDECAR)) or agrees(data, line)):
        return None
    return parse_inventory(data, prefix + INVENTORY)


def _copy(store: ObjectStore, folder: str, keys: Collection[str] | None) -> bytes | None:
    """Return the inventory of a version folder if it is there and its sidecar agrees."""
    data = _read(store, folder + INVENTORY, keys)
    return data if data is not None and agrees(data, _read(store, folder + SIDECAR, keys)) else None


def _read(store: ObjectStore, key: str, keys: Collection[str] | None = None) -> bytes | None:
    if keys is not None and key not in keys:
        return None
    try:
        return store.read(key)
    except NotFound:
        return None


def agrees(data: bytes, line: bytes | None) -> bool:
    """Tell whether a sidecar vouches for an inventory (OCFL 1.1 section 3.7, E060 and E061)."""
    words = (line or b"").split()
    return words == [hashlib.sha256(data).hexdigest().encode(), INVENTORY.encode()]
