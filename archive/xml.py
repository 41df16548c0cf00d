# SPDX-License-Identifier: EUPL-1.2
"""The one door for XML: hostile input is refused before the parser that builds trees sees it.

Every XML of the house is parsed here. Document types (and with them entities) are refused lexically, in any
encoding; depth, attributes, nodes and token sizes are bounded; nothing is ever fetched.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from typing import Final
from xml.parsers import expat

from lxml import etree

from archive.errors import XmlRefused
from archive.findings import finding

MAX_XML: Final = 256 << 20
"""Bytes given to the tree builder at most; big base64 was cut out before (archive.eni.skeleton)."""
MAX_DEPTH: Final = 200
MAX_NODES: Final = 3_000_000
MAX_ATTRIBUTES: Final = 1_000
"""Of one element."""
MAX_TOKEN: Final = 4 << 20
"""Bytes of one tag, comment or processing instruction."""

_SMALL: Final = 256 << 10
"""Below this the parser's own bounds suffice and counting would cost more than parsing."""
_HUGE: Final = 8 << 20
"""Above this libxml2 needs leave for long text nodes."""
_FEED: Final = 1 << 16

_DECLARED: Final = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8", 3),
    (b"\xff\xfe\x00\x00", "", 0),  # UTF-32: nobody's; refused rather than guessed
    (b"\x00\x00\xfe\xff", "", 0),
    (b"\xff\xfe", "utf-16-le", 2),
    (b"\xfe\xff", "utf-16-be", 2),
    (b"<\x00\x00\x00", "", 0),
    (b"\x00\x00\x00<", "", 0),
    (b"<\x00", "utf-16-le", 0),
    (b"\x00<", "utf-16-be", 0),
)
ENCODINGS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "latin1": "iso-8859-1",
    **{f"iso-8859-{part}": f"iso-8859-{part}" for part in range(1, 17) if part != 12},
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    "cp1252": "cp1252",
}
"""Declared encodings that are accepted, each with Python's name; UTF-16 is known by its first bytes. In all
of them ASCII bytes mean ASCII, so that what is looked for lexically is what the parser will see; ISO/IEC 8859
was never published with a part 12."""
_PROLOG_PIECE: Final = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_parsers = threading.local()


def parse_xml(data: bytes, *, place: str = "") -> etree._ElementTree:
    """Build the tree of a document that is safe to build.

    Args:
        data: The document; UTF-8, UTF-16, a part of ISO-8859, a Windows-125x or ASCII.
        place: What findings should name.

    Returns:
        The tree, comments and processing instructions included, never with entities or a document type.

    Raises:
        XmlRefused: Not well-formed, a document type, an encoding nobody uses, or over a limit; its finding
            says which.

    Source: RD 4/2010 art. 11; OWASP XML external entities; docs/adr/0005.
    """
    if len(data) > MAX_XML:
        raise refused("ENI-XML-TOO-BIG", place, size=len(data), limit=MAX_XML)
    require_no_doctype(data, place)
    if len(data) > _SMALL and not plainly_bounded(data):
        require_bounded(data, place)
    try:
        root = etree.fromstring(data, _parser(len(data) > _HUGE))
    except (etree.XMLSyntaxError, ValueError) as cause:
        raise refused("ENI-XML-MALFORMED", place, detail=cause) from cause
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None:  # the lexical check said no: belt and braces
        raise refused("ENI-XML-DOCTYPE", place)
    return tree


def parse_again(written: bytes) -> etree._ElementTree:
    """Build the tree of what a tree of `parse_xml` was written to: the guards have seen it already.

    Args:
        written: UTF-8 without declaration or document type, as lxml wrote it.

    Raises:
        XmlRefused: Not well-formed.
    """
    try:
        return etree.fromstring(written, _parser(len(written) > _HUGE)).getroottree()
    except (etree.XMLSyntaxError, ValueError) as cause:
        raise refused("ENI-XML-MALFORMED", detail=cause) from cause


def refused(code: str, place: str = "", **values: object) -> XmlRefused:
    """Make the error that carries this finding."""
    found = finding(code, place, **values)
    return XmlRefused(found.message("en"), place=place, findings=(found,))


def encoding_of(head: bytes, place: str = "") -> str:
    """Return Python's name of the encoding that the first bytes of a document say.

    Raises:
        XmlRefused: None of those accepted. A parser that knows more encodings than its guard (UTF-7,
            EBCDIC, UTF-32) is how document types were smuggled past guards.
    """
    for start, name, _ in _BOMS:
        if head.startswith(start):
            if not name:
                raise refused("ENI-XML-ENCODING", place, value="UTF-32")
            if name != "utf-8":
                return name
            head = head[3:]
            break
    declared = _DECLARED.match(head[:1024])
    if declared is None:
        return "utf-8"
    name = declared[1].decode("ascii")
    if name.lower() not in ENCODINGS:
        raise refused("ENI-XML-ENCODING", place, value=name)
    return ENCODINGS[name.lower()]


