# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace

import pytest
from archived import decree

from archive.catalog import INSTALLATION
from archive.errors import ConflictError, InvalidRequest, NotFound, StorageUnavailable
from archive.store import Copies
from search.holds import Hold, add_hold, apply_holds, end_hold, holds, holds_on

LAWSUIT = Hold("Recurso 12/2026", "Juzgado de lo Contencioso n.º 1")


class Locking:
    """A store that keeps legal holds, beside the real one."""

    def __init__(self, store, *, broken=False):
        self._store, self.broken, self.held = store, broken, set()

    def __getattr__(self, name):
        return getattr(self._store, name)

    def copies(self):  # noqa: D102 - the store's own words
        return Copies((("far", self),))

    def hold(self, key, *, on):  # noqa: D102
        if self.broken:
            raise StorageUnavailable("the bucket has no Object Lock")
        (self.held.add if on else self.held.discard)(key)


@pytest.fixture
def locking(archived, monkeypatch):
    """The archive's store keeps legal holds."""
    store = Locking(archived.home.store)
    monkeypatch.setattr(archived.home, "store", store)
    return store


def test_hold_covers_the_object_and_its_copies(archived, resolution, issued):
    """What was copied of it is evidence in the same procedure."""
    hold = replace(LAWSUIT, object_id=resolution.object_id)
    kept, _ = add_hold(archived.home, "villar", hold, agent="test")
    with archived.home.catalog.reading(INSTALLATION) as tx:
        copy = tx.object(issued.object_id)
    other = archived.deposit(decree(), number=5)
    assert holds_on(archived.home, resolution) == [hold]
    assert holds_on(archived.home, copy) == [hold]
    assert holds_on(archived.home, other) == []
    end_hold(archived.home, "villar", kept.entry_id, "Sentencia firme", agent="test")
    assert holds_on(archived.home, resolution) == []
    assert [one.state for one, _ in holds(archived.home, "villar")] == ["over"]


def test_series_and_whole_archive_are_held(archived, resolution):
    """By the prefix of the classification; with neither, everything."""
    of_series = replace(resolution, metadata={"clasificacion": "2.3.1"})
    assert replace(LAWSUIT, series="2.3").covers(of_series)
    assert not replace(LAWSUIT, series="2.31").covers(of_series)
    assert LAWSUIT.covers(resolution)


def test_stores_with_legal_holds_keep_every_file(archived, resolution, locking):
    """Put on with the hold, and taken off with the last hold that covers a file."""
    hold = replace(LAWSUIT, object_id=resolution.object_id)
    first, locked = add_hold(archived.home, "villar", hold, agent="test")
    second, _ = add_hold(archived.home, "villar", hold, agent="test")
    assert locked.keys == len(locking.held) > 5
    end_hold(archived.home, "villar", first.entry_id, "x", agent="test")
    assert locking.held, "another hold still covers it"
    end_hold(archived.home, "villar", second.entry_id, "x", agent="test")
    assert not locking.held


def test_store_that_fails_is_told_and_the_hold_is_in_force(archived, resolution, locking):
    """The register is what counts; `apply` repeats what the store could not do."""
    locking.broken = True
    hold = replace(LAWSUIT, object_id=resolution.object_id)
    kept, locked = add_hold(archived.home, "villar", hold, agent="test")
    assert locked.failed == ("far: the bucket has no Object Lock",)
    assert holds_on(archived.home, resolution) == [hold]
    locking.broken = False
    assert apply_holds(archived.home, "villar").failed == ()
    assert locking.held
    end_hold(archived.home, "villar", kept.entry_id, "x", agent="test")


def test_plain_store_has_nothing_to_lock(archived, resolution):
    """A folder keeps no legal holds: the register alone holds."""
    _, locked = add_hold(archived.home, "villar", replace(LAWSUIT, object_id=resolution.object_id), agent="t")
    assert (locked.keys, locked.failed) == (0, ())


def test_hold_says_why_and_ends_once(archived, resolution):
    """Reason and authority, an end with its reason, and no second end."""
    for hold in (
        replace(LAWSUIT, reason=" "),
        replace(LAWSUIT, authority=""),
        replace(LAWSUIT, reason="x" * 501),
    ):
        with pytest.raises(InvalidRequest):
            add_hold(archived.home, "villar", hold, agent="t")
    kept, _ = add_hold(archived.home, "villar", LAWSUIT, agent="t")
    with pytest.raises(InvalidRequest):
        end_hold(archived.home, "villar", kept.entry_id, " ", agent="t")
    end_hold(archived.home, "villar", kept.entry_id, "x", agent="t")
    with pytest.raises(ConflictError):
        end_hold(archived.home, "villar", kept.entry_id, "x", agent="t")


def test_object_of_another_municipality_is_not_found(archived, resolution):
    """Nobody holds what is another's."""
    archived.home.add_tenant("ajeno", "Ayuntamiento Ajeno", "L01990033")
    with pytest.raises(NotFound):
        add_hold(archived.home, "ajeno", replace(LAWSUIT, object_id=resolution.object_id), agent="t")
