# SPDX-License-Identifier: EUPL-1.2
"""What was asked, as a small tree that every engine understands. Pure; no input is an error.

    licencia obras            both words, in any order, in any form (stems)
    "licencia de obras"       as a phrase
    urbanis*                  words that begin so
    licencia OR permiso       either
    -denegada                 not this
    tipo:TD01 año:2025 organo:L01990019 nif:12345678Z id:ES_L0199* año:2020..2025
    12/03/2025  2025-03  2024-11..2025-03  fecha:2025     documents of that time
    12 345 678 Z   AB12 CD34 EF56   identifiers written in groups (`search.shapes`)

Letters' case and accents do not matter; ñ does. An unknown `name:` is read as words. The tenant is not part
of a question: each engine adds it itself (`search.index.Index.search`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from search.fields import PEOPLE, TITLE, Keyword, canonical, keyword
from search.shapes import joined, span_of
from search.text import STOP_WORDS, Analysis, fold, identifier_key, identifiers, normalise, words

MAX_LENGTH: Final = 2_000
"""Characters read of a question."""
MAX_CLAUSES: Final = 48
"""Clauses read of a question; the rest is left out."""
MAX_YEARS: Final = 200


@dataclass(frozen=True, slots=True)
class Word:
    """One word in any form."""

    stem: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """At least two stems, one after the other."""

    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words, or identifiers, that begin so."""

    start: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier whole."""

    key: str


@dataclass(frozen=True, slots=True)
class Title:
    """A word of the title."""

    stem: str


@dataclass(frozen=True, slots=True)
class TitlePhrase:
    """At least two stems of the title, one after the other."""

    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dates:
    """Documents of these days, both included, as numbers: 20250312."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Person:
    """A word of a name, or a NIF, of an interested person."""

    key: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """A keyword field that holds one of these values, or one that begins with the only one."""

    field: str
    values: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """Everything of the tenant but this."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """Every part; without parts, everything of the tenant."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part; without parts, nothing."""

    parts: tuple[Node, ...] = ()


Node: TypeAlias = (
    Word | Phrase | Prefix | Identifier | Title | TitlePhrase | Dates | Person | OneOf | Not | All | Either
)

_CLAUSE: Final = re.compile(
    r'(?P<minus>-?)(?:(?P<name>[^\W\d_]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))'
)
_QUOTES: Final = str.maketrans(dict.fromkeys("“”„«»", '"'))
_RANGE: Final = re.compile(r"(\d{4})\.\.(\d{4})")
_ALWAYS: Final = frozenset({"AND", "Y", "I"})


def parse(text: str, analysis: Analysis) -> Node:
    """Turn the text of a question into a tree.

    Args:
        text: Anything a person typed. Only the first MAX_LENGTH characters and MAX_CLAUSES clauses count.
        analysis: The one with which the index was made.

    Returns:
        `All()` for an empty question (everything of the tenant), `Either()` (nothing) for one without a
        single letter or digit.
    """
    groups: list[list[Node | _Stop]] = []
    either = False
    found = list(_CLAUSE.finditer(normalise(text[:MAX_LENGTH]).translate(_QUOTES)))[:MAX_CLAUSES]
    while found:
        if found[0][0] in {"OR", "|"}:
            either = bool(groups)
            found = found[1:]
            continue
        node, taken = _first(found, analysis)
        found = found[taken:]
        if node is None:
            continue
        if either:
            groups[-1].append(node)
        else:
            groups.append([node])
        either = False
    if not groups:
        return Either() if text.strip() else All()
    return _all([parts[0] if len(parts) == 1 else Either(tuple(parts)) for parts in _meaningful(groups)])


def wanted(node: Node) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return (stems, prefixes, identifiers) that a hit may show; nothing of what is negated."""
    match node:
        case Word(stem) | Title(stem):
            return frozenset({stem}), frozenset(), frozenset()
        case Phrase(stems) | TitlePhrase(stems):
            return frozenset(stems), frozenset(), frozenset()
        case Prefix(start):
            return frozenset(), frozenset({start}), frozenset()
        case Identifier(key) | Person(key):
            return frozenset(), frozenset(), frozenset({key})
        case All(parts) | Either(parts):
            each = [wanted(part) for part in parts]
            return (
                frozenset().union(*(stems for stems, _, _ in each)),
                frozenset().union(*(prefixes for _, prefixes, _ in each)),
                frozenset().union(*(keys for _, _, keys in each)),
            )
        case _:
            return frozenset(), frozenset(), frozenset()


def in_titles(node: Node) -> Node | None:
    """Return what a document's title must have so that it comes first; None where no words are asked for."""
    match node:
        case Word(stem):
            return Title(stem)
        case Phrase(stems):
            return TitlePhrase(stems)
        case All(parts):
            lifted = [found for part in parts if (found := in_titles(part)) is not None]
            return _all(lifted) if lifted else None
        case Either(parts):
            each = [in_titles(part) for part in parts]
            if not any(each):
                return None
            return Either(tuple(found or part for found, part in zip(each, parts, strict=True)))
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Stop:
    """A word that only matters when there is nothing else."""

    stem: str


