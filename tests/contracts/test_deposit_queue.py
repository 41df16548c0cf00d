# SPDX-License-Identifier: EUPL-1.2
"""What every database under the deposit queue must do: a lease for one, in turn, for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archive.catalog import INSTALLATION, Catalog, QueuedDeposit, QueueState
from archive.errors import ConflictError, NotFound
from archive.model import Tenant

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)


def waiting(number, tenant="villa", **changes):
    entry = QueuedDeposit(
        deposit_id=f"{number:04d}",
        tenant_id=tenant,
        queued_at=NOW,
        package_name=f"{number}.zip",
        size=number,
        agent="cli",
        state=QueueState.QUEUED,
        since=NOW,
        due_at=NOW,
    )
    return replace(entry, **changes)


@pytest.fixture
def catalog(tmp_path):
    with_tenants = Catalog.open(tmp_path / "catalog.sqlite3")
    with with_tenants.transaction(INSTALLATION) as tx:
        tx.add_tenant(Tenant("villa", "Villa", "L01990019", NOW))
        tx.add_tenant(Tenant("otra", "Otra", "L01990020", NOW))
    yield with_tenants
    with_tenants.close()


def ids(entries):
    return [entry.deposit_id for entry in entries]


def test_what_came_in_is_there_once(catalog):
    """The same entry again changes nothing, whatever became of the first."""
    with catalog.transaction(INSTALLATION) as tx:
        assert tx.enqueue([waiting(1), waiting(2)]) == 2
        assert tx.enqueue([waiting(2, size=99), waiting(3)]) == 1
        assert tx.queue() == [waiting(1), waiting(2), waiting(3)]
        assert tx.queue("otra") == []
        assert tx.queue_counts() == {QueueState.QUEUED: 3, QueueState.CHECKING: 0, QueueState.ERROR: 0}


def test_nobody_waits_for_an_unknown_tenant(catalog):
    """A rule of the schema."""
    with pytest.raises(ConflictError), catalog.transaction(INSTALLATION) as tx:
        tx.enqueue([waiting(1, tenant="nadie")])


def test_what_one_took_the_other_does_not_get(catalog):
    """Until the lease ends; then it is known that somebody fell silent."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.enqueue([waiting(number) for number in range(3)])
        assert ids(tx.claim("a", NOW, LEASE, limit=2)) == ["0000", "0001"]
    with catalog.transaction(INSTALLATION) as tx:
        assert ids(tx.claim("b", NOW, LEASE, limit=9)) == ["0002"]
        assert tx.claim("b", NOW, LEASE, limit=9) == []
        again = tx.claim("b", NOW + LEASE, LEASE, limit=9)
    assert ids(again) == ["0000"]
    assert (again[0].attempts, again[0].worker, again[0].state) == (2, "b", QueueState.CHECKING)
    assert "silent" in again[0].reason


def test_what_was_tried_before_is_taken_alone(catalog):
    """A package that kills its worker kills no other package's attempt."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.enqueue([waiting(number) for number in range(3)])
        tx.claim("a", NOW, LEASE, limit=1)
        later = NOW + LEASE
        assert ids(tx.claim("b", later, LEASE, limit=9)) == ["0000"]
        assert ids(tx.claim("b", later, LEASE, limit=9)) == ["0001", "0002"]


def test_tenants_and_submitters_take_turns(catalog):
    """Ten thousand packages of one municipality do not hold up the one of another."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.enqueue([waiting(number) for number in range(4)])
        tx.enqueue([waiting(8, "otra"), waiting(9, agent="web")])
        taken = [
            tx.claim("a", NOW, LEASE, limit=2, after=after) for after in ("", "otra", "villa", "otra", "otra")
        ]
    assert [ids(each) for each in taken] == [["0008"], ["0000", "0001"], ["0002", "0003"], ["0009"], []]


def test_a_lease_is_extended_and_handed_back_by_its_holder_alone(catalog):
    """Who lost it to another has no say any more."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.enqueue([waiting(1)])
        tx.claim("a", NOW, LEASE, limit=1)
        assert tx.extend(["0001"], "b", NOW + 9 * LEASE) == 0
        assert tx.extend(["0001"], "a", NOW + 2 * LEASE) == 1
        assert tx.claim("b", NOW + LEASE, LEASE, limit=1) == []
        assert tx.hand_back(["0001"], "b", NOW) == 0
        assert tx.hand_back(["0001"], "a", NOW) == 1
        (entry,) = tx.claim("b", NOW, LEASE, limit=1)
        assert entry.attempts == 1
        assert not tx.fail_queued("0001", "a", NOW, again_at=NOW, reason="late")


def test_a_failure_waits_and_stays_visible(catalog):
    """With its reason and since when; or until somebody says: now."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.enqueue([waiting(1)])
        tx.claim("a", NOW, LEASE, limit=1)
        assert tx.fail_queued("0001", "a", NOW, again_at=NOW + 2 * LEASE, reason="no room")
        (entry,) = tx.queue()
        assert (entry.state, entry.reason, entry.since, entry.attempts) == (
            QueueState.ERROR,
            "no room",
            NOW,
            1,
        )
        assert tx.claim("a", NOW + LEASE, LEASE, limit=1) == []
        assert tx.retry_queued("0001", NOW).state is QueueState.QUEUED
        assert ids(tx.due_in_queue(NOW, 9)) == ["0001"]
        assert ids(tx.claim("a", NOW, LEASE, limit=1)) == ["0001"]
        with pytest.raises(NotFound):
            tx.retry_queued("0002", NOW)


def test_what_is_settled_leaves(catalog):
    """Leaving twice is fine."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.enqueue([waiting(1), waiting(2)])
        tx.leave_queue(["0001"])
        tx.leave_queue(["0001"])
        assert ids(tx.queue()) == ["0002"]
        assert set(tx.queued(["0001", "0002"])) == {"0002"}
