# SPDX-License-Identifier: EUPL-1.2
"""Made-up providers: units follow each other, days out of service pass, a theft ends everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.clock import FixedClock
from archive.errors import TimestampUnavailable
from demo.simulation.providers import Provider, served
from demo.simulation.scenario import AuthorityPlan, Unit
from preservation.authority.profile import Window
from preservation.indications import Indication
from preservation.timestamps import HttpTimestampAuthority
from preservation.tokens import verify_token
from preservation.trust.store import TrustStore

IMPRINT = bytes(32)


def _day(year):
    return datetime(year, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def provider():
    """One with a unit of 2026 to 2032 and one of 2030 to 2040, answering over HTTP."""
    units = (Unit(Window(_day(2026), _day(2032)), "sha256"), Unit(Window(_day(2030), _day(2040)), "sha512"))
    made = Provider(
        AuthorityPlan("alba", "Alba", "0.10", Window(_day(2020), _day(2050)), units), FixedClock(_day(2027))
    )
    with served((made,)):
        yield made


def _ask(provider, at):
    provider.clock.instant = at
    trust = TrustStore((provider.root,), provider.authorities)
    return HttpTimestampAuthority(provider.url, "alba", trust, clock=provider.clock).stamp(IMPRINT, "sha256")


def _judge(provider, token, at):
    trust = TrustStore((provider.root,), provider.authorities, provider.lists())
    return verify_token(token, IMPRINT, "sha256", trust=trust, at=at)


def test_the_newest_unit_stamps_and_a_theft_reaches_every_token_that_nothing_covers(provider):
    """From 2027 on the first, from 2030 the second; revoked for keyCompromise, none of them proves any more."""
    first, second = _ask(provider, _day(2029)), _ask(provider, _day(2031))
    names = [_judge(provider, each, _day(2031)).authority[:10] for each in (first, second)]
    assert names == ["TSU 1 ALBA", "TSU 2 ALBA"]
    provider.away(_day(2031), _day(2031) + timedelta(days=3))
    with pytest.raises(TimestampUnavailable, match="out of service"):
        _ask(provider, _day(2031) + timedelta(days=2))
    assert not provider.answers
    assert _ask(provider, _day(2031) + timedelta(days=3))
    with pytest.raises(TimestampUnavailable, match="out of service"):
        _ask(provider, _day(2041))
    provider.clock.instant = _day(2033)
    assert provider.stamps
    provider.compromise(_day(2033))
    provider.clock.instant = _day(2034)
    assert (provider.stamps, provider.answers) == (False, False)
    later, before = (_judge(provider, second, _day(year)) for year in (2034, 2032))
    assert (later.indication, later.sub_indication) == (Indication.INDETERMINATE, "REVOKED_NO_POE")
    assert before.indication is Indication.TOTAL_PASSED
