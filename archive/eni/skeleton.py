# SPDX-License-Identifier: EUPL-1.2
"""An XML without its big base64 texts, and those texts as streams: small tree, constant memory, exact places.

Schema and semantics are judged on the skeleton (8 microseconds against 1.2 milliseconds for 200 kB); the
base64 is decoded strictly on its own. Nothing is written back: the received bytes stay the only truth, and
every cut knows where in them it stands. Why this is safe: docs/adr/0005-skeleton-validation.md.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from lxml import etree

from archive.eni.base64text import decode_pieces
from archive.eni.slicing import NAMES, TOKEN, Cut, Sliced, slice_exactly, slice_lexically
from archive.eni.sources import Readable, Source, open_source
from archive.errors import XmlRefused
from archive.findings import Finding, finding
from archive.xml import encoding_of, parse_xml, refused, require_no_doctype

_WILD: Final = tuple(f"{{*}}{name}" for name in NAMES)
_HEAD: Final = 1 << 20
_PLAUSIBLE: Final = 4 << 20
"""Bytes of a skeleton that need no second look; an index of twenty thousand documents takes more."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The tree of a document whose big base64 texts were cut out."""

    root: etree._Element
    """Read it, never serialise it: it is not the received document."""
    xml: bytes
    """The skeleton as bytes, tokens in place of the texts."""
    cuts: tuple[Cut, ...]
    encoding: str
    """Python's name of the encoding of the received file."""
    source: Source
    place: str
    _by_token: dict[str, Cut] = field(default_factory=dict)

    def cut_of(self, element: etree._Element) -> Cut | None:
        """Return the cut that stands for the text of an element, None where its text is in the tree."""
        return self._by_token.get(element.text or "") if self._by_token else None

    def text_pieces(self, element: etree._Element) -> Iterator[bytes | memoryview]:
        """Yield the text of a base64 element as ASCII bytes, white space and all, in constant memory.

        For a cut that is not `mixed`, in a file that is not UTF-16, these are the very bytes received.
        """
        cut = self.cut_of(element)
        if cut is None:
            yield _own_text(element).encode("ascii", "replace")
        elif cut.mixed or self.encoding.startswith("utf-16"):
            yield from _parsed_text(self._raw_text(cut))
        else:
            yield from self.source.pieces(cut.offset, cut.length)

    def decoded_pieces(
        self, element: etree._Element, noticed: list[Finding] | None = None
    ) -> Iterator[bytes]:
        """Yield what the base64 text of an element decodes to, in constant memory.

        Args:
            element: ValorBinario, FirmaBase64 or the like.
            noticed: Takes findings that do not stop the reading.

        Raises:
            XmlRefused: ENI-BASE64-INVALID; what was yielded before must be thrown away.
        """
        cut = self.cut_of(element)
        place = f"{self.place}#{etree.QName(element).localname}"
        if cut is not None and cut.mixed and noticed is not None:
            noticed.append(finding("ENI-BASE64-MIXED", place, element=etree.QName(element).localname))
        offset = cut.offset if cut else self._offset_of_small(element)
        return decode_pieces(self.text_pieces(element), offset, place, noticed)

    def received_line(self, line: int) -> int:
        """Turn a line of the skeleton into the line of the received file, for messages.

        Limits: of a file too big for memory the skeleton's line is given, rather than read it again.
        """
        if self.source.data is None:
            return line
        here, at, more = 1, 0, 0
        for cut in self.cuts:
            token = self.xml.find(cut.token.encode(), at)
            here += self.xml.count(b"\n", at, max(token, at))
            if token < 0 or here >= line:
                break
            more += self.source.data.count(b"\n", cut.offset, cut.offset + cut.length)
            at = token
        return line + more

    def _offset_of_small(self, element: etree._Element) -> int:
        """Find a text that was not cut in the received bytes, for a finding; 0 where it is not plain."""
        text = (element.text or "").encode("ascii", "replace")
        return max(0, self.source.data.find(text)) if self.source.data is not None and text.strip() else 0

    def _raw_text(self, cut: Cut) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        for piece in self.source.pieces(cut.offset, cut.length):
            yield decoder.decode(bytes(piece))


