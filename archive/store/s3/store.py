# SPDX-License-Identifier: EUPL-1.2
"""The store in a bucket: what is put waits on this machine, `sync` brings it up, all at a time.

Promise: after `sync` returns, the service has acknowledged every byte, and refused any that were changed on
the way (`archive.store.s3.client`). Before that nobody else sees anything, and a writer that dies leaves
nothing behind. `replace` goes up only after every `put` did.

The requests: `put` none; `sync` one for each key (`PutObject` on condition that the key is free) and one more
where it is not known to be free (`archive.store.s3.vacancies`, `uploads`), some for files over 64 MiB, and
once for each process those that prove the locks (`locks`); `read`, `open`, `size`, `exists` one; `keys` and
`folders` one for each thousand; `delete` two, `assure` one a key.

**The stated sample.** What this instance wrote and then reads for the first time must be that version and be
locked as the settings ask: of every object version that is deposited, its inventory, which is read back
before anything is said. Everything else is checked when an audit reads it (`lock_fault`).

**Because looking costs a request** `put` does not ask whether the key is there: other bytes under a key that
is taken are told by `sync`.

Limits: `exclusive` is worth what the guard is worth that was given.
"""

from __future__ import annotations

import heapq
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from archive.digests import Digests
from archive.errors import ConflictError, IntegrityError, LongevaError, NotFound
from archive.lock import Guard
from archive.settings import S3Settings
from archive.store import Retention
from archive.store.keys import check_key, check_prefix
from archive.store.plain import PlainStore
from archive.store.s3 import listing, locks, multipart
from archive.store.s3.bucket import Bucket
from archive.store.s3.reading import S3Stream, retention
from archive.store.s3.spool import Spool, Spooled
from archive.store.s3.uploads import upload
from archive.store.s3.vacancies import Vacancies
from archive.store.s3.words import words

_NOTED: Final = 10_000
"""Keys of a listing that is remembered while the guard is held."""
_REMEMBERED: Final = 10_000
"""Keys just written whose first reading is checked for its lock."""


