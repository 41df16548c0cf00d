# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from search.requests.terms import days_used, easter, end_of, entered_on, is_working, term_end


@pytest.mark.parametrize(
    ("year", "day"), [(2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2027, (3, 28)), (2038, (4, 25))]
)
def test_easter_is_that_of_the_calendar(year, day):
    """Good Friday is a national holiday, and it moves."""
    assert easter(year) == date(year, *day)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 12, 8), False),
        (date(2026, 4, 3), False),
        (date(2026, 11, 25), False),
    ],
)
def test_weekends_and_holidays_do_not_count(day, working):
    """Neither the national ones nor those that the municipality recorded."""
    assert is_working(day, {date(2026, 11, 25)}) is working


def test_fifteen_working_days_begin_on_the_day_after():
    """Entered on Friday 20 November 2026: 7 and 8 December are Monday and a holiday."""
    assert term_end(date(2026, 11, 20), 15) == date(2026, 12, 14)
    assert term_end(date(2026, 11, 20), 15, {date(2026, 12, 7)}) == date(2026, 12, 15)


def test_saturday_is_entered_on_monday():
    """What comes on a day off has entered on the next working day (art. 31.2.b)."""
    assert entered_on(datetime(2026, 11, 21, 9, 15, tzinfo=UTC)) == date(2026, 11, 23)


def test_day_is_that_of_the_peninsula():
    """Half past eleven in the evening of Thursday in UTC is Friday in Madrid."""
    assert entered_on(datetime(2026, 11, 19, 23, 30, tzinfo=UTC)) == date(2026, 11, 20)


def test_last_day_counts_until_midnight_in_summer_and_winter():
    """The term is over when the day is, by the wall clock of the peninsula."""
    assert end_of(date(2026, 12, 14)) == datetime(2026, 12, 14, 23, tzinfo=UTC)
    assert end_of(date(2026, 7, 1)) == datetime(2026, 7, 1, 22, tzinfo=UTC)


def test_days_gone_and_days_left_make_the_term():
    """A suspension takes nothing from the days that are left."""
    start, stopped = date(2026, 11, 20), date(2026, 11, 27)
    assert days_used(start, stopped) == 5
    assert term_end(stopped, 15 - days_used(start, stopped)) == term_end(start, 15)
