# SPDX-License-Identifier: EUPL-1.2
"""A submitted folder as one file: a ZIP, stored and not compressed, that reads as the folder did."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final

from archive.errors import InvalidRequest, StorageUnavailable

_LINK: Final = stat.S_IFLNK | 0o777


@contextmanager
def packed(folder: Path, work: Path) -> Iterator[Path]:
    """Give a ZIP of a folder's files, in name order; it is gone at the end of the block.

    A symbolic link goes in as what it is, so that whoever checks the package finds it.

    Raises:
        InvalidRequest: A file cannot be read, changed meanwhile, or has a name that no ZIP can hold.
        StorageUnavailable: There is no room.
    """
    try:
        out = NamedTemporaryFile(dir=work, prefix="packed-", suffix=".zip")  # noqa: SIM115 - closed below
    except OSError as cause:
        raise StorageUnavailable(f"{work} cannot be written: {cause.strerror}") from cause
    with ExitStack() as closing:
        # On a medium that cannot be written any more it stays, in a folder that is swept later.
        closing.callback(_drop, out)
        try:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
                for path in _files(folder):
                    _add(archive, path, path.relative_to(folder).as_posix())
            out.flush()
        except UnicodeEncodeError as cause:
            detail = "a name in the folder is no UTF-8: deposit it without --queue"
            raise InvalidRequest(detail, place=str(folder)) from cause
        except OSError as cause:
            raise StorageUnavailable(f"{folder} cannot be packed: {cause.strerror}") from cause
        yield Path(out.name)


def _drop(out: IO[bytes]) -> None:
    with suppress(OSError):
        out.close()


def packed_size(folder: Path) -> int:
    """Return about how many bytes the ZIP of a folder will have."""
    return sum(path.lstat().st_size + 256 for path in _files(folder))


def _files(folder: Path) -> Iterator[Path]:
    def refuse(cause: OSError) -> None:
        raise InvalidRequest(f"the folder cannot be read: {cause}", place=str(folder)) from cause

    for here, folders, files in os.walk(folder, onerror=refuse, followlinks=False):
        folders.sort()
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        for name in sorted((*files, *links)):
            yield Path(here) / name


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    if path.is_symlink() or not path.is_file():
        entry = zipfile.ZipInfo(name)
        entry.create_system, entry.external_attr = 3, _LINK << 16
        archive.writestr(entry, os.fsencode(os.readlink(path)) if path.is_symlink() else b"")
        return
    try:
        archive.write(path, name)
    except (PermissionError, FileNotFoundError) as cause:
        raise InvalidRequest(f"a file cannot be read: {cause.strerror}", place=str(path)) from cause
