# SPDX-License-Identifier: EUPL-1.2
"""Terms in working days, as administrative law counts them. Pure.

Saturdays, Sundays and holidays do not count; a term begins on the day after; what enters on a day off
entered on the next working day. Holidays of the region and of the town are what the municipality recorded;
while it has recorded none only the national ones are left out, and terms end rather too early than too late.

Source: Ley 39/2015 arts. 27.4 (fifteen days from entry), 30.2, 30.3, 30.7, 31.2, 68.1 (ten days to mend);
Estatuto de los Trabajadores art. 37.2 and RD 2001/1983 art. 45 for the national holidays.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from archive.local_time import peninsular

DAYS_TO_ISSUE: Final = 15
DAYS_TO_MEND: Final = 10
_FIXED: Final = ((1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25))


def is_working(day: date, holidays: AbstractSet[date] = frozenset()) -> bool:
    """Tell whether a day counts."""
    if day.weekday() >= 5 or (day.month, day.day) in _FIXED:
        return False
    return day != easter(day.year) - timedelta(days=2) and day not in holidays


def entered_on(at: datetime, holidays: AbstractSet[date] = frozenset()) -> date:
    """Return the day on which something that came at an instant has entered (art. 31.2.b)."""
    day = peninsular(at)[0].date()
    while not is_working(day, holidays):
        day += timedelta(days=1)
    return day


def term_end(start: date, days: int, holidays: AbstractSet[date] = frozenset()) -> date:
    """Return the last day of a term of working days that begins on the day after `start`."""
    day = start
    for _ in range(days):
        day += timedelta(days=1)
        while not is_working(day, holidays):
            day += timedelta(days=1)
    return day


def days_used(start: date, until: date, holidays: AbstractSet[date] = frozenset()) -> int:
    """Return how many working days have gone by after `start` up to `until`, that day included."""
    count, day = 0, start
    while day < until:
        day += timedelta(days=1)
        count += is_working(day, holidays)
    return count


def end_of(day: date) -> datetime:
    """Return the instant at which a day is over on the peninsula."""
    midnight = datetime.combine(day + timedelta(days=1), time(), UTC)
    return midnight - timedelta(hours=peninsular(midnight - timedelta(hours=2))[1])


def easter(year: int) -> date:
    """Return Easter Sunday (Gregorian computus, Meeus)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)
