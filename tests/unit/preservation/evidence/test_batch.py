# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

from archive.batches import BATCH, LEAVES, STAMP, object_key
from archive.clock import FixedClock
from archive.home import Home
from archive.objects import NewVersion
from preservation.evidence.recording import adopt
from preservation.evidence.sealing import seal_due

AT = datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)


def test_a_damaged_leftover_is_never_adopted(world):
    """A batch object of nonsense in the evidence root stops nobody and seals nothing."""
    objects, key = world.home.evidence_objects(), object_key("b1")
    files = {path: objects.stage(key, path, (b"nonsense",)) for path in (BATCH, LEAVES, STAMP)}
    objects.commit([NewVersion(key, files, "m", "u", AT)])
    object_id = world.keep("a", {"received/a": b"1"})
    assert adopt(world.home) == []
    assert seal_due(world.home, world.tsa).count == 2  # the heads of the ledgers too
    with world.home.catalog.reading() as tx:
        assert len(tx.leaves_of(object_id)) == 1


def test_a_leftover_for_objects_that_are_gone_is_never_adopted(world, tmp_path, authority):
    """Evidence of another home's objects, copied into this one."""
    world.keep("a", {"received/a": b"1"})
    batch = seal_due(world.home, world.tsa)
    source = world.home.evidence_objects()
    with Home.create(tmp_path / "other", FixedClock(world.clock.now())) as other:
        target = other.evidence_objects()
        files = {
            path: target.stage(batch.object_key, path, source.read_verified(batch.object_key, path))
            for path in (BATCH, LEAVES, STAMP)
        }
        target.commit([NewVersion(batch.object_key, files, "m", "u", AT)])
        assert adopt(other) == []
