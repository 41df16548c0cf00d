# SPDX-License-Identifier: EUPL-1.2
"""Detached content, whatever holds it: bytes, a stream read again for each digest, or known digests."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, Protocol

from archive.digests import read_chunks
from preservation.algorithms import new_digest

_PIECE: Final = 1 << 20
MAX_WHOLE: Final = 512 << 20
"""Bytes read at once where an algorithm or a transform needs the whole content."""


class Content(Protocol):
    """What a signature signs and does not carry."""

    def digest(self, algorithm: str) -> bytes | None:
        """Return the digest, or None where it cannot be had."""
        ...

    def whole(self) -> bytes | None:
        """Return everything, or None where only digests are known or it is too big."""
        ...


Resolver = Callable[[str], Content | None]
"""Gives the content that a reference names by URI, or None. It must never fetch (SSRF)."""


@dataclass(frozen=True, slots=True)
class BytesContent:
    """Content held in memory."""

    data: bytes = field(repr=False)

    def digest(self, algorithm: str) -> bytes | None:
        """Return the digest, or None where the algorithm is not known."""
        return _digested(self, algorithm)

    def whole(self) -> bytes | None:
        """Return the bytes."""
        return self.data


@dataclass(slots=True)
class StreamContent:
    """Content that can be opened again and again, of any size: read in pieces, each digest once."""

    opener: Callable[[], BinaryIO]
    _known: dict[str, bytes] = field(default_factory=dict)

    def digest(self, algorithm: str) -> bytes | None:
        """Return the digest, or None where the algorithm is not known."""
        return _remembered(self, self._known, algorithm)

    def whole(self) -> bytes | None:
        """Return everything up to `MAX_WHOLE` bytes."""
        with self.opener() as stream:
            data = stream.read(MAX_WHOLE + 1)
        return data if len(data) <= MAX_WHOLE else None


@dataclass(slots=True)
class SliceContent:
    """Content inside something else, in one piece or several: digested where it stands, never copied."""

    source: bytes | mmap.mmap = field(repr=False)
    slices: tuple[tuple[int, int], ...] = field(repr=False)
    """Offsets of each piece and of what is behind it."""
    _known: dict[str, bytes] = field(default_factory=dict)

    def digest(self, algorithm: str) -> bytes | None:
        """Return the digest, or None where the algorithm is not known."""
        return _remembered(self, self._known, algorithm)

    def whole(self) -> bytes | None:
        """Return everything up to `MAX_WHOLE` bytes."""
        if sum(stop - start for start, stop in self.slices) > MAX_WHOLE:
            return None
        return b"".join(self.source[start:stop] for start, stop in self.slices)


def _digested(content: Content, algorithm: str) -> bytes | None:
    try:
        made = new_digest(algorithm)
    except KeyError:
        return None
    feed(content, made)
    return bytes(made.digest())


def _remembered(content: Content, known: dict[str, bytes], algorithm: str) -> bytes | None:
    if algorithm not in known:
        made = _digested(content, algorithm)
        if made is None:
            return None
        known[algorithm] = made
    return known[algorithm]


def feed(content: Content, made: Any) -> bool:
    """Give every octet of a content to a hash object, in pieces.

    Returns:
        False where the octets are not here, such as of content of which only digests are known.
    """
    if isinstance(content, StreamContent):
        with content.opener() as stream:
            for chunk in read_chunks(stream):
                made.update(chunk)
        return True
    if isinstance(content, SliceContent):
        for start, stop in content.slices:
            for at in range(start, stop, _PIECE):
                made.update(content.source[at : min(at + _PIECE, stop)])
                _let_go(content.source, at)
        return True
    data = content.whole()
    if data is not None:
        made.update(data)
    return data is not None


def holds(source: bytes | mmap.mmap, needles: Sequence[bytes]) -> bool:
    """Tell whether one of some short octet strings stands somewhere in a file."""
    longest = max(map(len, needles))
    for at in range(0, len(source), _PIECE):
        piece = source[at : at + _PIECE + longest]
        if any(needle in piece for needle in needles):
            return True
        _let_go(source, at)
    return False


def _let_go(source: bytes | mmap.mmap, at: int) -> None:
    """Give the pages that were read back, so that a mapped gibibyte takes no memory."""
    start = at - at % mmap.PAGESIZE
    if isinstance(source, mmap.mmap) and hasattr(source, "madvise") and start + _PIECE < len(source):
        source.madvise(mmap.MADV_DONTNEED, start, _PIECE)


def beginning(content: Content, count: int) -> bytes:
    """Return the first octets of a content, without reading the rest where that can be helped."""
    if isinstance(content, StreamContent):
        with content.opener() as stream:
            return stream.read(count)
    if isinstance(content, SliceContent):
        found = bytearray()
        for start, stop in content.slices:  # BER may cut a string in pieces of one octet
            found += content.source[start : min(stop, start + count - len(found))]
            if len(found) >= count:
                break
        return bytes(found)
    return (content.whole() or b"")[:count]


@dataclass(frozen=True, slots=True)
class KnownDigests:
    """Content of which only digests are known."""

    digests: Mapping[str, bytes]

    def digest(self, algorithm: str) -> bytes | None:
        """Return the digest if it is known."""
        return self.digests.get(algorithm)

    def whole(self) -> bytes | None:
        """Return None: the content is not here."""
        return None
