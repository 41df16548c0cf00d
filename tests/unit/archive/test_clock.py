# SPDX-License-Identifier: EUPL-1.2
"""Instants are aware, UTC and survive being written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.clock import FixedClock, SystemClock, format_instant, parse_instant


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_survives_being_written(instant):
    """`parse_instant(format_instant(t)) == t`, whatever the zone it came in."""
    assert parse_instant(format_instant(instant)) == instant.astimezone(UTC)


def test_a_bare_date_is_its_midnight():
    """`--at 2031-06-01` means midnight UTC."""
    assert parse_instant("2031-06-01") == datetime(2031, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2031-06-01T10:00:00", "ayer", ""])
def test_a_time_without_zone_is_refused(text):
    """A guessed zone would falsify a record."""
    with pytest.raises(ValueError):
        parse_instant(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_beyond_the_calendar_is_refused(text):
    """Its zone takes it out of what can be written in UTC: misuse, not a crash."""
    with pytest.raises(ValueError):
        parse_instant(text)


def test_a_fixed_clock_stands_still():
    """Simulations decide the time; the machine's clock is aware."""
    instant = datetime(2031, 6, 1, tzinfo=UTC)
    assert FixedClock(instant).now() == instant
    assert SystemClock().now().tzinfo is UTC
