# SPDX-License-Identifier: EUPL-1.2
"""The embedded index and one in a cluster, side by side: `python -m benchmarks.search_engines [--records N]`.

The same records (`benchmarks.search_latency`) go into both, once for each size of bulk that is tried for the
cluster; then the same questions are asked of both in turn, through `search.find.search`, snippets included.
The cluster is one node with 512 MB of heap on this very machine, started for it
(tests/support/search_node.py), or the one behind `--url`. Figures as JSON.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archive.lock import WriterLock
from archive.settings import ElasticsearchSettings
from benchmarks.search_latency import documents, questions
from search.elastic import writer as elastic_writer
from search.elastic.client import connect
from search.elastic.index import ElasticIndex
from search.index import Index
from search.tantivy_index import TantivyIndex

BULKS = (500_000, 1_000_000, 4_000_000, 16_000_000)
SAMPLE = 2_000
"""Records with which the size of a bulk is chosen."""


@contextmanager
def node(url: str, release: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Give name and address of a cluster."""
    if url:
        yield "given", url
        return
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
    from search_node import RELEASES, SearchNode  # noqa: PLC0415 - on the path only now

    started = SearchNode(RELEASES[release], folder / "node").start()
    try:
        yield RELEASES[release].name, started.url
    finally:
        started.kill()


def filled(index: Index, count: int) -> float:
    """Index so many records, a commit for every thousand; return the seconds it took."""
    begun = time.perf_counter()
    with index.writing() as writer:
        for number, document in enumerate(documents(count, random.Random(1)), 1):
            writer.add(document)
            if number % 1000 == 0:
                writer.commit(number)
        writer.commit(count)
    return time.perf_counter() - begun


def in_cluster(url: str, folder: Path) -> ElasticIndex:
    """Return a new index."""
    name = f"bench{uuid.uuid4().hex[:8]}"
    settings = ElasticsearchSettings(kind="elasticsearch", urls=(url,), name=name, replicas=0)
    return ElasticIndex(settings, WriterLock(folder / "lock"))


def gone(index: ElasticIndex) -> None:
    """Delete an index of ours."""
    client = connect(index.settings)
    for name in client.indices.get_alias(index=f"{index.settings.name}-0*").body:
        client.indices.delete(index=name)
    client.close()
    index.close()


def run(count: int, times: int, url: str, release: int) -> dict[str, Any]:
    """Build both, ask both, tell."""
    with tempfile.TemporaryDirectory() as name, node(url, release, Path(name)) as (product, address):
        folder = Path(name)
        bulks: dict[str, int] = {}
        for size in (BULKS[-1], *BULKS):  # the first run warms the server up
            elastic_writer.BULK_BYTES = size  # type: ignore[misc]
            tried = in_cluster(address, folder)
            bulks[str(size)] = round(SAMPLE / filled(tried, SAMPLE))
            gone(tried)
        elastic_writer.BULK_BYTES = 4_000_000  # type: ignore[misc]
        cluster, embedded = in_cluster(address, folder), TantivyIndex(folder / "index")
        built = {"embedded": filled(embedded, count), product: filled(cluster, count)}
        asked: dict[str, Any] = {}
        for _, (kind, index) in itertools.product(range(2), (("embedded", embedded), (product, cluster))):
            asked[kind] = questions(index, times)  # the second time counts
        gone(cluster)
        return {
            "records": count,
            "load_average": os.getloadavg()[0],
            "records_per_s_by_bulk_bytes": bulks,
            "records_per_s": {kind: round(count / seconds) for kind, seconds in built.items()},
            "questions": {
                question: {kind: asked[kind][question] for kind in asked} for question in asked["embedded"]
            },
        }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--url", default="", help="a running cluster; one is started where there is none")
    parser.add_argument("--release", type=int, default=0, help="which of tests/support/search_node.py")
    given = parser.parse_args()
    print(json.dumps(run(given.records, given.times, given.url, given.release), indent=2))


if __name__ == "__main__":
    main()
