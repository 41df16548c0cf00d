# SPDX-License-Identifier: EUPL-1.2
"""The tree of folders under a folder store: made where missing, walked in the order of keys."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from archive.errors import IntegrityError
from archive.store.keys import RESERVED
from archive.store.reading import words


def make_folders(root: str, folder: str, known: set[str]) -> None:
    """Make the folders of a key that are missing.

    Args:
        root: Path of the store.
        folder: What stands before the last `/` of the key; may be empty.
        known: Paths that are there, for many keys in a row; grows.

    Raises:
        IntegrityError: A link or a file stands where a folder belongs.
        OSError: The medium failed.
    """
    path = root
    for name in folder.split("/") if folder else ():
        path = f"{path}/{name}"
        if path in known:
            continue
        try:
            os.mkdir(path)
        except FileExistsError:
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                raise IntegrityError("a link or a file stands where a folder belongs", place=path) from None
        known.add(path)


def walk(root: str, prefix: str) -> Iterator[str]:
    """Yield the keys under a prefix, sorted. One folder's names are in memory at a time for each level.

    Raises:
        StorageUnavailable: A folder cannot be read.
    """
    with words(f"listing {prefix}"):
        try:
            with os.scandir(f"{root}/{prefix}") as entries:
                found = [e.name + "/" if e.is_dir(follow_symlinks=False) else e.name for e in entries]
        except (FileNotFoundError, NotADirectoryError):
            return
    for name in sorted(found):
        if not name.endswith("/"):
            yield prefix + name
        elif prefix or name != f"{RESERVED}/":
            yield from walk(root, prefix + name)
