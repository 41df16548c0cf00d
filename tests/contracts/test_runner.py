# SPDX-License-Identifier: EUPL-1.2
"""What wakes workers, on every engine: everything that is due is taken once, and again when its worker is silent."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from archive.catalog import INSTALLATION, QueueState
from archive.clock import SystemClock
from archive.errors import StorageUnavailable
from archive.home import Home
from demo.loads import plain_packages
from ingest.queue import runner as runners
from ingest.queue.runner import open_runner
from ingest.queue.settling import Bench
from ingest.queue.submission import submit

PATIENCE = 30
"""Seconds for what should take one."""


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return [each.folder for each in plain_packages(tmp_path_factory.mktemp("in"), 5, 1, 500, seed=1)]


@pytest.fixture(params=["in-process", "procrastinate"])
def home(request, tmp_path, monkeypatch):
    """An archive whose work is shared in one of the ways."""
    if request.param == "procrastinate":
        database = request.getfixturevalue("postgres_catalog")
        monkeypatch.setenv("LONGEVA_CATALOG__URL", database.url)
        monkeypatch.setenv("LONGEVA_CATALOG__OWNER_URL", database.owner_url)
    monkeypatch.setenv("LONGEVA_WORK__RUNNER", request.param)
    monkeypatch.setenv("LONGEVA_WORK__STALLED_AFTER", "10")
    with Home.create(tmp_path / "home", SystemClock()) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        yield home


class Worker:
    """A worker in a thread, with everything of its own."""

    def __init__(self, home, take=None):
        self.home = Home.open(home.path, home.clock)
        self.bench = Bench(self.home)
        self.runner = open_runner(self.home)
        self.stop = threading.Event()
        self.took = []
        self.take = take or self.bench.settle_next
        self.thread = threading.Thread(target=self.runner.run, args=(self._take, self.stop), daemon=True)

    def _take(self):
        taken = self.take()
        self.took.append(taken)
        return taken

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        self.runner.close()
        self.home.close()


@pytest.fixture
def offering(home):
    runner = open_runner(home)
    yield runner
    runner.close()


def until(condition):
    for _ in range(PATIENCE * 20):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def settled(home):
    with home.catalog.reading(INSTALLATION) as tx:
        return len(tx.deposits())


def left(home):
    with home.catalog.reading(INSTALLATION) as tx:
        return tx.queue()


def test_what_waits_is_drained(home, offering, packages):
    """Without any thread: for a worker that ends when nothing is due."""
    submit(home, "villa", packages)
    offering.offer()
    bench = Bench(home)
    assert offering.drain(bench.settle_next, threading.Event()) == 5
    assert (settled(home), left(home)) == (5, [])
    assert offering.drain(bench.settle_next, threading.Event()) == 0


def test_a_worker_that_waits_is_woken(home, offering, packages):
    """What comes in while nothing was due is settled within moments."""
    with Worker(home) as worker:
        time.sleep(0.5)
        submit(home, "villa", packages[:2])
        offering.offer()
        until(lambda: settled(home) == 2)
        submit(home, "villa", packages[2:])
        offering.offer()
        until(lambda: settled(home) == 5 and not left(home))
    assert sum(worker.took) == 5


def test_workers_share_and_nobody_does_twice(home, offering, packages):
    """Two workers, one queue."""
    with Worker(home) as one, Worker(home) as other:
        for package in packages:
            submit(home, "villa", [package])
            offering.offer()
        until(lambda: settled(home) == 5 and not left(home))
    assert sum(one.took) + sum(other.took) == 5


def test_a_wake_up_that_was_lost_is_made_up_for(home, offering, packages):
    """Nobody said that something came in, until somebody looked at the recorded state."""
    submit(home, "villa", packages[:1])
    with Worker(home):
        offering.offer()
        until(lambda: settled(home) == 1)


def test_offering_again_changes_nothing(home, offering, packages):
    """A wake-up too many wakes for nothing."""
    submit(home, "villa", packages)
    for _ in range(3):
        offering.offer()
    assert offering.offer() == 0
    with Worker(home) as worker:
        until(lambda: settled(home) == 5 and not left(home))
    assert sum(worker.took) == 5


def test_what_a_silent_worker_held_is_taken_over(home, offering, packages):
    """After its lease; the one that died is not waited for."""
    submit(home, "villa", packages[:1])
    with home.catalog.transaction(INSTALLATION) as tx:
        assert tx.claim("dead", home.clock.now(), timedelta(seconds=2), limit=1)
    with Worker(home):
        time.sleep(1)
        offering.offer()
        assert settled(home) == 0
        time.sleep(1.5)
        offering.offer()
        until(lambda: settled(home) == 1 and not left(home))


def test_a_failed_service_makes_it_pause_and_go_on(home, offering, packages, monkeypatch):
    """The reason is told meanwhile, and nothing is lost."""
    monkeypatch.setattr("ingest.queue.claims.FIRST_RETRY", timedelta(seconds=1))
    monkeypatch.setattr(runners, "POLL_SECONDS", 0.2)
    submit(home, "villa", packages[:1])
    real, failures = Bench._take_in, iter([StorageUnavailable("the disk is full")])

    def sometimes(self, *args):
        for failure in failures:
            raise failure
        return real(self, *args)

    monkeypatch.setattr(Bench, "_take_in", sometimes)
    with Worker(home):
        offering.offer()
        until(lambda: [entry.state for entry in left(home)] == [QueueState.ERROR])
        assert "disk is full" in left(home)[0].reason
        time.sleep(1.2)
        offering.offer()
        until(lambda: settled(home) == 1)


def test_who_is_told_to_stop_finishes_what_it_has(home, offering, packages):
    """And begins nothing new."""
    begun, go_on = threading.Event(), threading.Event()
    submit(home, "villa", packages)
    bench = Bench(home)

    def slowly():
        begun.set()
        assert go_on.wait(PATIENCE)
        return bench.settle_next(1)

    with Worker(home, slowly) as worker:
        offering.offer()
        assert begun.wait(PATIENCE)
        worker.stop.set()
        go_on.set()
    assert settled(home) == 1
    assert len(left(home)) == 4
