# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import timedelta

import pytest
from kept import keep_objects

from archive.clock import FixedClock
from archive.home import Home
from archive.settings import load_settings
from preservation.audit.due import audit_due, due_audits
from preservation.audit.history import COMPLETED, PROGRESSED, SAMPLED, past_audits

DAYS = 10


@pytest.fixture
def home(tmp_path, world):
    """Six objects, a sample of four files a day, everything within ten days."""
    world.home.close()
    (world.home.path / "longeva.toml").write_text(f"[work]\naudit_sample = 4\naudit_days = {DAYS}\n")
    with Home.open(world.home.path, world.clock) as opened:
        keep_objects(opened, "villa", [f"E{n}" for n in range(6)])
        yield opened


def work(home) -> list[str]:
    """Do all that is due at this instant; return its kinds."""
    done = []
    while audit_due(home, None) is not None:
        done.append(next(past_audits(home)).kind)
        assert len(done) < 50
    return done


def test_a_sample_a_day_and_everything_within_its_term(home):
    """Over thirty days: thirty samples, three passes, each file read within ten days of the last time."""
    start, ended = home.clock.now(), []
    samples = 0
    for day in range(30):
        home.clock.instant = start + timedelta(days=day, minutes=5)
        done = work(home)
        samples += done.count(SAMPLED)
        ended += [day] * done.count(COMPLETED)
    assert samples == 30
    assert ended == [10, 20]
    assert due_audits(home).now(home.clock.now()) == ""


def test_nothing_is_due_twice(home):
    """Asked again at once there is nothing to do, also by another process."""
    work(home)
    assert work(home) == []
    with Home.open(home.path, FixedClock(home.clock.now())) as other:
        assert work(other) == []


def test_a_machine_that_was_off_catches_up(home):
    """After weeks all portions that are behind follow each other at once."""
    work(home)
    home.clock.instant += timedelta(days=25)
    done = work(home)
    assert done.count(SAMPLED) == 1
    assert COMPLETED in done
    assert PROGRESSED in done


def test_a_clock_set_back_does_not_stop_audits(home):
    """Events from what is now the future do not put off what is due."""
    home.clock.instant += timedelta(days=4000)
    work(home)
    home.clock.instant -= timedelta(days=4000)
    assert SAMPLED in work(home)
    home.clock.instant += timedelta(days=DAYS + 1)
    assert COMPLETED in work(home) + work(home)


def test_settings_turn_each_off(tmp_path, world):
    """Zero files, or zero days: nothing is due."""
    world.home.close()
    (world.home.path / "longeva.toml").write_text("[work]\naudit_sample = 0\naudit_days = 0\n")
    assert load_settings(world.home.path).work.audit_days == 0
    with Home.open(world.home.path, world.clock) as home:
        assert audit_due(home, None) is None
        assert due_audits(home).now(home.clock.now()) == ""


def test_an_empty_archive_is_audited_without_ado(world):
    """There is nothing to read, and it is said to have been read."""
    assert COMPLETED in work(world.home)
    assert work(world.home) == []
