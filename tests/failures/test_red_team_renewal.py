# SPDX-License-Identifier: EUPL-1.2
"""Ways to lose evidence, or money, by renewing it: each was open once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from stamping_authorities import stamping_authority

from archive.catalog import RENEWAL, TREE_RENEWAL
from archive.errors import TimestampUnavailable
from archive.home import Home
from preservation.evidence.repository import verify_object
from preservation.evidence.sealing import seal_due
from preservation.indications import Indication
from preservation.renewal import hash_trees, time_stamps
from preservation.renewal.renew import renew_due
from preservation.stamping import TimestampAuthorities
from preservation.strength import STRENGTH
from preservation.trust.store import TrustStore

YEAR = timedelta(days=365)


class Died(Exception):
    """Somebody pulled the plug."""


def _die(*_args, **_named):
    raise Died


class Counting:
    """An authority that counts what it gives, and may be down."""

    def __init__(self, inner, name="counting"):
        self.name, self._inner, self.tokens, self.down = name, inner, 0, False

    def stamp(self, imprint, algorithm):
        """Answer unless down."""
        if self.down:
            raise TimestampUnavailable(f"{self.name} is down")
        self.tokens += 1
        return self._inner.stamp(imprint, algorithm)


@pytest.fixture
def short(world):
    """An authority whose unit ends in 2032, trusted beside the one of the tests."""
    return stamping_authority("Breve", world.clock, unit_until=datetime(2032, 1, 1, tzinfo=UTC))


def _trust(world, *others):
    return TrustStore((*world.authority.anchors(), *(each.root.der for each in others)))


def _proven(world, object_id, trust, strength=STRENGTH):
    at = world.clock.now()
    verdict = verify_object(world.home, object_id, at=at, trust=trust, strength=strength)
    return verdict.indication is Indication.TOTAL_PASSED


def _sealed_in_2031(world):
    """Seal an object with a token that holds until 2046."""
    world.travel(2031)
    object_id = world.keep("a", {"received/a": b"1"})
    seal_due(world.home, world.tsa)
    return object_id


@pytest.mark.parametrize(("month", "tokens"), [((2031, 9), 0), ((2033, 9), 1)])
def test_a_kept_token_is_used_only_while_it_holds(world, short, monkeypatch, month, tokens):
    """A hash-tree renewal is killed after its token; years later that token has ended: it would end the line."""
    object_id, trust = _sealed_in_2031(world), _trust(world, short)
    options = {"trust": trust, "algorithm": "sha512", "force": True}
    at = world.travel(2031, 8)
    with monkeypatch.context() as patch:
        patch.setattr(hash_trees, "batch_of", _die)
        with pytest.raises(Died):
            renew_due(world.home, short, at, **options)
    tsa, at = Counting(world.tsa), world.travel(*month)
    report = renew_due(world.home, tsa, at, **options)
    assert (report.findings, tsa.tokens) == ((), tokens)
    assert report.batch.kind == TREE_RENEWAL
    assert _proven(world, object_id, trust)


def test_a_leftover_whose_token_has_ended_is_not_taken_in(world, short, monkeypatch):
    """It would take the place of an older token that holds."""
    object_id, trust = _sealed_in_2031(world), _trust(world, short)
    at = world.travel(2031, 8)
    with monkeypatch.context() as patch:
        patch.setattr(time_stamps, "record_batch", _die)
        with pytest.raises(Died):
            renew_due(world.home, short, at, trust=trust, force=True)
    world.travel(2033)
    seal_due(world.home, world.tsa)
    assert _proven(world, object_id, trust)


def test_what_is_left_behind_gets_new_tokens_until_it_can_be_carried_on(world):
    """A file that cannot be read for a year: its token ends meanwhile, and the object does not fall."""
    table, trust = STRENGTH.retiring("sha256", datetime(2034, 1, 1, tzinfo=UTC)), _trust(world)
    objects = [world.keep(f"e{number}", {"received/a": b"%d" % number}) for number in range(2)]
    seal_due(world.home, world.tsa)
    path = world.path_of(objects[1], "received/a")
    path.chmod(0o644)
    path.write_bytes(b"x")
    options = {"trust": trust, "strength": table, "horizon": 4 * YEAR, "read": True}
    kinds = []
    for month in (8, 9, 10, 11):
        report = renew_due(world.home, world.tsa, world.travel(2031, month), **options)
        kinds += [batch.kind for batch in report.batches]
        assert {found.code for found in report.findings} <= {"EVIDENCE-NOT-CARRIED"}
    assert kinds == [TREE_RENEWAL, RENEWAL, TREE_RENEWAL]  # the last of what the one before was judged with
    path.write_bytes(b"1")
    assert renew_due(world.home, world.tsa, world.travel(2032, 9), **options).findings == ()
    world.travel(2033)  # the old token ended in 2032
    assert all(_proven(world, object_id, trust, table) for object_id in objects)


SETTINGS = """
[evidence]
tokens = 2
[timestamps.authorities.first]
url = "https://one.example/tsa"
[timestamps.authorities.second]
url = "https://two.example/tsa"
"""


def test_an_authority_that_is_gone_for_good_does_not_cost_a_token_a_day(world):
    """Each wait is as long as all before: half a year without it costs eight tokens; then one more heals."""
    world.home.close()
    (world.home.path / "longeva.toml").write_text(SETTINGS, "utf-8")
    first, second = Counting(world.tsa, "first"), Counting(world.tsa, "second")
    both, trust = TimestampAuthorities([first, second]), _trust(world)
    with Home.open(world.home.path, world.clock) as world.home:
        world.keep("a", {"received/a": b"1"})
        second.down = True
        seal_due(world.home, both)
        for _ in range(180):
            world.clock.instant += timedelta(days=1)
            renew_due(world.home, both, world.clock.now(), trust=trust)
        assert first.tokens == 1 + 8
        second.down = False
        world.clock.instant += timedelta(days=180)
        report = renew_due(world.home, both, world.clock.now(), trust=trust)
        assert len(report.batch.stamps) == 2
        assert _proven(world, "urn:longeva:villa:a", trust)


def test_a_hash_tree_renewal_with_one_token_of_two_is_stamped_by_both_later(world):
    """The new tree carries everything: it must not stand on one authority for good either."""
    world.home.close()
    (world.home.path / "longeva.toml").write_text(SETTINGS, "utf-8")
    first, second = Counting(world.tsa, "first"), Counting(world.tsa, "second")
    both, trust = TimestampAuthorities([first, second]), _trust(world)
    with Home.open(world.home.path, world.clock) as world.home:
        object_id = world.keep("a", {"received/a": b"1"})
        seal_due(world.home, both)
        second.down, at = True, world.travel(2026, 5)
        renewed = renew_due(world.home, both, at, trust=trust, force=True, algorithm="sha512").batch
        assert (renewed.kind, len(renewed.stamps)) == (TREE_RENEWAL, 1)
        second.down = False
        report = renew_due(world.home, both, world.travel(2026, 5, 3), trust=trust)
        assert (report.batch.kind, len(report.batch.stamps)) == (RENEWAL, 2)
        assert _proven(world, object_id, trust)