def open_skeleton(readable: Readable, *, place: str = "", in_memory: int | None = None) -> Skeleton:
    """Cut the big base64 texts out of an XML and parse what is left.

    Args:
        readable: Bytes, a path or an open seekable file of any size.
        place: What findings should name.
        in_memory: Bytes up to which a file is held whole as long as the skeleton lives; 32 MiB by default.

    Returns:
        The skeleton; the texts inside are not decoded yet.

    Raises:
        XmlRefused: Not well-formed, hostile or over a limit (archive.xml).
        StorageUnavailable: The file cannot be read.

    Limits: up to `in_memory` in memory, above in constant memory (a text of 5 GB included); all that is not
        base64 must fit `archive.xml.MAX_XML`.
    """
    source = open_source(readable, in_memory)
    head = source.head(_HEAD)
    require_no_doctype(head, place)  # of the original: a cut must not hide what it would show
    encoding = encoding_of(head[:1024], place)
    sliced = None if encoding.startswith("utf-16") else _sliced_fast(source, place)
    root = _root_if_true(sliced, place) if sliced else None
    if sliced is None or root is None:
        sliced = slice_exactly(source, encoding, place)
        root = _root_if_true(sliced, place)
    if root is None:
        parse_xml(sliced.xml, place=place)
        raise refused("ENI-XML-MALFORMED", place, detail="its base64 cannot be told from its markup")
    by_token = {cut.token: cut for cut in sliced.cuts}
    return Skeleton(root, sliced.xml, sliced.cuts, encoding, source, place, by_token)


def _sliced_fast(source: Source, place: str) -> Sliced | None:
    """Cut lexically; None where so much is left that base64 may be among it (in CDATA, behind a comment)."""
    try:
        sliced = slice_lexically(source, place, _PLAUSIBLE)
    except XmlRefused:
        return None
    return sliced if len(sliced.xml) <= _PLAUSIBLE else None


def _root_if_true(sliced: Sliced, place: str) -> etree._Element | None:
    """Parse a skeleton; None where its tree does not confirm every cut.

    The text between `>` and `<` was replaced by a token without markup, so the parser is in the same state
    before and after it. If the whole text of an element of the right name is exactly the token, that state
    was "content of this element", and the cut text was its text. Inside a comment, CDATA, a processing
    instruction or another element it would not be. A document that holds our tokens itself fails as well.
    """
    try:
        root = parse_xml(sliced.xml, place=place).getroot()
    except XmlRefused:
        if sliced.cuts:  # a cut may have broken a comment or a tag: let the exact way say
            return None
        raise
    if not sliced.cuts:
        return root
    seen = [
        element.text
        for element in root.iter(*_WILD)
        if element.text is not None and element.text.startswith(TOKEN) and not len(element)
    ]
    told = [cut.token for cut in sliced.cuts]
    count = sliced.xml.count(TOKEN.encode())
    if sliced.xml[:2] in {b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"}:
        count = len(told)
    return root if seen == told and count == len(told) else None


def _own_text(element: etree._Element) -> str:
    """Return the text of an element without that of comments, instructions and children."""
    return (element.text or "") + "".join(child.tail or "" for child in element)


def _parsed_text(raw: Iterable[str]) -> Iterator[bytes]:
    """Read text that only a parser can read, a piece at a time: comments and instructions drop out."""
    got: list[str] = []
    parser = expat.ParserCreate("utf-8")
    parser.CharacterDataHandler = got.append
    parser.Parse(b"<x>", False)
    for piece in raw:
        parser.Parse(piece.encode("utf-8", "replace"), False)
        yield "".join(got).encode("ascii", "replace")
        got.clear()
    parser.Parse(b"</x>", True)
    yield "".join(got).encode("ascii", "replace")
