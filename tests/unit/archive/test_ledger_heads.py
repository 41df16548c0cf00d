# SPDX-License-Identifier: EUPL-1.2
"""Heads are taken of what the journal has, when a ledger grew, and each tenant keeps what opens its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from catalogued import a_batch

from archive.catalog import INSTALLATION
from archive.chain import LedgerHead
from archive.clock import FixedClock
from archive.errors import StorageUnavailable
from archive.home import Home
from archive.journal import put_head
from archive.ledger_growth import Tree
from archive.ledger_heads import keep_openings, newest_opening, openings, roll_up
from archive.ledger_openings import Opening, opening_key, read_heads
from archive.model import SYSTEM_TENANT

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = 86_400.0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """An archive of two municipalities."""
    with Home.create(tmp_path / "home", FixedClock(NOW)) as home:
        for tenant in ("villa", "aldea"):
            home.add_tenant(tenant, tenant, "L01990019")
        yield home


def happen(home: Home, tenant: str = "villa", *, flush: bool = True) -> None:
    """Let something happen."""
    with home.catalog.transaction(tenant) as tx:
        home.ledger.append(tx, tenant, "object.read", "urn:x", "cli")
    if flush:
        home.ledger.flush(tenant)


def stamp(home: Home, batch_id: str, *, every: float = 0.0) -> bool:
    """Take the heads into a batch, as sealing does; tell whether there was anything to take."""
    heads = roll_up(home, every=every)
    if heads is None:
        return False
    keep_openings(home, heads, batch_id)
    with home.catalog.transaction(INSTALLATION) as tx:
        tx.add_batch(a_batch(batch_id), [])
    return True


def newest(home: Home, tenant: str = "villa") -> Opening | None:
    """Return what opens the newest stamped head."""
    with home.catalog.reading(tenant) as tx:
        return newest_opening(home.store, tx, tenant)


def test_every_ledger_is_taken_and_opened(home: Home) -> None:
    """Each tenant's head, and the installation's, is that of its ledger and leads to the one root."""
    heads = roll_up(home)
    assert heads is not None
    stamped = read_heads(heads.file)
    assert [each.tenant_id for each in heads.openings] == ["aldea", SYSTEM_TENANT, "villa"]
    for each in heads.openings:
        assert each.leads(stamped)
        assert each.head == home.ledger.tree_head(each.tenant_id)
    keep_openings(home, heads, "b1")
    keep_openings(home, heads, "b1")  # repeating changes nothing
    assert home.store.exists(opening_key("villa", "b1"))
    assert newest(home) is None  # of a batch that never was


def test_heads_are_taken_when_a_ledger_grew(home: Home) -> None:
    """An archive in which nothing happens takes none; one event of one tenant is enough."""
    assert stamp(home, "b1")
    assert not stamp(home, "b2")
    happen(home)
    assert stamp(home, "b2")
    assert not stamp(home, "b3")
    found = newest(home)
    assert found is not None
    assert (found.batch_id, found.head.size) == ("b2", 2)


def test_not_before_their_time(home: Home) -> None:
    """With a span, heads wait until it has gone by; a clock that was set back makes nothing wait."""
    assert not stamp(home, "b1", every=DAY)  # the first come with objects
    assert stamp(home, "b1")
    happen(home)
    home.clock = FixedClock(NOW + timedelta(hours=23))
    assert roll_up(home, every=DAY) is None
    assert roll_up(home) is not None
    home.clock = FixedClock(NOW + timedelta(days=1))
    assert roll_up(home, every=DAY) is not None
    home.clock = FixedClock(NOW - timedelta(days=1))
    assert roll_up(home, every=DAY) is not None


def test_a_head_is_taken_of_what_the_journal_has(home: Home) -> None:
    """An event that only the catalogue has was promised to nobody, and may vanish: no head speaks of it."""
    happen(home, flush=False)
    heads = roll_up(home)
    assert heads is not None
    taken = {each.tenant_id: each.head for each in heads.openings}
    assert taken["villa"].size == 1
    with home.catalog.reading("villa") as tx:
        assert taken["villa"] == Tree(tx, "villa").head(1)


def test_openings_are_told_newest_first_and_damaged_ones_passed_over(home: Home) -> None:
    """Whoever asks gets what can be read; a damaged file is the audit's to tell."""
    for number in range(4):
        happen(home)
        assert stamp(home, f"b{number}")
    home.store.replace(opening_key("villa", "b2"), b"{}")
    home.store.sync()
    with home.catalog.reading("villa") as tx:
        assert [each.batch_id for each in openings(home.store, tx, "villa")] == ["b3", "b1", "b0"]
        assert [each.head.size for each in openings(home.store, tx, "villa")] == [5, 3, 2]


def test_a_ledger_with_a_hole_has_no_head(home: Home) -> None:
    """It is passed over with a warning; the others are taken all the same."""
    with home.catalog.transaction("villa") as tx:
        (last,) = tx.tenant_events("villa", 0, 1)
        late = replace(last, sequence=3, digest="ee" * 32)
        tx.append_events([late])
    put_head(home.store, "villa", LedgerHead(late.sequence, late.digest))
    home.store.sync()
    heads = roll_up(home)
    assert heads is not None
    assert [each.tenant_id for each in heads.openings] == ["aldea", SYSTEM_TENANT]


def test_what_cannot_be_kept_is_an_error(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """No opening, no batch: the error comes before it is stored."""
    heads = roll_up(home)
    assert heads is not None

    def full(*_: object) -> None:
        raise StorageUnavailable("full")

    monkeypatch.setattr(type(home.store), "put", full)
    with pytest.raises(StorageUnavailable):
        keep_openings(home, heads, "b1")
