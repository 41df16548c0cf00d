# SPDX-License-Identifier: EUPL-1.2
"""Contents without pages made readable: text in whatever encoding, XML indented for the eye. Pure.

Nothing here is given back to anybody as the document: what was signed is downloaded, byte for byte. Lines are
plain text; the template escapes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from lxml import etree

from archive.errors import XmlRefused
from archive.xml import parse_xml
from search.readers import decode

LINES: Final = 400
"""Lines of one page."""
MAX_BYTES: Final = 8 << 20
"""Bytes of a text or XML that is laid out; beyond, its beginning is shown as text."""
MAX_LINE: Final = 2_000
"""Characters of one line."""
MAX_ELEMENTS: Final = 200_000
_INDENT: Final = 24
"""Levels that are indented; deeper ones stay at that margin."""
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]{200,}")
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: how far in, the name of an element, and its text."""

    depth: int
    name: str
    text: str
    attribute: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A page of lines."""

    lines: tuple[Line, ...]
    page: int
    """From 1."""
    pages: int
    cut: bool = False
    """There is more than is laid out at all."""
    structured: bool = False
    """Lines of XML, with names."""


def text_words(data: bytes, page: int, *, cut: bool = False) -> Words:
    """Lay out a text, whatever its encoding seems to be.

    Args:
        data: Its bytes, at most `MAX_BYTES`.
        page: From 1; beyond the last, the last.
        cut: The bytes are only the beginning.
    """
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    whole = [Line(0, "", line[:MAX_LINE]) for line in text.split("\n")]
    if whole and not whole[-1].text:
        whole.pop()
    return _page(whole, page, cut=cut, structured=False)


def xml_words(data: bytes, page: int) -> Words | None:
    """Lay out an XML; None where it cannot be read safely: then it is shown as text.

    Comments are left out, base64 is told by its length, names lose their prefixes.
    """
    try:
        root = parse_xml(data).getroot()
    except XmlRefused:
        return None
    whole = list(islice(_lines(root, 0), MAX_ELEMENTS + 1))
    return _page(whole[:MAX_ELEMENTS], page, cut=len(whole) > MAX_ELEMENTS, structured=True)


def _lines(element: Any, depth: int) -> Iterator[Line]:
    if not isinstance(element.tag, str):
        return
    yield Line(min(depth, _INDENT), etree.QName(element).localname, _text(element.text))
    for key, value in element.attrib.items():
        yield Line(min(depth + 1, _INDENT), etree.QName(key).localname, _text(value), attribute=True)
    for child in element:
        yield from _lines(child, depth + 1)
        tail = _text(child.tail)
        if tail:
            yield Line(min(depth + 1, _INDENT), "", tail)


def _text(text: object) -> str:
    said = str(text or "")
    if len(said) > 200 and _BASE64.fullmatch(said):
        return f"[base64: {len(said)}]"
    plain = _BLANKS.sub(" ", said).strip()
    return plain if len(plain) <= MAX_LINE else f"{plain[:MAX_LINE]}…"


def _page(lines: list[Line], page: int, *, cut: bool, structured: bool) -> Words:
    pages = max(1, -(-len(lines) // LINES))
    at = min(max(page, 1), pages)
    return Words(tuple(lines[(at - 1) * LINES : at * LINES]), at, pages, cut, structured)
