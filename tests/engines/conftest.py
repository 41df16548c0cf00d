# SPDX-License-Identifier: EUPL-1.2
"""Servers that several of these folders ask for; S3 and PostgreSQL are in the conftest of all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from search_node import RELEASES, SearchNode, started_or_skipped


@pytest.fixture(scope="session")
def opensearch(tmp_path_factory) -> Iterator[SearchNode]:
    """A running node of OpenSearch."""
    node = started_or_skipped(RELEASES[0], tmp_path_factory.mktemp("opensearch"))
    yield node
    node.kill()
