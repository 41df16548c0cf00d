# SPDX-License-Identifier: EUPL-1.2
"""What renewals of both kinds must not do: come too late or too early, cover what is gone or no longer holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.catalog.rows import Stamp
from archive.errors import ConflictError, TrustError
from preservation.evidence.sealing import seal_due
from preservation.renewal.covering import Context, judge, require_in_time, require_still_live
from preservation.renewal.renew import renew_due
from preservation.trust.store import TrustStore


def _at(year):
    return datetime(year, 6, 1, tzinfo=UTC)


@pytest.fixture
def sealed(world):
    """Return a world with one batch."""
    world.keep("a", {"received/a": b"1"})
    world.batch = seal_due(world.home, world.tsa)
    world.trust = TrustStore(world.authority.anchors())
    return world


def test_a_new_token_lies_within_the_life_of_what_it_covers(sealed):
    """Made before the old one, or after its end, it proves nothing of it; each of several tokens counts."""

    def stamps(*years):
        return [Stamp("a", _at(year), _at(2060), b"token", "") for year in years]

    end = sealed.batch.valid_until.year
    require_in_time([sealed.batch], stamps(2027, end - 1))
    for years in ((2025,), (end + 1,), (2027, end + 1)):
        with pytest.raises(TrustError, match="outside the life"):
            require_in_time([sealed.batch], stamps(*years))


def test_what_somebody_else_renewed_meanwhile_is_not_covered_again(sealed):
    """The slower one writes nothing."""
    require_still_live(sealed.home, [sealed.batch])
    assert renew_due(sealed.home, sealed.tsa, sealed.travel(2031), trust=sealed.trust, force=True).batch
    with pytest.raises(ConflictError, match="faster"):
        require_still_live(sealed.home, [sealed.batch])


def test_a_token_that_no_longer_holds_is_reported_and_not_covered(sealed):
    """It would look mended and prove nothing: ended, or of an authority that nobody trusts."""
    good = Context(_at(2027), sealed.trust)
    assert judge(sealed.home, [sealed.batch], good) == ([sealed.batch], [])
    for context in (Context(_at(2090), sealed.trust), Context(_at(2027), TrustStore())):
        sound, (finding,) = judge(sealed.home, [sealed.batch], context)
        assert sound == []
        assert finding.code.startswith("EVIDENCE-TOKEN-")
