# SPDX-License-Identifier: EUPL-1.2
"""Signed files read whole from disk, up to a size."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from archive.errors import NotFound, StorageUnavailable

MAX_FILE: Final = 1 << 30
"""Bytes of a file with signatures that are read at once; detached content may have any size."""


def read_file(path: Path, *, most: int = MAX_FILE) -> bytes:
    """Read a file that somebody named.

    Raises:
        NotFound: No such file.
        StorageUnavailable: It cannot be read, or has more than `most` bytes.
    """
    if not path.is_file():
        raise NotFound(f"no such file: {path}")
    try:
        if path.stat().st_size > most:
            raise StorageUnavailable(f"more than {most} bytes: {path.name}")
        return path.read_bytes()
    except OSError as cause:
        raise StorageUnavailable(f"{path.name} cannot be read: {cause.strerror}") from cause
