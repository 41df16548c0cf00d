# SPDX-License-Identifier: EUPL-1.2
"""Folders of one living process: whoever dies leaves its own behind, and the next one sweeps it.

    FOLDER/
      areas                 lock held while an area is made or a dead one is swept
      <pid>-<random>/       the area of one owner
        alive               lock held for as long as the owner lives
        …                   what the owner puts there

A process that dies takes its locks with it (flock(2): released "when all such descriptors have been
closed"), so an area whose `alive` can be locked belongs to nobody. Everything in the folder may be deleted
while no process uses it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import threading
import weakref
from contextlib import suppress
from typing import Final

AREAS: Final = "areas"
ALIVE: Final = "alive"
_MODE: Final = 0o644


class Area:
    """The area of one owner in one process; made when first asked for. After a fork, make a new one.

    Its methods raise OSError.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._path = ""
        self._making = threading.Lock()
        self._leave: weakref.finalize[..., Area] | None = None

    def path(self) -> str:
        """Return the area; the first time it is made, and those of the dead are swept."""
        with self._making:
            if not self._path:
                self._path = self._make()
            return self._path

    def leave(self) -> None:
        """Remove the area with all that is in it; `path` would make another."""
        with self._making:
            self._path = ""
            if self._leave:
                self._leave()

    def _make(self) -> str:
        os.makedirs(self._folder, exist_ok=True)
        lock = lock_file(os.path.join(self._folder, AREAS))
        try:
            _sweep_dead(self._folder)
            path = os.path.join(self._folder, f"{os.getpid()}-{secrets.token_hex(4)}")
            os.mkdir(path)
            alive = lock_file(os.path.join(path, ALIVE))
        finally:
            os.close(lock)
        self._leave = weakref.finalize(self, _leave, path, alive, os.getpid())
        return path


def lock_file(path: str, *, wait: bool = True) -> int:
    """Lock a file, made if absent, and return its descriptor; closing it lets go.

    Raises:
        BlockingIOError: Another holds it, and the caller does not wait.
        OSError: The medium failed.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _sweep_dead(folder: str) -> None:
    with os.scandir(folder) as entries:
        areas = [entry.path for entry in entries if _is_area(entry)]
    for area in areas:
        try:
            alive = lock_file(os.path.join(area, ALIVE), wait=False)
        except BlockingIOError:
            continue
        os.close(alive)
        shutil.rmtree(area)


def _is_area(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and entry.name.partition("-")[0].isdigit()


def _leave(area: str, alive: int, pid: int) -> None:
    if os.getpid() == pid:  # a forked child must not tidy its parent's area away
        shutil.rmtree(area, ignore_errors=True)
        with suppress(OSError):
            os.close(alive)
