# SPDX-License-Identifier: EUPL-1.2
"""The index in memory: brute force over a dictionary, for tests and as the plain meaning of the protocol."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from search.index import MAX_SUGGESTIONS, IndexedDocument, Mark, Request, SearchResult, Sort
from search.prepared import SLACK, Prepared, hit_of, ordered_counts, ordered_suggestions, page_of, prepare
from search.query import (
    All,
    Dates,
    Either,
    Identifier,
    Node,
    Not,
    OneOf,
    Person,
    Phrase,
    Prefix,
    Title,
    TitlePhrase,
    Word,
    in_titles,
)
from search.sight import Sight, compartments
from search.snippets import Highlighter
from search.text import Analysis

_ORDERS: Final[dict[Sort, tuple[Callable[[Prepared], Any], bool]]] = {
    Sort.RELEVANCE: (lambda entry: entry.newest, True),
    Sort.NEWEST: (lambda entry: entry.newest, True),
    Sort.OLDEST: (lambda entry: entry.newest, False),
    Sort.TITLE: (lambda entry: entry.by_title, False),
    Sort.PLACE: (lambda entry: entry.place, False),
}
"""Key, and whether the greatest comes first."""


class MemoryIndex:
    """Keeps everything in this process. Not thread-safe."""

    def __init__(self, analysis: Analysis | None = None) -> None:
        self.analysis = analysis or Analysis()
        self._entries: dict[tuple[str, str], Prepared] = {}
        self._mark = Mark()

    def position(self) -> int:
        """Return the position of the last commit."""
        return self._mark.position

    def mark(self) -> Mark:
        """Return the mark of the last commit."""
        return self._mark

    @contextmanager
    def writing(self) -> Iterator[_MemoryWriter]:
        """Give a writer that works on a copy."""
        yield _MemoryWriter(self)

    def search(self, request: Request) -> SearchResult:
        """Look at every document that may be seen."""
        found = self._found(request)
        after = None
        if request.sort is Sort.PLACE:
            rest = [one for one in found if request.after is None or one[1].place > request.after]
            page = rest[: request.limit + SLACK]
            count, after = page_of([entry.place for _, entry in page], request.limit)
            page = page[:count]
        else:
            page = found[request.offset : request.offset + request.limit]
        highlighter = Highlighter(request.question, self.analysis)
        return SearchResult(
            total=len(found),
            hits=tuple(hit_of(entry.document, highlighter, score, request) for score, entry in page),
            facets={
                name: ordered_counts(
                    Counter(value for _, entry in found for value in entry.keywords[known.name]),
                    request.facet_values,
                )
                for name, known in request.facets
            },
            position=self._mark.position,
            after=after,
        )

    def suggest(self, start: str, request: Request, limit: int = MAX_SUGGESTIONS) -> list[tuple[str, int]]:
        """Return words of titles that begin so, with how many of the hits have each."""
        found = (word for _, entry in self._found(request) for word in entry.suggested)
        return ordered_suggestions(Counter(word for word in found if word.startswith(start)), limit)

    def keys(self) -> Sequence[tuple[str, str]]:
        """Return every (object id, path), sorted."""
        return sorted(self._entries)

    def close(self) -> None:
        """Nothing to let go of."""

    def _found(self, request: Request) -> list[tuple[float, Prepared]]:
        """Return what answers, each with its score, in order."""
        places = dict(compartments(request.sights))
        lifted = in_titles(request.question) if request.sort is Sort.RELEVANCE else None
        found = []
        for entry in self._entries.values():
            sight = places.get(entry.compartment)
            if sight is not None and _passes(entry, request, sight):
                found.append((2.0 if lifted and _holds(entry, lifted, sight) else 1.0, entry))
        key, reverse = _ORDERS[request.sort]
        found.sort(key=lambda one: key(one[1]), reverse=reverse)
        found.sort(key=lambda one: -one[0])
        return found


class _MemoryWriter:
    def __init__(self, index: MemoryIndex) -> None:
        self._index = index
        self._entries = dict(index._entries)  # noqa: SLF001 (one module, one thing)

    def add(self, document: IndexedDocument) -> None:
        self._entries[document.object_id, document.path] = prepare(document, self._index.analysis)

    def delete_object(self, object_id: str) -> None:
        self._entries = {key: entry for key, entry in self._entries.items() if key[0] != object_id}

    def commit(self, position: int, digest: str = "") -> None:
        self._index._entries = dict(self._entries)  # noqa: SLF001
        self._index._mark = Mark(position, digest)  # noqa: SLF001


def _passes(entry: Prepared, request: Request, sight: Sight) -> bool:
    held = all(set(values) & set(entry.keywords[known.name]) for known, values in request.filters)
    return held and _holds(entry, request.question, sight)


def _holds(entry: Prepared, node: Node, sight: Sight) -> bool:  # noqa: PLR0911 (one line a kind)
    match node:
        case Word(stem):
            return any(stem in _tokens(entry, field) for field in sight.word_fields)
        case Title(stem):
            return stem in entry.title
        case Phrase(stems):
            return any(_follow(_tokens(entry, field), stems) for field in sight.word_fields)
        case TitlePhrase(stems):
            return _follow(entry.title, stems)
        case Prefix(start):
            return any(
                word.startswith(start) for field in sight.exact_fields for word in _tokens(entry, field)
            )
        case Identifier(key):
            return any(key in _tokens(entry, field) for field in sight.exact_fields)
        case Person(key):
            return sight.people and key in entry.people
        case Dates(first, last):
            return max(first, 1) <= entry.day <= last
        case OneOf(field, values, prefix):
            have = entry.keywords[field]
            return any(one.startswith(values[0]) for one in have) if prefix else bool(set(have) & set(values))
        case Not(part):
            return not _holds(entry, part, sight)
        case All(parts):
            return all(_holds(entry, part, sight) for part in parts)
        case Either(parts):
            return any(_holds(entry, part, sight) for part in parts)


def _tokens(entry: Prepared, field: str) -> list[str]:
    return entry.title if field == "titles" else list(getattr(entry, field))


def _follow(tokens: list[str], stems: tuple[str, ...]) -> bool:
    places = range(len(tokens) - len(stems) + 1)
    return any(tuple(tokens[at : at + len(stems)]) == stems for at in places)
