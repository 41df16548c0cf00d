# SPDX-License-Identifier: EUPL-1.2
"""Files made in 2026 and renewed in 2029, 2036 and 2044, judged until 2062: every format, every verdict.

A file holds as long as its youngest time stamp's certificate does, and each renewal carries it over the end of
the one before: 2030, 2037, 2045, 2060. In 2055 the signer's and the first time-stamping authorities have ended
too (2050).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest
from pki import Pki
from pki_forms import FORMS, MADE, Traveller, signed

from preservation.indications import Indication

RENEWED = (MADE, *(datetime(year, 6, 1, 12, tzinfo=UTC) for year in (2029, 2036, 2044)))
HOLDS_UNTIL = (2030, 2037, 2045, 2060)
"""By number of renewals: the end of the time-stamping unit's certificate."""
JUDGED = (2027, 2029, 2031, 2036, 2038, 2044, 2046, 2055, 2062)
CELLS = [
    pytest.param(form, renewals, year, id=f"{form}-{renewals}-renewals-in-{year}")
    for form in FORMS
    for renewals in range(4)
    for year in JUDGED
    if year >= RENEWED[renewals].year
]


@cache
def travelled(pki: Pki, form: str, renewals: int) -> Traveller:
    """Return a file of 2026 at LTA, renewed so many times."""
    before = travelled(pki, form, renewals - 1) if renewals else signed(pki, form)
    return before.augmented(pki, RENEWED[renewals])


def verdict(pki: Pki, traveller: Traveller, at: datetime) -> str:
    """Return indication and sub-indication in one word, for somebody who fetched what can be had."""
    report = traveller.judged(pki.trust(at), at)
    return f"{report.indication} {report.sub_indication}".strip()


@pytest.mark.parametrize(("form", "renewals", "year"), CELLS)
def test_it_holds_while_its_youngest_time_stamp_does(pki, form, renewals, year):
    """Renewed in time it passes; from the end of the last time-stamping unit on, a proof of existence is missing."""
    at = datetime(year, 7, 1, 12, tzinfo=UTC)
    expected = "TOTAL_PASSED" if year < HOLDS_UNTIL[renewals] else "INDETERMINATE OUT_OF_BOUNDS_NO_POE"
    assert verdict(pki, travelled(pki, form, renewals), at) == expected


@pytest.mark.parametrize("form", FORMS)
def test_what_is_proven_is_the_time_of_the_first_stamp(pki, form):
    """Three renewals and 29 years later, the proven time is still that of 2026."""
    at = datetime(2055, 7, 1, 12, tzinfo=UTC)
    report = travelled(pki, form, 3).judged(pki.trust(at), at)
    assert report.indication is Indication.TOTAL_PASSED
    assert report.best_signature_time == MADE
    assert report.level == "LTA"


@pytest.mark.parametrize("form", FORMS)
def test_without_any_time_stamp_it_holds_only_in_its_own_years(pki, form):
    """A plain signature passes while its certificate is good, and never again."""
    plain = signed(pki, form)
    assert verdict(pki, plain, datetime(2026, 7, 1, 12, tzinfo=UTC)) == "TOTAL_PASSED"
    assert verdict(pki, plain, datetime(2029, 7, 1, 12, tzinfo=UTC)) == "INDETERMINATE OUT_OF_BOUNDS_NO_POE"
