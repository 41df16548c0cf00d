# SPDX-License-Identifier: EUPL-1.2
"""A store in memory: the folder store's twin for tests, with its power switch."""

from __future__ import annotations

import hashlib
import io
import threading
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

from archive.digests import Digests, copy_digesting, digest_bytes
from archive.errors import ConflictError, NotFound
from archive.store.keys import check_key, check_prefix
from archive.store.plain import PlainStore


class MemoryStore(PlainStore):
    """Keeps what was synced in one dictionary and what was not in another.

    `power_cut` forgets the second: what a machine without electricity does.
    """

    def __init__(self) -> None:
        self._stable: dict[str, bytes] = {}
        self._pending: dict[str, bytes] = {}
        self._digests: dict[str, Digests] = {}
        self._lock = threading.RLock()
        self._writer = threading.RLock()

    def put(self, key: str, chunks: Iterable[bytes]) -> Digests:
        """See `ObjectStore.put`."""
        check_key(key)
        buffer = io.BytesIO()
        digests = copy_digesting(chunks, buffer)
        data = buffer.getvalue()
        with self._lock:
            there = self._pending.get(key, self._stable.get(key))
            if there is None:
                self._pending[key], self._digests[key] = data, digests
            elif hashlib.sha256(there).hexdigest() != digests.sha256:
                raise ConflictError("the key holds other bytes", place=key)
        return digests

    def replace(self, key: str, data: bytes) -> None:
        """See `ObjectStore.replace`."""
        check_key(key)
        with self._lock:
            self._pending[key], self._digests[key] = bytes(data), digest_bytes(data)

    def sync(self) -> None:
        """See `ObjectStore.sync`."""
        with self._lock:
            self._stable.update(self._pending)
            self._pending.clear()
            self._digests.clear()

    def open(self, key: str) -> BinaryIO:
        """See `ObjectStore.open`."""
        return io.BytesIO(self.read(key))

    def read(self, key: str) -> bytes:
        """See `ObjectStore.read`."""
        check_key(key)
        with self._lock:
            data = self._pending.get(key, self._stable.get(key))
        if data is None:
            raise NotFound("no such key in the store", place=key)
        return data

    def size(self, key: str) -> int:
        """See `ObjectStore.size`."""
        return len(self.read(key))

    def exists(self, key: str) -> bool:
        """See `ObjectStore.exists`."""
        check_key(key)
        with self._lock:
            return key in self._pending or key in self._stable

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.keys`."""
        check_prefix(prefix)
        with self._lock:
            known = sorted(self._stable.keys() | self._pending.keys())
        for key in known[bisect_left(known, prefix) :]:
            if not key.startswith(prefix):
                return
            yield key

    def folders(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.folders`."""
        below = (key[len(prefix) :].partition("/") for key in self.keys(prefix))
        yield from dict.fromkeys(name for name, slash, _ in below if slash)

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        check_key(key)
        with self._lock:
            self.discard(key)
            self._stable.pop(key, None)

    def pending(self, key: str) -> Digests | None:
        """See `ObjectStore.pending`."""
        with self._lock:
            return self._digests.get(key)

    def unsynced(self, prefix: str = "") -> list[str]:
        """See `ObjectStore.unsynced`."""
        with self._lock:
            return [key for key in self._pending if key.startswith(prefix)]

    def discard(self, key: str) -> None:
        """See `ObjectStore.discard`."""
        with self._lock:
            self._pending.pop(key, None)
            self._digests.pop(key, None)

    def exclusive(self, names: Collection[str] = ()) -> AbstractContextManager[None]:  # noqa: ARG002
        """See `ObjectStore.exclusive`; always the whole store."""
        return _Held(self._writer)

    def assure(self, keys: Collection[str]) -> None:
        """See `ObjectStore.assure`."""
        for key in keys:
            self.size(key)

    def power_cut(self) -> None:
        """Forget everything that was not synced."""
        with self._lock:
            self._pending.clear()
            self._digests.clear()


class _Held(AbstractContextManager[None]):
    """A lock held for a block; `RLock` itself would hand out a bool."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
