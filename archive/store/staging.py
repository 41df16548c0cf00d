# SPDX-License-Identifier: EUPL-1.2
"""Where a folder store keeps bytes that nobody may see yet, and the lock between its writers.

    .pending/
      areas                 see `archive.areas`
      writer                lock of `FolderStore.exclusive`
      <pid>-<random>/       the area of one store instance
        alive
        0, 1, 2, …          bytes under way

Everything under `.pending` may be deleted while no process uses the store.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from archive.areas import Area, lock_file
from archive.store.keys import RESERVED

_MODE: Final = 0o644
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class Staging:
    """The area of one instance in one process; made at the first write. After a fork, make a new one.

    Its methods raise OSError; the store turns it into words.
    """

    def __init__(self, root: str) -> None:
        self._pending = os.path.join(root, RESERVED)
        self._area = Area(self._pending)
        self._count = 0
        self._counting = threading.Lock()
        self._writer = threading.RLock()
        self._writer_depth = 0
        self._writer_lock = -1

    def create(self) -> tuple[str, int]:
        """Open a new file of the area: its path and a descriptor to write to.

        An area that went with the whole medium, swapped for another while we run, is made again there.
        """
        area = self._area
        try:
            return self._create_in(area)
        except FileNotFoundError:
            with self._counting:
                if self._area is area:
                    self._area = Area(self._pending)
            return self._create_in(self._area)

    def _create_in(self, area: Area) -> tuple[str, int]:
        folder = area.path()
        with self._counting:
            path = os.path.join(folder, format(self._count, "x"))
            self._count += 1
        return path, os.open(path, _CREATE, _MODE)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the writer lock: among threads by a lock of Python, among processes by flock."""
        with self._writer:
            if self._writer_depth == 0:
                os.makedirs(self._pending, exist_ok=True)
                self._writer_lock = lock_file(os.path.join(self._pending, "writer"))
            self._writer_depth += 1
            try:
                yield
            finally:
                self._writer_depth -= 1
                if self._writer_depth == 0:
                    os.close(self._writer_lock)
