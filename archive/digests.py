# SPDX-License-Identifier: EUPL-1.2
"""Digests: values, names, and one pass over the bytes that gives several of them.

Everything received gets SHA-256 and SHA-512 in the same pass: the first is the working digest, the second
is what a hash-tree renewal (RFC 4998 5.2) will stand on without reading the documents again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

ALGORITHMS: Final = ("sha256", "sha512")
"""What the archive computes itself for every file."""

WEAK_ALGORITHMS: Final = frozenset({"md5", "sha1"})
"""Read in old files; a match proves integrity at transfer only, never authenticity."""

CHUNK: Final = 1 << 20
"""Bytes read at a time."""


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 and SHA-512 of the same bytes, with their count."""

    sha256: str
    """Lower-case hexadecimal."""
    sha512: str
    """Lower-case hexadecimal."""
    size: int
    """Bytes."""

    def to_json(self) -> dict[str, str | int]:
        """Return the form used in receipts and records."""
        return {"sha256": self.sha256, "sha512": self.sha512, "size": self.size}


@dataclass(frozen=True, slots=True)
class Digested:
    """Bytes in memory and the digests they have. They cannot change, so nobody digests them again.

    Stands wherever chunks of bytes are asked for.
    """

    data: bytes
    digests: Digests

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes, whole."""
        yield self.data


class Digester:
    """Feeds bytes to both digests once. Not thread-safe; one per stream."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._sha512 = hashlib.sha512()
        self.size = 0

    def update(self, chunk: bytes | memoryview) -> None:
        """Take more bytes."""
        self._sha256.update(chunk)
        self._sha512.update(chunk)
        self.size += len(chunk)

    def result(self) -> Digests:
        """Return the digests of what was taken so far."""
        return Digests(self._sha256.hexdigest(), self._sha512.hexdigest(), self.size)


def digest_bytes(data: bytes) -> Digests:
    """Return both digests of `data`."""
    digester = Digester()
    digester.update(data)
    return digester.result()


def manifest_digest(files: Iterable[tuple[str, Digests]]) -> str:
    """Return one digest of a set of files: SHA-256 of what `sha256sum` prints of them, sorted by path.

    Args:
        files: Path and digests of each.
    """
    lines = (f"{digests.sha256}  {path}\n" for path, digests in sorted(files, key=lambda file: file[0]))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def digest_stream(stream: BinaryIO) -> Digests:
    """Return both digests of what is left in `stream`, in constant memory."""
    digester = Digester()
    for chunk in read_chunks(stream):
        digester.update(chunk)
    return digester.result()


def read_chunks(stream: BinaryIO, size: int = CHUNK) -> Iterator[bytes]:
    """Yield what is left in `stream` in pieces of at most `size` bytes."""
    while chunk := stream.read(size):
        yield chunk


def copy_digesting(chunks: Iterable[bytes], target: BinaryIO) -> Digests:
    """Write `chunks` to `target` and return their digests: read once, hash once, write once."""
    digester = Digester()
    for chunk in chunks:
        target.write(chunk)
        digester.update(chunk)
    return digester.result()
