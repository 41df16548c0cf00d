# SPDX-License-Identifier: EUPL-1.2
"""A folder of derived files, the least used thrown out first. All of it may be burned at any moment.

A file is made beside its place and takes its name when it is whole. Who reads one that is thrown out
meanwhile reads on: the bytes go when the last reader closes.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, cast

from archive.errors import StorageUnavailable

LIMIT: Final = 2 << 30
"""Bytes kept."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,120}")


class DerivedFolder:
    """Files by name; threads share it, processes have one each."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        """Stand on a folder, which is made when first needed."""
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._held = 0
        """Bytes at least: what other processes threw out is noticed when the limit is reached."""
        self._making: dict[str, threading.Lock] = {}

    def open(self, name: str, make: Callable[[BinaryIO], None]) -> BinaryIO:
        """Open a file, made first where it is not there; several who ask at once wait for one maker.

        Args:
            name: Letters, digits, `.` and `-`: made of digests and numbers, never of received names.
            make: Writes the bytes; what it raises goes through, and nothing is kept.

        Raises:
            StorageUnavailable: The folder cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(name)
        found = self._opened(name)
        if found is not None:
            return found
        with self._turn(name):
            found = self._opened(name)
            return found if found is not None else self._made(name, make)

    def _opened(self, name: str) -> BinaryIO | None:
        path = self._folder / name
        try:
            stream = path.open("rb")
        except OSError:
            return None
        with suppress(OSError):
            os.utime(path)  # used now: the last to be thrown out
        return stream

    def _made(self, name: str, make: Callable[[BinaryIO], None]) -> BinaryIO:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = tempfile.NamedTemporaryFile(dir=self._folder, prefix=".draft-", delete=False)  # noqa: SIM115 - takes its name below
        except OSError as cause:
            raise StorageUnavailable(f"{self._folder} cannot be written: {cause.strerror}") from cause
        path = Path(draft.name)
        try:
            with draft:
                make(cast("BinaryIO", draft.file))
            stream = path.open("rb")
            os.replace(path, self._folder / name)
        except OSError as cause:
            raise StorageUnavailable(f"{self._folder} cannot be written: {cause.strerror}") from cause
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        with self._lock:
            self._held += os.fstat(stream.fileno()).st_size
            full = self._held > self._limit
        if full:
            self._throw_out(name)
        return stream

    def _throw_out(self, newest: str) -> None:
        with self._lock:
            found = []
            for path in self._folder.iterdir():
                with suppress(OSError):
                    told = path.stat()
                    if not path.name.startswith("."):
                        found.append((told.st_mtime_ns, told.st_size, path))
            self._held = sum(size for _, size, _ in found)
            for _, size, path in sorted(found):
                if self._held <= self._limit:
                    return
                if path.name != newest:
                    with suppress(OSError):
                        path.unlink()
                    self._held -= size

    def _turn(self, name: str) -> threading.Lock:
        with self._lock:
            if len(self._making) > 10_000:
                self._making = {key: lock for key, lock in self._making.items() if lock.locked()}
            return self._making.setdefault(name, threading.Lock())
