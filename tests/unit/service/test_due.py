# SPDX-License-Identifier: EUPL-1.2
"""A worker's round: each step by itself, one worker at a time, what failed told."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from archive.catalog import INSTALLATION
from archive.clock import FixedClock
from archive.errors import IndexBusy, IndexUnavailable, TimestampUnavailable
from archive.home import Home
from demo.loads import plain_package
from ingest.deposit import deposit
from service import due
from service.due import steps, work

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    """An archive with one expediente that nothing was done with yet."""
    with Home.create(tmp_path / "home", FixedClock(NOW)) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        package = plain_package(tmp_path / "in", 1, 500, seed=1).folder
        deposit(home, "villa", [package], seal=None)
        yield home


def fails_with(error):
    def fail(*_, **__):
        raise error

    return fail


def test_everything_that_is_due_is_done_once(home):
    """Sealed, indexed, audited; the second round finds nothing left."""
    first = work(home)
    assert (first.failed, first.busy) == ({}, [])
    steps = {"swept", "queued", "sealed", "renewed", "indexed", "healed", "audited", "told", "forgotten"}
    assert first.done.keys() == steps
    assert first.done["sealed"] == 1
    assert first.done["indexed"] > 0
    assert first.done["audited"] > 0
    second = work(home, sweep=False)
    assert second.done["sealed"] == second.done["audited"] == 0
    assert "swept" not in second.done


@pytest.mark.parametrize(
    ("name", "error", "step"),
    [
        ("seal_all", TimestampUnavailable("no authority answers"), "sealed"),
        ("follow", IndexUnavailable("no node answers"), "indexed"),
        ("heal_due", RuntimeError("a mistake of ours"), "healed"),
    ],
)
def test_a_step_that_fails_stops_no_other(home, monkeypatch, name, error, step):
    """It is told in words, stays due, and is done when it can be."""
    monkeypatch.setattr(due, name, fails_with(error))
    told = work(home)
    assert told.failed.keys() == {step}
    done = {"sealed", "indexed", "audited"} - {step}
    assert all(told.done[each] > 0 for each in done)
    if step == "sealed":
        assert told.done["waiting"] == 1
    monkeypatch.undo()
    assert work(home).failed == {}
    with home.catalog.reading(INSTALLATION) as tx:
        assert tx.totals().unsealed == 0


def test_a_step_that_another_worker_is_at_is_left_to_it(home):
    """On whatever machine: not done twice, and no error."""
    with home.engines.step_guard("sealed").held(["sealed"]):
        told = work(home)
    assert (told.busy, told.failed) == (["sealed"], {})
    assert told.done["sealed"] == 0
    assert work(home).done["sealed"] == 1


def test_an_index_that_another_process_writes_is_left_to_it(home, monkeypatch):
    """That process does the work."""
    monkeypatch.setattr(due, "follow", fails_with(IndexBusy("being written")))
    told = work(home)
    assert (told.busy, told.failed) == (["indexed"], {})


def test_the_index_of_this_machine_is_nobody_elses_business(home):
    """Index and uploads of a machine are its own; all other steps are the installation's."""
    assert [step.name for step in steps(home) if not step.shared] == ["indexed", "forgotten"]


def test_no_step_is_begun_after_the_word_to_stop(home):
    """What was begun is finished."""
    stop = threading.Event()
    stop.set()
    assert work(home, stop).done == {}