class S3Store(PlainStore):
    """Keys are those of a bucket under a prefix. Threads and processes may share it, threads an instance.

    A fork gets an instance without pending writes, and connections of its own.
    """

    lean = True

    def __init__(self, settings: S3Settings, guard: Guard, spool: Path, name: str = "s3") -> None:
        """Speak of a bucket; nothing is asked of the service yet.

        Args:
            settings: Where it is, and which locks are asked of it.
            guard: Keeps other writers out of `exclusive`.
            spool: A folder of this machine for what waits; nothing in it outlives its process.
            name: As the settings call the store.

        Raises:
            ConfigurationError: The settings cannot be used.
        """
        self.name = name
        self._settings = settings
        self._guard = guard
        self._folder = spool
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._bucket = Bucket.of(self._settings)
        self._spool = Spool(self._folder)
        self._pending: dict[str, Spooled] = {}
        self._written: OrderedDict[str, str] = OrderedDict()
        self._vacancies = Vacancies()
        self._lock = threading.RLock()
        self._syncing = threading.RLock()
        self._workers: ThreadPoolExecutor | None = None
        self._swept = False

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the service was found not to enforce, once this process has written to it."""
        return locks.seen(self._settings).caveats

    def lock_fault(self, retention: Retention | None) -> str:
        """See `PlainStore.lock_fault`."""
        return locks.seen(self._settings).fault(retention)

    def put(self, key: str, chunks: Iterable[bytes]) -> Digests:
        """See `ObjectStore.put`."""
        check_key(key)
        self._check_fork()
        spooled = self._spool.take(chunks)
        with self._lock:
            there = self._pending.setdefault(key, spooled)
        if there is not spooled:
            self._spool.release(spooled)
            if there.digests != spooled.digests:
                raise ConflictError("the key holds other bytes", place=key)
        return spooled.digests

    def replace(self, key: str, data: bytes) -> None:
        """See `ObjectStore.replace`."""
        check_key(key)
        self._check_fork()
        spooled = self._spool.take((data,), replacing=True)
        with self._lock:
            self.discard(key)
            self._pending[key] = spooled

    def sync(self) -> None:
        """See `ObjectStore.sync`.

        Raises:
            StorageUnavailable: The service failed, or does not lock as it must. What was pending is given up:
                put it again. Some of it may have arrived.
            ConflictError: A key has other bytes. The rest is stable.
        """
        self._check_fork()
        with self._syncing:
            with self._lock:
                batch = dict(self._pending)
            if not batch:
                return
            try:
                locks.prove(self._bucket, self._settings)
                taken = self._send([item for item in batch.items() if not item[1].replacing])
                taken += self._send([item for item in batch.items() if item[1].replacing])
            finally:
                self._settle(batch)
        if taken:
            raise taken[0]

    def open(self, key: str) -> BinaryIO:
        """See `ObjectStore.open`."""
        check_key(key)
        self._check_fork()
        if write := self._pending.get(key):
            return write.open()
        stream = S3Stream(self._bucket, key)
        try:
            self._require_locked(key, stream.retention)
        except BaseException:
            stream.close()
            raise
        return stream

    def read(self, key: str) -> bytes:
        """See `ObjectStore.read`."""
        with self.open(key) as stream:
            return stream.read()

    def size(self, key: str) -> int:
        """See `ObjectStore.size`."""
        check_key(key)
        self._check_fork()
        write = self._pending.get(key)
        return write.digests.size if write else int(self._bucket.head(key)["ContentLength"])

    def exists(self, key: str) -> bool:
        """See `ObjectStore.exists`."""
        try:
            self.size(key)
        except NotFound:
            return False
        return True

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.keys`."""
        check_prefix(prefix)
        waiting = sorted(self.unsynced(prefix))
        last = ""
        for key in heapq.merge(self._listed(prefix), waiting):
            if key != last:
                yield key
            last = key

    def folders(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.folders`."""
        check_prefix(prefix)
        waiting = (key[len(prefix) :].partition("/") for key in self.unsynced(prefix))
        found = {name for name, slash, _ in waiting if slash}
        yield from sorted(found | set(listing.folders(self._bucket, prefix)))

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`. A bucket that keeps versions keeps what was there."""
        check_key(key)
        self._check_fork()
        self.discard(key)
        if self.exists(key):  # a bucket with versions would note the removal of nothing
            self._bucket.delete(key)

    def pending(self, key: str) -> Digests | None:
        """See `ObjectStore.pending`."""
        self._check_fork()
        write = self._pending.get(key)
        return write.digests if write else None

    def unsynced(self, prefix: str = "") -> list[str]:
        """See `ObjectStore.unsynced`."""
        self._check_fork()
        with self._lock:
            return [key for key in self._pending if key.startswith(prefix)]

    def discard(self, key: str) -> None:
        """See `ObjectStore.discard`."""
        self._check_fork()
        with self._lock:
            write = self._pending.pop(key, None)
        if write:
            self._spool.release(write)

    @contextmanager
    def exclusive(self, names: Collection[str] = ()) -> Iterator[None]:
        """See `ObjectStore.exclusive`. Raises ConflictError where others do not let go for long."""
        self._check_fork()
        with self._guard.held(names), self._vacancies.during(names):
            yield

    def assure(self, keys: Collection[str]) -> None:
        """See `ObjectStore.assure`: what a service acknowledged once is as durable as it makes things."""
        self.sync()
        self._each([partial(self._bucket.head, key) for key in keys])

    def lock_of(self, key: str) -> Retention:
        """Return what the service tells of the lock on a key; a request. Raises NotFound."""
        check_key(key)
        return retention(self._bucket.head(key))

    def hold(self, key: str, *, on: bool) -> None:
        """Put a key under legal hold, or release it: until then nobody removes or changes it.

        Raises:
            NotFound: No such key.
            StorageUnavailable: The service failed, or its bucket has no Object Lock.
        """
        check_key(key)
        with words("holding", key):
            self._bucket.client.put_object_legal_hold(
                **self._bucket.at(key), LegalHold={"Status": "ON" if on else "OFF"}
            )

    def _listed(self, prefix: str) -> Iterator[str]:
        found: list[str] = []
        for key in listing.keys(self._bucket, prefix):
            if len(found) <= _NOTED:
                found.append(key)
            yield key
        if len(found) <= _NOTED:
            self._vacancies.listed(prefix, found)

    def _send(self, batch: list[tuple[str, Spooled]]) -> list[ConflictError]:
        """Bring everything up; return what was refused because of other bytes."""
        taken: list[ConflictError] = []

        def one(key: str, spooled: Spooled) -> None:
            try:
                version = upload(self._bucket, key, spooled, free=self._vacancies.free(key))
            except ConflictError as cause:
                taken.append(cause)
                return
            finally:
                self._vacancies.changed(key)
            self._remember(key, "" if spooled.replacing else version)

        if not self._swept and any(spooled.digests.size > multipart.FROM for _, spooled in batch):
            self._swept = True
            with suppress(LongevaError):  # not every user may look for them
                multipart.abandon(self._bucket)
        self._each([partial(one, key, spooled) for key, spooled in batch])
        return taken

    def _each(self, tasks: list[Callable[[], object]]) -> None:
        """Do all at a time; the first error ends what has not begun, and is raised when the rest is over."""
        if len(tasks) == 1:
            tasks[0]()
            return
        with self._lock:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(self._settings.connections, thread_name_prefix="s3")
            running: list[Future[object]] = [self._workers.submit(task) for task in tasks]
        _, rest = wait(running, return_when=FIRST_EXCEPTION)
        for future in rest:
            future.cancel()
        wait(running)
        for future in running:
            if not future.cancelled():
                future.result()

    def _settle(self, batch: dict[str, Spooled]) -> None:
        """Forget what went up, or was given up; what was replaced or put anew meanwhile goes on waiting."""
        for key, spooled in batch.items():
            with self._lock:
                if self._pending.get(key) is spooled:
                    self.discard(key)

    def _remember(self, key: str, version: str) -> None:
        with self._lock:
            self._written.pop(key, None)
            if version:
                self._written[key] = version
            while len(self._written) > _REMEMBERED:
                self._written.popitem(last=False)

    def _require_locked(self, key: str, found: Retention) -> None:
        """Hold the first reading of what this instance wrote against what was asked; see the module."""
        with self._lock:
            version = self._written.pop(key, None)
        if version is None:
            return
        fault = self.lock_fault(found)
        if version != found.version_id:
            fault = "another version stands in its place"
        if fault and (self._settings.lock.insist or version != found.version_id):
            raise IntegrityError(f"what was just written did not stay as it must: {fault}", place=key)

    def _check_fork(self) -> None:
        if os.getpid() != self._pid:
            self._begin()
