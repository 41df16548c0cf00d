# SPDX-License-Identifier: EUPL-1.2
"""A worker: settles while it looks at what is due, opens its home again after a failure, ends when told."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from archive.catalog import INSTALLATION
from archive.clock import SystemClock
from archive.errors import NotFound, StorageUnavailable
from archive.home import Home
from demo.loads import plain_packages
from ingest.queue.settling import Bench
from ingest.queue.submission import submit
from service.worker import Desk, work_on, work_once


@pytest.fixture
def home(tmp_path):
    with Home.create(tmp_path / "home", SystemClock()) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        yield home


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return [each.folder for each in plain_packages(tmp_path_factory.mktemp("in"), 3, 1, 500, seed=1)]


def settled(home):
    with home.catalog.reading(INSTALLATION) as tx:
        return len(tx.deposits()), len(tx.queue()), tx.totals().unsealed


def test_once_settles_what_waits_before_it_seals(home, packages):
    """What comes out of the queue is sealed and indexed in the same run."""
    submit(home, "villa", packages)
    told = work_once(home.path, home.clock, threading.Event())
    assert (told.done["settled"], told.done["sealed"], told.failed) == (3, 3, {})
    assert settled(home) == (3, 0, 0)


def test_there_must_be_a_home(tmp_path):
    """A mistake in a unit file is told at once instead of being tried for ever."""
    with pytest.raises(NotFound):
        work_on(tmp_path / "no", SystemClock(), threading.Event(), 1, lambda _: None)


def test_it_settles_between_rounds_and_ends_when_told(home, packages):
    """Deposits do not wait for the next round; rounds are told."""
    stop, rounds = threading.Event(), []
    result = []

    def run():
        result.append(work_on(home.path, home.clock, stop, 3600, rounds.append))

    working = threading.Thread(target=run)
    working.start()
    try:
        until(lambda: rounds)
        submit(home, "villa", packages)
        until(lambda: settled(home)[:2] == (3, 0))
    finally:
        stop.set()
        working.join(60)
    assert result == [len(rounds)] == [1]
    assert rounds[0].failed == {}


def test_a_desk_opens_its_home_again_after_a_failure(home, packages, monkeypatch):
    """Whatever was exchanged meanwhile is found; what it held is handed back or waits for its turn."""
    monkeypatch.setattr("ingest.queue.claims.FIRST_RETRY", timedelta(seconds=0))
    submit(home, "villa", packages)
    desk = Desk(home.path, home.clock)
    real, failures = Bench._take_in, iter([StorageUnavailable("away")])

    def sometimes(self, *args):
        for failure in failures:
            raise failure
        return real(self, *args)

    monkeypatch.setattr(Bench, "_take_in", sometimes)
    with pytest.raises(StorageUnavailable):
        desk.settle_next()
    assert desk._home is None
    assert sum(desk.settle_next() for _ in range(3)) == 3
    desk.close()
    desk.close()
    assert settled(home)[:2] == (3, 0)


def until(condition):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")
