# SPDX-License-Identifier: EUPL-1.2
"""Several stores, and one of them away, lying, losing, or swapped for an empty one."""

from __future__ import annotations

import pytest
from copies_to_order import (
    bring_back,
    contents,
    empty,
    flaws,
    keep,
    leaving_stores,
    make_home,
    reopen,
    settings,
    take_away,
)

from archive.catalog import INSTALLATION
from archive.errors import StorageUnavailable
from archive.healing import heal, heal_due, store_states
from archive.model import SYSTEM_TENANT


@pytest.fixture(autouse=True)
def leaving(monkeypatch):
    """Stores may be taken away."""
    leaving_stores(monkeypatch)


def read(home, object_id, path="received/one.xml"):
    return b"".join(home.objects("villa").read_verified(object_id, path))


def repairs(home):
    with home.catalog.reading(INSTALLATION) as tx:
        return [each for each in tx.tenant_events(SYSTEM_TENANT) if each.kind == "copy.repaired"]


def require_whole(home, names="abc"):
    """Every copy by itself is a complete archive, and all are the same."""
    folders = [home.path.parent / name for name in names]
    assert [flaws(folder) for folder in folders] == [[] for _ in folders]
    assert all(contents(folder) == contents(folders[0]) for folder in folders)


@pytest.mark.parametrize("away", ["a", "b", "c"])
def test_a_store_that_was_away_has_everything_again(tmp_path, away):
    """Deposits and new versions go on while one of three is away; healed, every copy is whole by itself."""
    home = make_home(tmp_path)
    first = [keep(home, f"before-{number}") for number in range(3)]
    take_away(tmp_path / away)
    later = [keep(home, f"while-{number}") for number in range(3)]
    keep(home, "before-1", {"received/one.xml": b"second version"}, version=2)
    assert {each.name: each.state for each in store_states(home)}[away] == "away"
    assert read(home, first[1]) == b"second version"
    report = heal_due(home)
    assert list(report.failed) == [away]
    bring_back(tmp_path / away)
    home = reopen(home)
    assert read(home, first[1]) == b"second version"
    report = heal_due(home)
    assert (report.ok, set(report.copied), report.repaired) == (True, {away}, 0)
    require_whole(home)
    assert all(read(home, each) for each in first + later)
    assert not heal_due(home).copied
    assert not heal_due(home).compared
    assert [each.state for each in store_states(home)] == ["whole"] * 3


def test_without_a_quorum_nothing_is_acknowledged(tmp_path):
    """Two of three away: a deposit is refused with the name of each, and what was kept can be read."""
    home = make_home(tmp_path)
    kept = keep(home, "kept")
    take_away(tmp_path / "a")
    take_away(tmp_path / "c")
    with pytest.raises(StorageUnavailable):
        keep(home, "refused")
    with pytest.raises(StorageUnavailable, match=r"not taken by 2 stores \(a: .*; c: "):
        home.store.put("a/key", [b"1"])
    assert read(home, kept)
    bring_back(tmp_path / "a")
    bring_back(tmp_path / "c")
    home = reopen(home)
    keep(home, "refused")
    heal_due(home)
    require_whole(home)


def test_a_store_that_lies_is_passed_over_and_mended(tmp_path):
    """Other bytes in the first store: the reader is given the right ones, and the ledger tells of the repair."""
    home = make_home(tmp_path)
    kept = keep(home, "kept")
    heal_due(home)
    key = home.objects("villa").locate(kept, "received/one.xml")
    (tmp_path / "a" / key).write_bytes(b"other bytes")
    assert read(home, kept) == b"kept" * 100
    report = heal_due(home)
    assert (report.repaired, report.ok) == (1, True)
    (told,) = repairs(home)
    assert (told.subject, told.detail["store"]) == (key, "a")
    require_whole(home)


