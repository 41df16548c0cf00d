# SPDX-License-Identifier: EUPL-1.2
"""Healing beside a ledger that is on its way to the journal, or that tells another story than it."""

from __future__ import annotations

import shutil

import pytest
from copies_to_order import (
    bring_back,
    contents,
    keep,
    leaving_stores,
    make_home,
    reopen,
    take_away,
)

from archive.catalog import INSTALLATION
from archive.errors import IntegrityError
from archive.healing import heal, heal_due, store_states
from archive.home import Home


@pytest.fixture(autouse=True)
def leaving(monkeypatch):
    """Stores may be taken away."""
    leaving_stores(monkeypatch)


def read_once(home, subject):
    with home.catalog.transaction(INSTALLATION) as tx:
        home.ledger.append(tx, "villa", "object.read", subject, "test")


def test_a_mark_never_speaks_of_an_event_that_the_journal_has_not(tmp_path):
    """A healing between a transaction and its flush: a store that is away for the flush is known to be behind."""
    home = make_home(tmp_path)
    keep(home, "k")
    read_once(home, "urn:one")
    heal_due(home)
    assert not home.ledger.pending("villa")
    take_away(tmp_path / "c")
    home.ledger.flush("villa")
    bring_back(tmp_path / "c")
    home = reopen(home)
    assert [each.state for each in store_states(home)] == ["whole"] * 3
    assert contents(tmp_path / "c") == contents(tmp_path / "a")


def test_without_a_quorum_stores_are_filled_and_no_mark_moves(tmp_path):
    """What can be copied is copied; what cannot be carried to the journal is not called whole."""
    home = make_home(tmp_path)
    keep(home, "k")
    read_once(home, "urn:one")
    take_away(tmp_path / "b")
    take_away(tmp_path / "c")
    report = heal(home, thorough=True)
    assert sorted(report.failed) == ["b", "c"]
    assert report.complete == []


def test_a_catalogue_of_another_story_never_overwrites_the_journal(tmp_path):
    """A database that fell back and went on: even a thorough healing by a process that has it open stops."""
    home = make_home(tmp_path)
    keep(home, "k")
    home.close()
    shutil.copy(home.catalog_path, tmp_path / "replica")
    home = Home.open(home.path, home.clock)
    read_once(home, "urn:acknowledged")
    home.ledger.flush()
    home.close()
    shutil.copy(tmp_path / "replica", home.catalog_path)
    before = {name: contents(tmp_path / name) for name in "abc"}
    with Home.open_store(home.path, home.clock) as fallen_back:
        fallen_back.use_catalog(fallen_back.engines.open_catalog())
        read_once(fallen_back, "urn:other")
        with pytest.raises(IntegrityError, match="forks"):
            heal(fallen_back, thorough=True)
    assert {name: contents(tmp_path / name) for name in "abc"} == before
