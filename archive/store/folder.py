# SPDX-License-Identifier: EUPL-1.2
"""A store in a folder: plain files under their own names, durable or an error.

Promise: after `sync` returns, everything put before survives `kill -9` and a power cut; a name that anybody
can see has all its bytes, and they were on stable storage before the name was. Before that, the bytes have
no name at all, so a writer that dies leaves nothing to be mistaken for a file.

The system calls of many `put` and one `sync` (see `archive.store.durable` for what each promises):

    put     open(.pending/AREA/N, O_CREAT|O_EXCL)  write…  sync_file_range(WRITE)  close
    sync    syncfs                                  the bytes and their inodes are stable
            posix_fadvise(DONTNEED)                 big files leave the cache
            mkdir…                                  folders that are missing
            renameat2(N, name, RENAME_NOREPLACE)    in the order of the puts; rename(2) for `replace`
            syncfs                                  the names are stable

Without a trustworthy syncfs (before Linux 5.8, or elsewhere): fsync of each file, then fsync of each folder
from the root down. Why group commit: of files of 200 kB, 850 to 1,250 a second were measured with an fsync
each, and 1,500 to 7,100 with one syncfs for the batch (ext4, two cores).

Why not under the final name at once: a process killed in the middle would leave half a file that looks like
a whole one. Why one area and not a temporary sibling: an OCFL folder never shows a name that OCFL does not
know, and one folder is swept without walking the archive. Why not rename before the first syncfs: a power
cut may keep the name and lose the bytes (durable.py cites who measured it).

BUG: syncfs also writes what others left dirty on the same file system; give the archive its own.
BUG: bytes that were put again and found equal are compared through the page cache, not read from the medium;
`longeva audit` is what reads the medium.
Limits: names that differ only in case or Unicode form are two files here and one on some other systems.
"""

from __future__ import annotations

import errno
import heapq
import io
import os
import stat
import threading
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from archive.digests import Digested, Digester, Digests, digest_stream
from archive.errors import ConflictError, IntegrityError, NotFound
from archive.store import Answer, durable
from archive.store.folders import make_folders, walk
from archive.store.keys import RESERVED, check_key, check_prefix
from archive.store.medium import Medium
from archive.store.plain import PlainStore, answer
from archive.store.reading import Reading, open_regular, words
from archive.store.staging import Staging

_BUFFER: Final = 1 << 17
_ATTEMPTS: Final = 5
_BULK: Final = 1 << 16
"""Bytes from which a file does not stay in the kernel's cache: inventories are read back at once."""


@dataclass(frozen=True, slots=True)
class _Write:
    """Bytes that wait for their name."""

    path: str
    digests: Digests
    replacing: bool


