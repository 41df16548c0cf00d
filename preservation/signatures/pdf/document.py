# SPDX-License-Identifier: EUPL-1.2
"""A PDF file as a line of revisions: any object as it stood after any update.

Source: ISO 32000-1 section 7.5 (file structure), 7.5.6 (incremental updates), 7.5.7 (object streams).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from preservation.signatures.pdf.crossref import Entry, Section, last_start, sections_from
from preservation.signatures.pdf.filters import MAX_DECODED, decode
from preservation.signatures.pdf.rebuilt import rebuilt_section
from preservation.signatures.pdf.syntax import (
    MAX_VALUES,
    Broken,
    Budget,
    Dictionary,
    Octets,
    Ref,
    Stream,
    read_indirect,
    read_value,
    skip,
)

MAX_CHAIN: Final = 32
"""References that lead to references."""
MAX_UNFOLDED: Final = 256 << 20
"""Bytes that all object streams together may unfold to."""
_END: Final = b"endstream"


@dataclass(slots=True)
class _Packed:
    """An object stream: its objects are read when they are asked for."""

    data: bytes
    numbers: list[int]
    starts: list[int]
    read: dict[int, Any] = field(default_factory=dict)

    def find(self, number: int, place: int, budget: Budget) -> Any:
        """Return an object, at its place or wherever it is."""
        if place >= len(self.numbers) or self.numbers[place] != number:
            if number not in self.numbers:
                return None
            place = self.numbers.index(number)
        if place not in self.read:
            self.read[place] = read_value(self.data, self.starts[place], 0, budget)[0]
        return self.read[place]


class PdfFile:
    """The octets, the cross-references, and every object once it was read."""

    def __init__(self, data: Octets) -> None:
        """Read the cross-references.

        Raises:
            Broken: They cannot be followed.
        """
        self.data = data
        if data.find(b"%PDF-", 0, 1024) < 0:
            raise Broken("no PDF header")
        self._unfolded = 0
        self._objects: dict[int, Any] = {}
        self._packed: dict[int, _Packed] = {}
        self._streams: list[tuple[int, int]] | None = None
        self.secrets: Any = None
        """Opens encrypted strings and streams; None where nothing is encrypted."""
        self.opaque: list[tuple[int, int]] = []
        """Hexadecimal strings of signatures, in which nothing else can stand."""
        self.ends: tuple[dict[int, int], Budget] = {}, Budget(4 * MAX_VALUES)
        self.searched: Any = None
        """What the analysis of changes found out once for all signatures."""
        self.budget = Budget()
        self.damage = ""
        """Why the cross-references could not be followed; empty where they could."""
        self.sections: list[Section]
        """Youngest first."""
        packed: list[int] = []
        try:
            self.sections = sections_from(data, last_start(data, len(data)), self._plain)
            _ = View(self, 0).root
        except Broken as damage:
            if "circle" in str(damage):
                raise
            self.damage = str(damage)
            section, packed = rebuilt_section(data)
            self.sections = [section]
            self._objects.clear()
        self.last = View(self, 0)
        for number in packed:
            self.last.adopt(number)

    def at_section(self, offset: int, limit: int) -> View | None:
        """Return the file as it stood when the section at this offset was the youngest, up to a limit."""
        for place, section in enumerate(self.sections):
            if section.offset == offset:
                view = self.last if not place else View(self, place)
                view.limit = limit if place else view.limit
                return view
        return None

    def revision_number(self, view: View) -> int:
        """Return which revision a view shows, from 1; the two sections of a linearized file are one."""
        older = self.sections[view.place :]
        return 1 + sum(young.offset > old.offset for young, old in pairwise(older))

    def object_at(self, offset: int, number: int, generation: int) -> Any:
        """Return the object at an offset.

        Raises:
            Broken: Another object or none stands there.
        """
        if offset not in self._objects:
            found = read_indirect(self.data, offset, self.budget)
            if (found.number, found.generation) != (number, generation):
                raise Broken(f"object {number} is not where the cross-reference says")
            self._objects[offset] = found.value
        return self._objects[offset]

    def packed(self, offset: int, stream: Any, unfold: Any) -> _Packed:
        """Return an object stream, unfolded."""
        if offset not in self._packed:
            self._packed[offset] = self._unpack(stream, unfold)
        return self._packed[offset]

    def packed_octets(self, offset: int, number: int) -> tuple[list[int], bytes]:
        """Return where the objects of an object stream begin in its unfolded octets, and these."""
        packed = self._packed_at(offset, number)
        return packed.starts, packed.data

    def packed_number(self, offset: int, place: int) -> int:
        """Return the number of an object in an object stream that was unfolded."""
        return self._packed[offset].numbers[place]

    def _packed_at(self, offset: int, number: int) -> _Packed:
        for place, section in enumerate(self.sections):
            entry = section.find(number)
            if entry is not None and entry.kind == "n" and entry.where == offset:
                view = self.last if not place else View(self, place)
                view.unpacked(number)
                return self._packed[offset]
        raise Broken("an object stream that no cross-reference names")

    def object_streams(self) -> list[tuple[int, int]]:
        """Return number and offset of every object stream that any cross-reference uses."""
        if self._streams is None:
            numbers: set[int] = set()
            for section in self.sections:
                numbers.update(section.streams())
            found = {
                (number, entry.where)
                for number in numbers
                for section in self.sections
                if (entry := section.find(number)) is not None and entry.kind == "n"
            }
            self._streams = sorted(found)
        return self._streams

    def _unpack(self, stream: Any, unfold: Any) -> _Packed:
        if not isinstance(stream, Stream) or stream.dictionary.get("Type") != "ObjStm":
            raise Broken("no object stream where one should be")
        data = unfold(stream)
        self._unfolded += len(data)
        if self._unfolded > MAX_UNFOLDED:
            raise Broken("object streams of too many bytes")
        count, first = stream.dictionary.get("N"), stream.dictionary.get("First")
        if not (isinstance(count, int) and isinstance(first, int) and 0 <= count <= len(data)):
            raise Broken("a damaged object stream")
        try:
            heads = [int(each) for each in data[:first].split()[: 2 * count]]
        except ValueError as cause:
            raise Broken("a damaged object stream") from cause
        starts = [first + each for each in heads[1::2]]
        if starts != sorted(starts):
            raise Broken("an object stream whose objects are out of order")
        return _Packed(data, heads[::2], starts)

    def raw(self, stream: Stream, length: Any) -> bytes:
        """Return the encoded octets of a stream.

        Raises:
            Broken: They do not end where they say.
        """
        if stream.dictionary.get("F") is not None:
            raise Broken("a stream in another file")
        data = self.data
        if isinstance(length, int) and 0 <= length <= len(data) - stream.start:
            end = stream.start + length
            behind = skip(data, end) if data[end : end + 1] != b"e" else end
            if data[behind : behind + 9] == _END:
                return data[stream.start : end]
        end = data.find(_END, stream.start)
        if end < 0:
            raise Broken("a stream without end")
        if data[end - 2 : end] == b"\r\n":
            end -= 2
        elif data[end - 1 : end] in {b"\r", b"\n"}:
            end -= 1
        return data[stream.start : max(end, stream.start)]

    def _plain(self, stream: Stream) -> bytes:
        """Decode a cross-reference stream: direct values alone, never encrypted."""
        head = stream.dictionary
        return decode(self.raw(stream, head.get("Length")), head.get("Filter"), head.get("DecodeParms"))


class View:
    """The file as it stood after one of its updates."""

    def __init__(self, file: PdfFile, place: int) -> None:
        self.file = file
        self.place = place
        """Of its youngest section in the file's list; 0 is the file as it stands."""
        self.trailer = file.sections[place].trailer
        self.limit = len(file.data)
        """Offset after its last octet."""
        self._known: dict[int, Entry | None] = {}

    def entry(self, number: int) -> Entry | None:
        """Return where an object is; None where it is free or unknown."""
        if number not in self._known:
            found = None
            for section in self.file.sections[self.place :]:
                found = section.find(number)
                if found is not None:
                    break
            absent = found is None or found.kind == "f" or (found.kind == "n" and found.where >= self.limit)
            self._known[number] = None if absent else found
        return self._known[number]

    def get(self, number: int, generation: int = 0) -> Any:
        """Return an object by number; None where there is none (7.3.10).

        Raises:
            Broken: It cannot be read.
        """
        found = self.entry(number)
        if found is None:
            return None
        if found.kind == "n":
            return (
                self.file.object_at(found.where, number, found.extra) if found.extra == generation else None
            )
        if generation:
            return None
        packed = self.unpacked(found.where)
        return None if packed is None else packed.find(number, found.extra, self.file.budget)

    def unpacked(self, number: int) -> _Packed | None:
        """Return an object stream by number, unfolded."""
        holder = self.entry(number)
        if holder is None or holder.kind != "n":
            return None
        stream = self.file.object_at(holder.where, number, holder.extra)
        return self.file.packed(holder.where, stream, lambda each: self.decoded(each, Ref(number, 0)))

    def adopt(self, number: int) -> None:
        """Take in the objects of an object stream that no cross-reference lists (damaged files alone)."""
        try:
            packed = self.unpacked(number)
        except Broken:
            return
        for place, inside in enumerate([] if packed is None else packed.numbers):
            if self.entry(inside) is None:
                self._known[inside] = Entry("c", number, place)

    def generation(self, number: int) -> int:
        """Return the generation under which an object can be had."""
        found = self.entry(number)
        return found.extra if found is not None and found.kind == "n" else 0

    def offset_of(self, number: int) -> int:
        """Return where an object stands by itself; -1 where it does not."""
        found = self.entry(number)
        return found.where if found is not None and found.kind == "n" else -1

    def resolve(self, value: Any) -> Any:
        """Follow references to what they mean."""
        for _ in range(MAX_CHAIN):
            if not isinstance(value, Ref):
                return value
            value = self.get(value.number, value.generation)
        raise Broken("references that lead nowhere")

    def dictionary(self, value: Any) -> Dictionary | None:
        """Return what a value means where it is a dictionary (or the one of a stream)."""
        value = self.resolve(value)
        if isinstance(value, Stream):
            return value.dictionary
        return value if isinstance(value, Dictionary) else None

    def array(self, value: Any) -> list[Any]:
        """Return what a value means where it is an array; nothing where it is not."""
        value = self.resolve(value)
        return value if isinstance(value, list) else []

    @property
    def root(self) -> Dictionary:
        """The catalog.

        Raises:
            Broken: There is none.
        """
        found = self.dictionary(self.trailer.get("Root"))
        if found is None:
            raise Broken("no catalog")
        return found

    def decoded(self, stream: Stream, reference: Ref | None = None) -> bytes:
        """Return the decoded octets of a stream.

        Args:
            stream: The stream.
            reference: Its number, by which it is decrypted where the file is encrypted.

        Raises:
            Broken: They cannot be had.
        """
        if self.file.secrets is not None and reference is not None:
            if self.entry(reference.number) != self.file.last.entry(reference.number):
                raise Broken("an encrypted stream of an older revision")
            return bytes(self.file.secrets.stream(reference))
        head = stream.dictionary
        raw = self.file.raw(stream, self.resolve(head.get("Length")))
        names = self.resolve(head.get("Filter"))
        if names is None:
            return raw if len(raw) <= MAX_DECODED else raw[:MAX_DECODED]
        listed = [self.resolve(each) for each in names] if isinstance(names, list) else names
        options = self.resolve(head.get("DecodeParms"))
        options = [self.resolve(each) for each in options] if isinstance(options, list) else options
        return decode(raw, listed, options)
