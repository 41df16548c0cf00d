# SPDX-License-Identifier: EUPL-1.2
"""The embedded index: tantivy, given words that we made ourselves.

On disk, under the index folder:

    current.json    which generation counts; replaced atomically
    g-000001/       a tantivy index
    lock            held (flock) by the one process that writes

* tantivy only splits at spaces: folding and stemming are `search.text`'s, so that every engine answers
  alike.
* Each word is written with a mark of its compartment before it (`search.sight`): a question that forgot to
  say where it looks would find nothing, and no list of places holds what somebody may not see beside what he
  may.
* Nothing is scored. Each order is that of one column, whose values are all different, so that it does not
  depend on how the engine laid the documents out.
* tantivy-py has no payload in its commits: the ledger position is a document of its own, without tenant,
  replaced in the same commit as the documents it speaks of. A tantivy commit is one atomic rename.
* A rebuilt index is made beside as a new generation and taken into use by replacing `current.json`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tantivy
from tantivy import Order

from archive.errors import IndexUnavailable
from search import tantivy_schema as layout
from search.generations import Generations
from search.index import MAX_SUGGESTIONS, IndexedDocument, Mark, Request, SearchResult, Sort
from search.prepared import SLACK, hit_of, ordered_counts, ordered_suggestions, page_of, prepare
from search.query import in_titles
from search.snippets import Highlighter
from search.tantivy_schema import SCHEMA, panics_mended
from search.text import Analysis

HEAP: Final = 96_000_000
"""Bytes that tantivy gathers before it writes a segment."""
HEAP_TO_REBUILD: Final = 384_000_000
"""The same where everything is written anew: fewer segments, so fewer merges of them."""
_BUCKETS: Final = 65_000
_ORDERS: Final = {
    Sort.RELEVANCE: (layout.NEWEST, Order.Desc),
    Sort.NEWEST: (layout.NEWEST, Order.Desc),
    Sort.OLDEST: (layout.NEWEST, Order.Asc),
    Sort.TITLE: (layout.BY_TITLE, Order.Asc),
}
"""Column and direction of each order."""


class TantivyIndex:
    """An index in a folder. Readable from many threads and processes, written by one at a time."""

    def __init__(self, path: Path, analysis: Analysis | None = None, *, wait_seconds: float = 10.0) -> None:
        """Open, or make, the index in a folder.

        Args:
            path: Folder; made where absent.
            analysis: How words are made; Spanish where not given.
            wait_seconds: How long `writing` waits for another writer.

        Raises:
            IndexUnavailable: The folder holds something that cannot be read, or that another version of
                the rules of analysis made; `longeva rebuild` mends it.
        """
        self.path = path
        self.analysis = analysis or Analysis()
        self._generations = _generations(path, self.analysis, wait_seconds)
        self._lock = threading.Lock()
        self._opened: tuple[object, tantivy.Index] | None = None
        self._index()

    def mark(self) -> Mark:
        """Return the mark of the last commit."""
        with panics_mended():
            return _mark(self._index().searcher())

    def position(self) -> int:
        """Return the ledger position of the last commit, 0 for an empty index."""
        return self.mark().position

    @contextmanager
    def writing(self) -> Iterator[_TantivyWriter]:
        """Hold the index for writing; on leaving, merges are waited for, so that segments stay few."""
        with self._generations.held(), _writer(self._index(), self.analysis) as writer:
            yield writer

    def search(self, request: Request) -> SearchResult:
        """Answer a request, best first."""
        with panics_mended():
            searcher = self._index().searcher()
            found = (
                _all_in_order(searcher, request) if request.sort is Sort.PLACE else _page(searcher, request)
            )
            highlighter = Highlighter(request.question, self.analysis)
            return SearchResult(
                total=found.total,
                hits=tuple(
                    hit_of(layout.stored_document(searcher.doc(address)), highlighter, score, request)
                    for score, address in found.hits
                ),
                facets=_facets(searcher, layout.query_of(request), request),
                position=_mark(searcher).position,
                after=found.after,
            )

    def suggest(self, start: str, request: Request, limit: int = MAX_SUGGESTIONS) -> list[tuple[str, int]]:
        """Return words of titles that begin so, with how many of the hits have each."""
        query = layout.query_of(request)
        counts: Counter[str] = Counter()
        with panics_mended():
            searcher = self._index().searcher()
            for begun in layout.suggestions_of(start, request):
                for token, count in searcher.terms_with_prefix("suggested", begun, query):
                    counts[token.partition("~")[2]] += count
        return ordered_suggestions(counts, limit)

    def keys(self) -> Sequence[tuple[str, str]]:
        """Return every (object id, path), sorted; reads everything."""
        with panics_mended():
            searcher = self._index().searcher()
            everything = layout.everything_query()
            count = _count(searcher.search(everything, 1))
            hits = searcher.search(everything, max(count, 1)).hits
            documents = (layout.stored_document(searcher.doc(address)) for _, address in hits)
            return sorted((document.object_id, document.path) for document in documents)

    def close(self) -> None:
        """Let go of the open files."""
        with self._lock:
            self._opened = None

    def _index(self) -> tantivy.Index:
        """Return the index as it is now on disk: another process may have committed or rebuilt it."""
        with self._lock:
            folder = self._generations.current() or self._first()
            try:
                return self._of_now(folder)
            except IndexUnavailable:
                newer = self._generations.current()
                if newer is None or newer == folder:
                    raise
                return self._of_now(newer)  # a rebuild took over while we were opening

    def _of_now(self, folder: Path) -> tantivy.Index:
        state = self._generations.state(folder)
        if self._opened is None or self._opened[0] != state:
            self._opened = (state, _open(folder))
        return self._opened[1]

    def _first(self) -> Path:
        with self._generations.held():
            folder = self._generations.current()  # another process may have been quicker
            if folder is None:
                folder = self._generations.new()
                _make(folder)
                self._generations.use(folder)
            return folder


@contextmanager
def rebuilding(
    path: Path, analysis: Analysis | None = None, *, wait_seconds: float = 10.0
) -> Iterator[_TantivyWriter]:
    """Give a writer of a new, empty index beside the one in use, whatever state that is in.

    The new one is taken into use at the end, atomically, if nothing failed; until then, and if it does
    fail, the old one answers.

    Raises:
        IndexBusy: Another process holds it.
        IndexUnavailable: The folder cannot be written.
    """
    analysis = analysis or Analysis()
    generations = _generations(path, analysis, wait_seconds)
    with generations.held():
        folder = generations.new()
        with _writer(_make(folder), analysis, HEAP_TO_REBUILD) as writer:
            yield writer
        generations.use(folder)


class _TantivyWriter:
    """Writes what `search.index.Writer` promises."""

    def __init__(self, writer: tantivy.IndexWriter, analysis: Analysis) -> None:
        self._writer = writer
        self._analysis = analysis

    def add(self, document: IndexedDocument) -> None:
        with panics_mended():
            self._writer.add_document(layout.document_of(prepare(document, self._analysis)))

    def delete_object(self, object_id: str) -> None:
        with panics_mended():
            self._writer.delete_documents_by_term("objeto", object_id)

    def commit(self, position: int, digest: str = "") -> None:
        with panics_mended():
            self._writer.delete_documents_by_query(layout.mark_query())
            self._writer.add_document(layout.mark_document(Mark(position, digest)))
            self._writer.commit()


@contextmanager
def _writer(index: tantivy.Index, analysis: Analysis, heap: int = HEAP) -> Iterator[_TantivyWriter]:
    with panics_mended():
        writer = index.writer(heap, 1)
    try:
        yield _TantivyWriter(writer, analysis)
    except BaseException:
        with panics_mended():
            writer.rollback()
        raise
    finally:
        with panics_mended():
            writer.wait_merging_threads()


def _generations(path: Path, analysis: Analysis, wait_seconds: float) -> Generations:
    return Generations(path, f"{layout.VERSION}/{analysis.version}", wait_seconds)


def _make(folder: Path) -> tantivy.Index:
    with panics_mended():
        return tantivy.Index(SCHEMA, str(folder), reuse=False)


def _open(folder: Path) -> tantivy.Index:
    with panics_mended():
        if not tantivy.Index.exists(str(folder)):
            raise ValueError(f"{folder.name} holds no index")
        return tantivy.Index(SCHEMA, str(folder))


def _count(found: tantivy.SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]  # there, but not in the library's stub


def _mark(searcher: tantivy.Searcher) -> Mark:
    found = searcher.search(layout.mark_query(), 1).hits
    return layout.stored_mark(searcher.doc(found[0][1])) if found else Mark()


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search met: how many, and those of the page with a score."""

    total: int
    hits: list[tuple[float, tantivy.DocAddress]]
    after: int | None = None


