# SPDX-License-Identifier: EUPL-1.2
"""Detached content, whatever holds it: bytes, a stream read again for each digest, or known digests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Protocol

from archive.digests import read_chunks
from preservation.algorithms import new_digest

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
        try:
            made = new_digest(algorithm)
        except KeyError:
            return None
        made.update(self.data)
        return bytes(made.digest())

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
        if algorithm not in self._known:
            try:
                made = new_digest(algorithm)
            except KeyError:
                return None
            with self.opener() as stream:
                for chunk in read_chunks(stream):
                    made.update(chunk)
            self._known[algorithm] = bytes(made.digest())
        return self._known[algorithm]

    def whole(self) -> bytes | None:
        """Return everything up to `MAX_WHOLE` bytes."""
        with self.opener() as stream:
            data = stream.read(MAX_WHOLE + 1)
        return data if len(data) <= MAX_WHOLE else None


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