def require_no_doctype(data: bytes, place: str = "") -> None:
    """Refuse a document whose prolog holds a document type, in whatever accepted encoding.

    Raises:
        XmlRefused: It has one, or its prolog does not lead to an element.
    """
    encoding = encoding_of(data[:1024], place)
    size = 4096
    while True:
        text = data[:size].decode(encoding, "replace").lstrip("\ufeff")
        at = 0
        while piece := _PROLOG_PIECE.match(text, at):
            at = piece.end()
        rest = text[at : at + 4]
        if size >= len(data) or (len(rest) == 4 and not rest.startswith(("<!--", "<?"))):
            break
        size *= 8
    if rest.startswith("<!") and not rest.startswith("<!--"):
        raise refused("ENI-XML-DOCTYPE", place)
    if rest.startswith(("<!--", "<?")) or not rest.startswith("<"):
        raise refused("ENI-XML-MALFORMED", place, detail="no element after the prolog")


def plainly_bounded(data: bytes) -> bool:
    """Tell whether so few tags and attributes can be in a document that no limit is in reach.

    Every element, comment and instruction has a `<` and every attribute a `=`, in every encoding accepted; so
    it is with a file of much base64 in few elements. False says nothing.
    """
    few = _has_at_most(MAX_DEPTH, b"<", data) and _has_at_most(MAX_ATTRIBUTES, b"=", data)
    return few and len(data) <= MAX_TOKEN


def _has_at_most(limit: int, mark: bytes, data: bytes) -> bool:
    at = -1
    for _ in range(limit + 1):
        at = data.find(mark, at + 1)
        if at < 0:
            return True
    return False


def require_bounded(data: bytes, place: str = "") -> None:
    """Refuse depth, attributes, nodes or tokens beyond the limits, without building a tree.

    Raises:
        XmlRefused: Over a limit, or not well-formed.
    """
    counter = _Counter(place)
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartElementHandler = counter.start
    parser.EndElementHandler = counter.end
    parser.CommentHandler = parser.ProcessingInstructionHandler = counter.other
    feed_bounded(parser, [memoryview(data)], place)


def feed_bounded(parser: expat.XMLParserType, pieces: Iterable[bytes | memoryview], place: str = "") -> None:
    """Feed expat, refusing tokens (tags, comments, instructions) that it would have to hold whole.

    Raises:
        XmlRefused: A token over `MAX_TOKEN`, or not well-formed.
    """
    fed = 0
    try:
        for piece in pieces:
            for at in range(0, len(piece), _FEED):
                part = bytes(piece[at : at + _FEED])
                parser.Parse(part, False)
                fed += len(part)
                if fed - max(parser.CurrentByteIndex, 0) > MAX_TOKEN:
                    raise refused("ENI-XML-LIMIT", place, what="token", limit=MAX_TOKEN)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as cause:
        # The last two: UTF-16 whose declaration says an encoding that Python has not, or not for expat.
        raise refused("ENI-XML-MALFORMED", place, detail=cause) from cause


class _Counter:
    """Counts what expat tells and refuses at the first excess."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._depth = 0
        self._nodes = 0

    def start(self, _name: str, attributes: list[str]) -> None:
        self._depth += 1
        self._count(1 + len(attributes) // 2)
        if self._depth > MAX_DEPTH:
            raise refused("ENI-XML-LIMIT", self._place, what="depth", limit=MAX_DEPTH)
        if len(attributes) > 2 * MAX_ATTRIBUTES:
            raise refused("ENI-XML-LIMIT", self._place, what="attributes", limit=MAX_ATTRIBUTES)

    def end(self, _name: str) -> None:
        self._depth -= 1

    def other(self, *_: str) -> None:
        self._count(1)

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise refused("ENI-XML-LIMIT", self._place, what="nodes", limit=MAX_NODES)


def _parser(huge: bool) -> etree.XMLParser:
    """Return this thread's parser: making one costs as much as parsing a small document."""
    name = "huge" if huge else "plain"
    made: etree.XMLParser | None = getattr(_parsers, name, None)
    if made is None:
        made = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            attribute_defaults=False,
            huge_tree=huge,
            collect_ids=False,
        )
        setattr(_parsers, name, made)
    return made
