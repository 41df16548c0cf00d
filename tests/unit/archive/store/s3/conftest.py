# SPDX-License-Identifier: EUPL-1.2
"""A store on moto, a mock: what a real service does is seen in tests/engines/s3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from s3_stores import mocked_store

from archive.store.s3.store import S3Store


@pytest.fixture
def mock(tmp_path: Path) -> Iterator[S3Store]:
    """An empty bucket of a mock."""
    with mocked_store(tmp_path) as store:
        yield store
