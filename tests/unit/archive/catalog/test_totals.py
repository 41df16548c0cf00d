# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest

from archive.catalog import INSTALLATION, Catalog
from archive.clock import SystemClock
from archive.model import Tenant


@pytest.fixture(params=["file", "server"])
def catalog(request, tmp_path):
    """An empty catalogue in a file, and one on a server as the application's login."""
    if request.param == "file":
        with_closing = Catalog.open(tmp_path / "catalog.sqlite3")
        yield with_closing
        with_closing.close()
        return
    postgres = request.getfixturevalue("postgres")
    with postgres.database() as database:
        opened = Catalog.open(database.url, owner=database.owner_url)
        yield opened
        opened.close()


def test_an_empty_catalogue_has_nothing(catalog):
    """Zeros and no instants, on both."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_tenant(Tenant("villa", "Villa", "L01990019", SystemClock().now()))
    with catalog.reading(INSTALLATION) as tx:
        totals = tx.totals()
    assert (totals.objects, totals.files, totals.bytes, totals.unsealed, totals.position) == (0, 0, 0, 0, 0)
    assert totals.unsealed_since is totals.queued_since is None
    assert totals.deposits == totals.queued == {}
