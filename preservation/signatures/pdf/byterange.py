# SPDX-License-Identifier: EUPL-1.2
"""The octets that a `/ByteRange` takes: hashed once for each algorithm, in pieces, whatever their size."""

from __future__ import annotations

from dataclasses import dataclass, field
from mmap import MADV_DONTNEED, PAGESIZE, mmap
from typing import Final

from preservation.algorithms import new_digest
from preservation.signatures.pdf.syntax import Octets

PIECE: Final = 4 << 20
"""Bytes hashed at a time."""
BIG: Final = 64 << 20
"""Bytes of a mapped file from which hashed pages are given back."""
MAX_WHOLE: Final = 512 << 20
"""Bytes joined where an algorithm needs the whole message (Ed25519)."""


@dataclass(frozen=True, slots=True)
class SignedOctets:
    """A content of a signature: ranges of a file."""

    data: Octets = field(repr=False)
    ranges: tuple[tuple[int, int], ...]
    _known: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @property
    def end(self) -> int:
        """Offset after the last octet."""
        return max((start + size for start, size in self.ranges), default=0)

    def holds(self, start: int, end: int) -> bool:
        """Tell whether these octets of the file are all taken."""
        return any(first <= start and end <= first + size for first, size in self.ranges)

    def digest(self, algorithm: str) -> bytes | None:
        """Return their digest, or None where the algorithm is not known or nothing is taken."""
        if not self.ranges:
            return None
        if algorithm not in self._known:
            try:
                made = new_digest(algorithm)
            except KeyError:
                return None
            with memoryview(self.data) as view:
                for start, size in self.ranges:
                    for at in range(start, start + size, PIECE):
                        made.update(view[at : min(at + PIECE, start + size)])
                        self._forget(at)
            self._known[algorithm] = bytes(made.digest())
        return self._known[algorithm]

    def _forget(self, at: int) -> None:
        """Give back the pages of a mapped file that were hashed; they are read again where needed."""
        if isinstance(self.data, mmap) and len(self.data) > BIG:
            self.data.madvise(MADV_DONTNEED, at - at % PAGESIZE, PIECE)

    def whole(self) -> bytes | None:
        """Return them joined, or None where they are too many."""
        if not self.ranges or sum(size for _, size in self.ranges) > MAX_WHOLE:
            return None
        return b"".join(self.data[start : start + size] for start, size in self.ranges)
