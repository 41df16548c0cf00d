# SPDX-License-Identifier: EUPL-1.2
"""Whoever seals or renews may die anywhere: what he left is taken in, and no token is paid for twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stamping_authorities import CountedAuthority

from archive.clock import FixedClock
from archive.ledger_heads import newest_opening
from archive.model import SYSTEM_TENANT
from preservation.evidence import sealing
from preservation.evidence.repository import verify_object
from preservation.evidence.sealing import seal_all, seal_due
from preservation.indications import Indication
from preservation.renewal.renew import renew_due
from preservation.trust.store import TrustStore


class Died(BaseException):
    """Stands for a process that ends here."""


def _die(*_arguments, **_named):
    raise Died


def _passes(world, object_id):
    verdict = verify_object(
        world.home, object_id, at=world.clock.now(), trust=TrustStore(world.authority.anchors())
    )
    return verdict.indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("place", ["store_batch", "Objects.commit", "record_batch", "after"])
def test_dying_anywhere_and_repeating_is_harmless(world, monkeypatch, place):
    """Before, while or after the batch object is written: one leaf for each object at the end."""
    objects = [world.keep(f"e{n}", {"received/a": b"%d" % n}) for n in range(3)]
    if place == "after":
        seal_due(world.home, world.tsa)
    else:
        with monkeypatch.context() as patch:
            target = "archive.objects.Objects.commit" if "." in place else f"{sealing.__name__}.{place}"
            patch.setattr(target, _die)
            with pytest.raises(Died):
                seal_due(world.home, world.tsa)
    while seal_due(world.home, world.tsa) is not None:
        pass
    with world.home.catalog.reading() as tx:
        assert [len(tx.leaves_of(object_id)) for object_id in objects] == [1, 1, 1]
        known = {batch.object_key for batch in tx.batches()}
    assert set(world.home.evidence_objects().object_ids()) == known
    assert all(_passes(world, object_id) for object_id in objects)


def test_a_batch_left_by_a_crash_is_adopted_without_a_new_token(world, monkeypatch):
    """The token that was paid for is used."""
    object_id = world.keep("a", {"received/a": b"1"})
    tsa = CountedAuthority(world.tsa)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "record_batch", _die)
        with pytest.raises(Died):
            seal_due(world.home, tsa)
    assert seal_due(world.home, tsa) is not None
    assert seal_due(world.home, tsa) is None
    assert tsa.tokens == 1
    assert _passes(world, object_id)


def test_a_renewal_left_by_a_crash_is_adopted(world, monkeypatch):
    """The same holds for renewals."""
    object_id = world.keep("a", {"received/a": b"1"})
    seal_due(world.home, world.tsa)
    at, tsa = world.travel(2031, 9), CountedAuthority(world.tsa)
    with monkeypatch.context() as patch:
        patch.setattr("preservation.renewal.time_stamps.record_batch", _die)
        with pytest.raises(Died):
            renew_due(world.home, tsa, at, trust=TrustStore(world.authority.anchors()))
    report = renew_due(world.home, tsa, at, trust=TrustStore(world.authority.anchors()))
    assert (report.batch, tsa.tokens) == (None, 1)
    world.travel(2040)
    assert _passes(world, object_id)
    with world.home.catalog.reading() as tx:
        assert tx.last_event(SYSTEM_TENANT).kind == "evidence.renewed"


def test_a_leftover_that_later_evidence_covers_is_left_alone(world, monkeypatch):
    """It would seal an object twice, so it stays where it is and harms nobody."""
    object_id = world.keep("a", {"received/a": b"1"})
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "record_batch", _die)
        with pytest.raises(Died):
            seal_due(world.home, world.tsa)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "adopt", lambda *_args, **_named: [])
        seal_due(world.home, world.tsa)
    assert seal_due(world.home, world.tsa) is None
    with world.home.catalog.reading() as tx:
        assert len(tx.leaves_of(object_id)) == 1


def test_heads_alone_left_by_a_crash_are_adopted(world, monkeypatch):
    """The token that was paid for is used, and what opens the heads is there."""
    world.keep("a", {"received/a": b"1"})
    tsa = CountedAuthority(world.tsa)
    seal_all(world.home, tsa)
    world.home.clock = FixedClock(world.home.clock.now() + timedelta(days=1))
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "record_batch", _die)
        with pytest.raises(Died):
            seal_all(world.home, tsa)
    (adopted,) = seal_all(world.home, tsa).sealed
    assert (adopted.objects, adopted.batch.count, tsa.tokens) == (0, 1, 2)
    with world.home.catalog.reading("villa") as tx:
        opening = newest_opening(world.home.store, tx, "villa")
    assert opening.batch_id == adopted.batch.batch_id
