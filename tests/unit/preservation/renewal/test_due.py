# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime, timedelta

from preservation.evidence.sealing import seal_due
from preservation.renewal.due import Way, due_now
from preservation.renewal.ends import Kind
from preservation.renewal.renew import renew_due
from preservation.strength import STRENGTH
from preservation.trust.store import TrustStore

FALLS = datetime(2031, 1, 1, tzinfo=UTC)
"""Before the unit's certificate ends, which is in June 2032."""


def _due(world, **options):
    options = {"plans": ()} | options
    return due_now(world.home, world.clock.now(), TrustStore(world.authority.anchors()), **options)


def _sealed(world):
    world.keep("a", {"received/a": b"1"})
    return seal_due(world.home, world.tsa)


def test_a_token_is_due_before_its_chain_ends(world):
    """A year before the unit's certificate ends, and not the day before that."""
    batch = _sealed(world)
    world.travel(2031, 6, 1)
    assert _due(world) == []
    world.travel(2031, 6, 3)
    (due,) = _due(world)
    assert (due.batch.batch_id, due.way, due.why.kind) == (batch.batch_id, Way.TIME_STAMP, Kind.UNIT)


def test_a_digest_that_falls_asks_for_a_new_tree(world):
    """Decided for 2031: due from 2030 on; no new token would mend it."""
    _sealed(world)
    table = STRENGTH.retiring("sha256", FALLS)
    world.travel(2029, 12, 31)
    assert all(due.way is Way.TIME_STAMP for due in _due(world, strength=table))
    world.travel(2030, 1, 2)
    (due,) = _due(world, strength=table)
    assert (due.way, due.why.kind, due.why.at) == (Way.HASH_TREE, Kind.DIGEST, FALLS)
    assert due.why.what == "sha256"


def test_nobody_pays_for_a_token_a_day(world):
    """The authority goes on signing with what is to fall: each token is due half-way to the fall."""
    table = STRENGTH.retiring("rsa", FALLS)
    _sealed(world)
    at = world.travel(2030, 1, 2)
    trust = TrustStore(world.authority.anchors())
    report = renew_due(world.home, world.tsa, at, trust=trust, strength=table)
    assert len(report.batches) == 1
    world.clock.instant += timedelta(days=1)
    assert _due(world, strength=table) == []
    world.travel(2030, 7, 5)
    (due,) = _due(world, strength=table)
    assert due.why.kind is Kind.SIGNATURE


def test_force_takes_what_is_not_due(world):
    """By time stamp, for no reason."""
    _sealed(world)
    (due,) = _due(world, force=True)
    assert (due.way, due.why) == (Way.TIME_STAMP, None)
