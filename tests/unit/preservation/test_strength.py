# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from preservation.strength import STRENGTH, Algorithm, weaknesses

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("algorithm", "year"),
    [
        (Algorithm("md5"), 2008),
        (Algorithm("ripemd160"), 2014),
        (Algorithm("sha1"), 2017),
        (Algorithm("rsa", 1024), 2014),
        (Algorithm("dsa", 1024), 2014),
    ],
)
def test_what_once_proved_something_has_its_date(algorithm, year):
    """One table for tokens and signatures: until the eve it proves, from the day it does not."""
    since = datetime(year, 1, 1, tzinfo=UTC)
    assert weaknesses([algorithm], since - DAY) == []
    assert len(weaknesses([algorithm], since)) == 1


@pytest.mark.parametrize(
    ("algorithm", "sound"),
    [
        (Algorithm("rsa", 768), False),
        (Algorithm("ecdsa", 192), False),
        (Algorithm("unknown"), False),
        (Algorithm("whirlpool"), False),
        (Algorithm("md4"), False),
        (Algorithm("gost2001", 256), False),
        (Algorithm("rsa", 2048), True),
        (Algorithm("ecdsa", 256), True),
        (Algorithm("sha3_256"), True),
        (Algorithm("none"), True),
    ],
)
def test_what_never_proved_anything_and_what_still_does(algorithm, sound):
    """Toy keys and what nobody knows prove nothing at any time."""
    for year in (2005, 2026):
        assert (weaknesses([algorithm], datetime(year, 1, 1, tzinfo=UTC)) == []) is sound


def test_a_retired_digest_ends_on_its_day_and_the_table_in_force_stays():
    """A forecast may ask what another table would say; the one in force is not touched."""
    day = datetime(2030, 1, 1, tzinfo=UTC)
    retired = STRENGTH.retiring("sha256", day)
    assert retired.weak_since(Algorithm("sha256")) == day
    assert STRENGTH.weak_since(Algorithm("sha256")) is None
    assert retired.weak_since(Algorithm("sha512")) is None


def test_a_retired_kind_of_key_never_lasts_longer_than_before():
    """RSA of 1024 bits ended in 2014; the end of all RSA in 2035 does not bring it back."""
    retired = STRENGTH.retiring("rsa", datetime(2035, 1, 1, tzinfo=UTC))
    assert retired.weak_since(Algorithm("rsa", 1024)) == datetime(2014, 1, 1, tzinfo=UTC)
    assert retired.weak_since(Algorithm("rsa", 4096)) == datetime(2035, 1, 1, tzinfo=UTC)
