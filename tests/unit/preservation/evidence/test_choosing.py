# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from stamping_authorities import CountedAuthority

from archive.clock import FixedClock
from archive.home import Home
from preservation.authority import DevelopmentAuthority
from preservation.evidence.choosing import choices, first_tokens
from preservation.evidence.repository import verify_object
from preservation.evidence.sealing import seal_all
from preservation.indications import Indication
from preservation.renewal.renew import renew_due
from preservation.stamping import TimestampAuthorities
from preservation.trust.store import TrustStore

SETTINGS = """
[evidence]
tokens = 2
[timestamps.authorities.fallen]
url = "https://one.example/tsa"
[timestamps.authorities.standing]
url = "https://two.example/tsa"
"""


@pytest.fixture
def two(world, tmp_path):
    """A home whose batches have two tokens, the first of an authority that falls later."""
    world.home.close()
    (world.home.path / "longeva.toml").write_text(SETTINGS, "utf-8")
    world.home = Home.open(world.home.path, world.clock)
    begun = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    fallen = DevelopmentAuthority.create(tmp_path / "fallen", begun)
    world.fallen = fallen
    world.both = TimestampAuthorities(
        [
            CountedAuthority(fallen.timestamp_authority(world.clock), "fallen"),
            CountedAuthority(world.tsa, "standing"),
        ]
    )
    yield world
    world.home.close()


def _everybody(world):
    return TrustStore((*world.authority.anchors(), *world.fallen.anchors()))


def _verdict(world, object_id, trust):
    return verify_object(world.home, object_id, at=world.clock.now(), trust=trust)


def test_the_second_token_proves_what_the_first_no_longer_does(two):
    """The first authority falls: without a renewal, and after time stamps were renewed, all stands."""
    object_id = two.keep("a", {"received/a": b"1"})
    seal_all(two.home, two.both)
    standing = TrustStore(two.authority.anchors())
    assert _verdict(two, object_id, standing).indication is Indication.TOTAL_PASSED
    assert _verdict(two, object_id, TrustStore()).indication is Indication.INDETERMINATE
    at = two.travel(2031, 7)
    assert renew_due(two.home, two.both, at, trust=_everybody(two)).batch.others
    two.travel(2040)
    assert _verdict(two, object_id, standing).indication is Indication.TOTAL_PASSED


def test_a_hash_tree_renewal_takes_the_token_that_holds_for_ever(two):
    """It covers the chain as the standing token makes it; the record is found again from its leaf."""
    object_id = two.keep("a", {"received/a": b"1", "received/b": b"2"})
    seal_all(two.home, two.both)
    renew_due(two.home, two.both, two.travel(2031, 7), trust=_everybody(two))
    standing = TrustStore(two.authority.anchors())
    at = two.travel(2036, 7)
    report = renew_due(two.home, two.tsa, at, trust=standing, force=True, algorithm="sha512")
    assert (report.findings, len(report.batches)) == ((), 1)
    two.travel(2040)
    verdict = _verdict(two, object_id, standing)
    assert verdict.indication is Indication.TOTAL_PASSED, verdict.reasons
    assert len(verdict.stamps) == 3


def test_every_choice_is_tried_and_the_plain_ones_first(two):
    """All first tokens, all second ones, then every mixture."""
    object_id = two.keep("a", {"received/a": b"1"})
    seal_all(two.home, two.both)
    renew_due(two.home, two.both, two.travel(2031, 7), trust=_everybody(two))
    with two.home.catalog.reading() as tx:
        (line,) = tx.lines_of(object_id)
    assert list(choices(line))[:2] == [(0, 0), (1, 1)] == [first_tokens(line), (1, 1)]
    assert set(choices(line)) == {(0, 0), (0, 1), (1, 0), (1, 1)}
