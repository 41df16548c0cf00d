# SPDX-License-Identifier: EUPL-1.2
"""BER walked as it is stored: where every element begins and ends, without copying and without decoding.

What was signed is checked over the stored octets, and a signature of a gibibyte is read through a memory map:
a general ASN.1 library would copy both again and again. Only what is touched is looked at.

Source: ITU-T X.690 sections 8.1 (identifier, length, end-of-contents), 8.7 (constructed octet strings), 10
and 11 (DER).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from preservation.der import oid_text, tagged

Source = bytes | mmap.mmap
"""What is read: octets in memory or a file mapped into it."""
MAX_DEPTH: Final = 32
"""Indefinite lengths inside each other; real signatures have six."""
MAX_ELEMENTS: Final = 2_000_000
"""Elements walked over to find one end-of-contents; a gibibyte in pieces of a kilobyte has half of it."""
_END: Final = b"\x00\x00"


class Element:
    """One tag-length-value, pointing into what it was read from."""

    __slots__ = ("body", "end", "source", "start", "stop", "tag")

    def __init__(self, source: Source, tag: int, start: int, body: int, stop: int, end: int) -> None:
        self.source = source
        self.tag = tag
        """Identifier octet; tags of several octets are refused."""
        self.start = start
        self.body = body
        """Offset of the contents."""
        self.stop = stop
        """Offset behind the contents."""
        self.end = end
        """Offset behind the element: behind its end-of-contents octets, where it has them."""

    @property
    def encoded(self) -> bytes:
        """The whole element as stored."""
        return self.source[self.start : self.end]

    @property
    def contents(self) -> bytes:
        """What is inside, as stored."""
        return self.source[self.body : self.stop]

    @property
    def indefinite(self) -> bool:
        """Whether it ends with end-of-contents octets."""
        return self.stop != self.end

    def __iter__(self) -> Iterator[Element]:
        """Yield the elements inside.

        Raises:
            ValueError: They do not fill it exactly.
        """
        at = self.body
        while at < self.stop:
            inner = element(self.source, at, self.stop)
            yield inner
            at = inner.end


def element(source: Source, at: int = 0, limit: int | None = None, *, depth: int = 0) -> Element:
    """Read the element at an offset.

    Args:
        source: Where it stands.
        at: Offset of its identifier octet.
        limit: Offset that it must not pass; the end of `source` when None.
        depth: Of the indefinite lengths around it.

    Raises:
        ValueError: It is cut short, runs over its end, or is encoded in a way that nobody uses.
    """
    limit = len(source) if limit is None else limit
    if at + 2 > limit:
        raise ValueError("cut short")
    tag, first = source[at], source[at + 1]
    if tag & 0x1F == 0x1F:
        raise ValueError("a tag of several octets")
    body = at + 2
    if first < 0x80:
        stop = end = body + first
    elif first == 0x80:
        if not tag & 0x20:
            raise ValueError("an indefinite length of something primitive")
        stop = _end_of_contents(source, body, limit, depth + 1)
        end = stop + 2
    else:
        body += first & 0x7F
        if first > 0x88 or body > limit:
            raise ValueError("a length that cannot be")
        stop = end = body + int.from_bytes(source[at + 2 : body], "big")
    if end > limit:
        raise ValueError("a value that runs over its end")
    return Element(source, tag, at, body, stop, end)


def _end_of_contents(source: Source, at: int, limit: int, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise ValueError("indefinite lengths too deep inside each other")
    for _ in range(MAX_ELEMENTS):
        if at + 2 > limit:
            break
        tag, first = source[at], source[at + 1]
        if tag == 0 and first == 0:
            return at
        if first < 0x80 and tag & 0x1F != 0x1F:  # what most pieces are, without an object for each
            at += 2 + first
            continue
        at = element(source, at, limit, depth=depth).end
    raise ValueError("no end-of-contents")


def segments(found: Element, depth: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the offsets of the octets of an OCTET STRING, which BER may cut in pieces.

    Raises:
        ValueError: It is not one.
    """
    if not found.tag & 0x20:
        yield found.body, found.stop
        return
    if depth > MAX_DEPTH:
        raise ValueError("octet strings too deep inside each other")
    for inner in found:
        if inner.tag & ~0x20 != 0x04:
            raise ValueError("not an octet string inside an octet string")
        yield from segments(inner, depth + 1)


def octets(found: Element) -> bytes:
    """Return the octets of an OCTET STRING, whole or in pieces."""
    return b"".join(found.source[start:stop] for start, stop in segments(found))


def identifier(found: Element) -> str:
    """Return an OBJECT IDENTIFIER, dotted.

    Raises:
        ValueError: It is not one.
    """
    if found.tag != 0x06:
        raise ValueError("not an object identifier")
    return _dotted(found.contents)


@lru_cache(maxsize=1024)
def _dotted(value: bytes) -> str:
    return oid_text(value)


def canonical(found: Element, depth: int = 0) -> bytes:
    """Return the DER of something BER: definite and shortest lengths, whole strings, sets in order.

    Types under implicit tags are not known here, so a set under such a tag keeps its order.

    Raises:
        ValueError: It cannot be walked.
    """
    if depth > 2 * MAX_DEPTH:
        raise ValueError("too deep")
    tag = found.tag
    if not tag & 0x20:
        if tag == 0x01:  # X.690 section 11.1
            return b"\x01\x01\xff" if any(found.contents) else b"\x01\x01\x00"
        return tagged(tag, found.contents)
    if tag == 0x24:
        return tagged(0x04, octets(found))
    inner = [canonical(each, depth + 1) for each in found]
    return tagged(tag, b"".join(sorted(inner) if tag == 0x31 else inner))
