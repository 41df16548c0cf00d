# SPDX-License-Identifier: EUPL-1.2
"""Reading of a folder store: regular files only, and errors in our words also in the middle of a read."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from archive.errors import IntegrityError, NotFound
from archive.store.durable import storage_error

_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class Reading(io.FileIO):
    """A file whose read errors speak our words."""

    def __init__(self, descriptor: int, key: str) -> None:
        super().__init__(descriptor, "rb")
        self._key = key

    def readinto(self, buffer: Any, /) -> int | None:
        """Read into `buffer`."""
        with words(f"reading {self._key}"):
            return super().readinto(buffer)

    def readall(self) -> bytes:
        """Read what is left."""
        with words(f"reading {self._key}"):
            return super().readall()


def open_regular(path: str, key: str) -> int:
    """Open for reading what must be a regular file, not a link to one.

    Raises:
        NotFound: Nothing there, or a folder.
        IntegrityError: A link, a device or a pipe (OCFL 1.1 E090 and good sense).
        OSError: The medium failed.
    """
    try:
        descriptor = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound("no such key in the store", place=key) from None
    except OSError as cause:
        if cause.errno == errno.ELOOP:
            raise IntegrityError("a symbolic link stands in the store (OCFL 1.1 E090)", place=key) from None
        raise
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise NotFound("no such key in the store", place=key)
    raise IntegrityError("a device or a pipe stands in the store", place=key)


@contextmanager
def words(what: str) -> Iterator[None]:
    """Turn an OSError of the block into what happened and what to do."""
    try:
        yield
    except OSError as cause:
        raise storage_error(cause, what) from cause
