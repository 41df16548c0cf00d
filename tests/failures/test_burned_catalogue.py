# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from town import Town

from archive.catalog import INSTALLATION, Catalog
from archive.errors import StorageUnavailable
from archive.home import Home
from archive.model import (
    SYSTEM_TENANT,
    DepositState,
)
from archive.rebuild import rebuild_catalog
from archive.rebuild.comparison import equal_topics


def burn(home: Home) -> Path:
    """Take the catalogue away and return where it was put."""
    home.close()
    kept = home.path / "catalog.sqlite3-kept"
    home.catalog_path.rename(kept)
    return kept


def test_burned_catalogue_comes_back_with_equal_rows(town: Town) -> None:
    """From the store alone: the same tenants, objects, parts, batches, leaves, copies, events and positions."""
    kept = burn(town.home)
    with Home.open_store(town.home.path, town.clock) as home:
        report = rebuild_catalog(home)
        assert report.problems == ()
        assert report.equal is None
        old = Catalog.open(kept)
        with old.reading(INSTALLATION) as before, home.catalog.reading(INSTALLATION) as after:
            counted = before.counts()
            assert after.counts() == counted | {"events": counted["events"] + 1}
            assert {record.object_id: record for record in after.objects()} == {
                record.object_id: record for record in before.objects()
            }
            assert after.deposits() == [replace(deposit, receipt={}) for deposit in before.deposits()]
            assert after.copy_by_csv("CSV1") == before.copy_by_csv("CSV1")
            assert len(after.unsealed()) == 2
            assert set(after.live_batches()) == set(before.live_batches())
            assert after.events()[: counted["events"]] == before.events()
        equal = equal_topics(old, home.catalog)
        old.close()
        assert equal == dict.fromkeys(equal, True) | {"events": False}  # it tells of the rebuilding
        assert [home.ledger.verify(tenant) for tenant in ("villa", "aldea", SYSTEM_TENANT)] == [[], [], []]
    Home.open(town.home.path, town.clock).close()


def test_rebuilding_beside_the_old_catalogue_says_that_they_are_equal(town: Town) -> None:
    """Where the old catalogue can be read, the report compares."""
    report = rebuild_catalog(town.home)
    assert report.problems == ()
    assert report.equal is not None
    assert set(report.equal.values()) == {True}
    assert (report.tenants, report.objects, report.batches, report.copies) == (2, 3, 2, 1)
    assert json.dumps(report.to_json())


def test_receipts_stay_while_the_old_catalogue_can_be_read(town: Town) -> None:
    """The store has no receipts: a rebuilding that can still read them carries them over."""
    with town.home.catalog.reading(INSTALLATION) as tx:
        before = tx.deposits()
    rebuild_catalog(town.home)
    with town.home.catalog.reading(INSTALLATION) as tx:
        assert tx.deposits() == before
    assert [deposit.receipt for deposit in before if deposit.state is DepositState.ACCEPTED] == [
        {"seal": "x"}
    ] * 3


def test_rebuilding_that_dies_leaves_the_old_catalogue(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the new catalogue is whole the old one answers; the next rebuilding starts anew."""

    def fail(*_: object) -> None:
        raise StorageUnavailable("the disk is full")

    before = town.home.catalog_path.read_bytes()
    with monkeypatch.context() as dying:
        dying.setattr("archive.rebuild.restore_batches", fail)
        with pytest.raises(StorageUnavailable):
            rebuild_catalog(town.home)
    assert town.home.catalog_path.read_bytes() == before
    assert rebuild_catalog(town.home).problems == ()
    assert not list(town.home.path.glob("catalog.rebuilding*"))


def test_restored_old_catalogue_is_refused_until_rebuilt(town: Town) -> None:
    """A catalogue older than the store is not gone on with: it would fork the ledger."""
    town.home.close()
    old = town.home.catalog_path.read_bytes()
    with Home.open(town.home.path, town.clock) as home:
        Town(home, town.clock).deposit("E6")
    town.home.catalog_path.write_bytes(old)
    with pytest.raises(Exception, match="longeva rebuild"):
        Home.open(town.home.path, town.clock)
    with Home.open_store(town.home.path, town.clock) as home:
        report = rebuild_catalog(home)
    assert report.problems == ()
    assert report.equal is not None
    assert not report.equal["objects"]
