# SPDX-License-Identifier: EUPL-1.2
"""Objects of a PDF read from its octets, with the place of each dictionary value.

Whoever checks a signature must know where `/Contents` stands in the file, not only what it says; general PDF
libraries forget that. What is read here is plain Python: `int`, `float`, `bool`, None, `Name`, `bytes` for
strings (hexadecimal ones decoded; literal ones too), `list`, `Dictionary`, `Ref`, `Stream`.

Source: ISO 32000-1 section 7.2 (lexical conventions), 7.3 (objects).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from mmap import mmap
from typing import Any, Final, NamedTuple

Octets = bytes | mmap
"""A whole file: in memory or mapped."""
MAX_DEPTH: Final = 64
"""Arrays and dictionaries inside one another."""
MAX_ITEMS: Final = 100_000
"""Values of one array or keys of one dictionary."""
MAX_OPEN: Final = 50_000
"""Brackets that are open at once inside one string."""
MAX_VALUES: Final = 700_000
"""Values of everything that is read of one file: more would take longer than anybody waits."""
WHITE: Final = b"\x00\t\n\x0c\r "
_SKIP: Final = re.compile(rb"(?:[\x00\t\n\x0c\r ]+|%[^\r\n]*)*")
_TOKEN: Final = re.compile(
    rb"[\x00\t\n\x0c\r ]*+(?:/([^\x00\t\n\x0c\r ()<>\[\]{}/%]*)"
    rb"|(\d+)[\x00\t\n\x0c\r ]+(\d+)[\x00\t\n\x0c\r ]+R(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])"
    rb"|([+-]?\d+(?![\d.]))"
    rb"|(<<|>>|[\[\]<(])"
    rb"|([+-]*[\d.][\d.+-]*)"
    rb"|(true|false|null))"
)
_BLANK: Final = frozenset({*(bytes([each]) for each in WHITE), b"%"})
_OBJECT: Final = re.compile(rb"(\d+)[\x00\t\n\x0c\r ]+(\d+)[\x00\t\n\x0c\r ]+obj")
_STREAM: Final = re.compile(rb"stream(\r\n|\n|\r)")
_LITERAL: Final = re.compile(rb"[()\\]")
_ESCAPES: Final = re.compile(rb"\\([0-7]{1,3}|\r\n|[\s\S])|\r\n?")
_PLAIN: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class Broken(Exception):
    """These octets are no PDF object. Stays inside this package."""


class Budget:
    """How much of one file is read before we give up."""

    def __init__(self, values: int = MAX_VALUES) -> None:
        self.left = values

    def spend(self, values: int) -> None:
        """Take note of values that were read.

        Raises:
            Broken: They are too many.
        """
        self.left -= values
        if self.left < 0:
            raise Broken("more values than anybody waits for")


class Ref(NamedTuple):
    """An indirect reference."""

    number: int
    generation: int


class Name(str):
    """A name, without its solidus."""

    __slots__ = ()


class Dictionary(dict[str, Any]):
    """A dictionary that remembers where each value stands, and whether a key was repeated."""

    __slots__ = ("repeated", "spans")

    def __init__(self) -> None:
        super().__init__()
        self.spans: dict[str, tuple[int, int]] = {}
        self.repeated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream: its dictionary, and where its encoded octets begin."""

    dictionary: Dictionary
    start: int


@dataclass(frozen=True, slots=True)
class Indirect:
    """An indirect object as it stands in the file."""

    number: int
    generation: int
    value: Any
    end: int
    """After the value; of a stream, after the word `stream` and its end of line."""


def skip(data: Octets, at: int) -> int:
    """Return where the next token begins, after white space and comments."""
    found = _SKIP.match(data, at)
    return at if found is None else found.end()


def read_indirect(data: Octets, at: int, budget: Budget | None = None) -> Indirect:
    """Read `n g obj …` that begins at an offset.

    Raises:
        Broken: There is none.
    """
    at = skip(data, at)
    head = _OBJECT.match(data, at)
    if head is None:
        raise Broken(f"no object at offset {at}")
    value, end = read_value(data, head.end(), 0, budget)
    if isinstance(value, Dictionary):
        behind = _STREAM.match(data, skip(data, end))
        if behind is not None:
            return Indirect(int(head[1]), int(head[2]), Stream(value, behind.end()), behind.end())
    return Indirect(int(head[1]), int(head[2]), value, end)


