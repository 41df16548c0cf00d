# SPDX-License-Identifier: EUPL-1.2
"""Stores that tell different histories of an object: what a writer left that died, or somebody forged."""

from __future__ import annotations

import pytest
from copies_to_order import (
    NOW,
    bring_back,
    contents,
    flaws,
    keep,
    leaving_stores,
    make_home,
    reopen,
    take_away,
)

from archive.errors import IntegrityError, StorageUnavailable
from archive.healing import heal, heal_due
from archive.layout import object_root
from archive.objects import NewVersion, Objects
from archive.store.folder import FolderStore

OURS = "urn:longeva:villa:k"


@pytest.fixture(autouse=True)
def leaving(monkeypatch):
    """Stores may be taken away."""
    leaving_stores(monkeypatch)


def write(folder, object_id, *versions):
    """Write versions of an object into one store alone."""
    objects = Objects(FolderStore(folder), "tenants/villa/ocfl/")
    for files in versions:
        staged = {path: objects.stage(object_id, path, (data,)) for path, data in files.items()}
        objects.commit([NewVersion(object_id, staged, "another writer", "test", NOW)])


def forge(folder, object_id, *versions):
    """Replace an object in one store by another one of the same name."""
    store = FolderStore(folder)
    for key in list(store.keys(f"tenants/villa/ocfl/{object_root(object_id)}/")):
        store.delete(key)
    store.sync()
    write(folder, object_id, *versions)


def read(home, object_id):
    return b"".join(home.objects("villa").read_verified(object_id, "received/one.xml"))


def test_what_was_never_acknowledged_hides_nothing_that_was(tmp_path):
    """The first store has the version of a writer that died; the acknowledged one is read and built upon."""
    home = make_home(tmp_path)
    write(tmp_path / "a", OURS, {"received/one.xml": b"of a writer that died"})
    take_away(tmp_path / "a")
    keep(home, "k", {"received/one.xml": b"acknowledged"})
    bring_back(tmp_path / "a")
    home = reopen(home)
    assert read(home, OURS) == b"acknowledged"
    keep(home, "k", {"received/one.xml": b"acknowledged", "more.xml": b"later"}, version=2)
    heal(home, thorough=True)
    assert all(contents(tmp_path / name) == contents(tmp_path / "b") for name in "abc")
    assert b"acknowledged" in contents(tmp_path / "a").values()
    assert [flaws(tmp_path / name) for name in "abc"] == [[], [], []]


def test_a_healing_takes_every_byte_of_another_history_away(tmp_path):
    """Also one that is not thorough: where the inventory was another one, the content is looked at too."""
    home = make_home(tmp_path)
    write(tmp_path / "a", OURS, {"received/one.xml": b"of a writer that died"})
    take_away(tmp_path / "a")
    keep(home, "k", {"received/one.xml": b"acknowledged"})
    bring_back(tmp_path / "a")
    home = reopen(home)
    assert heal_due(home).ok
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert flaws(tmp_path / "a") == []


def test_a_longer_forged_history_in_one_store_costs_the_others_nothing(tmp_path):
    """It is replaced by that of most stores, and no byte of theirs is touched."""
    home = make_home(tmp_path)
    kept = keep(home, "k")
    heal_due(home)
    before = contents(tmp_path / "b")
    forge(tmp_path / "a", kept, {"received/one.xml": b"F1"}, {"received/one.xml": b"F2"})
    home = reopen(home)
    assert read(home, kept) == b"k" * 100
    report = heal(home, thorough=True)
    assert report.ok
    assert before.items() - contents(tmp_path / "b").items() <= {  # the ledger told of the repair
        each for each in before.items() if "/ledger/head.json" in each[0]
    }
    assert [flaws(tmp_path / name) for name in "abc"] == [[], [], []]
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_two_histories_and_no_majority_are_told_and_left_alone(tmp_path):
    """Of two stores one may be forged: nobody can say which, so nothing is read, carried over or removed."""
    home = make_home(tmp_path, "ab")
    kept = keep(home, "k")
    heal_due(home)
    forge(tmp_path / "a", kept, {"received/one.xml": b"F1"}, {"received/one.xml": b"F2"})
    home = reopen(home)
    prefix = f"tenants/villa/ocfl/{object_root(kept)}/"
    before = {
        name: {key: data for key, data in contents(tmp_path / name).items() if key.startswith(prefix)}
        for name in "ab"
    }
    with pytest.raises(IntegrityError, match="different histories"):
        read(home, kept)
    report = heal(home, thorough=True)
    assert [problem.key for problem in report.unrepairable] == [prefix + "inventory.json"]
    for name in "ab":
        assert before[name].items() <= contents(tmp_path / name).items()


def test_where_a_quorum_is_no_majority_two_histories_are_left_alone(tmp_path):
    """One store of three is a quorum here: both were acknowledged, and neither may be taken away."""
    home = make_home(tmp_path, quorum=1)
    write(tmp_path / "a", OURS, {"received/one.xml": b"acknowledged by a alone"})
    take_away(tmp_path / "a")
    keep(home, "k", {"received/one.xml": b"acknowledged by the others"})
    bring_back(tmp_path / "a")
    home = reopen(home)
    report = heal(home, thorough=True)
    assert len(report.unrepairable) == 1
    assert b"acknowledged by a alone" in contents(tmp_path / "a").values()
    assert b"acknowledged by the others" in contents(tmp_path / "b").values()


def test_a_version_that_denies_the_one_before_is_not_its_next(tmp_path):
    """A folder v2 of another history, sidecar and all, beside a sound v1: the object ends at v1."""
    home = make_home(tmp_path, "a")
    kept = keep(home, "k")
    forge(tmp_path / "elsewhere", kept, {"received/one.xml": b"F1"}, {"received/one.xml": b"F2"})
    prefix = f"tenants/villa/ocfl/{object_root(kept)}/"
    for key, data in contents(tmp_path / "elsewhere").items():
        if key.startswith(f"{prefix}v2/"):
            home.store.put(key, [data])
    home.store.sync()
    assert home.objects("villa").inventory(kept).head == 1
    assert read(home, kept) == b"k" * 100


def test_a_version_folder_that_holds_the_version_before_ends_the_object(tmp_path):
    """A copy of v1's inventory where v2's should be leads nowhere, and reading does not go there for ever."""
    home = make_home(tmp_path, "a")
    kept = keep(home, "k")
    prefix = f"tenants/villa/ocfl/{object_root(kept)}/"
    for name in ("inventory.json", "inventory.json.sha256"):
        home.store.put(f"{prefix}v2/{name}", [home.store.read(prefix + name)])
    home.store.sync()
    assert home.objects("villa").inventory(kept).head == 1


def test_nothing_is_swept_while_a_store_is_silent(tmp_path):
    """One store of three is a quorum: the inventory may be in the one that is away, and bytes in another alone."""
    home = make_home(tmp_path, quorum=1)
    kept = keep(home, "k")
    prefix = f"tenants/villa/ocfl/{object_root(kept)}/"
    for name in "abc":
        for key in contents(tmp_path / name):
            content = "/content/" in key
            if key.startswith(prefix) and name != ("b" if content else "a"):
                (tmp_path / name / key).unlink()
    home = reopen(home)
    take_away(tmp_path / "a")
    for _ in range(2):  # asked, and then left alone
        with pytest.raises(StorageUnavailable):
            home.objects("villa").sweep()
    bring_back(tmp_path / "a")
    home = reopen(home)
    assert read(home, kept) == b"k" * 100
    assert home.objects("villa").sweep() == 0
