# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from asn1crypto import x509

from archive.errors import InvalidRequest, TimestampUnavailable
from preservation.stamping import NOT_NAMED, TimestampAuthorities
from preservation.trust.store import TrustStore

IMPRINT = hashlib.sha256(b"acta").digest()


class Named:
    """An authority of a name of its own that may be down, or stamp something else."""

    def __init__(self, world, name, manner="honest"):
        self.name, self._world, self._manner, self.asked = name, world, manner, 0

    def stamp(self, imprint, algorithm):
        """Count, and do as told."""
        self.asked += 1
        if self._manner == "down":
            raise TimestampUnavailable(f"{self.name} is down")
        if self._manner == "babbles":
            return b"no token at all"
        return self._world.tsa.stamp(b"\0" * 32 if self._manner == "lies" else imprint, algorithm)


def test_the_first_that_answers_wins_and_the_rest_is_not_asked(world):
    """One token is one request; who was passed by is told with the reason."""
    first, second, third = Named(world, "a", "down"), Named(world, "b"), Named(world, "c")
    listed = TimestampAuthorities([first, second, third])
    assert listed.name == "a, b, c"
    told = listed.stamps(IMPRINT, "sha256")
    assert [each.authority for each in told.stamps] == ["b"]
    assert told.failures == (("a", "a is down"),)
    assert (first.asked, second.asked, third.asked) == (1, 1, 0)
    assert listed.name == "b"


def test_two_tokens_are_of_two_authorities(world):
    """Over one root; each asked once, in the order that the policy gives."""
    named = [Named(world, name) for name in "abc"]
    told = TimestampAuthorities(named).stamps(IMPRINT, "sha256", count=2, names=("c", "a"))
    assert [each.authority for each in told.stamps] == ["c", "a"]
    assert [each.asked for each in named] == [1, 0, 1]
    assert told.failures == ()


@pytest.mark.parametrize("manner", ["down", "lies", "babbles"])
def test_one_token_is_better_than_none(world, manner):
    """A second authority that fails, however it does, is told and is not fatal; nor is one not configured."""
    listed = TimestampAuthorities([Named(world, "a"), Named(world, "b", manner)])
    told = listed.stamps(IMPRINT, "sha256", count=2, names=("gone", "b", "a"))
    assert [each.authority for each in told.stamps] == ["a"]
    assert [name for name, _ in told.failures] == ["gone", "b"]
    assert NOT_NAMED in told.failures[0][1]


def test_when_nobody_answers_every_reason_is_told(world):
    """And nothing is given."""
    listed = TimestampAuthorities([Named(world, "a", "down"), Named(world, "b", "lies")])
    with pytest.raises(TimestampUnavailable, match="a is down · b gave a token that does not cover"):
        listed.stamps(IMPRINT, "sha256", count=2)


def test_a_stamp_says_what_it_cost_and_until_when_it_stands(world):
    """The first end in its chain, which is not the unit's where the authority above ends before."""
    trust = TrustStore(world.authority.anchors())
    (stamp,) = (
        TimestampAuthorities([Named(world, "a")], trust=trust, prices={"a": "0.04"})
        .stamps(IMPRINT, "sha256")
        .stamps
    )
    assert (stamp.price, stamp.sealed_at) == ("0.04", world.clock.now())
    ends = [x509.Certificate.load(each).not_valid_after for each in world.authority.intermediates()]
    assert stamp.valid_until == min(datetime(2032, 6, 1, tzinfo=UTC), *ends)


def test_a_list_of_nobody_or_of_namesakes_is_refused(world):
    """Nobody could tell who stamped."""
    with pytest.raises(InvalidRequest):
        TimestampAuthorities([])
    with pytest.raises(InvalidRequest):
        TimestampAuthorities([Named(world, "a"), Named(world, "a")])
    one = TimestampAuthorities([Named(world, "a")])
    assert TimestampAuthorities.of(one) is one
    assert TimestampAuthorities.of(world.tsa).names == (world.tsa.name,)
