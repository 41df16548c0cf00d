# SPDX-License-Identifier: EUPL-1.2
"""Cross-reference sections of a PDF, from the youngest to the oldest: which octets are which object.

Entries are looked up where they stand; only the sections of later updates are ever listed whole, so the
time does not grow with the document.

Source: ISO 32000-1 section 7.5.4 (table), 7.5.8 (stream and hybrid).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from preservation.signatures.pdf.syntax import (
    WHITE,
    Broken,
    Dictionary,
    Octets,
    Stream,
    read_indirect,
    read_value,
    skip,
)

MAX_SECTIONS: Final = 2000
"""Updates of one file."""
MAX_SUBSECTIONS: Final = 200_000
_SUBSECTION: Final = re.compile(rb"[\x00\t\n\x0c\r ]*(\d{1,10})[ \t]+(\d{1,10})[\x00\t\n\x0c\r ]*")
_ENTRY: Final = re.compile(rb"[\x00\t\n\x0c\r ]*(\d{10})[ \t]+(\d{5})[ \t]+([nf])")
_START: Final = re.compile(rb"startxref[\x00\t\n\x0c\r ]*(\d{1,20})")


class Entry(NamedTuple):
    """Where an object is: at an offset, in an object stream, or nowhere."""

    kind: str
    """`n` at an offset, `f` free, `c` in an object stream."""
    where: int
    """Offset, or number of the object stream."""
    extra: int
    """Generation, or place in the object stream."""


@dataclass(slots=True)
class Section:
    """One cross-reference section with its trailer."""

    offset: int
    end: int
    """After its trailer dictionary or the head of its stream."""
    trailer: Dictionary
    number: int = 0
    """Object number of a cross-reference stream."""
    _find: Callable[[int], Entry | None] = field(default=lambda _: None, repr=False)
    _list: Callable[[], Iterator[tuple[int, Entry]]] = field(default=lambda: iter(()), repr=False)
    hybrid: Section | None = None
    """The stream that a table refers to by /XRefStm."""

    def find(self, number: int) -> Entry | None:
        """Return what it says of an object; None where it says nothing."""
        found = self._find(number)
        if self.hybrid is not None and (found is None or found.kind == "f"):
            # 7.5.8.4: what the table hides is looked up in the stream
            return self.hybrid.find(number) or found
        return found

    def streams(self) -> set[int]:
        """Return the numbers of the object streams that it uses."""
        found = {entry.where for _, entry in self.entries() if entry.kind == "c"} if self.number else set()
        return found if self.hybrid is None else found | self.hybrid.streams()

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """Yield everything that it says."""
        yield from self._list()
        if self.hybrid is not None:
            yield from self.hybrid.entries()


def last_start(data: Octets, end: int) -> int:
    """Return the offset that the last `startxref` before `end` names.

    Raises:
        Broken: There is none.
    """
    at = data.rfind(b"startxref", 0, end)
    found = _START.match(data, at) if at >= 0 else None
    if found is None:
        raise Broken("no startxref")
    return int(found[1])


def sections_from(data: Octets, start: int, unfold: Callable[[Stream], bytes]) -> list[Section]:
    """Read the chain of sections that begins at an offset, youngest first.

    Args:
        data: The file.
        start: Offset of the youngest.
        unfold: Decodes a cross-reference stream, which is never encrypted.

    Raises:
        Broken: A section cannot be read, or the chain comes back to itself.
    """
    found: list[Section] = []
    seen: set[int] = set()
    at: int | None = start
    while at is not None:
        if at in seen or len(found) >= MAX_SECTIONS:
            raise Broken("the cross-references run in a circle")
        seen.add(at)
        section = read_section(data, at, unfold)
        hidden = section.trailer.get("XRefStm")
        if isinstance(hidden, int) and not section.number:
            section.hybrid = read_section(data, hidden, unfold)
        found.append(section)
        previous = section.trailer.get("Prev")
        if previous is not None and not isinstance(previous, int):
            raise Broken("/Prev is no offset")
        at = previous
    return found


def read_section(data: Octets, at: int, unfold: Callable[[Stream], bytes]) -> Section:
    """Read one section.

    Raises:
        Broken: There is none at this offset.
    """
    if at < 0 or at >= len(data):
        raise Broken("a cross-reference outside the file")
    begin = skip(data, at)
    if data[begin : begin + 4] == b"xref":
        return _table(data, at, begin + 4)
    return _stream(data, at, unfold)


def _table(data: Octets, offset: int, at: int) -> Section:
    parts: list[tuple[int, int, int]] = []
    odd: dict[int, Entry] = {}
    while data[(at := skip(data, at)) : at + 7] != b"trailer":
        head = _SUBSECTION.match(data, at)
        if head is None or len(parts) > MAX_SUBSECTIONS:
            raise Broken(f"damaged cross-reference table at offset {at}")
        first, count, at = int(head[1]), int(head[2]), head.end()
        if _regular(data, at, count):
            parts.append((first, count, at))
            at += 20 * count
            continue
        for number in range(first, first + count):
            entry = _ENTRY.match(data, at)
            if entry is None:
                raise Broken(f"damaged cross-reference entry at offset {at}")
            odd[number] = Entry(entry[3].decode(), int(entry[1]), int(entry[2]))
            at = entry.end()
    trailer, end = read_value(data, at + 7)
    if not isinstance(trailer, Dictionary):
        raise Broken("a trailer that is no dictionary")

    locate = _locator(parts)

    def find(number: int) -> Entry | None:
        part = locate(number)
        return odd.get(number) if part is None else _entry(data, part[2] + 20 * (number - part[0]))

    def every() -> Iterator[tuple[int, Entry]]:
        for first, count, base in parts:
            for number in range(count):
                yield first + number, _entry(data, base + 20 * number)
        yield from odd.items()

    return Section(offset, end, trailer, 0, find, every)


def _locator(parts: list[tuple[int, int, int]]) -> Callable[[int], tuple[int, int, int] | None]:
    """Return what finds the subsection of a number.

    Raises:
        Broken: Two subsections speak of the same object, and readers would choose differently.
    """
    ordered = sorted(each for each in parts if each[1])
    if any(one[0] + one[1] > two[0] for one, two in pairwise(ordered)):
        raise Broken("a cross-reference that says two things of one object")
    firsts = [first for first, _, _ in ordered]

    def locate(number: int) -> tuple[int, int, int] | None:
        place = bisect_right(firsts, number) - 1
        if place < 0 or number >= ordered[place][0] + ordered[place][1]:
            return None
        return ordered[place]

    return locate


def _regular(data: Octets, at: int, count: int) -> bool:
    """Tell whether entries have the 20 octets that the norm gives them; the last may lack its line end."""
    if not count:
        return True
    last = data[at + 20 * (count - 1) : at + 20 * count + 1]
    first = data[at : at + 20]
    return (
        len(last) > 18
        and all(_ENTRY.match(each) is not None and each[:1] not in WHITE for each in (first, last))
        and last[18:20].strip(WHITE) == b""
        and last[20:] not in WHITE[1:4]
    )


def _entry(data: Octets, at: int) -> Entry:
    raw = data[at : at + 18]
    try:
        return Entry(raw[17:18].decode("ascii"), int(raw[:10]), int(raw[11:16]))
    except ValueError as cause:
        raise Broken(f"damaged cross-reference entry at offset {at}") from cause


def _stream(data: Octets, offset: int, unfold: Callable[[Stream], bytes]) -> Section:
    found = read_indirect(data, offset)
    stream = found.value
    if not isinstance(stream, Stream) or stream.dictionary.get("Type") != "XRef":
        raise Broken(f"no cross-reference at offset {offset}")
    trailer = stream.dictionary
    widths, size = trailer.get("W"), trailer.get("Size")
    if not (
        isinstance(widths, list)
        and len(widths) == 3
        and all(isinstance(w, int) and 0 <= w <= 8 for w in widths)
    ):
        raise Broken("a cross-reference stream without widths")
    index = trailer.get("Index", [0, size])
    if not (isinstance(index, list) and all(isinstance(each, int) and each >= 0 for each in index)):
        raise Broken("a cross-reference stream with a senseless index")
    rows, wide = unfold(stream), sum(widths)
    if not wide:
        raise Broken("a cross-reference stream without widths")
    parts: list[tuple[int, int, int]] = []
    base = 0
    for first, count in zip(index[::2], index[1::2], strict=False):
        parts.append((first, min(count, max(0, len(rows) // wide - base)), base))
        base += count
    one, two, _ = widths

    def row(place: int) -> Entry:
        raw = rows[place * wide : (place + 1) * wide]
        kind = int.from_bytes(raw[:one], "big") if one else 1
        where, extra = int.from_bytes(raw[one : one + two], "big"), int.from_bytes(raw[one + two :], "big")
        return Entry({1: "n", 2: "c"}.get(kind, "f"), where, extra)

    locate = _locator(parts)

    def find(number: int) -> Entry | None:
        part = locate(number)
        return None if part is None else row(part[2] + number - part[0])

    def every() -> Iterator[tuple[int, Entry]]:
        for first, count, start in parts:
            for number in range(count):
                yield first + number, row(start + number)

    return Section(offset, found.end, trailer, found.number, find, every)
