# SPDX-License-Identifier: EUPL-1.2
"""Just enough DER (ITU-T X.690) written by hand, where exact bytes matter or a library is slow or wrong.

Evidence records are hashed as bytes: what was stored must come back unchanged, and a million of them are
assembled from slices. A general ASN.1 library re-encodes and is two hundred times slower
(docs/adr/0006-evidence-in-batches.md). Only definite lengths are written and read.

    >>> sequence(integer(1), octets(b"x")).hex()
    '3006020101040178'
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

SEQUENCE: Final = 0x30
SET: Final = 0x31
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
UTF8_STRING: Final = 0x0C
_CONSTRUCTED: Final = 0x20
MAX_LENGTH_OCTETS: Final = 4
"""Lengths up to 4 GiB; nothing we read comes near."""


class MalformedDer(ValueError):
    """Not definite-length DER. Stays inside the package: callers turn it into a verdict."""


@dataclass(frozen=True, slots=True)
class Element:
    """One tag-length-value, pointing into the bytes it was read from."""

    tag: int
    """First identifier octet; multi-octet tags are refused."""
    source: bytes
    start: int
    """Offset of the tag."""
    body: int
    """Offset of the value."""
    end: int
    """Offset behind the value."""

    @property
    def value(self) -> bytes:
        """The value octets."""
        return self.source[self.body : self.end]

    @property
    def encoded(self) -> bytes:
        """Tag, length and value exactly as stored."""
        return self.source[self.start : self.end]

    def children(self) -> Iterator[Element]:
        """Yield the elements inside a constructed value.

        Raises:
            MalformedDer: They do not fill it exactly.
        """
        offset = self.body
        while offset < self.end:
            child = element_at(self.source, offset, self.end)
            yield child
            offset = child.end


def parse(data: bytes) -> Element:
    """Read one element that fills `data` exactly.

    Raises:
        MalformedDer: It does not, or the length is indefinite or absurd.
    """
    element = element_at(data, 0, len(data))
    if element.end != len(data):
        raise MalformedDer(f"{len(data) - element.end} bytes after the value")
    return element


def require_whole(data: bytes) -> None:
    """Check that `data` is one element and every constructed value in it is filled exactly by its parts.

    Raises:
        MalformedDer: It is not; values that no length of ours bounds are among them.
    """
    pending = [parse(data)]
    while pending:
        pending += [each for each in pending.pop().children() if each.tag & _CONSTRUCTED]


def length(count: int) -> bytes:
    """Encode a length (X.690 8.1.3)."""
    if count < 0x80:
        return bytes((count,))
    octets_ = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets_),)) + octets_


def tagged(tag: int, value: bytes) -> bytes:
    """Encode one element."""
    count = len(value)
    if count < 0x80:  # every hash of a million records
        return bytes((tag, count)) + value
    if 0x100 <= count < 0x10000:  # and most of what holds them
        return bytes((tag, 0x82, count >> 8, count & 0xFF)) + value
    return bytes((tag,)) + length(count) + value


def sequence(*parts: bytes) -> bytes:
    """Encode a SEQUENCE of parts that are encoded already."""
    return tagged(SEQUENCE, b"".join(parts))


def integer(value: int) -> bytes:
    """Encode an INTEGER in as few octets as its two's complement needs (X.690 8.3.2)."""
    magnitude = value if value >= 0 else ~value
    return tagged(INTEGER, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


def octets(value: bytes) -> bytes:
    """Encode an OCTET STRING."""
    return tagged(OCTET_STRING, value)


def text(value: str) -> bytes:
    """Encode a UTF8String."""
    return tagged(UTF8_STRING, value.encode())


def named_bits(*positions: int) -> bytes:
    """Encode a BIT STRING with named bits: trailing zeros removed (X.690 11.2.2)."""
    if not positions:
        return tagged(BIT_STRING, b"\x00")
    count = max(positions) + 1
    value = sum(1 << (count - 1 - position) for position in positions)
    unused = -count % 8
    return tagged(BIT_STRING, bytes((unused,)) + (value << unused).to_bytes((count + 7) // 8, "big"))


@cache
def oid(dotted: str) -> bytes:
    """Encode an OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tagged(OBJECT_IDENTIFIER, b"".join(_arc(arc) for arc in (first * 40 + second, *rest)))


def oid_text(value: bytes) -> str:
    """Decode the value octets of an OBJECT IDENTIFIER.

    Raises:
        MalformedDer: Empty, or cut inside an arc.
    """
    arcs, arc = [], 0
    if not value or value[-1] & 0x80:
        raise MalformedDer("an object identifier ends inside an arc")
    for octet in value:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(part) for part in (first, arcs[0] - first * 40, *arcs[1:]))


def _arc(arc: int) -> bytes:
    out = [arc & 0x7F]
    while arc := arc >> 7:
        out.append(arc & 0x7F | 0x80)
    return bytes(reversed(out))


def element_at(source: bytes, start: int, limit: int) -> Element:
    """Read the element that begins at `start` and must end by `limit`.

    Raises:
        MalformedDer: It does not, or the length is indefinite or absurd.
    """
    if start + 2 > limit:
        raise MalformedDer("cut short")
    tag, first = source[start], source[start + 1]
    if tag & 0x1F == 0x1F:
        raise MalformedDer("a multi-octet tag")
    body, count = start + 2, first
    if first >= 0x80:
        octets_ = first & 0x7F
        if not 1 <= octets_ <= MAX_LENGTH_OCTETS or body + octets_ > limit:
            raise MalformedDer("an indefinite or absurd length")
        body += octets_
        count = int.from_bytes(source[start + 2 : body], "big")
    if body + count > limit:
        raise MalformedDer("a value that runs over its end")
    return Element(tag, source, start, body, body + count)
