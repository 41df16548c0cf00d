# SPDX-License-Identifier: EUPL-1.2
"""One writer at a time, over all processes that share something, by a lock that dies with its holder."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, Protocol

from archive.errors import ConflictError, StorageUnavailable

WAIT_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.02


class Guard(Protocol):
    """Keeps writers apart: on one machine a file (`WriterLock`), on several the database that they share."""

    def held(
        self, names: Collection[str] = (), *, wait: float = WAIT_SECONDS
    ) -> AbstractContextManager[None]:
        """Hold these names, or everything, which waits for every other holder.

        The same thread may take it again inside, for the same names or fewer; threads take turns.

        Raises:
            ConflictError: Another holder did not let go within `wait` seconds.
            ServiceError: What keeps the lock cannot be reached.
        """
        ...


class WriterLock:
    """A guard on a file: there is one name, everything.

    Limits: one machine. On a network file system it is worth what that file system's flock is worth.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.RLock()
        self._depth = 0
        self._descriptor = -1

    @contextmanager
    def held(self, names: Collection[str] = (), *, wait: float = WAIT_SECONDS) -> Iterator[None]:  # noqa: ARG002
        """Hold the lock.

        Raises:
            ConflictError: Another writer did not let go within `wait` seconds.
            StorageUnavailable: The lock file cannot be written.
        """
        deadline = time.monotonic() + wait
        if not self._threads.acquire(timeout=wait):
            raise self._busy(wait)
        try:
            if self._depth == 0:
                self._descriptor = self._take(deadline, wait)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    os.close(self._descriptor)
        finally:
            self._threads.release()

    def _take(self, deadline: float, wait: float) -> int:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as cause:
            raise StorageUnavailable(f"the home cannot be written: {cause.strerror}") from cause
        taken = False
        try:
            taken = _try_until(deadline, descriptor)
        finally:
            if not taken:
                os.close(descriptor)
        if not taken:
            raise self._busy(wait)
        return descriptor

    def _busy(self, wait: float) -> ConflictError:
        return ConflictError(
            f"another process is writing to this home and did not finish within {wait:g} s; try again later",
            place=str(self._path),
        )


def _try_until(deadline: float, descriptor: int) -> bool:
    while not _try_lock(descriptor):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as cause:
        raise StorageUnavailable(f"the home cannot be locked: {cause.strerror}") from cause
    return True
