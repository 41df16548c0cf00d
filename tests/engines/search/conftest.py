# SPDX-License-Identifier: EUPL-1.2
"""Nodes of both search products, and an index in one of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest
from elastic_transport import TransportError
from search_node import RELEASES, SearchNode, started_or_skipped

from archive.lock import WriterLock
from archive.settings import ElasticsearchSettings
from search.elastic.client import connect
from search.elastic.index import ElasticIndex


@pytest.fixture(scope="session", params=RELEASES, ids=[release.name for release in RELEASES])
def search_node(request, tmp_path_factory) -> Iterator[SearchNode]:
    """A running node of each product and version, one after the other."""
    node = started_or_skipped(request.param, tmp_path_factory.mktemp(request.param.name))
    yield node
    node.kill()


@pytest.fixture(scope="module")
def settings_of() -> Iterator[Callable[..., ElasticsearchSettings]]:
    """Settings of an index of its own in a node; the index goes at the end, if the node is still there."""
    made: list[ElasticsearchSettings] = []

    def settings(node: SearchNode, **others: object) -> ElasticsearchSettings:
        name = f"t{uuid.uuid4().hex[:12]}"
        made.append(
            ElasticsearchSettings(kind="elasticsearch", urls=(node.url,), name=name, replicas=0, **others)
        )
        return made[-1]

    yield settings
    for one in made:
        with closing(connect(one)) as connected, suppress(TransportError):
            client = connected.options(ignore_status=404)
            for index in client.indices.get_alias(index=f"{one.name}-*").body:
                client.indices.delete(index=index)


@pytest.fixture
def cluster_index(search_node, settings_of, tmp_path) -> Iterator[ElasticIndex]:
    """An empty index in a cluster of each product."""
    index = ElasticIndex(settings_of(search_node), WriterLock(tmp_path / "lock"), wait_seconds=0.5)
    yield index
    index.close()
