# SPDX-License-Identifier: EUPL-1.2
"""The system calls that make bytes survive a power cut, and the words for those that fail.

Nothing else in the house calls them. What they promise, and where that is written:

* `syncfs(2)`: writes all dirty data and metadata of one file system. Since Linux 5.8 it also reports a
  write-back error of any file since the descriptor was opened, so the descriptor is opened before the first
  write and kept. On older kernels it may hide one: `SYNCFS` is then False and each file is fsynced.
* `fsync(2)`: "does not necessarily ensure that the entry in the directory containing the file has also
  reached disk. For that an explicit fsync() on a file descriptor for the directory is also needed."
* `rename(2)`: atomic for those who look; `RENAME_NOREPLACE` makes it fail where the name is taken, so that
  two writers can never overwrite each other.
* After a failed sync the kernel may drop the dirty pages and say "clean" the next time (Rebello et al., "Can
  Applications Recover from fsync Failures?", USENIX ATC 2020; PostgreSQL's "fsyncgate" of 2018). So a failed
  sync is never tried again over the same pages: the bytes are given up and the caller brings them again.
* Which orders survive on which file system: Pillai et al., "All File Systems Are Not Created Equal",
  OSDI 2014. We rely on none but: synced before, renamed after, synced again.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
from contextlib import suppress
from typing import Final

from archive.errors import InvalidRequest, LongevaError, StorageUnavailable

_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_AT_FDCWD: Final = -100
_RENAME_NOREPLACE: Final = 1
_SYNC_FILE_RANGE_WRITE: Final = 2
_UNSUPPORTED: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM})

_WORDS: Final = {
    errno.ENOSPC: "the disk is full; free space or give the archive a bigger disk, then repeat",
    errno.EDQUOT: "the disk quota is used up; raise it, then repeat",
    errno.EFBIG: "the file is larger than the file system or the process limit allows",
    errno.EROFS: "the file system is mounted read-only; the system log says why; mount it for writing",
    errno.EACCES: "permission denied; the archive's user must own the store folder",
    errno.EPERM: "not permitted; the archive's user must own the store folder",
    errno.EIO: "input/output error: the disk may be failing; check it and run an audit before going on",
    errno.EMFILE: "too many open files; raise the limit (ulimit -n)",
    errno.ENFILE: "too many open files in the system",
    errno.ENOTDIR: "a file stands where a folder is expected; run fsck",
}


def _kernel() -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return tuple(map(int, found.groups())) if found else (0, 0)


SYNCFS: Final = hasattr(_LIBC, "syncfs") and os.uname().sysname == "Linux" and _kernel() >= (5, 8)
"""Whether `sync_file_system` is to be trusted with errors on this machine."""


def sync_file_system(descriptor: int) -> None:
    """Write everything dirty of the file system that `descriptor` is on.

    Raises:
        OSError: Some page of it could not be written since the descriptor was opened.
    """
    if _LIBC.syncfs(descriptor) != 0:
        _raise(ctypes.get_errno(), "syncfs")


def sync_path(path: str) -> None:
    """Open, fsync and close a file or a folder."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def start_writing(descriptor: int) -> None:
    """Ask the kernel to start writing a file out, without waiting: a hint, so failures mean nothing."""
    if hasattr(_LIBC, "sync_file_range"):
        _LIBC.sync_file_range(descriptor, ctypes.c_int64(0), ctypes.c_int64(0), _SYNC_FILE_RANGE_WRITE)


def drop_cached(path: str) -> None:
    """Let the kernel forget its copy of a file that is stable: a hint, so failures mean nothing.

    Measured: a sixth of the CPU time of a deposit, since the next file is written into memory that is warm;
    and what others have in the cache stays there.
    """
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            forget_cached(descriptor)
        finally:
            os.close(descriptor)


def forget_cached(descriptor: int) -> None:
    """Let the kernel forget its clean pages of an open file, so that the next read is the medium's."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def rename_new(source: str, target: str) -> None:
    """Move `source` to a name that nobody has yet, atomically.

    Raises:
        FileExistsError: The name is taken; both files stay.
        FileNotFoundError: The folder of `target` is not there.
    """
    if hasattr(_LIBC, "renameat2"):
        old, new = os.fsencode(source), os.fsencode(target)
        if _LIBC.renameat2(_AT_FDCWD, old, _AT_FDCWD, new, _RENAME_NOREPLACE) == 0:
            return
        code = ctypes.get_errno()
        if code not in _UNSUPPORTED:
            _raise(code, target)
    os.link(source, target, follow_symlinks=False)
    os.unlink(source)


def storage_error(cause: OSError, what: str) -> LongevaError:
    """Say in our words why the medium failed and what to do about it."""
    if cause.errno in {errno.ENAMETOOLONG, errno.EILSEQ}:
        return InvalidRequest(f"{what}: the file system does not take this name")
    words = _WORDS.get(cause.errno or 0, cause.strerror or str(cause))
    return StorageUnavailable(f"{what}: {words}", place=str(cause.filename or ""))


def _raise(code: int, path: str) -> None:
    raise OSError(code, os.strerror(code), path)
