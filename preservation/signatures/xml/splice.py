# SPDX-License-Identifier: EUPL-1.2
"""Puts unsigned properties into an XAdES signature by splicing bytes, so that nothing else is re-serialised.

Elements are found in the bytes by counting with expat, which tells offsets; lxml does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from xml.parsers import expat

from archive.errors import InvalidRequest

_WRAPS: Final = ("UnsignedProperties", "UnsignedSignatureProperties")


def splice_properties(data: bytes, additions: Sequence[tuple[Any, bytes]]) -> bytes:
    """Insert one property into each QualifyingProperties.

    Args:
        data: The document, accepted by `archive.xml.parse_xml`.
        additions: lxml element of a QualifyingProperties of that document, and the encoded property, in
            ASCII and with its own namespaces.

    Raises:
        InvalidRequest: UTF-16, or a place that is written as an empty element.
    """
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in data[:4]:
        raise InvalidRequest("a signature in UTF-16 cannot be augmented")
    ends = _end_tags(data)
    inserts = []
    for qualifying, encoded in additions:
        holder, missing = _holder(qualifying)
        end = ends[_number(holder)]
        if data[end : end + 2] != b"</":
            raise InvalidRequest("the place for unsigned properties is written as an empty element")
        inserts.append((end, _wrapped(encoded, missing, qualifying)))
    for end, encoded in sorted(inserts, reverse=True):
        data = data[:end] + encoded + data[end:]
    return data


def _holder(qualifying: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the deepest element that is there, and the names of those that are not."""
    holder = qualifying
    for depth, name in enumerate(_WRAPS):
        inner = holder.find(f"{{*}}{name}")
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


def _number(element: Any) -> int:
    """Return the element's number in document order."""
    root = element.getroottree().getroot()
    return next(number for number, each in enumerate(root.iter("*")) if each is element)


def _end_tags(data: bytes) -> list[int]:
    """Return the offset of the end tag of every element, by its number in document order."""
    ends: list[int] = []
    open_elements: list[int] = []
    parser = expat.ParserCreate()

    def start(_name: str, _attributes: dict[str, str]) -> None:
        open_elements.append(len(ends))
        ends.append(-1)

    def end(_name: str) -> None:
        ends[open_elements.pop()] = parser.CurrentByteIndex

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as cause:
        raise InvalidRequest(f"not XML that can be augmented: {cause}") from cause
    return ends
