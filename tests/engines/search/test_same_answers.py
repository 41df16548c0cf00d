# SPDX-License-Identifier: EUPL-1.2
"""The cluster and the embedded index are asked the same hundreds of questions over the same records."""

from __future__ import annotations

from dataclasses import replace

import pytest
from spanish_records import Questions, records

from archive.lock import WriterLock
from search.elastic.index import ElasticIndex
from search.find import search
from search.index import Request
from search.tantivy_index import TantivyIndex

pytestmark = pytest.mark.engines

RECORDS = 2_300
QUESTIONS = 250
CLOSE = 0.01
"""Scores nearer than this part of each other are the same: the engines round lengths in their own ways."""


def filled(index):
    """Give an index the records, in several commits, with an object replaced on the way."""
    with index.writing() as writer:
        for number, record in enumerate(records(RECORDS, 20260301), 1):
            writer.add(record)
            if number % 500 == 0:
                writer.commit(number)
        writer.commit(RECORDS)
    with index.writing() as writer:
        writer.delete_object("urn:longeva:villa:0")
        writer.add(replace(next(records(1, 5)), object_id="urn:longeva:villa:0", path="nuevo"))
        writer.commit(RECORDS + 1, "digest")
    return index


@pytest.fixture(scope="module", params=[1, 3], ids=["one shard", "three shards"])
def both(request, search_node, settings_of, tmp_path_factory):
    """A cluster index and an embedded one with the same records."""
    tmp_path = tmp_path_factory.mktemp("both")
    settings = settings_of(search_node, shards=request.param)
    cluster = filled(ElasticIndex(settings, WriterLock(tmp_path / "lock")))
    embedded = filled(TantivyIndex(tmp_path / "index"))
    yield cluster, embedded
    cluster.close()
    embedded.close()


def answer(index, request: Request) -> tuple[object, ...]:
    """Return all of an answer but the order and the scores."""
    result = index.search(request)
    assert result.total <= request.limit
    hits = {(hit.object_id, hit.path): replace(hit, score=0.0) for hit in result.hits}
    assert len(hits) == result.total
    return result.total, hits, result.facets, result.position


def test_any_tree_finds_and_counts_the_same(both):
    """Totals, hits with their snippets, and all facets of random trees with filters are the same."""
    cluster, embedded = both
    questions = Questions(20260302, cluster.analysis)
    found = 0
    for _ in range(QUESTIONS):
        request = questions.request()
        assert answer(cluster, request) == answer(embedded, request), request
        found += bool(cluster.search(replace(request, limit=0)).total)
    assert found > QUESTIONS / 4
    assert cluster.keys() == embedded.keys()
    assert cluster.mark() == embedded.mark()


@pytest.mark.parametrize("text", ["licencia", "obra resolucion", "poda OR juez", '"licencia de"', "titulo:informe", "señal -obra"])  # fmt: skip
def test_words_are_ranked_alike(both, text):
    """Where one shard holds everybody, as the embedded index does, better answers come first in both."""
    cluster, embedded = both
    if cluster.settings.shards > 1:
        pytest.skip("a tenant's shard knows other frequencies: its order is its own")
    scores = {(h.object_id, h.path): h.score for h in search(embedded, text, "villa", limit=1000).hits}
    ranked = [scores[hit.object_id, hit.path] for hit in search(cluster, text, "villa", limit=1000).hits]
    assert len(ranked) > 5
    best_after = ranked[-1]
    for score in reversed(ranked):
        best_after = max(best_after, score)
        assert score >= best_after * (1 - CLOSE)


def test_deep_pages_follow_each_other(both):
    """Page after page gives every document once, in one order, up to the last."""
    cluster, _ = both
    everything = search(cluster, "", "villa", limit=1000)
    pages = [
        search(cluster, "", "villa", limit=37, offset=n).hits for n in range(0, everything.total + 37, 37)
    ]
    assert [hit for page in pages for hit in page] == list(everything.hits)
    assert search(cluster, "", "villa", offset=100_000).hits == ()