def read_value(data: Octets, at: int, depth: int = 0, budget: Budget | None = None) -> tuple[Any, int]:
    """Read one object that begins at an offset or after white space.

    Returns:
        The object and the offset after it.

    Raises:
        Broken: There is none, or it is nested deeper than `MAX_DEPTH`.
    """
    found = _TOKEN.match(data, at) or _TOKEN.match(data, skip(data, at))
    if found is None:
        raise Broken(f"no object at offset {at}")
    kind = found.lastindex
    if kind == 1:
        return _name(found[1]), found.end()
    if kind == 3:
        return Ref(_number(found[2]), _number(found[3])), found.end()
    if kind == 4:
        return _number(found[4]), found.end()
    if kind == 5:
        return _compound(data, found.end(), found[5], depth, budget)
    if kind == 6:
        return _real(found[6]), found.end()
    return {b"true": True, b"false": False, b"null": None}[found[7]], found.end()


def _compound(data: Octets, at: int, opening: bytes, depth: int, budget: Budget | None) -> tuple[Any, int]:
    if depth >= MAX_DEPTH:
        raise Broken(f"nested too deep at offset {at}")
    if opening == b"<<":
        return _dictionary(data, at, depth + 1, budget)
    if opening == b"[":
        return _array(data, at, depth + 1, budget)
    if opening == b"<":
        return _hexadecimal(data, at)
    if opening == b"(":
        return _literal(data, at)
    raise Broken(f"{opening!r} out of place at offset {at}")


def _dictionary(data: Octets, at: int, depth: int, budget: Budget | None) -> tuple[Dictionary, int]:
    made = Dictionary()
    while True:
        found = _TOKEN.match(data, at) or _TOKEN.match(data, skip(data, at))
        if found is None:
            raise Broken(f"a dictionary without end at offset {at}")
        if found.lastindex == 5 and found[5] == b">>":
            if budget is not None:
                budget.spend(len(made))
            return made, found.end()
        if found.lastindex != 1 or len(made) > MAX_ITEMS:
            raise Broken(f"a dictionary key that is no name at offset {at}")
        key = _name(found[1])
        start = found.end()
        if data[start : start + 1] in _BLANK:
            start = skip(data, start)
        value, at = read_value(data, start, depth, budget)
        if key in made:
            made.repeated = (*made.repeated, key)
        made[key] = value
        made.spans[key] = (start, at)


def _array(data: Octets, at: int, depth: int, budget: Budget | None) -> tuple[list[Any], int]:
    made: list[Any] = []
    while True:
        if data[at : at + 1] in _BLANK:
            at = skip(data, at)
        if data[at : at + 1] == b"]":
            if budget is not None:
                budget.spend(len(made))
            return made, at + 1
        value, at = read_value(data, at, depth, budget)
        made.append(value)
        if len(made) > MAX_ITEMS:
            raise Broken(f"an array of too many values at offset {at}")


def _name(raw: bytes) -> Name:
    if b"#" in raw:
        raw = re.sub(rb"#([0-9A-Fa-f]{2})", lambda each: bytes.fromhex(each[1].decode()), raw)
    return Name(raw.decode("latin-1"))


def _number(raw: bytes) -> int:
    if len(raw) > 20:
        raise Broken("a number of more than 20 digits")
    return int(raw)


def _real(raw: bytes) -> float:
    try:
        return float(raw)
    except ValueError:
        return 0.0  # as readers do with "-.-5" and the like; never a position


def _hexadecimal(data: Octets, at: int) -> tuple[bytes, int]:
    end = data.find(b">", at)
    if end < 0:
        raise Broken(f"a string without end at offset {at}")
    digits = data[at:end]
    try:
        text = digits.decode("ascii")
        try:
            return bytes.fromhex(text), end + 1
        except ValueError:
            packed = "".join(text.replace("\x00", " ").split())
            return bytes.fromhex(packed + "0" * (len(packed) % 2)), end + 1
    except ValueError as cause:
        raise Broken(f"not hexadecimal at offset {at}") from cause


def _literal(data: Octets, at: int) -> tuple[bytes, int]:
    open_, start = 1, at
    while True:
        found = _LITERAL.search(data, at)
        if found is None:
            raise Broken(f"a string without end at offset {start}")
        at = found.end()
        if found[0] == b"\\":
            at += 1
        elif found[0] == b"(":
            open_ += 1
            if open_ > MAX_OPEN:
                raise Broken(f"brackets without end at offset {start}")
        else:
            open_ -= 1
            if not open_:
                raw = data[start : at - 1]
                return (_ESCAPES.sub(_escape, raw) if b"\\" in raw or b"\r" in raw else raw), at


def _escape(found: re.Match[bytes]) -> bytes:
    inner = found[1]
    if inner is None:  # an end of line of whatever kind is one line feed (7.3.4.2)
        return b"\n"
    if inner[:1].isdigit() and inner[:1] < b"8":
        return bytes([int(inner, 8) & 0xFF])
    if inner in {b"\n", b"\r\n", b"\r"}:
        return b""
    return _PLAIN.get(inner, inner)
