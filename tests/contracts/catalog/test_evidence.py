# SPDX-License-Identifier: EUPL-1.2
"""What every database under the catalogue must do: evidence batches and certified copies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from catalogued import NOW, a_batch, an_object

from archive.catalog import INSTALLATION, RENEWAL, Catalog, CopyRecord, LeafRecord
from archive.errors import ConflictError, NotFound


def test_sealing_settles_the_head_version_only(catalog: Catalog) -> None:
    """A leaf over an older version leaves the object due; one over its head does not."""
    record = an_object(version=2)
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(record)
        tx.add_batch(a_batch("b1"), [LeafRecord("b1", 0, "aa" * 32, record.object_id, 1, "")])
    with catalog.transaction(INSTALLATION) as tx:
        assert tx.unsealed() == [record]
        tx.add_batch(a_batch("b2"), [LeafRecord("b2", 0, "bb" * 32, record.object_id, 2, "")])
    with catalog.reading(INSTALLATION) as tx:
        assert tx.unsealed() == []
        assert [leaf.version for leaf in tx.leaves_of(record.object_id)] == [1, 2]


def test_renewed_batch_is_no_longer_live(catalog: Catalog) -> None:
    """A renewal takes the place of the batches that its leaves name."""
    renewal = LeafRecord("b2", 0, "cc" * 32, "", 0, "b1")
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_batch(a_batch("b1"), [])
        assert tx.live_batches() == [a_batch("b1")]
        tx.add_batch(a_batch("b2", RENEWAL), [renewal])
    with catalog.reading(INSTALLATION) as tx:
        assert tx.live_batches() == [a_batch("b2", RENEWAL)]
        assert tx.batches() == [a_batch("b1"), a_batch("b2", RENEWAL)]
        assert tx.leaves_renewing("b1") == [renewal]
        assert tx.batch("b1") == a_batch("b1")


def test_batch_keeps_leaves_in_order_and_of_absent_objects(catalog: Catalog) -> None:
    """Leaves come back in tree order, those of objects that are gone included."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(an_object())
        leaves = [
            LeafRecord("b1", 0, "aa" * 32, "urn:longeva:villa:gone:1", 1, ""),
            LeafRecord("b1", 1, "bb" * 32, an_object().object_id, 1, ""),
        ]
        tx.add_batch(a_batch("b1", count=2), reversed(leaves))
    with catalog.reading(INSTALLATION) as tx:
        assert list(tx.leaves_in("b1")) == leaves
        assert tx.leaves_of(an_object().object_id) == leaves[1:]


def test_batch_twice_or_renewing_nothing_is_a_conflict(catalog: Catalog) -> None:
    """A batch is written once, and renews only what exists."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_batch(a_batch("b1"), [])
    with pytest.raises(ConflictError), catalog.transaction(INSTALLATION) as tx:
        tx.add_batch(a_batch("b1"), [])
    with pytest.raises(ConflictError), catalog.transaction(INSTALLATION) as tx:
        tx.add_batch(a_batch("b2", RENEWAL), [LeafRecord("b2", 0, "aa" * 32, "", 0, "nothing")])
    with catalog.reading(INSTALLATION) as tx:
        assert tx.batches() == [a_batch("b1")]
        with pytest.raises(NotFound):
            tx.batch("b2")


def test_copy_is_found_by_its_code_and_revoked_once(catalog: Catalog) -> None:
    """A copy is found by CSV and by source; the first revocation stays; the code is taken."""
    copy = CopyRecord(
        "AAAA-BBBB", "villa", "urn:c", "urn:s", "received/a.xml", NOW, "received/c.pdf", "ES_C", None
    )
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_copy(copy)
        tx.add_copy(copy)
        tx.revoke_copy("urn:c", NOW + timedelta(days=1))
        tx.revoke_copy("urn:c", NOW + timedelta(days=2))
    revoked = replace(copy, revoked_at=NOW + timedelta(days=1))
    with catalog.transaction(INSTALLATION) as tx:
        assert tx.copy_by_csv("AAAA-BBBB") == revoked
        assert tx.copies_of("urn:s") == [revoked]
        assert tx.copy_by_csv("AAAA") is None
        with pytest.raises(ConflictError):
            tx.add_copy(replace(copy, copy_object_id="urn:other"))
        with pytest.raises(NotFound):
            tx.revoke_copy("urn:none", NOW)
