# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.digests import digest_bytes
from archive.errors import IntegrityError
from archive.healing.objects import expected, judge
from archive.healing.places import Place
from archive.healing.round import Round
from archive.inventory import Inventory, Version, sidecar
from archive.layout import object_root
from archive.store.memory import MemoryStore
from archive.store.replicated import Health, ReplicatedStore, WatchedStore

WHEN = datetime(2026, 11, 21, 10, tzinfo=UTC)
ID = "urn:longeva:villa:one"
PREFIX = f"tenants/villa/ocfl/{object_root(ID)}/"


def version(before: Inventory | None, data: bytes, message: str = "") -> Inventory:
    """The next version of an object, whose one file holds `data`."""
    staged = {"received/one": digest_bytes(data)}
    begun = before or Inventory(ID, (), {})
    return begun.next_version(staged, staged, Version(WHEN, {}, message, "test", ""))


FIRST = version(None, b"1")
SECOND = version(FIRST, b"2")


class Copies:
    """Three stores in memory, and a round over them."""

    def __init__(self) -> None:
        self.each = {name: MemoryStore() for name in "abc"}
        members = [WatchedStore(name, store, Health()) for name, store in self.each.items()]
        self.round = Round(None, ReplicatedStore(members, quorum=2))  # type: ignore[arg-type]

    def give(self, names: str, *inventories: Inventory) -> None:
        """Let stores have these versions, the last as the root's, with a copy of each."""
        for name in names:
            for inventory in inventories:
                data = inventory.to_bytes()
                for folder in ("", f"v{inventory.head}/"):
                    self.each[name].replace(f"{PREFIX}{folder}inventory.json", data)
                    self.each[name].replace(f"{PREFIX}{folder}inventory.json.sha256", sidecar(data))

    @property
    def place(self) -> Place:
        """The object, as it is listed now."""
        return Place(PREFIX, {name: frozenset(store.keys(PREFIX)) for name, store in self.each.items()})


@pytest.fixture
def copies() -> Copies:
    """Nothing in any store."""
    return Copies()


def test_the_inventory_that_reaches_furthest_counts(copies: Copies) -> None:
    """Also where only one store has it: whoever wrote it had all its bytes durable before."""
    copies.give("ab", FIRST)
    copies.give("c", FIRST, SECOND)
    verdict = judge(copies.round, copies.place)
    assert verdict is not None
    assert verdict.inventory == SECOND


def test_of_equals_the_one_that_most_stores_have(copies: Copies) -> None:
    """A quorum acknowledged it; the other is what a writer that died left in one store."""
    other = version(None, b"1", "of a writer that died")
    copies.give("a", other)
    copies.give("bc", FIRST)
    verdict = judge(copies.round, copies.place)
    assert verdict is not None
    assert verdict.inventory == FIRST


def test_a_damaged_inventory_has_no_voice(copies: Copies) -> None:
    """While another is sound; where none is, that is an error and no leftover."""
    copies.give("abc", FIRST)
    for name in "ab":
        copies.each[name].replace(PREFIX + "inventory.json", b"{}")
        copies.each[name].replace(PREFIX + "v1/inventory.json", b"{}")
    verdict = judge(copies.round, copies.place)
    assert verdict is not None
    assert verdict.data == FIRST.to_bytes()
    for name in ("inventory.json", "v1/inventory.json"):
        copies.each["c"].replace(PREFIX + name, b"{}")
    with pytest.raises(IntegrityError):
        judge(copies.round, copies.place)


def test_content_without_inventory_is_nobodys(copies: Copies) -> None:
    """Nothing was acknowledged, nothing is to be kept."""
    copies.each["a"].put(PREFIX + "v1/content/received/one", [b"1"])
    assert judge(copies.round, copies.place) is None


def test_what_an_object_must_have_follows_from_its_inventory(copies: Copies) -> None:
    """Content by its manifest; frames by OCFL; older inventories where any store has a sound one."""
    copies.give("abc", FIRST, SECOND)
    copies.each["a"].replace(PREFIX + "v1/inventory.json", b"rot")
    verdict = judge(copies.round, copies.place)
    assert verdict is not None
    rights = expected(copies.round, copies.place, verdict)
    assert rights[PREFIX + "v1/content/received/one"].sha256 == digest_bytes(b"1").sha256
    assert rights[PREFIX + "v1/inventory.json"].data == FIRST.to_bytes()
    assert rights[PREFIX + "v2/inventory.json"].data == SECOND.to_bytes()
    assert rights[PREFIX + "inventory.json.sha256"].data == sidecar(SECOND.to_bytes())
    assert {key for key, right in rights.items() if right.always} == {
        PREFIX + "inventory.json",
        PREFIX + "inventory.json.sha256",
    }
    assert {key.removeprefix(PREFIX) for key, right in rights.items() if not right.late} == {
        "v1/content/received/one",
        "v2/content/received/one",
    }


def test_a_version_that_went_without_its_copy_needs_none(copies: Copies) -> None:
    """Where no store has the inventory of a version in its folder, none is asked for (lean stores)."""
    copies.give("abc", FIRST)
    for store in copies.each.values():
        store.discard(PREFIX + "v1/inventory.json")
        store.discard(PREFIX + "v1/inventory.json.sha256")
    verdict = judge(copies.round, copies.place)
    assert verdict is not None
    assert PREFIX + "v1/inventory.json" not in expected(copies.round, copies.place, verdict)
