# SPDX-License-Identifier: EUPL-1.2
"""Where a folder store keeps bytes that nobody may see yet, and the locks between processes.

    .pending/
      areas                 lock held while an area is made or a dead one is swept
      writer                lock of `FolderStore.exclusive`
      <pid>-<random>/       the area of one store instance
        alive               lock held for as long as the instance lives
        0, 1, 2, …          bytes under way

A process that dies takes its locks with it (flock(2): released "when all such descriptors have been
closed"), so an area whose `alive` can be locked belongs to nobody and is swept by the next instance that
writes. Everything under `.pending` may be deleted while no process uses the store.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from archive.store.keys import RESERVED

_MODE: Final = 0o644
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class Staging:
    """The area of one instance in one process; made at the first write. After a fork, make a new one.

    Its methods raise OSError; the store turns it into words.
    """

    def __init__(self, root: str) -> None:
        self._pending = os.path.join(root, RESERVED)
        self._area = ""
        self._alive = -1
        self._count = 0
        self._making = threading.Lock()
        self._writer = threading.RLock()
        self._writer_depth = 0
        self._writer_lock = -1

    def create(self) -> tuple[str, int]:
        """Open a new file of the area: its path and a descriptor to write to."""
        with self._making:
            if not self._area:
                self._make_area()
            path = os.path.join(self._area, format(self._count, "x"))
            self._count += 1
        return path, os.open(path, _CREATE, _MODE)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the writer lock: among threads by a lock of Python, among processes by flock."""
        with self._writer:
            if self._writer_depth == 0:
                os.makedirs(self._pending, exist_ok=True)
                self._writer_lock = _lock_file(os.path.join(self._pending, "writer"))
            self._writer_depth += 1
            try:
                yield
            finally:
                self._writer_depth -= 1
                if self._writer_depth == 0:
                    os.close(self._writer_lock)

    def _make_area(self) -> None:
        os.makedirs(self._pending, exist_ok=True)
        lock = _lock_file(os.path.join(self._pending, "areas"))
        try:
            self._sweep_dead()
            area = os.path.join(self._pending, f"{os.getpid()}-{secrets.token_hex(4)}")
            os.mkdir(area)
            self._alive = _lock_file(os.path.join(area, "alive"))
        finally:
            os.close(lock)
        self._area = area
        weakref.finalize(self, _leave, area, self._alive, os.getpid())

    def _sweep_dead(self) -> None:
        with os.scandir(self._pending) as entries:
            areas = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        for area in areas:
            try:
                alive = _lock_file(os.path.join(area, "alive"), wait=False)
            except BlockingIOError:
                continue
            os.close(alive)
            _remove(area)


def _lock_file(path: str, *, wait: bool = True) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _leave(area: str, alive: int, pid: int) -> None:
    if os.getpid() == pid:  # a forked child must not tidy its parent's area away
        with suppress(OSError):
            _remove(area)
        with suppress(OSError):
            os.close(alive)


def _remove(area: str) -> None:
    with os.scandir(area) as entries:
        for entry in list(entries):
            os.unlink(entry.path)
    os.rmdir(area)
