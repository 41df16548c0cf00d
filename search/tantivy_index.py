# SPDX-License-Identifier: EUPL-1.2
"""The embedded index: tantivy, given words that we made ourselves.

On disk, under the index folder:

    current.json    which generation counts; replaced atomically
    g-000001/       a tantivy index
    lock            held (flock) by the one process that writes

* tantivy only splits at spaces: folding and stemming are `search.text`'s, so that every engine answers
  alike.
* Each word is written with a mark of its tenant before it. The frequency of a word, which decides the
  ranking, is then the tenant's own, and a question that forgot its tenant would find nothing.
* tantivy-py has no payload in its commits: the ledger position is a document of its own, without tenant,
  replaced in the same commit as the documents it speaks of. A tantivy commit is one atomic rename.
* A rebuilt index is made beside as a new generation and taken into use by replacing `current.json`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import tantivy

from archive.errors import IndexUnavailable
from search import tantivy_schema as layout
from search.generations import Generations
from search.index import IndexedDocument, Mark, Request, SearchResult
from search.prepared import hit_of, ordered_counts, prepare
from search.snippets import Highlighter
from search.tantivy_schema import SCHEMA, panics_mended
from search.text import Analysis

HEAP: Final = 96_000_000
"""Bytes that tantivy gathers before it writes a segment."""
_BUCKETS: Final = 65_000


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
        query = layout.query_of(request)
        with panics_mended():
            searcher = self._index().searcher()
            found = searcher.search(query, max(request.limit, 1), offset=request.offset)
            highlighter = Highlighter(request.question, self.analysis)
            return SearchResult(
                total=_count(found),
                hits=tuple(
                    hit_of(layout.stored_document(searcher.doc(address)), highlighter, score)
                    for score, address in found.hits[: request.limit]
                ),
                facets=_facets(searcher, query, request),
                position=_mark(searcher).position,
            )

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
        with _writer(_make(folder), analysis) as writer:
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
def _writer(index: tantivy.Index, analysis: Analysis) -> Iterator[_TantivyWriter]:
    with panics_mended():
        writer = index.writer(HEAP, 1)
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


def _facets(searcher: tantivy.Searcher, query: tantivy.Query, request: Request) -> dict[str, Any]:
    if not request.facets:
        return {}
    asked = {
        name: {"terms": {"field": known.name, "size": _BUCKETS, "segment_size": _BUCKETS}}
        for name, known in request.facets
    }
    answer = searcher.aggregate(query, asked)
    return {
        name: ordered_counts({bucket["key"]: bucket["doc_count"] for bucket in answer[name]["buckets"]})
        for name, _ in request.facets
    }
