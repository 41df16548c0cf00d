# SPDX-License-Identifier: EUPL-1.2
"""Workers that seal at once, evidence exchanged for fresh evidence, and a lock that is no file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from archive.catalog import INSTALLATION
from archive.errors import StorageUnavailable
from archive.home import Home
from preservation.audit.run import audit
from preservation.evidence.sealing import seal_due
from preservation.trust.store import TrustStore
from tests.support.archived import NOW, Archived, make_archive


@pytest.fixture
def archived(tmp_path) -> Iterator[Archived]:
    """An archive of five documents, none sealed."""
    made = make_archive(tmp_path)
    for number in range(1, 6):
        made.deposit(b"texto %d" % number, number=number, media_type="text/plain")
    yield made
    made.home.close()


def test_two_workers_that_seal_at_once_seal_each_object_once(archived):
    """One of them finds the work done; the evidence of every object holds."""
    authority = archived.authority.timestamp_authority(archived.clock)
    together = Barrier(2)

    def seal(home: Home) -> int:
        together.wait()
        batch = seal_due(home, authority)
        if batch is None:
            return 0
        with home.catalog.reading(INSTALLATION) as tx:  # the heads of the ledgers are a leaf too
            return batch.count - tx.count_own(batch.batch_id)

    with Home.open(archived.home.path, archived.clock) as other, ThreadPoolExecutor(2) as workers:
        assert sorted(workers.map(seal, (archived.home, other))) == [0, 5]
    report = audit(archived.home, trust=TrustStore.from_authority(archived.authority, NOW))
    assert report.ok
    assert report.evidence.verified == 5


def test_a_leaf_changed_by_hand_is_noticed(archived):
    """A leaf that the catalogue gives otherwise than the sealed batch is told."""
    seal_due(archived.home, archived.authority.timestamp_authority(archived.clock))
    archived.home.catalog.close()
    database = sqlite3.connect(archived.home.catalog_path)
    with database:
        digest = database.execute("select digest from leaves").fetchone()[0]
        assert database.execute(
            "update leaves set digest = ? where digest = ?", (digest[::-1], digest)
        ).rowcount
    database.close()
    assert not audit(archived.home, trust=TrustStore.from_authority(archived.authority, NOW)).ok


def test_a_lock_that_is_a_folder_is_told(archived):
    """Nobody writes without the lock, and why is said."""
    lock = archived.home.path / "lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    with pytest.raises(StorageUnavailable), archived.home.writing(wait=0):
        pytest.fail("wrote without the lock")
