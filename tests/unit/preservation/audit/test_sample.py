# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from archive.digests import digest_bytes
from archive.material import keep
from archive.model import FileRole, ObjectKind, ObjectRecord, StoredFile
from preservation.audit.sample import Certainty, draw


@pytest.fixture
def filled(world):
    """Ten objects of nine files and a record each, and ten pieces of material."""
    with world.home.catalog.transaction() as tx:
        for number in range(10):
            record = ObjectRecord(
                f"urn:longeva:villa:E{number}", "villa", ObjectKind.EXPEDIENTE, f"E{number}", "t", 1, "0" * 64,
                world.clock.now(),
            )  # fmt: skip
            tx.add_object(
                record,
                [StoredFile(f"received/{n}.xml", FileRole.DOCUMENT, digest_bytes(b"")) for n in range(9)],
            )
    for number in range(10):
        keep(world.home.store, b"%d" % number, hashlib.sha256(b"%d" % number).hexdigest())
    world.home.store.sync()
    return world.home


def test_every_file_and_piece_is_drawn_as_often_as_any_other(filled):
    """Files, records and material are one population; over many draws each comes up alike."""
    seen: Counter[tuple[str, str]] = Counter()
    for seed in range(300):
        drawn = draw(filled.catalog, filled.store, 11, seed)
        assert (drawn.population, drawn.size) == (110, 11)
        seen.update((object_id, path) for object_id, paths in drawn.objects.items() for path in paths)
        seen.update(("", digest) for digest in drawn.material)
    assert len(seen) == 110
    assert all(8 <= times <= 60 for times in seen.values()), seen  # 30 expected, sigma 5


def test_a_wished_probability_draws_as_many_as_it_takes(filled):
    """Half of the files damaged, found with 99 %: seven of 110 are enough; the same seed draws the same."""
    drawn = draw(filled.catalog, filled.store, Certainty(0.5, 0.99), 3)
    assert drawn.size == 7
    assert draw(filled.catalog, filled.store, Certainty(0.5, 0.99), 3) == drawn
    assert draw(filled.catalog, filled.store, Certainty(0.0001, 0.99), 3).size == 109
