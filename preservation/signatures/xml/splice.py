# SPDX-License-Identifier: EUPL-1.2
"""Puts unsigned properties into XAdES signatures by splicing bytes, so that nothing else is serialised again.

Elements are found in the bytes by counting with expat, which tells offsets; lxml does not. What is put in is
ASCII with namespaces of its own, so it means the same in every encoding that is accepted but UTF-16.

Source: ETSI EN 319 132-1 section 4.3.6 (UnsignedProperties comes last, UnsignedSignatureProperties first in
it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.parsers import expat

from archive.errors import InvalidRequest
from preservation.signatures.xml.place import local_name

_WRAPS: Final = ("UnsignedProperties", "UnsignedSignatureProperties")


@dataclass(slots=True)
class _Span:
    """Where one element stands in the bytes."""

    start: int
    """Offset of its start tag."""
    end: int = -1
    """Offset of its end tag; of what follows it where it is written as an empty element."""


def splice_properties(data: bytes, additions: Sequence[tuple[Any, bytes]]) -> bytes:
    """Insert encoded properties behind the unsigned signature properties of signatures.

    Args:
        data: The document, accepted by `archive.xml.parse_xml`.
        additions: lxml element of a QualifyingProperties of that document, and the encoded properties, in
            ASCII and with their own namespaces.

    Raises:
        InvalidRequest: UTF-16, or not what was parsed.
    """
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in data[:4]:
        raise InvalidRequest("a signature in UTF-16 cannot be augmented")
    if not additions:
        return data
    spans = _spans(data)
    numbers = _numbers(additions[0][0].getroottree())
    edits = [_edit(data, qualifying, encoded, spans, numbers) for qualifying, encoded in additions]
    for start, end, encoded in sorted(edits, reverse=True):
        data = data[:start] + encoded + data[end:]
    return data


def _edit(
    data: bytes, qualifying: Any, encoded: bytes, spans: Sequence[_Span], numbers: dict[Any, int]
) -> tuple[int, int, bytes]:
    """Return what octets to replace by what."""
    holder, missing = _holder(qualifying)
    wrapped = _wrapped(encoded, missing, qualifying)
    span = spans[numbers[holder]]
    close = _tag_end(data, span.start)
    if data[close - 1 : close] == b"/":
        return _opened(data, span.start, close, wrapped)
    later = next(holder.iterchildren("*"), None)
    if missing == _WRAPS[1:] and later is not None:
        # UnsignedDataObjectProperties stands there already, and comes second
        at = spans[numbers[later]].start
        return at, at, wrapped
    return span.end, span.end, wrapped


def _opened(data: bytes, start: int, close: int, wrapped: bytes) -> tuple[int, int, bytes]:
    """Write an empty element with a start and an end tag."""
    tag = data[start : close - 1]
    name = tag[1:].split()[0]
    return start, close + 1, tag.rstrip() + b">" + wrapped + b"</" + name + b">"


def _tag_end(data: bytes, start: int) -> int:
    """Return where the `>` of a start tag stands; one inside an attribute's value does not count."""
    end, quote = start, b""
    while quote or data[end : end + 1] != b">":
        letter = data[end : end + 1]
        if letter in {b'"', b"'"}:
            quote = b"" if letter == quote else quote or letter
        end += 1
    return end


def _holder(qualifying: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the deepest element that is there, and the names of those that are not."""
    holder = qualifying
    for depth, name in enumerate(_WRAPS):
        inner = next((each for each in holder.iterchildren("*") if local_name(each) == name), None)
        if inner is None:
            return holder, _WRAPS[depth:]
        holder = inner
    return holder, ()


def _wrapped(encoded: bytes, missing: Sequence[str], qualifying: Any) -> bytes:
    namespace = qualifying.tag[1:].partition("}")[0]
    for name in reversed(missing):
        opening = f'<xades:{name} xmlns:xades="{namespace}">'.encode()
        encoded = opening + encoded + f"</xades:{name}>".encode()
    return encoded


def _numbers(tree: Any) -> dict[Any, int]:
    """Number the elements in document order."""
    return {each: number for number, each in enumerate(tree.getroot().iter("*"))}


def _spans(data: bytes) -> list[_Span]:
    """Return where every element stands, in document order."""
    spans: list[_Span] = []
    open_elements: list[_Span] = []
    parser = expat.ParserCreate()

    def start(_name: str, _attributes: dict[str, str]) -> None:
        open_elements.append(_Span(parser.CurrentByteIndex))
        spans.append(open_elements[-1])

    def end(_name: str) -> None:
        open_elements.pop().end = parser.CurrentByteIndex

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as cause:
        raise InvalidRequest(f"not XML that can be augmented: {cause}") from cause
    return spans
