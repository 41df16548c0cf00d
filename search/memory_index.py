# SPDX-License-Identifier: EUPL-1.2
"""The index in memory: brute force over a dictionary, for tests and as the plain meaning of the protocol."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from search.index import IndexedDocument, Mark, Request, SearchResult
from search.prepared import Prepared, hit_of, ordered_counts, prepare
from search.query import (
    All,
    Either,
    Identifier,
    Node,
    Not,
    OneOf,
    Person,
    Phrase,
    Prefix,
    Title,
    Word,
)
from search.snippets import Highlighter
from search.text import Analysis


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
        """Look at every document of the tenant."""
        found = [
            (self._score(entry, request.question), entry)
            for _, entry in sorted(self._entries.items())
            if entry.document.tenant_id == request.tenant_id and self._passes(entry, request)
        ]
        found.sort(key=lambda scored: -scored[0])
        highlighter = Highlighter(request.question, self.analysis)
        page = found[request.offset : request.offset + request.limit]
        return SearchResult(
            total=len(found),
            hits=tuple(hit_of(entry.document, highlighter, score) for score, entry in page),
            facets={
                name: ordered_counts(
                    Counter(value for _, entry in found for value in entry.keywords[known.name])
                )
                for name, known in request.facets
            },
            position=self._mark.position,
        )

    def keys(self) -> Sequence[tuple[str, str]]:
        """Return every (object id, path), sorted."""
        return sorted(self._entries)

    def close(self) -> None:
        """Nothing to let go of."""

    def _passes(self, entry: Prepared, request: Request) -> bool:
        held = all(set(values) & set(entry.keywords[known.name]) for known, values in request.filters)
        return held and _holds(entry, request.question)

    def _score(self, entry: Prepared, node: Node) -> float:
        match node:
            case Word(stem):
                return math.log1p(entry.stems.count(stem)) + 2 * math.log1p(entry.title.count(stem))
            case All(parts) | Either(parts):
                return sum(self._score(entry, part) for part in parts if _holds(entry, part))
            case Not():
                return 0.0
            case _:
                return 1.0


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


def _holds(entry: Prepared, node: Node) -> bool:  # noqa: PLR0911 (one line a kind of node)
    match node:
        case Word(stem):
            return stem in entry.stems
        case Title(stem):
            return stem in entry.title
        case Phrase(stems):
            places = range(len(entry.stems) - len(stems) + 1)
            return any(tuple(entry.stems[at : at + len(stems)]) == stems for at in places)
        case Prefix(start):
            return any(word.startswith(start) for word in entry.exact)
        case Identifier(key):
            return key in entry.exact
        case Person(key):
            return key in entry.people
        case OneOf(field, values, prefix):
            have = entry.keywords[field]
            return any(one.startswith(values[0]) for one in have) if prefix else bool(set(have) & set(values))
        case Not(part):
            return not _holds(entry, part)
        case All(parts):
            return all(_holds(entry, part) for part in parts)
        case Either(parts):
            return any(_holds(entry, part) for part in parts)
