# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import os
import time

import pytest
from faulty_store import ALWAYS, FaultyStore

from archive.errors import ConflictError, IntegrityError, NotFound, StorageUnavailable
from archive.store.memory import MemoryStore
from archive.store.replicated import Health, ReplicatedStore, WatchedStore
from archive.store.replicated import store as replicated

NAMES = "abc"


class Stores:
    """Three stores in memory, as one, and each by itself."""

    def __init__(self, quorum: int = 2) -> None:
        self.health = Health()
        self.each = {name: FaultyStore(MemoryStore()) for name in NAMES}
        members = [WatchedStore(name, store, self.health) for name, store in self.each.items()]
        self.all = ReplicatedStore(members, quorum=quorum, health=self.health)
        self.all.begin()

    def keep(self, key: str, data: bytes) -> None:
        """Put and sync."""
        self.all.put(key, [data])
        self.all.sync()

    def having(self, key: str) -> str:
        """Which stores have a key, durable."""
        return "".join(name for name, store in self.each.items() if key in store.store._stable)


@pytest.fixture
def stores() -> Stores:
    """Three stores, two of which make a quorum."""
    return Stores()


@pytest.mark.parametrize("fails", ["put", "sync"])
@pytest.mark.parametrize("name", NAMES)
def test_one_that_fails_stops_nobody(stores: Stores, fails: str, name: str) -> None:
    """What the two others have is acknowledged; the third has nothing of it, not even unsynced."""
    stores.each[name].fails = {fails}
    stores.keep("k", b"1")
    assert stores.having("k") == NAMES.replace(name, "")
    assert stores.each[name].unsynced() == []
    assert stores.all.read("k") == b"1"


@pytest.mark.parametrize("fails", ["put", "replace", "sync"])
def test_below_the_quorum_it_is_an_error_that_names_each(stores: Stores, fails: str) -> None:
    """And nothing stays pending, as with a single store."""
    stores.each["a"].fails = stores.each["c"].fails = {fails}
    with pytest.raises(StorageUnavailable, match=r"\(a: .*told to fail.*; c: .*told to fail"):
        if fails == "replace":
            stores.all.replace("k", b"1")
        else:
            stores.keep("k", b"1")
    assert stores.all.unsynced() == []
    assert stores.all.pending("k") is None


def test_each_key_needs_its_quorum(stores: Stores) -> None:
    """One key missed by one store and another by another: each has its two, and both are acknowledged."""
    stores.each["a"].fails = {"put"}
    stores.all.put("first", [b"1"])
    stores.each["a"].fails = ()
    stores.health.answered("a")
    stores.each["b"].fails = {"put"}
    stores.all.put("second", [b"2"])
    stores.each["b"].fails = ()
    stores.health.answered("b")
    stores.all.sync()
    assert (stores.having("first"), stores.having("second")) == ("bc", "ac")


def test_a_key_that_only_failing_stores_hold_is_not_acknowledged(stores: Stores) -> None:
    """It was put to two, one of which cannot sync: one is no quorum, although two stores synced."""
    stores.each["a"].fails = {"put"}
    stores.all.put("k", [b"1"])
    stores.each["a"].fails = ()
    stores.health.answered("a")
    stores.each["b"].fails = {"sync"}
    with pytest.raises(StorageUnavailable):
        stores.all.sync()


def test_a_dead_store_does_not_slow_every_write(stores: Stores) -> None:
    """After it failed it is not asked for a while."""
    stores.each["a"].fails = ALWAYS
    stores.keep("0", b"1")
    asked = stores.each["a"].asked
    for number in range(1, 20):
        stores.keep(str(number), b"1")
    assert stores.each["a"].asked == asked


