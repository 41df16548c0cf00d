# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from archive.clock import FixedClock
from archive.errors import InvalidRequest, StorageUnavailable
from archive.home import Home

TENANT = "villa"


@pytest.fixture
def home(tmp_path):
    """A home of one municipality."""
    with Home.create(tmp_path / "home", FixedClock(datetime(2026, 11, 21, 9, tzinfo=UTC))) as home:
        home.add_tenant(TENANT, "Ayuntamiento de Villa", "L01990019")
        yield home


def told(home):
    with home.catalog.reading(TENANT) as tx:
        return [event for event in tx.tenant_events(TENANT) if event.kind == "object.viewed"]


def test_an_event_is_on_the_medium_when_it_is_told(home):
    """Another connection to the file sees it before anybody is answered; the ledger holds."""
    home.reads.note(TENANT, "object.viewed", "urn:x", "account:1", {"page": 3})
    with sqlite3.connect(home.catalog_path) as other:
        found = other.execute("select count(*) from events where kind = 'object.viewed'").fetchone()
    assert found == (1,)
    assert home.ledger.verify(TENANT) == []
    assert told(home)[0].detail == {"page": 3}


def test_many_at_once_are_written_together_and_none_is_lost(home, monkeypatch):
    """While one is being written the others gather: far fewer transactions than events, all in one chain."""
    writes = []
    real = home.reads._write

    def counted(tenant_id, drafts):
        writes.append(len(drafts))
        real(tenant_id, drafts)

    monkeypatch.setattr(home.reads, "_write", counted)
    start = threading.Barrier(32)

    def reader(number):
        start.wait()
        for turn in range(5):
            home.reads.note(TENANT, "object.viewed", f"{number}-{turn}", "web")

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(reader, range(32)))
    assert sorted(event.subject for event in told(home)) == sorted(
        f"{n}-{t}" for n in range(32) for t in range(5)
    )
    assert sum(writes) == 160
    assert len(writes) < 100
    assert home.ledger.verify(TENANT) == []


def test_whoever_cannot_be_told_is_not_answered(home, monkeypatch):
    """The failure reaches each of those whose event it was, and the next one works again."""
    real = home.catalog.transaction

    def broken(scope):
        raise StorageUnavailable("disk full")

    monkeypatch.setattr(home.catalog, "transaction", broken)
    with pytest.raises(StorageUnavailable):
        home.reads.note(TENANT, "object.viewed", "x", "web")
    monkeypatch.setattr(home.catalog, "transaction", real)
    home.reads.note(TENANT, "object.viewed", "y", "web")
    assert [event.subject for event in told(home)] == ["y"]


def test_what_is_no_json_is_refused(home):
    """And keeps nobody waiting."""
    with pytest.raises(InvalidRequest):
        home.reads.note(TENANT, "object.viewed", "x", "web", {"n": float("nan")})
    home.reads.note(TENANT, "object.viewed", "y", "web")
    assert len(told(home)) == 1


def test_events_of_several_municipalities_keep_to_their_ledgers(home):
    """One group may hold many of them."""
    home.add_tenant("aldea", "Ayuntamiento de Aldea", "L01990024")
    with ThreadPoolExecutor(8) as pool:
        tenants = [TENANT, "aldea"] * 10
        list(pool.map(lambda tenant: home.reads.note(tenant, "object.viewed", tenant, "web"), tenants))
    assert [event.subject for event in told(home)] == [TENANT] * 10
    assert home.ledger.verify("aldea") == []
