# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.eni.dates import check_date, is_before, read_date

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("2025-03-10T09:30:00+01:00", []),
        ("2017-06-15T00:00:00.000+02:00", []),
        ("2025-03-10T09:30:00Z", []),
        ("2025-03-10T09:30:00", ["ENI-DATE-NO-ZONE"]),
        ("0001-01-01T00:00:00", ["ENI-DATE-NO-ZONE", "ENI-DATE-PLACEHOLDER"]),
        ("9999-12-31T23:59:59", ["ENI-DATE-NO-ZONE", "ENI-DATE-FUTURE"]),
        ("2025-03-10", ["ENI-DATE-INVALID"]),
        ("ayerT", ["ENI-DATE-INVALID"]),
        ("", ["ENI-DATE-INVALID"]),
    ],
)
def test_odd_dates_are_said(written, codes):
    """Each slip of a date has its code."""
    assert [one.code for one in check_date(written, "x", now=NOW)] == codes


def test_no_zone_is_guessed():
    """A date without zone stays without."""
    assert read_date("2025-03-10T09:30:00").tzinfo is None


def test_instants_with_zone_are_compared_exactly():
    """With zones a second counts, without them a day does not."""
    first = datetime(2025, 1, 1, tzinfo=UTC)
    assert is_before(first, datetime(2025, 1, 1, 0, 0, 1, tzinfo=UTC))
    assert not is_before(first, datetime(2025, 1, 1, 23, 0))  # noqa: DTZ001 - the case in question
    assert is_before(first, datetime(2025, 1, 3))  # noqa: DTZ001 - the case in question
