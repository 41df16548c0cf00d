# SPDX-License-Identifier: EUPL-1.2
"""The index in a cluster: what `search.index.Index` promises, of Elasticsearch or OpenSearch.

The mark is a document of the same index, and is read before what is searched, in the same request: whatever
happens between, an answer holds at least what its position says. An answer that is not whole (a shard that
failed, a time-out) is an error.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

from elasticsearch.helpers import scan

from archive.errors import ConflictError, IndexBusy, IndexOutdated, IndexUnavailable
from archive.lock import Guard
from archive.settings import ElasticsearchSettings
from search.elastic import layout
from search.elastic.client import connect, mended, refusal
from search.elastic.generations import Generations
from search.elastic.layout import MARK_ID
from search.elastic.questions import body_of, suggesting_body
from search.elastic.writer import ElasticWriter
from search.index import MAX_SUGGESTIONS, FacetValue, Hit, Mark, Request, SearchResult, Sort
from search.prepared import hit_of, ordered_suggestions, page_of
from search.sight import Compartment
from search.snippets import Highlighter
from search.text import Analysis

_OK: Final = 200
_KEYS: Final = 5_000
_AGAIN: Final = (0.05, 0.5)
"""Seconds after which a search is tried again that met the very moment of a rebuilt index taking over."""


class ElasticIndex:
    """An index in a cluster. Readable from many threads and machines, written by one at a time."""

    def __init__(
        self,
        settings: ElasticsearchSettings,
        guard: Guard,
        analysis: Analysis | None = None,
        *,
        wait_seconds: float = 10.0,
        read_only: bool = False,
    ) -> None:
        """Prepare; nothing is asked of the cluster yet, so that a service starts without it.

        Whoever first asks for something makes an empty index where there is none.

        Args:
            settings: Where the cluster is.
            guard: Keeps apart all who write the index of this archive, and nobody else.
            analysis: How words are made; Spanish where not given.
            wait_seconds: How long `writing` waits for another writer.
            read_only: Make nothing.

        Raises:
            ConfigurationError: The settings cannot be used.
        """
        self.settings = settings
        self.analysis = analysis or Analysis()
        self._name = settings.name
        self._guard = guard
        self._wait_seconds = wait_seconds
        self._rules = _rules(self.analysis)
        self._client = connect(settings)
        self._generations = Generations(self._client, settings, self._rules)
        self._is_there = read_only

    def mark(self) -> Mark:
        """Return the mark of the last commit.

        Raises:
            ConfigurationError: Something else than a search cluster answers.
            IndexUnavailable: The cluster does not answer, or its index cannot be used.
        """
        self._ensure()
        with mended(self._name):
            found = self._client.options(ignore_status=404).get(index=self._name, id=MARK_ID, routing=MARK_ID)
        if "error" in found.body:
            raise refusal(self._name, found.meta.status, found.body)
        return self._mark_of(found.body)

    def position(self) -> int:
        """Return the ledger position of the last commit, 0 for an empty index."""
        return self.mark().position

    @contextmanager
    def writing(self) -> Iterator[ElasticWriter]:
        """Hold the index for writing."""
        with self._held():
            self.mark()
            self._generations.sweep()
            with closing(self._writer(self._name)) as writer:
                yield writer

    @contextmanager
    def rebuilding(self) -> Iterator[ElasticWriter]:
        """Give a writer of a new, empty index, which is taken into use at the end if nothing failed."""
        with self._held():
            self._generations.new()
            with closing(self._writer(self._generations.next)) as writer:
                yield writer
            self._generations.use()

    def search(self, request: Request) -> SearchResult:
        """Answer a request, best first."""
        self._ensure()
        for wait in _AGAIN:
            try:
                return self._search(request)
            except _NotWhole:
                time.sleep(wait)
        return self._search(request)

    def suggest(self, start: str, request: Request, limit: int = MAX_SUGGESTIONS) -> list[tuple[str, int]]:
        """Return words of titles that begin so, with how many of the hits have each."""
        self._ensure()
        with mended(self._name):
            said = self._client.msearch(searches=[self._place(request), suggesting_body(start, request)])
        buckets = self._whole(said["responses"][0])["aggregations"]["words"]["buckets"]
        counts: Counter[str] = Counter()
        for bucket in buckets:
            counts[bucket["key"].partition("~")[2]] += bucket["doc_count"]
        return ordered_suggestions(counts, limit)

    def keys(self) -> Sequence[tuple[str, str]]:
        """Return every (object id, path), sorted; reads everything, as it is at one moment."""
        self._ensure()
        asked = {
            "query": {"exists": {"field": "compartment"}},
            "_source": ["shown.object_id", "shown.path"],
            "sort": ["_doc"],
        }
        with mended(self._name):
            hits = scan(
                self._client, index=self._name, query=asked, size=_KEYS, allow_partial_search_results=False
            )
            shown = [hit["_source"]["shown"] for hit in hits]
        return sorted((one["object_id"], one["path"]) for one in shown)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _search(self, request: Request) -> SearchResult:
        with mended(self._name):
            said = self._client.msearch(searches=self._asked(request), max_concurrent_searches=1)
        mark, found = (self._whole(one) for one in said["responses"])
        if not mark["hits"]["hits"]:
            raise self._unusable("it has lost its mark")
        highlighter = Highlighter(request.question, self.analysis)
        hits, after = found["hits"]["hits"], None
        if request.sort is Sort.PLACE:
            count, after = page_of([hit["sort"][0] for hit in hits], request.limit)
            hits = hits[:count]
        return SearchResult(
            total=found["hits"]["total"]["value"],
            hits=tuple(_hit(hit, request, highlighter) for hit in hits),
            facets={name: _counts(found["aggregations"][name]) for name, _ in request.facets},
            position=self._mark_of(mark["hits"]["hits"][0]).position,
            after=after,
        )

    def _asked(self, request: Request) -> list[dict[str, Any]]:
        """Return both searches: one at a time and in this order.

        The same copies answer the same tenant, so that its pages follow each other.
        """
        return [
            {"index": self._name, "allow_partial_search_results": False, "routing": MARK_ID},
            {"query": {"ids": {"values": [MARK_ID]}}, "size": 1},
            self._place(request),
            body_of(request),
        ]

    def _place(self, request: Request) -> dict[str, Any]:
        tenants = [tenant_id for tenant_id, _ in request.sights]
        return {
            "index": self._name,
            "allow_partial_search_results": False,
            "routing": ",".join(tenants),
            "preference": Compartment(tenants[0]).mark,
        }

    def _whole(self, answer: dict[str, Any]) -> dict[str, Any]:
        if answer["status"] != _OK:
            raise _NotWhole(str(refusal(self._name, answer["status"], answer)))
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise _NotWhole(f"The cluster answered only in part for {self._name}; ask again later")
        return answer

    def _mark_of(self, found: dict[str, Any]) -> Mark:
        if not found.get("_source", {}).get("mark"):
            raise self._unusable("it has lost its mark")
        kept = found["_source"]["mark"]
        if kept["rules"] != self._rules:
            raise IndexOutdated(
                f"The search index {self._name} was made by rules {kept['rules']!r}, these are "
                f"{self._rules!r}. Nothing kept is lost: it is made anew by itself, or run `longeva rebuild`"
            )
        return Mark(kept["position"], kept["digest"])

    def _ensure(self) -> None:
        """Make an empty index if this one was never seen; one that vanishes later is an error."""
        if self._is_there:
            return
        if not self._generations.exists():
            with self._held():
                if not self._generations.exists():  # another process may have been quicker
                    self._generations.new()
                    self._generations.use()
        self._is_there = True

    @contextmanager
    def _held(self) -> Iterator[None]:
        try:
            with self._guard.held(wait=self._wait_seconds):
                yield
        except ConflictError as cause:
            raise IndexBusy(
                f"Another process is writing the search index {self._name}; try again in a while"
            ) from cause

    def _writer(self, alias: str) -> ElasticWriter:
        return ElasticWriter(self._client, alias, self.analysis, self._rules)

    def _unusable(self, why: str) -> IndexUnavailable:
        return IndexUnavailable(
            f"The search index {self._name} cannot be used ({why}). Nothing kept is lost: "
            "run `longeva rebuild`"
        )


class _NotWhole(IndexUnavailable):
    """A search that failed or was answered in part: perhaps its index was being replaced at this moment."""


def _rules(analysis: Analysis) -> str:
    return f"{layout.VERSION}/{analysis.version}"


def _hit(hit: dict[str, Any], request: Request, highlighter: Highlighter) -> Hit:
    document = layout.document_of(hit["_source"])
    score = 1.0 + hit["sort"][0] if request.sort is Sort.RELEVANCE else 1.0
    return hit_of(document, highlighter, score, request)


def _counts(answer: dict[str, Any]) -> tuple[FacetValue, ...]:
    if answer["doc_count_error_upper_bound"]:
        raise IndexUnavailable("The cluster counted by estimate: the index was made by another program")
    return tuple(FacetValue(bucket["key"], bucket["doc_count"]) for bucket in answer["buckets"])