@pytest.mark.parametrize(
    "name", ["inventory.json", "inventory.json.sha256", "v1/inventory.json", "v1/content/received/two.xml"]
)
def test_every_byte_is_compared_when_asked(tmp_path, name):
    """Bytes that rotted unseen in one store, of whatever file, are found by `--all` and mended."""
    home = make_home(tmp_path)
    kept = keep(home, "kept")
    heal_due(home)
    key = home.objects("villa").locate(kept, "received/one.xml").partition("v1/")[0] + name
    (tmp_path / "b" / key).write_bytes(b"rotten")
    report = heal(home, thorough=True)
    assert (report.repaired, report.ok) == (1, True)
    assert [each.subject for each in repairs(home)] == [key]
    require_whole(home)
    assert heal(home, thorough=True).repaired == 0


@pytest.mark.parametrize(
    "which", ["tenant.json", "ledger/head.json", "ledger/000000000001-000000000001.jsonl"]
)
def test_what_lies_beside_the_objects_is_mended_too(tmp_path, which):
    """A municipality's file, a ledger's head and a segment that are wrong in one store are right again."""
    home = make_home(tmp_path)
    keep(home, "kept")
    (tmp_path / "c" / "tenants/villa" / which).write_bytes(b"{}")
    assert heal(home, thorough=True).ok
    require_whole(home)


def test_an_object_that_a_store_lost_is_given_back(tmp_path):
    """A folder that vanished in one store is read from another, and put back."""
    home = make_home(tmp_path)
    kept = keep(home, "kept")
    heal_due(home)
    key = home.objects("villa").locate(kept, "received/one.xml")
    for folder in sorted((tmp_path / "a" / key).parents[3].rglob("*"), reverse=True):
        folder.unlink() if folder.is_file() else folder.rmdir()
    assert read(home, kept) == b"kept" * 100
    assert heal(home, thorough=True).copied["a"] > 0
    require_whole(home)


def test_a_store_swapped_for_an_empty_one_is_filled(tmp_path):
    """An empty disk has no mark, so everything is compared without being asked."""
    home = make_home(tmp_path)
    for number in range(5):
        keep(home, f"kept-{number}")
    heal_due(home)
    empty(tmp_path / "a")
    home = reopen(home)
    assert {each.name: each.state for each in store_states(home)}["a"] == "filling"
    assert heal_due(home).copied["a"] > 5 * 6
    require_whole(home)


def test_what_no_store_has_is_told_and_nothing_is_overwritten(tmp_path):
    """The same file wrong in every store: a coded problem, and the bytes stay for whoever examines them."""
    home = make_home(tmp_path)
    kept = keep(home, "kept")
    key = home.objects("villa").locate(kept, "received/one.xml")
    for name in "abc":
        (tmp_path / name / key).write_bytes(b"wrong in " + name.encode())
    report = heal(home, thorough=True)
    assert [(each.kind, each.key) for each in report.unrepairable] == [("STORE-COPY-UNREPAIRABLE", key)]
    assert [(tmp_path / name / key).read_bytes() for name in "abc"] == [
        b"wrong in a",
        b"wrong in b",
        b"wrong in c",
    ]
    assert not report.ok


def test_the_only_right_copy_may_be_the_one_that_is_away(tmp_path):
    """While a store is away, what the others have wrong is not called lost; when it is back all are mended."""
    home = make_home(tmp_path)
    kept = keep(home, "kept")
    heal_due(home)
    key = home.objects("villa").locate(kept, "received/one.xml")
    for name in "ab":
        (tmp_path / name / key).write_bytes(b"wrong")
    take_away(tmp_path / "c")
    report = heal(home, thorough=True)
    assert (report.unrepairable, report.complete, report.postponed > 0) == ([], [], True)
    bring_back(tmp_path / "c")
    assert heal(reopen(home), thorough=True).repaired == 2
    require_whole(home)


