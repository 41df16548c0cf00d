# SPDX-License-Identifier: EUPL-1.2
"""One store among several, with its health: it is left alone for a while after it failed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, TypeVar

from archive.digests import Digests
from archive.errors import ConflictError, IntegrityError, NotFound, StorageUnavailable
from archive.store import Answer, Copies, ObjectStore
from archive.store.replicated.health import Health

_Result = TypeVar("_Result")


class WatchedStore:
    """An `ObjectStore` that raises StorageUnavailable at once while its store is left alone."""

    def __init__(self, name: str, bare: ObjectStore, health: Health, *, draining: bool = False) -> None:
        self.name = name
        self.bare = bare
        """The store itself: for whoever must know how it is now, whatever happened before."""
        self.draining = draining
        """Is read, and written no more."""
        self.lean = bare.lean
        self._health = health

    def put(self, key: str, chunks: Iterable[bytes]) -> Digests:
        """See `ObjectStore.put`."""
        return self._asked(lambda: self.bare.put(key, chunks))

    def replace(self, key: str, data: bytes) -> None:
        """See `ObjectStore.replace`."""
        self._asked(lambda: self.bare.replace(key, data))

    def sync(self) -> None:
        """See `ObjectStore.sync`."""
        self._asked(self.bare.sync)

    def open(self, key: str) -> BinaryIO:
        """See `ObjectStore.open`."""
        return self._asked(lambda: self.bare.open(key), reading=True)

    def open_sound(self, key: str, sha256: str) -> BinaryIO:
        """See `ObjectStore.open_sound`."""
        return self._asked(lambda: self.bare.open_sound(key, sha256), reading=True)

    def read(self, key: str) -> bytes:
        """See `ObjectStore.read`."""
        return self._asked(lambda: self.bare.read(key), reading=True)

    def size(self, key: str) -> int:
        """See `ObjectStore.size`."""
        return self._asked(lambda: self.bare.size(key), reading=True)

    def exists(self, key: str) -> bool:
        """See `ObjectStore.exists`."""
        return self._asked(lambda: self.bare.exists(key), reading=True)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.keys`."""
        listed = iter(self.bare.keys(prefix))
        while (key := self._asked(lambda: next(listed, None), reading=True)) is not None:
            yield key

    def folders(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.folders`."""
        yield from self._asked(lambda: list(self.bare.folders(prefix)), reading=True)

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        self._asked(lambda: self.bare.delete(key))

    def pending(self, key: str) -> Digests | None:
        """See `ObjectStore.pending`."""
        return self.bare.pending(key)

    def unsynced(self, prefix: str = "") -> list[str]:
        """See `ObjectStore.unsynced`."""
        return self.bare.unsynced(prefix)

    def discard(self, key: str) -> None:
        """See `ObjectStore.discard`."""
        self.bare.discard(key)

    def exclusive(self, names: Collection[str] = ()) -> AbstractContextManager[None]:
        """See `ObjectStore.exclusive`."""
        return self.bare.exclusive(names)

    def assure(self, keys: Collection[str]) -> None:
        """See `ObjectStore.assure`."""
        self._asked(lambda: self.bare.assure(keys))

    def copies(self) -> Copies:
        """See `ObjectStore.copies`."""
        return Copies(((self.name, self),))

    def challenge(self, key: str, nonce: bytes) -> Answer:
        """See `ObjectStore.challenge`."""
        return self._asked(lambda: self.bare.challenge(key, nonce), reading=True)

    def _asked(self, ask: Callable[[], _Result], *, reading: bool = False) -> _Result:
        alone = self._health.left_alone(self.name)
        if alone:
            raise StorageUnavailable(f"{self.name} is left alone for a while: {alone}")
        try:
            result = ask()
        except StorageUnavailable as cause:
            self._health.failed(self.name, str(cause), reading=reading)
            raise
        except (NotFound, ConflictError, IntegrityError):
            self._health.answered(self.name)
            raise
        self._health.answered(self.name)
        return result
