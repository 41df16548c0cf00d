# SPDX-License-Identifier: EUPL-1.2
"""Two ways to find the big base64 texts of an XML: a fast lexical one and an exact one.

The lexical way knows no XML: it takes what stands between something like `<x:ValorBinario>` and the next
`<`. Comments, CDATA and processing instructions can fool it; `archive.eni.skeleton` notices, because the
token that was put in place of the text is then not the text of an element, and asks expat instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from archive.eni.sources import Source
from archive.xml import MAX_XML, feed_bounded, refused

NAMES: Final = ("ValorBinario", "FirmaBase64", "documentoEniBytes", "expedienteEniBytes")
"""Elements whose text is base64 and may be big."""
TOKEN: Final = "LONGEVA/CUT/"  # noqa: S105 - a mark, not a secret
MOST_CUTS: Final = 100_000
"""Big base64 texts in one file."""
THRESHOLD: Final = 1024
"""Bytes of text below which nothing is gained by cutting."""

_NAMES: Final = "|".join(NAMES).encode()
_OPEN: Final = re.compile(rb"<(?:[^\s<>/:&\"'=!?]{1,64}:)?(?:%b)(?:\s[^<>]{0,1024})?>" % _NAMES)
_OPEN_LIMIT: Final = 1024 + 64 + 64
_TAG: Final = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>")


@dataclass(frozen=True, slots=True)
class Cut:
    """A base64 text that was taken out of the skeleton."""

    token: str
    """What stands in its place: itself valid base64, so that the schema does not mind."""
    offset: int
    """First byte of the text in the received file."""
    length: int
    """Bytes of the text in the received file, line breaks and all."""
    mixed: bool = False
    """Comments, CDATA or processing instructions stand in it: only a parser can read it."""


@dataclass(frozen=True, slots=True)
class Sliced:
    """A skeleton with what was cut out."""

    xml: bytes
    cuts: tuple[Cut, ...]


def slice_lexically(source: Source, place: str, most: int = MAX_XML) -> Sliced:
    """Cut without parsing; right in all but contrived files, and the caller can tell.

    Limits: constant memory; what is not cut must fit `most` when streaming.

    Raises:
        XmlRefused: What is left is bigger than a tree may be.
    """
    if source.data is not None:
        return _slice_memory(source.data)
    slicer = _StreamSlicer(place, most)
    for piece in source.pieces():
        slicer.feed(bytes(piece))
    return slicer.close()


def slice_exactly(source: Source, encoding: str, place: str) -> Sliced:
    """Cut where a real parser says that the elements start and end; several times slower.

    Raises:
        XmlRefused: Not well-formed or over a limit.
    """
    watcher = _Watcher(place)
    parser = expat.ParserCreate()
    watcher.watch(parser)
    feed_bounded(parser, source.pieces(), place)
    parts: list[bytes] = []
    cuts: list[Cut] = []
    at = 0
    if source.size - sum(end - start for start, end, _ in watcher.regions) > MAX_XML:
        raise refused("ENI-XML-TOO-BIG", place, size=source.size, limit=MAX_XML)
    for start, end, mixed in watcher.regions:
        head = b"".join(source.pieces(start, min(1 << 16, end - start)))
        tag = _TAG.match(head.decode(encoding, "replace"))
        first = end if tag is None else start + len(tag[0].encode(encoding))
        if end - first < THRESHOLD:
            continue
        cut = Cut(_token(len(cuts)), first, end - first, mixed=mixed)
        cuts.append(cut)
        parts += [b"".join(map(bytes, source.pieces(at, first - at))), cut.token.encode(encoding)]
        at = end
    parts += map(bytes, source.pieces(at))
    return Sliced(b"".join(parts), tuple(cuts))


def _slice_memory(data: bytes) -> Sliced:
    parts: list[bytes] = []
    cuts: list[Cut] = []
    kept = at = 0
    while found := _OPEN.search(data, at):
        start = found.end()
        end = at = data.find(b"<", start)
        if end < 0:
            break
        if end - start < THRESHOLD:
            continue
        cut = Cut(_token(len(cuts)), start, end - start)
        cuts.append(cut)
        parts += [data[kept:start], cut.token.encode()]
        kept = end
    return Sliced(b"".join([*parts, data[kept:]]), tuple(cuts))


class _StreamSlicer:
    """The lexical way over pieces: copies what is kept, counts what is cut."""

    def __init__(self, place: str, most: int) -> None:
        self._place = place
        self._most = most
        self._out = bytearray()
        self._cuts: list[Cut] = []
        self._rest = b""
        self._read = 0  # file offset of the first byte of _rest
        self._cut_start = -1  # file offset of a text being counted
        self._held = b""  # its beginning, until it is long enough to be worth a cut

    def feed(self, piece: bytes) -> None:
        self._rest += piece
        while self._step():
            pass

    def close(self) -> Sliced:
        self._keep(self._held + self._rest)
        return Sliced(bytes(self._out), tuple(self._cuts))

    def _step(self) -> bool:
        return self._text() if self._cut_start >= 0 else self._markup()

    def _markup(self) -> bool:
        found = _OPEN.search(self._rest)
        # Without a match, a tag may still be cut in two: leave as much as a tag may take.
        used = found.end() if found else max(0, len(self._rest) - _OPEN_LIMIT)
        self._keep(self._rest[:used])
        self._rest = self._rest[used:]
        self._read += used
        if found:
            self._cut_start = self._read
            self._held = b""
        return found is not None

    def _text(self) -> bool:
        end = self._rest.find(b"<")
        used = len(self._rest) if end < 0 else end
        if len(self._held) < THRESHOLD:
            self._held += self._rest[:THRESHOLD] if used > THRESHOLD else self._rest[:used]
        self._rest = self._rest[used:]
        self._read += used
        if end < 0:
            return False
        length = self._read - self._cut_start
        if length < THRESHOLD:
            self._keep(self._held)
        else:
            cut = Cut(_token(len(self._cuts)), self._cut_start, length)
            self._cuts.append(cut)
            self._keep(cut.token.encode())
        self._cut_start = -1
        self._held = b""
        return True

    def _keep(self, kept: bytes) -> None:
        self._out += kept
        if len(self._out) > self._most:
            raise refused("ENI-XML-TOO-BIG", self._place, size=len(self._out), limit=self._most)


class _Watcher:
    """Notes where expat sees the elements that hold base64, and what disturbs their text."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.regions: list[tuple[int, int, bool]] = []
        self._depth = 0
        self._inside = 0
        self._start = 0
        self._mixed = False
        self._children = False

    def watch(self, parser: expat.XMLParserType) -> None:
        def start(name: str, _attributes: object) -> None:
            self._depth += 1
            self._children = True  # of whatever was open
            if name.rpartition(":")[2] in NAMES:
                self._inside, self._start = self._depth, parser.CurrentByteIndex
                self._mixed = self._children = False

        def end(_name: str) -> None:
            if self._inside == self._depth:
                self._inside = 0
                length = parser.CurrentByteIndex - self._start
                if not self._children and length > THRESHOLD:
                    self.regions.append((self._start, parser.CurrentByteIndex, self._mixed))
                if len(self.regions) > MOST_CUTS:
                    raise refused("ENI-XML-LIMIT", self._place, what="base64", limit=MOST_CUTS)
            self._depth -= 1

        def disturb(*_: object) -> None:
            self._mixed = True

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CommentHandler = parser.ProcessingInstructionHandler = disturb
        parser.StartCdataSectionHandler = disturb


def _token(number: int) -> str:
    return f"{TOKEN}{number:08d}"