class FolderStore(PlainStore):
    """Keys are paths under one folder. Threads and processes may share the folder, threads an instance.

    A fork gets an instance without pending writes: they stay the parent's.
    """

    def __init__(self, path: Path) -> None:
        self._root = os.path.realpath(path)
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._pending: dict[str, _Write] = {}
        self._sorted: list[str] = []
        self._staging = Staging(self._root)
        self._lock = threading.RLock()
        self._touched = False
        self._medium = Medium(self._root)

    def put(self, key: str, chunks: Iterable[bytes]) -> Digests:
        """See `ObjectStore.put`."""
        check_key(key)
        self._check_fork()
        if self.exists(key):
            return self._put_again(key, chunks)
        write = self._write(key, chunks, replacing=False)
        with self._lock:
            there = self._pending.setdefault(key, write)
            self._sorted = []
        if there is not write:
            os.unlink(write.path)
            _require_same(key, there.digests, write.digests)
        return write.digests

    def replace(self, key: str, data: bytes) -> None:
        """See `ObjectStore.replace`."""
        check_key(key)
        self._check_fork()
        write = self._write(key, (data,), replacing=True)
        with self._lock:
            self.discard(key)
            self._pending[key] = write
            self._sorted = []

    def sync(self) -> None:
        """See `ObjectStore.sync`.

        Raises:
            StorageUnavailable: The medium failed. What was pending is given up: put it again.
            ConflictError: Another writer gave one of the keys other bytes first. The rest is stable.
        """
        self._check_fork()
        with self._lock:
            if not self._pending and not self._touched:
                return
            try:
                with words("making the store durable"):
                    taken = self._settle()
            except BaseException:
                for key in list(self._pending):
                    self.discard(key)
                raise
            self._pending.clear()
            self._sorted = []
            self._touched = False
        if taken:
            raise ConflictError("another writer gave this key other bytes first", place=taken[0])

    def open(self, key: str) -> BinaryIO:
        """See `ObjectStore.open`. Raises IntegrityError where a link or a device stands in its place."""
        check_key(key)
        write = self._pending.get(key)
        path = write.path if write else self._path(key)
        with words(f"reading {key}"):
            stream = io.BufferedReader(Reading(open_regular(path, key), key), _BUFFER)
            if write is None:
                try:
                    self._require_no_links(os.path.dirname(path), key)
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
        return self._status(key).st_size

    def exists(self, key: str) -> bool:
        """See `ObjectStore.exists`."""
        try:
            self._status(key)
        except NotFound:
            return False
        return True

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.keys`. One folder's names are in memory at a time for each level."""
        check_prefix(prefix)
        with self._lock:
            waiting = self._sorted = self._sorted or sorted(self._pending)
        if prefix:
            beyond = prefix[:-1] + "0"  # the character after the slash
            waiting = waiting[bisect_left(waiting, prefix) : bisect_left(waiting, beyond)]
        last = ""
        for key in heapq.merge(walk(self._root, prefix), waiting):
            if key != last:
                yield key
            last = key

    def folders(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.folders`."""
        check_prefix(prefix)
        with self._lock:
            waiting = [key[len(prefix) :].partition("/") for key in self._pending if key.startswith(prefix)]
        found = {name for name, slash, _ in waiting if slash}
        absent = suppress(FileNotFoundError, NotADirectoryError)
        with words(f"listing {prefix}"), absent, os.scandir(self._path(prefix)) as entries:
            found |= {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
        yield from sorted(found if prefix else found - {RESERVED})

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`. Folders left empty go too (OCFL 1.1 E024, E073)."""
        check_key(key)
        with self._lock, words(f"deleting {key}"):
            self.discard(key)
            path = self._path(key)
            self._require_no_links(os.path.dirname(path), key)
            with suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(path)
                self._touched = True
            while (path := os.path.dirname(path)) != self._root:
                try:
                    os.rmdir(path)
                except OSError:
                    break

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
        with self._lock:
            write = self._pending.pop(key, None)
            if write:
                self._sorted = []
        if write:
            with suppress(OSError):
                os.unlink(write.path)

    @contextmanager
    def exclusive(self, names: Collection[str] = ()) -> Iterator[None]:  # noqa: ARG002
        """See `ObjectStore.exclusive`. Always the whole store, for as long as another process holds it."""
        self._check_fork()
        with words("locking the store"):
            held = self._staging.exclusive()
            held.__enter__()
        try:
            yield
        finally:
            held.__exit__(None, None, None)

    def assure(self, keys: Collection[str]) -> None:
        """See `ObjectStore.assure`."""
        for key in keys:
            self.size(key)
        self._check_fork()
        with words("making the store durable"):
            self._medium.open()
        self._touched = True
        self.sync()

    def challenge(self, key: str, nonce: bytes) -> Answer:
        """See `ObjectStore.challenge`: what the kernel holds of the file is dropped first."""
        with self.open(key) as stream:
            durable.forget_cached(stream.fileno())
            return answer(stream, nonce)

    def position(self, key: str) -> int:
        """Return where the key roughly lies: reading in this order is reading in storage order.

        Measured: 6,700 to 10,600 files/s in the order of inodes, 5,000 in that of names (cold, two cores).
        """
        return self._status(key).st_ino

    def _check_fork(self) -> None:
        if os.getpid() != self._pid:
            self._begin()

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    def _status(self, key: str) -> os.stat_result:
        check_key(key)
        write = self._pending.get(key)
        path = write.path if write else self._path(key)
        with words(f"looking for {key}"):
            try:
                status = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                raise NotFound("no such key in the store", place=key) from None
        if stat.S_ISDIR(status.st_mode):
            raise NotFound("no such key in the store", place=key)
        return status

    def _write(self, key: str, chunks: Iterable[bytes], *, replacing: bool) -> _Write:
        known = chunks.digests if isinstance(chunks, Digested) else None
        digester = Digester()
        with words(f"writing {key}"):
            self._medium.open()
            path, descriptor = self._staging.create()
            try:
                with open(descriptor, "wb", buffering=_BUFFER) as file:
                    for chunk in chunks:
                        file.write(chunk)
                        if known is None:
                            digester.update(chunk)
                    file.flush()
                    durable.start_writing(descriptor)
            except BaseException:
                with suppress(OSError):
                    os.unlink(path)
                raise
        return _Write(path, known or digester.result(), replacing)

    def _put_again(self, key: str, chunks: Iterable[bytes]) -> Digests:
        """Compare without writing; `sync` still owes durability to whoever wrote the bytes there."""
        digester = Digester()
        for chunk in chunks:
            digester.update(chunk)
        write = self._pending.get(key)
        if write:
            _require_same(key, write.digests, digester.result())
            return write.digests
        with self.open(key) as stream:
            there = digest_stream(stream)
        _require_same(key, there, digester.result())
        self._touched = True
        return there

    def _settle(self) -> list[str]:
        """Bytes stable, names given, names stable. Returns the keys that others took."""
        self._medium.open()
        self._medium.sync(write.path for write in self._pending.values())
        for write in self._pending.values():
            if write.digests.size >= _BULK:
                durable.drop_cached(write.path)
        known: set[str] = {self._root}
        taken = [key for key, write in self._pending.items() if not self._publish(key, write, known)]
        self._medium.sync(sorted(known))
        return taken

    def _publish(self, key: str, write: _Write, known: set[str]) -> bool:
        """Give the bytes their name; False if other bytes have it."""
        path = self._path(key)
        for _ in range(_ATTEMPTS):
            try:
                make_folders(self._root, os.path.dirname(key), known)
                if write.replacing:
                    os.replace(write.path, path)
                else:
                    durable.rename_new(write.path, path)
            except FileExistsError:
                os.unlink(write.path)
                with io.BufferedReader(Reading(open_regular(path, key), key), _BUFFER) as stream:
                    return digest_stream(stream) == write.digests
            except FileNotFoundError:
                known.intersection_update({self._root})  # somebody's delete pruned a folder: again
            else:
                return True
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    def _require_no_links(self, folder: str, key: str) -> None:
        if os.path.realpath(folder) != folder:
            raise IntegrityError("a symbolic link stands in the store (OCFL 1.1 E090)", place=key)


def _require_same(key: str, there: Digests, given: Digests) -> None:
    if there != given:
        raise ConflictError("the key holds other bytes", place=key)
