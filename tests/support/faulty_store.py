# SPDX-License-Identifier: EUPL-1.2
"""A store that fails when it is told to: a test double around a real one."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

from archive.digests import Digests
from archive.errors import NotFound, StorageUnavailable
from archive.store import Answer, ObjectStore
from archive.store.plain import PlainStore, answer

READS = frozenset({"open", "read", "size", "exists", "keys", "folders", "challenge"})
WRITES = frozenset({"put", "replace", "sync", "delete", "assure"})
ALWAYS = READS | WRITES


class FaultyStore(PlainStore):
    """Passes everything on, except what `fails`, `lies` and `loses` say; they may be changed at any time."""

    def __init__(
        self,
        store: ObjectStore,
        *,
        fails: Collection[str] = (),
        lies: Callable[[str, bytes], bytes] | None = None,
        loses: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.store = store
        self.lean = store.lean
        self.fails = fails
        self.lies = lies
        """Given key and bytes, returns what is told of them."""
        self.loses = loses
        """Tells which keys are said not to be there."""
        self.delay = 0.0
        """Seconds that each request takes."""
        self.asked = 0
        """How many requests reached it."""

    def put(self, key: str, chunks: Iterable[bytes]) -> Digests:
        """See `ObjectStore.put`."""
        self._ask("put")
        return self.store.put(key, chunks)

    def replace(self, key: str, data: bytes) -> None:
        """See `ObjectStore.replace`."""
        self._ask("replace")
        self.store.replace(key, data)

    def sync(self) -> None:
        """See `ObjectStore.sync`."""
        self._ask("sync")
        self.store.sync()

    def open(self, key: str) -> BinaryIO:
        """See `ObjectStore.open`."""
        self._ask("open")
        return io.BytesIO(self._told(key)) if self.lies else self._there(key).open(key)

    def read(self, key: str) -> bytes:
        """See `ObjectStore.read`."""
        self._ask("read")
        return self._told(key)

    def size(self, key: str) -> int:
        """See `ObjectStore.size`."""
        self._ask("size")
        return self._there(key).size(key)

    def exists(self, key: str) -> bool:
        """See `ObjectStore.exists`."""
        self._ask("exists")
        return self.store.exists(key) and not self.loses(key)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.keys`."""
        self._ask("keys")
        return (key for key in self.store.keys(prefix) if not self.loses(key))

    def folders(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.folders`."""
        self._ask("folders")
        return self.store.folders(prefix)

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        self._ask("delete")
        self.store.delete(key)

    def pending(self, key: str) -> Digests | None:
        """See `ObjectStore.pending`."""
        return self.store.pending(key)

    def unsynced(self, prefix: str = "") -> list[str]:
        """See `ObjectStore.unsynced`."""
        return self.store.unsynced(prefix)

    def discard(self, key: str) -> None:
        """See `ObjectStore.discard`."""
        self.store.discard(key)

    def exclusive(self, names: Collection[str] = ()) -> AbstractContextManager[None]:
        """See `ObjectStore.exclusive`."""
        return self.store.exclusive(names)

    def assure(self, keys: Collection[str]) -> None:
        """See `ObjectStore.assure`."""
        self._ask("assure")
        self.store.assure(keys)

    def challenge(self, key: str, nonce: bytes) -> Answer:
        """See `ObjectStore.challenge`."""
        self._ask("challenge")
        return answer(io.BytesIO(self._told(key)), nonce)

    def _ask(self, what: str) -> None:
        self.asked += 1
        if self.delay:
            time.sleep(self.delay)
        if what in self.fails:
            raise StorageUnavailable(f"the store was told to fail at {what}")

    def _there(self, key: str) -> ObjectStore:
        if self.loses(key):
            raise NotFound("no such key in the store", place=key)
        return self.store

    def _told(self, key: str) -> bytes:
        data = self._there(key).read(key)
        return self.lies(key, data) if self.lies else data
