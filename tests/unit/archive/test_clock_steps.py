# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from archive.catalog import INSTALLATION
from archive.clock import FixedClock
from archive.clock_steps import TOLERANCE, clock_steps
from archive.home import Home
from archive.model import LedgerEvent

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def events(*minutes: int) -> list[LedgerEvent]:
    return [
        LedgerEvent(number, "villa", number, NOW + timedelta(minutes=each), "k", "s", "a", {}, "", "")
        for number, each in enumerate(minutes, 1)
    ]


def test_each_step_back_is_told_once():
    """Where the clock was set back, and from when to when; what follows is held to where it was set."""
    steps = list(clock_steps(events(0, 60, 10, 20, 30, 25, 0)))
    assert [(step.sequence, step.before, step.after) for step in steps] == [
        (3, NOW + timedelta(minutes=60), NOW + timedelta(minutes=10)),
        (7, NOW + timedelta(minutes=30), NOW),
    ]
    assert str(steps[0]) == "event 3 says 2026-11-21T00:10:00Z, after 2026-11-21T01:00:00Z"


def test_small_corrections_are_no_steps():
    """Official time corrects by less than the tolerance; going forward is what time does."""
    assert list(clock_steps(events(0, 5, 0, 5, 600, 5_000_000))) == []
    assert timedelta(minutes=5) == TOLERANCE
    assert list(clock_steps([])) == []


def test_the_event_before_the_first_counts():
    """Whoever looks at the end of a chain says where it stood."""
    assert len(list(clock_steps(events(0), latest=NOW + timedelta(hours=1)))) == 1


def test_a_writer_that_goes_back_in_time_says_so_and_goes_on(tmp_path, caplog):
    """The event is chained where it belongs, and the log names the tenant and both instants."""
    clock = FixedClock(NOW)
    with Home.create(tmp_path / "home", clock) as home:
        home.add_tenant("villa", "Villaejemplo", "L01990019")
        clock.instant = NOW - timedelta(days=400)
        with caplog.at_level(logging.WARNING), home.catalog.transaction(INSTALLATION) as tx:
            home.ledger.append(tx, "villa", "object.read", "x", "cli")
        home.ledger.flush("villa")
        assert home.ledger.verify("villa") == []
    told = [record for record in caplog.records if record.message == "ledger.clock_set_back"]
    assert [(record.tenant, record.step) for record in told] == [
        ("villa", "event 2 says 2025-10-17T00:00:00Z, after 2026-11-21T00:00:00Z")
    ]