def _meaningful(groups: list[list[Node | _Stop]]) -> list[list[Node]]:
    kept = [found for group in groups if (found := [node for node in group if not isinstance(node, _Stop)])]
    return kept or [
        [Word(node.stem) if isinstance(node, _Stop) else node for node in group] for group in groups
    ]


def _first(found: list[re.Match[str]], analysis: Analysis) -> tuple[Node | _Stop | None, int]:
    """Return what the first clauses say, and how many they are: an identifier in groups takes several."""
    pieces = []
    for clause in found:
        if clause["minus"] or clause["name"] or clause["bare"] is None:
            break
        pieces.append(clause["bare"])
    whole, count = joined(pieces)
    if not count:
        return (None if found[0][0] in _ALWAYS else _clause(found[0], analysis)), 1
    apart = [node for clause in found[:count] if (node := _clause(clause, analysis)) is not None]
    each = [Word(node.stem) if isinstance(node, _Stop) else node for node in apart]
    return Either((Identifier(fold(whole)), _all(each))), count


def _clause(found: re.Match[str], analysis: Analysis) -> Node | _Stop | None:
    quoted = found["quoted"] is not None
    value = found["quoted"] if quoted else found["bare"]
    name = fold(found["name"] or "")
    node: Node | _Stop | None = _named(name, value, analysis) if name else None
    if node is None:
        node = _text(f"{name} {value}" if name else value, analysis, whole=quoted or bool(name))
    if not found["minus"] or node is None:
        return node
    return Not(Word(node.stem) if isinstance(node, _Stop) else node)


def _named(name: str, value: str, analysis: Analysis) -> Node | None:
    if name in TITLE:
        return _all([Title(analysis.stem(word)) for word, _, _ in words(fold(value))]) if value else None
    if name in PEOPLE:
        return _people(value)
    known = keyword(name)
    return None if known is None else _keyword(known, value)


def _people(value: str) -> Node | None:
    folded = fold(value)
    keys = [key for key, _, _ in identifiers(folded)] or [word for word, _, _ in words(folded)]
    return _all([Person(key) for key in keys]) if keys else None


def _keyword(known: Keyword, value: str) -> Node | None:
    days = span_of(value, years=True) if known.name == "fecha" else None
    if days:
        return Dates(*days)
    span = _RANGE.fullmatch(value) if known.name == "año" else None
    if span:
        first, last = int(span[1]), int(span[2])
        return OneOf(known.name, tuple(str(year) for year in range(first, min(last, first + MAX_YEARS) + 1)))
    prefix = value.endswith("*")
    cleaned = canonical(known, value.rstrip("*"))
    if not cleaned:
        return None
    return OneOf(known.name, (cleaned,), prefix=prefix)


def _text(value: str, analysis: Analysis, *, whole: bool) -> Node | _Stop | None:
    folded = fold(value)
    if not whole and value.endswith("*"):
        return _prefix(folded, analysis)
    days = None if whole else span_of(value)
    if days:
        written = _text(value, analysis, whole=True)
        return Either((Dates(*days), written)) if isinstance(written, Node) else Dates(*days)
    found = [word for word, _, _ in words(folded)]
    stems = tuple(analysis.stem(word) for word in found)
    if not stems:
        return None
    if len(stems) == 1:
        return _one_word(found[0], stems[0], whole=whole)
    keys = [key for key, start, end in identifiers(folded) if (start, end) == (0, len(folded))]
    phrase = Phrase(stems)
    return Either((Identifier(keys[0]), phrase)) if keys else phrase


def _one_word(word: str, stem: str, *, whole: bool) -> Node | _Stop:
    if any(char.isdigit() for char in word):
        return Identifier(
            word
        )  # a NIF or a CSV typed without its hyphens is found as it was written with them
    return _Stop(stem) if word in STOP_WORDS and not whole else Word(stem)


def _prefix(folded: str, analysis: Analysis) -> Node | None:
    start = folded.rstrip("*")
    runs = [word for word, _, _ in words(start)]
    if not runs:
        return None
    if any(char.isdigit() for char in start):
        return Prefix(identifier_key(start))
    return _all([Word(analysis.stem(word)) for word in runs[:-1]] + [Prefix(runs[-1])])


def _all(parts: Sequence[Node]) -> Node:
    return parts[0] if len(parts) == 1 else All(tuple(parts))
