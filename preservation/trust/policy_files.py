# SPDX-License-Identifier: EUPL-1.2
"""Files of signature policies that the operator laid into `HOME/trust/policies`, found by their digest.

A signature that names a policy signs the digest of its file (EN 319 122-1 5.2.9, EN 319 132-1 5.2.9), not the
file. Where the operator has the file, it is kept with the object at the deposit and travels in evidence kits.
Names of files mean nothing; nothing is fetched. A digest over a part of a file (the signPolicyInfo of an
ASN.1 policy, a canonical form of an XML one) finds nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from archive.errors import StorageUnavailable

POLICIES: Final = "policies"
"""In the trust folder."""
MAX_POLICY: Final = 16 << 20
"""Bytes; larger files are passed over. Real ones have one or two megabytes."""


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """The files of one folder. A value: it opens and holds nothing."""

    folder: Path

    def find(self, algorithm: str, digest: bytes) -> bytes | None:
        """Return the file with this digest; None where there is none, or where the algorithm is not known.

        Raises:
            StorageUnavailable: The folder cannot be read.
        """
        if not digest:
            return None
        try:
            for path, key in self._files():
                if _digest(path, *key, algorithm) == digest:
                    return path.read_bytes()
        except OSError as cause:
            raise StorageUnavailable(f"{self.folder} cannot be read: {cause.strerror}") from cause
        return None

    def has(self, data: bytes) -> bool:
        """Tell whether these bytes are one of the files. Raises StorageUnavailable."""
        return self.find("sha256", hashlib.sha256(data).digest()) is not None

    def _files(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.iterdir()):
            state = path.stat()
            if path.is_file() and state.st_size <= MAX_POLICY:
                yield path, (state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _digest(path: Path, modified: int, size: int, algorithm: str) -> bytes:  # noqa: ARG001 - the key
    try:
        return hashlib.new(algorithm, path.read_bytes(), usedforsecurity=False).digest()
    except (ValueError, TypeError):  # an algorithm that nobody here speaks, or one without a fixed length
        return b""
