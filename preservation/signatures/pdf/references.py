# SPDX-License-Identifier: EUPL-1.2
"""Which objects refer to a given object: a change is harmless only in every place where the object is used.

The whole file is searched once for everything that reads like a reference to one of the numbers asked for;
each hit is then confirmed in the parsed object around it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, NamedTuple

from preservation.signatures.pdf.document import PdfFile, View
from preservation.signatures.pdf.syntax import WHITE, Broken, Ref, Stream

MAX_HITS: Final = 200_000
MAX_SEARCHES: Final = 20
BIG: Final = 4 << 20
"""Bytes of a file from which long streams are worth finding."""
LONG: Final = 64 << 10
_REFERENCE: Final = re.compile(
    rb"(?<!\d)(\d{1,10}+)(?:[\x00\t\n\x0c\r ]|%[^\r\n]*+[\r\n])++"
    rb"\d{1,5}+(?:[\x00\t\n\x0c\r ]|%[^\r\n]*+[\r\n])++R"
)
"""Possessive: the padding of a signature is a number of many thousand digits."""
_HEAD: Final = re.compile(rb"(\d+)[\x00\t\n\x0c\r ]+(\d+)[\x00\t\n\x0c\r ]+obj")
_HEAD_ROOM: Final = 48
_TRIES: Final = 4096


class Use(NamedTuple):
    """One reference to an object."""

    holder: int
    """Number of the indirect object in which it stands."""
    path: tuple[str, ...]
    """Keys that lead to it; places in arrays are left out."""


class References:
    """References to some objects of a file, in any of its revisions."""

    def __init__(self, file: PdfFile, wanted: Collection[int]) -> None:
        """Search.

        Raises:
            Broken: Too many hits, or an object stream that cannot be unfolded.
        """
        self._file = file
        self._hits: dict[int, list[int]] = {}
        self._packed: dict[int, list[tuple[int, int]]] = {}
        self._count = self._searches = 0
        self._known: set[int] = set()
        self._opaque = [*file.opaque, *_long_streams(file)]
        self._find(frozenset(wanted))

    def _find(self, numbers: frozenset[int]) -> None:
        file = self._file
        self._searches += 1
        if self._searches > MAX_SEARCHES:
            raise Broken("too many objects to be looked up")
        self._known |= numbers
        for at, number in self._search(file.data, numbers, self._opaque):
            self._hits.setdefault(number, []).append(at)
        for stream, offset in file.object_streams():
            starts, data = file.packed_octets(offset, stream)
            for at, number in self._search(data, numbers):
                place = bisect_right(starts, at) - 1
                if place >= 0:
                    self._packed.setdefault(number, []).append((offset, place))

    def _search(
        self, data: Any, wanted: frozenset[int], opaque: Sequence[tuple[int, int]] = ()
    ) -> Iterator[tuple[int, int]]:
        at = 0
        for start, end in (*sorted(opaque), (len(data), len(data))):
            for found in _REFERENCE.finditer(data, at, start):
                number = int(found[1])
                if number in wanted:
                    self._count += 1
                    if self._count > MAX_HITS:
                        raise Broken("too many references")
                    yield found.start(), number
            at = max(at, end)

    def uses(self, number: int, view: View) -> list[Use]:
        """Return every reference to an object from the living objects of a revision.

        Raises:
            Broken: An object that may hold one cannot be read.
        """
        if number not in self._known:
            self._find(frozenset({number}))
        holders: dict[int, Any] = {}
        for at in self._hits.get(number, ()):
            found = self._around(at, view) if at < view.limit else None
            if found is not None:
                holders[found] = view.get(found, view.generation(found))
        for offset, place in self._packed.get(number, ()):
            inside = self._file.packed_number(offset, place)
            entry = view.entry(inside)
            if entry is not None and entry.kind == "c" and view.offset_of(entry.where) == offset:
                holders[inside] = view.get(inside)
        return [
            Use(holder, path)
            for holder, value in holders.items()
            if not _is_trailer(value)
            for path in paths_to(number, value)
        ]

    def _around(self, at: int, view: View) -> int | None:
        """Return the living object whose octets hold an offset."""
        data, end = self._file.data, at
        for _ in range(_TRIES):
            end = data.rfind(b"obj", 0, end)
            if end < 0:
                return None
            if data[end - 3 : end] == b"end":
                continue
            for head in _HEAD.finditer(data, max(0, end - _HEAD_ROOM), end + 3):
                where = view.offset_of(int(head[1]))
                if 0 <= where <= head.start() and not data[where : head.start()].strip(WHITE):
                    return int(head[1])
        raise Broken("a reference that cannot be placed")


def _long_streams(file: PdfFile) -> list[tuple[int, int]]:
    """Return the octets of long streams in which no cross-reference of any revision places an object.

    What stands inside a stream is no reference; pictures make most of a big file.
    """
    if len(file.data) < BIG:
        return []
    entries = [each for section in file.sections for each in section.entries() if each[1].kind == "n"]
    places = sorted({(entry.where, number, entry.extra) for number, entry in entries})
    ends = [*(where for where, _, _ in places[1:]), len(file.data)]
    found = []
    for (where, number, generation), end in zip(places, ends, strict=True):
        if end - where > LONG:
            try:
                stream = file.object_at(where, number, generation)
                size = file.last.resolve(stream.dictionary.get("Length")) if isinstance(stream, Stream) else 0
            except Broken:
                continue
            if type(size) is int and LONG < size <= end - stream.start:
                found.append((stream.start, stream.start + size))
    return found


def _is_trailer(value: Any) -> bool:
    return isinstance(value, Stream) and value.dictionary.get("Type") == "XRef"


def paths_to(number: int, value: Any) -> Iterator[tuple[str, ...]]:
    """Yield the path of every reference to a number inside one object."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, Ref):
            if one.number == number:
                yield path
        elif isinstance(one, Stream):
            waiting.append((path, one.dictionary))
        elif isinstance(one, dict):
            waiting += [((*path, key), inner) for key, inner in one.items()]
        elif isinstance(one, list):
            waiting += [(path, inner) for inner in one]