def test_nobody_waits_for_a_slow_store(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quorum is enough; the slow one is left alone until it has ended, and then has its bytes."""
    monkeypatch.setattr(replicated, "GRACE", 0.05)
    stores.all.put("k", [b"1"])
    stores.each["a"].delay = 0.5
    begun = time.monotonic()
    stores.all.sync()
    assert time.monotonic() - begun < 0.4
    assert stores.health.left_alone("a")
    time.sleep(0.6)
    assert stores.having("k") == "abc"


def test_a_conflict_is_told_and_not_taken_for_a_failure(stores: Stores) -> None:
    """Other bytes in one store alone are somebody's, unless a quorum has the very bytes already."""
    stores.each["b"].store.put("k", [b"other"])
    stores.each["b"].store.sync()
    with pytest.raises(ConflictError):
        stores.all.put("k", [b"1"])
    assert stores.all.unsynced() == []
    assert stores.having("k") == "b"


def test_a_store_that_contradicts_a_quorum_lies(stores: Stores) -> None:
    """The same bytes again are accepted where a quorum has them; the other is remembered for healing."""
    stores.keep("k", b"1")
    stores.each["b"].store.replace("k", b"rot")
    stores.each["b"].store.sync()
    stores.keep("k", b"1")
    assert [(each.store, each.key) for each in stores.health.take_suspects()] == [("b", "k")]


def test_the_next_copy_answers_where_one_fails_loses_or_lies(stores: Stores) -> None:
    """Open, read, size, exists and listing; and of a known digest the copy that has it."""
    digest = stores.all.put("d/k", [b"right"]).sha256
    stores.all.sync()
    for change in ({"fails": ALWAYS}, {"loses": lambda _: True}):
        for name, value in change.items():
            before = getattr(stores.each["a"], name)
            setattr(stores.each["a"], name, value)
            assert stores.all.read("d/k") == stores.all.open("d/k").read() == b"right"
            assert (stores.all.size("d/k"), stores.all.exists("d/k")) == (5, True)
            assert (list(stores.all.keys("d/")), list(stores.all.folders())) == (["d/k"], ["d"])
            setattr(stores.each["a"], name, before)
    stores.health.answered("a")
    stores.each["a"].lies = lambda _, data: data[::-1]
    assert stores.all.open_sound("d/k", digest).read() == b"right"
    assert [each.store for each in stores.health.take_suspects()] == ["a"]
    stores.each["b"].lies = stores.each["c"].lies = stores.each["a"].lies
    with pytest.raises(IntegrityError):
        stores.all.open_sound("d/k", digest)


def test_absence_needs_enough_witnesses(stores: Stores) -> None:
    """With one silent the two others know; with two silent nobody says that something is not there."""
    stores.each["a"].fails = ALWAYS
    with pytest.raises(NotFound):
        stores.all.read("k")
    assert not stores.all.exists("k")
    stores.each["b"].fails = ALWAYS
    for ask in (stores.all.read, stores.all.exists, stores.all.size, lambda key: list(stores.all.keys())):
        with pytest.raises(StorageUnavailable):
            ask("k")


def test_a_delete_reaches_a_quorum_or_is_an_error(stores: Stores) -> None:
    """One store that is away keeps what it has, for healing to see."""
    stores.keep("k", b"1")
    stores.each["a"].fails = {"delete"}
    stores.all.delete("k")
    assert stores.having("k") == "a"
    stores.each["b"].fails = {"delete"}
    with pytest.raises(StorageUnavailable):
        stores.all.delete("k")


def test_assure_gives_a_store_what_it_lacks(stores: Stores) -> None:
    """Whoever says that work is done says so of a quorum."""
    stores.each["c"].fails = ALWAYS
    stores.keep("k", b"1")
    stores.each["c"].fails = ()
    stores.health.answered("c")
    stores.all.assure(["k"])
    assert stores.having("k") == "abc"
    with pytest.raises(NotFound):
        stores.all.assure(["absent"])
    stores.each["a"].fails = stores.each["b"].fails = {"assure"}
    with pytest.raises(StorageUnavailable):
        stores.all.assure(["k"])


def test_a_store_that_is_drained_is_read_and_not_written() -> None:
    """What is in it alone can be read; what is new is not put there."""
    stores = Stores()
    stores.keep("old", b"1")
    members = [
        WatchedStore(name, store, stores.health, draining=name == "a") for name, store in stores.each.items()
    ]
    drained = ReplicatedStore(members, quorum=2, health=stores.health)
    stores.each["b"].loses = stores.each["c"].loses = lambda key: key == "old"
    assert drained.read("old") == b"1"
    drained.put("new", [b"2"])
    drained.sync()
    assert stores.having("new") == "bc"
    assert [member.name for member in drained.members] == ["b", "c", "a"]


def test_a_fork_has_no_writes_of_its_parent(stores: Stores) -> None:
    """The child's sync publishes nothing that the parent put."""
    stores.all.put("k", [b"1"])
    child = os.fork()
    if child == 0:
        stores.all.sync()
        os._exit(len(stores.having("k")))
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    stores.all.sync()
    assert stores.having("k") == "abc"
