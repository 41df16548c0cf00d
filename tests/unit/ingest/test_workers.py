# SPDX-License-Identifier: EUPL-1.2
"""Worker processes: what one of them meets is told as what it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.clock import FixedClock
from archive.errors import CatalogUnavailable
from archive.home import Home
from demo.loads import plain_packages
from ingest import workers
from ingest.deposit import deposit

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    with Home.create(tmp_path / "home", FixedClock(NOW)) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        yield home


def test_a_worker_process_that_cannot_open_the_home_says_why(home, tmp_path, monkeypatch):
    """Not "a worker process died": the operator must know what to mend."""

    def refuse(*_):
        raise CatalogUnavailable("the database is away")

    monkeypatch.setattr(workers, "WORTH_IT", 1)
    monkeypatch.setattr(workers, "start_method", lambda: "fork")
    packages = [each.folder for each in plain_packages(tmp_path / "in", 2, 1, 500, seed=1)]
    monkeypatch.setattr(workers.Home, "open", refuse)
    with pytest.raises(CatalogUnavailable, match="the database is away"):
        deposit(home, "villa", packages, seal=None)