def _page(searcher: tantivy.Searcher, request: Request) -> _Found:
    """Return a page in an order for people; by relevance, those with the words in the title come first."""
    lifted = in_titles(request.question) if request.sort is Sort.RELEVANCE else None
    if lifted is None:
        return _ordered(searcher, layout.query_of(request), request, request.limit, request.offset, 1.0)
    first = _ordered(
        searcher, layout.query_of(request, having=lifted), request, request.limit, request.offset, 2.0
    )
    others = _ordered(
        searcher, layout.query_of(request, lacking=lifted), request, request.limit - len(first.hits),
        max(0, request.offset - first.total), 1.0,
    )  # fmt: skip
    return _Found(first.total + others.total, first.hits + others.hits)


def _ordered(
    searcher: tantivy.Searcher, query: tantivy.Query, request: Request, limit: int, offset: int, score: float
) -> _Found:
    column, order = _ORDERS[request.sort]
    found = searcher.search(query, max(limit, 1), order_by_field=column, order=order, offset=offset)
    return _Found(_count(found), [(score, address) for _, address in found.hits[:limit]])


def _all_in_order(searcher: tantivy.Searcher, request: Request) -> _Found:
    """Return a page of going through all of a result."""
    query = layout.query_of(request)
    total = None if request.after is None else _count(searcher.search(query, 1, order_by_field=layout.PLACE))
    if request.after is not None:
        query = layout.after_query(query, request.after)
    found = searcher.search(query, request.limit + SLACK, order_by_field=layout.PLACE, order=Order.Asc)
    places = found.hits
    count, after = page_of([place for place, _ in places], request.limit)
    hits = [(1.0, address) for _, address in places[:count]]
    return _Found(_count(found) if total is None else total, hits, after)


def _facets(searcher: tantivy.Searcher, query: tantivy.Query, request: Request) -> dict[str, Any]:
    if not request.facets:
        return {}
    asked = {
        name: {"terms": {"field": known.name, "size": _BUCKETS, "segment_size": _BUCKETS}}
        for name, known in request.facets
    }
    answer = searcher.aggregate(query, asked)
    return {
        name: ordered_counts(
            {bucket["key"]: bucket["doc_count"] for bucket in answer[name]["buckets"]}, request.facet_values
        )
        for name, _ in request.facets
    }
