# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from archive.clock import FixedClock
from archive.errors import ConflictError, InvalidRequest, NotFound, StorageUnavailable
from archive.home import Home
from archive.model import SYSTEM_TENANT
from archive.rebuild import rebuild_catalog
from archive.registers import COUNTER, Register, read_entry, registers_prefix

CLOCK = FixedClock(datetime(2026, 11, 21, 9, tzinfo=UTC))


@pytest.fixture
def home(tmp_path):
    """A home of two municipalities."""
    with Home.create(tmp_path / "home", CLOCK) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        home.add_tenant("aldea", "Ayuntamiento de Aldea", "L01990024")
        yield home


@pytest.fixture
def people(home) -> Register:
    """A register."""
    return Register(home, "people")


def add(people, entry_id="p1", body=None, tenant="villa", **more):
    return people.put(tenant, entry_id, body or {"name": "Uno"}, kind="person.made", agent="cli", **more)


def test_what_was_put_is_found_by_id_by_key_and_by_state(people):
    """A new entry is there under each of its names."""
    made = add(people, keys=("uno", "one"), state="open", due_at=CLOCK.now() + timedelta(days=1))
    assert people.get("villa", "p1") == made
    assert people.by_key("villa", "one") == people.by_key(None, "uno") == made
    assert list(people.entries("villa", state="open")) == [made]
    assert list(people.entries("villa", state="shut")) == []
    assert people.due(CLOCK.now()) == []
    assert people.due(CLOCK.now() + timedelta(days=2)) == [made]


def test_an_entry_of_one_municipality_is_nothing_to_another(people):
    """The same id and the same key may be another entry elsewhere."""
    add(people, keys=("uno",))
    with pytest.raises(NotFound):
        people.get("aldea", "p1")
    assert people.by_key("aldea", "uno") is None
    other = add(people, body={"name": "Dos"}, tenant="aldea", keys=("uno",))
    assert people.get("aldea", "p1") == other
    assert people.get("villa", "p1").body == {"name": "Uno"}


def test_a_change_needs_the_version_that_was_read(people):
    """Of two who change the same version one is told to read it again, and changes nothing."""
    add(people)
    add(people, body={"name": "Ana"}, version=2)
    with pytest.raises(ConflictError):
        add(people, body={"name": "Eva"}, version=2)
    with pytest.raises(ConflictError):
        add(people)
    assert people.get("villa", "p1").body == {"name": "Ana"}


def test_a_key_belongs_to_one_entry(people):
    """A second entry cannot take it; the first may give it up."""
    add(people, keys=("uno",))
    with pytest.raises(ConflictError):
        add(people, "p2", keys=("uno",))
    with pytest.raises(NotFound):
        people.get("villa", "p2")
    add(people, version=2, keys=("eins",))
    assert add(people, "p2", keys=("uno",)).keys == ("uno",)


def test_every_change_is_in_the_ledger_without_what_it_says(home, people):
    """The event names entry, version and digest of the file, and no word of the body."""
    add(people)
    with home.catalog.reading("villa") as tx:
        event = tx.events_about("p1")[-1]
    key = next(iter(home.store.keys(registers_prefix("villa"))))
    assert event.detail["sha256"] == people.get("villa", "p1").sha256
    assert read_entry(home.store.read(key)) == people.get("villa", "p1")
    assert "Uno" not in str(event)


def test_a_rebuilt_catalogue_has_the_same_registers(home, people):
    """The newest version that the ledger tells of comes back; one that nobody was told of does not."""
    add(people, keys=("uno",))
    add(people, body={"name": "Ana"}, version=2, keys=("ana",), state="open")
    add(people, "s1", tenant=SYSTEM_TENANT)
    stray = registers_prefix("villa") + "people/p1/000003-00000000.json"
    home.store.put(stray, [b"{}"])
    home.store.sync()
    report = rebuild_catalog(home)
    assert report.equal is not None
    assert all(report.equal.values()), report.equal
    assert [problem.kind for problem in report.problems] == ["register.damaged"]
    assert people.by_key("villa", "ana").body == {"name": "Ana"}
    assert people.by_key("villa", "uno") is None
    assert people.get(SYSTEM_TENANT, "s1").body == {"name": "Uno"}


def test_what_was_erased_is_gone_from_the_store_too(home, people):
    """The entry is nobody's any more, its files are gone, and rebuilding does not bring it back."""
    add(people, keys=("uno",))
    people.erase("villa", "p1", kind="person.erased", agent="cli")
    with pytest.raises(NotFound):
        people.get("villa", "p1")
    assert people.by_key("villa", "uno") is None
    assert list(people.entries("villa")) == []
    kept = b"".join(home.store.read(key) for key in home.store.keys(registers_prefix("villa")))
    assert b"Uno" not in kept
    rebuild_catalog(home)
    with pytest.raises(NotFound):
        people.get("villa", "p1")


def test_what_a_store_does_not_let_go_of_is_told(home, people, monkeypatch):
    """The entry is erased and the other files go; the one that stays is named."""
    add(people)
    add(people, version=2)
    first, *_ = sorted(home.store.keys(registers_prefix("villa")))
    let_go = type(home.store).delete

    def delete(store, key):
        if key == first:
            raise StorageUnavailable("refused")
        let_go(store, key)

    monkeypatch.setattr(type(home.store), "delete", delete)
    assert people.erase("villa", "p1", kind="person.erased", agent="cli") == [first]
    assert len(list(home.store.keys(registers_prefix("villa")))) == 2
    assert list(people.entries("villa")) == []


def test_numbers_of_a_series_are_given_once_each(home, people):
    """By series and by municipality, whoever asks at the same moment; the count is no entry of the register."""
    add(people)

    def ask(_):
        return people.next_number("villa", "2026", kind="person.numbered", agent="cli")

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(12))) == list(range(1, 13))
    assert people.next_number("villa", "2027", kind="person.numbered", agent="cli") == 1
    assert people.next_number("aldea", "2026", kind="person.numbered", agent="cli") == 1
    assert [entry.entry_id for entry in people.entries("villa")] == ["p1"]
    with pytest.raises(NotFound):
        people.get("villa", COUNTER)


@pytest.mark.parametrize("entry_id", ["", "../x", "a/b", "ñ", "x" * 81])
def test_an_entry_cannot_climb_out_of_its_folder(people, entry_id):
    """Names are checked before anything is written."""
    with pytest.raises(InvalidRequest):
        add(people, entry_id)


def test_nobody_makes_entries_of_a_municipality_that_is_not_there(people):
    """An unknown tenant is an error, and leaves nothing."""
    with pytest.raises(NotFound):
        add(people, tenant="nadie")