def test_a_store_is_added_drained_and_removed(tmp_path):
    """A fourth store is filled, the first is drained and goes: nothing is missing from those that stay."""
    home = make_home(tmp_path)
    kept = [keep(home, f"kept-{number}") for number in range(4)]
    heal_due(home)
    settings(home.path, "abcd", draining="a")
    home = reopen(home)
    later = keep(home, "later")
    assert {each.name: each.state for each in store_states(home)}["a"] == "drained"
    assert heal_due(home).copied["d"] > 0
    heal_due(home)
    assert {each.name: each.state for each in store_states(home)}["a"] == "removable"
    assert not list((tmp_path / "a").glob(f"{home.objects('villa').locate(later, 'received/one.xml')}"))
    settings(home.path, "bcd")
    empty(tmp_path / "a")
    home = reopen(home)
    assert all(read(home, each) for each in [*kept, later])
    heal_due(home)
    require_whole(home, "bcd")


def test_an_empty_new_store_is_no_witness_that_something_is_not_there(tmp_path):
    """One store becomes two and the old one is away at once: nobody is told that there is no such object."""
    home = make_home(tmp_path, "a")
    kept = keep(home, "kept")
    settings(home.path, "ab", quorum=1)
    home = reopen(home)
    take_away(tmp_path / "a")
    with pytest.raises(StorageUnavailable):
        home.objects("villa").inventory(kept)
    bring_back(tmp_path / "a")
    home = reopen(home)
    heal_due(home)
    home = reopen(home)
    take_away(tmp_path / "a")
    assert read(home, kept)


def test_leftovers_of_a_store_that_was_away_do_not_stay(tmp_path):
    """Content that a dying deposit left in a store, and others replaced meanwhile, is put right there."""
    home = make_home(tmp_path)
    objects = home.objects("villa")
    objects.stage("urn:longeva:villa:twice", "received/one.xml", (b"of the deposit that died",))
    objects.stage("urn:longeva:villa:twice", "received/old.xml", (b"of the deposit that died",))
    home.store.sync()
    home = reopen(home)
    take_away(tmp_path / "b")
    kept = keep(home, "twice")
    bring_back(tmp_path / "b")
    home = reopen(home)
    report = heal_due(home)
    assert report.removed == 1
    assert read(home, kept) == b"twice" * 100
    require_whole(home)


def test_a_store_swapped_while_it_is_in_use_takes_what_comes(tmp_path):
    """The process that had it open writes into the new one, and healings come to an end."""
    home = make_home(tmp_path)
    keep(home, "before")
    heal_due(home)
    empty(tmp_path / "a")
    later = keep(home, "after")
    assert (tmp_path / "a" / home.objects("villa").locate(later, "received/one.xml")).exists()
    while heal_due(home).copied:
        pass
    require_whole(home)
    heal_due(home)
    assert not heal_due(home).compared


def test_a_disk_that_is_not_there_is_no_witness_either(tmp_path):
    """One store away and the folder of another without its disk: that nothing is there is not taken for true."""
    home = make_home(tmp_path)
    take_away(tmp_path / "c")
    kept = keep(home, "kept")
    bring_back(tmp_path / "c")
    home = reopen(home)
    assert home.objects("villa").inventory(kept)
    take_away(tmp_path / "a")
    (tmp_path / "b").rename(tmp_path / "unmounted")
    for again in (home, reopen(home)):
        with pytest.raises(StorageUnavailable):
            again.objects("villa").inventory(kept)
        with pytest.raises(StorageUnavailable):
            again.store.exists("some/key")


def test_an_object_whose_map_is_lost_everywhere_is_kept_as_it_is(tmp_path):
    """No inventory is sound: told, and what the stores agree on is copied all the same to one that lacks it."""
    home = make_home(tmp_path)
    kept = keep(home, "kept")
    heal_due(home)
    content = home.objects("villa").locate(kept, "received/one.xml")
    folder = content.partition("v1/")[0]
    for name in "ab":
        for file in ("inventory.json", "inventory.json.sha256", "v1/inventory.json"):
            (tmp_path / name / folder / file).write_bytes(b"rot")
    empty(tmp_path / "c")
    home = reopen(home)
    report = heal_due(home)
    assert [each.key for each in report.unrepairable] == [folder + "inventory.json"]
    assert (tmp_path / "c" / content).read_bytes() == b"kept" * 100
    assert (tmp_path / "c" / folder / "inventory.json").read_bytes() == b"rot"
