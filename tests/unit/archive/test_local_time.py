# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.local_time import in_words, peninsular


def test_date_and_hour_are_written_as_an_office_does():
    """Day, month in words, wall clock of the peninsula and its distance to UTC."""
    at = datetime(2026, 11, 21, 9, 15, 7, tzinfo=UTC)
    assert in_words(at) == "21 de noviembre de 2026, 10:15:07 (hora peninsular, UTC+1)"


@pytest.mark.parametrize(
    ("at", "offset"),
    [
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), 2),
        (datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC), 2),
        (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), 1),
    ],
)
def test_summer_time_changes_at_one_utc_on_the_last_sundays(at, offset):
    """Directive 2000/84/EC, without the machine's zone tables."""
    local, hours = peninsular(at)
    assert hours == offset
    assert local == at + timedelta(hours=offset)


def test_summer_time_agrees_with_the_zone_tables():
    """Every day of twenty years, at noon and around the change, as Europe/Madrid says where it is installed."""
    zoneinfo = pytest.importorskip("zoneinfo")
    try:
        madrid = zoneinfo.ZoneInfo("Europe/Madrid")
    except zoneinfo.ZoneInfoNotFoundError:
        pytest.skip("ZONE TABLES ABSENT: summer time was not compared")
    at = datetime(2010, 1, 1, 0, 30, tzinfo=UTC)
    while at.year < 2030:
        assert timedelta(hours=peninsular(at)[1]) == at.astimezone(madrid).utcoffset()
        at += timedelta(hours=25)
