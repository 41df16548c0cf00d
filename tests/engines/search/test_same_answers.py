# SPDX-License-Identifier: EUPL-1.2
"""The cluster and the embedded index are asked the same hundreds of questions over the same records."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from spanish_records import Questions, records

from archive.lock import WriterLock
from search.elastic.index import ElasticIndex
from search.find import request_for
from search.find import search as find
from search.sight import NARROWEST, WHOLE
from search.tantivy_index import TantivyIndex

search = partial(find, sight=WHOLE)
"""Asked by who may see all."""

pytestmark = pytest.mark.engines

RECORDS = 2_300
QUESTIONS = 250


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


def test_any_tree_finds_and_counts_the_same(both):
    """Totals, hits with their snippets, order and scores, and all facets of random trees are the same."""
    cluster, embedded = both
    questions = Questions(20260302, cluster.analysis)
    found = 0
    for _ in range(QUESTIONS):
        request = questions.request()
        assert cluster.search(request) == embedded.search(request), request
        found += bool(cluster.search(replace(request, limit=0)).total)
    assert found > QUESTIONS / 4
    assert cluster.keys() == embedded.keys()
    assert cluster.mark() == embedded.mark()


def test_words_are_suggested_alike(both):
    """The same words, with the same counts, to who may see all and to who may not."""
    cluster, embedded = both
    for start in ("l", "lic", "re", "año", "x"):
        for sight in (WHOLE, NARROWEST):
            request = request_for(embedded, "", {"villa": sight})
            assert cluster.suggest(start, request) == embedded.suggest(start, request)


def test_deep_pages_follow_each_other(both):
    """Page after page gives every document once, in one order, up to the last."""
    cluster, _ = both
    everything = search(cluster, "", "villa", limit=1000)
    pages = [
        search(cluster, "", "villa", limit=37, offset=n).hits for n in range(0, everything.total + 37, 37)
    ]
    assert [hit for page in pages for hit in page] == list(everything.hits)
    assert search(cluster, "", "villa", offset=100_000).hits == ()
