# SPDX-License-Identifier: EUPL-1.2
"""An empty catalogue on every database: a file of SQLite, and a PostgreSQL where one is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from catalogued import NOW

from archive.catalog import INSTALLATION, Catalog
from archive.model import Tenant


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty catalogue is; on the server as the application, which owns nothing."""
    if request.param == "sqlite":
        return str(tmp_path / "catalog.sqlite3")
    return request.getfixturevalue("postgres_catalog").url


@pytest.fixture
def catalog(target: str) -> Iterator[Catalog]:
    """A catalogue with two municipalities."""
    catalog = Catalog.open(target)
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_tenant(Tenant("villa", "Villaejemplo", "L01990019", NOW))
        tx.add_tenant(Tenant("aldea", "Aldeaejemplo", "L01990020", NOW))
    yield catalog
    catalog.close()
