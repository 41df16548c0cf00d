# SPDX-License-Identifier: EUPL-1.2
"""Files that are kept under the digest of their bytes, with a small index of where and when they came from.

What a verdict stood on must be there to be looked at again, so nothing here is ever deleted or overwritten.
The same bytes obtained twice are one file; the first time counts, because it proves that they existed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from archive.errors import IntegrityError, NotFound, StorageUnavailable

INDEX: Final = "index.json"


class Kept:
    """A folder of kept files. Only one process writes at a time: the holder of the archive's lock."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self.folder = folder
        self._suffix = suffix

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return what is known of each file by its SHA-256; nothing where nothing was ever kept.

        Raises:
            IntegrityError: The index is not what this program writes.
            StorageUnavailable: It cannot be read.
        """
        try:
            said = json.loads((self.folder / INDEX).read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as cause:
            raise StorageUnavailable(f"{self.folder / INDEX} cannot be read: {cause.strerror}") from cause
        except ValueError as cause:
            raise IntegrityError(f"{self.folder / INDEX} is damaged") from cause
        if not isinstance(said, dict) or not all(isinstance(each, dict) for each in said.values()):
            raise IntegrityError(f"{self.folder / INDEX} is damaged")
        return said

    def read(self, digest: str) -> bytes:
        """Return the bytes of a kept file, checked against its name.

        Raises:
            NotFound: It is not kept here.
            IntegrityError: Its bytes are not those that its name promises.
            StorageUnavailable: It cannot be read.
        """
        path = self.path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError as cause:
            raise NotFound(f"no such file is kept: {path}") from cause
        except OSError as cause:
            raise StorageUnavailable(f"{path} cannot be read: {cause.strerror}") from cause
        if hashlib.sha256(data).hexdigest() != digest:
            raise IntegrityError(f"{path} is not what its name promises")
        return data

    def path(self, digest: str) -> Path:
        """Return where a file is kept, whether it is there or not."""
        return self.folder / f"{digest}{self._suffix}"

    def keep(self, data: bytes, about: Mapping[str, Any]) -> str:
        """Keep bytes, unless they are kept already, and return their SHA-256.

        Args:
            data: The bytes.
            about: What the index should say of them, as JSON values. What it says already of `obtained_at`
                and `url` stays; the rest is what was found out now.

        Raises:
            StorageUnavailable: It cannot be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        known = self.entries()
        first = {key: known[digest][key] for key in ("obtained_at", "url") if known.get(digest, {}).get(key)}
        entry = {**about, **first}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not self.path(digest).is_file():
                _write(self.path(digest), data)
            if known.get(digest) != entry:
                known[digest] = entry
                text = json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True)
                _write(self.folder / INDEX, text.encode())
        except OSError as cause:
            raise StorageUnavailable(f"{self.folder} cannot be written: {cause.strerror}") from cause
        return digest

    def put(self, name: str, data: bytes) -> None:
        """Write what can be derived again from a kept file, beside it, under a name of its own.

        Raises:
            StorageUnavailable: It cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(self.folder / name, data)
        except OSError as cause:
            raise StorageUnavailable(f"{self.folder} cannot be written: {cause.strerror}") from cause


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and durably."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
