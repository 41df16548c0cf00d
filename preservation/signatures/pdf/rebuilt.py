# SPDX-License-Identifier: EUPL-1.2
"""A PDF whose cross-references cannot be followed, put together from the objects that stand in it.

Readers do this, each in its own way, so of what follows a signature nothing can be said; but a signature over
the whole file covers every way of reading it.

Source: ISO 32000-1 annex C.2 asks nothing of damaged files; readers take the last object of each number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from preservation.signatures.pdf.crossref import Entry, Section
from preservation.signatures.pdf.syntax import Broken, Dictionary, Octets, Stream, read_indirect, read_value

MAX_OBJECTS: Final = 200_000
MAX_STREAMS: Final = 2_000
_OBJECT: Final = re.compile(rb"(?<!\d)(\d{1,10}+)[\x00\t\n\x0c\r ]++(\d{1,5}+)[\x00\t\n\x0c\r ]++obj")
_TRAILER: Final = re.compile(rb"trailer[\x00\t\n\x0c\r ]*+<<")


def rebuilt_section(data: Octets) -> tuple[Section, list[int]]:
    """Return one section that lists every object, and the offsets of the object streams among them.

    Raises:
        Broken: Too many objects, or no catalog.
    """
    entries: dict[int, Entry] = {}
    for count, found in enumerate(_OBJECT.finditer(data)):
        if count > MAX_OBJECTS:
            raise Broken("a damaged file of too many objects")
        entries[int(found[1])] = Entry("n", found.start(), int(found[2]))
    packed: list[int] = []
    trailers: list[Dictionary] = []
    for number, entry in entries.items():
        head = data[entry.where : entry.where + 400]
        if len(packed) < MAX_STREAMS and (b"ObjStm" in head or b"XRef" in head):
            _note(data, number, entry.where, packed, trailers)
    for place in _TRAILER.finditer(data):
        try:
            value, _ = read_value(data, place.end() - 2)
        except Broken:
            continue
        if isinstance(value, Dictionary):
            trailers.append(value)
    trailer = next((each for each in reversed(trailers) if "Root" in each), None)
    if trailer is None:
        raise Broken("neither cross-references nor a trailer")

    def every() -> Iterator[tuple[int, Entry]]:
        yield from entries.items()

    return Section(0, 0, trailer, 0, entries.get, every), packed


def _note(data: Octets, number: int, where: int, packed: list[int], trailers: list[Dictionary]) -> None:
    try:
        value = read_indirect(data, where).value
    except Broken:
        return
    if isinstance(value, Stream):
        kind = value.dictionary.get("Type")
        if kind == "ObjStm":
            packed.append(number)
        elif kind == "XRef":
            trailers.append(value.dictionary)
