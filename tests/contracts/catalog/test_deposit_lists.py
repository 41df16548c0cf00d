# SPDX-License-Identifier: EUPL-1.2
"""What every database under the catalogue must do: lists for people, and entries by several keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from catalogued import NOW, a_deposit

from archive.catalog import INSTALLATION, Catalog, QueuedDeposit, QueueState, RegisterEntry
from archive.catalog.deposit_lists import DepositFilter
from archive.identifiers import uuid7
from archive.model import DepositState


def came_in(at: datetime, number: int = 0) -> str:
    """Return the identifier of what came in at an instant."""
    return uuid7(at, bytes([number] * 10))


def waiting(deposit_id: str, at: datetime, agent: str) -> QueuedDeposit:
    """Return what waits for a worker."""
    return QueuedDeposit(deposit_id, "villa", at, "p.zip", 1, agent, QueueState.QUEUED, at, at)


@pytest.fixture
def days(catalog: Catalog) -> list[str]:
    """Three days of deposits: two settled by one, one that waits by another; one of a neighbour."""
    ids = [came_in(NOW + timedelta(days=day), day) for day in range(4)]
    with catalog.transaction(INSTALLATION) as tx:
        for deposit_id, state in zip(ids, (DepositState.ACCEPTED, DepositState.WAITING), strict=False):
            tx.record_deposit(replace(a_deposit(state=state), deposit_id=deposit_id))
        tx.name_depositor(ids[:2], "account:a")
        tx.enqueue([waiting(ids[2], NOW + timedelta(days=2), "account:b")])
        tx.enqueue([waiting(ids[0], NOW, "account:a")])  # settled, and about to leave the inbox
        tx.record_deposit(replace(a_deposit(tenant="aldea"), deposit_id=ids[3]))
    return ids


def test_deposits_are_listed_newest_first_and_counted_by_state(catalog: Catalog, days: list[str]) -> None:
    """Waiting and settled together, each once, of one municipality; a page at a time."""
    wanted = DepositFilter("villa")
    with catalog.reading(INSTALLATION) as tx:
        assert tx.deposit_ids(wanted, offset=0, limit=10) == [days[2], days[1], days[0]]
        assert tx.deposit_ids(wanted, offset=1, limit=1) == [days[1]]
        assert tx.deposit_states(wanted) == {"QUEUED": 1, "WAITING": 1, "ACCEPTED": 1}
        assert tx.depositors("villa") == ["account:a", "account:b"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (DepositFilter("villa", state="WAITING"), [1]),
        (DepositFilter("villa", agent="account:b"), [2]),
        (DepositFilter("villa", since=NOW + timedelta(days=1)), [2, 1]),
        (DepositFilter("villa", until=NOW + timedelta(days=1)), [0]),
        (DepositFilter("villa", state="ERROR"), []),
        (DepositFilter("villa", agent="account:' OR 1=1"), []),
    ],
)
def test_deposits_are_found_by_state_depositor_and_day(
    catalog: Catalog, days: list[str], wanted: DepositFilter, found: list[int]
) -> None:
    """When it came in is in the identifier: from an instant on, and before one."""
    with catalog.reading(INSTALLATION) as tx:
        assert tx.deposit_ids(wanted, offset=0, limit=10) == [days[each] for each in found]


def test_entries_are_found_by_any_of_several_keys(catalog: Catalog) -> None:
    """Of every municipality, each entry once, whatever many of its keys were asked for."""
    entries = [
        RegisterEntry("villa", "codes", "e1", 1, NOW, {}, keys=("1:A", "2:A")),
        RegisterEntry("aldea", "codes", "e2", 1, NOW, {}, keys=("1:A",)),
        RegisterEntry("villa", "other", "e3", 1, NOW, {}, keys=("1:A",)),
    ]
    with catalog.transaction(INSTALLATION) as tx:
        for entry in entries:
            tx.put_entry(entry)
    with catalog.reading(INSTALLATION) as tx:
        found = tx.entries_by_keys("codes", ["1:A", "2:A", "3:A"])
        assert [(one.tenant_id, one.entry_id) for one in found] == [("villa", "e1"), ("aldea", "e2")]
        assert tx.entries_by_keys("codes", []) == []
