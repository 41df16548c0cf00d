# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from s3_stores import made, real_store

from archive.digests import digest_bytes
from archive.errors import ConflictError, IntegrityError, InvalidRequest, NotFound
from archive.fsck import check_root
from archive.layout import object_root
from archive.objects import NewVersion, Objects
from archive.settings import LockSettings
from archive.store.folder import FolderStore
from archive.store.memory import MemoryStore

ROOT = "tenants/villa/ocfl/"
ID = "urn:longeva:villa:ES_L01990019_2025_EXP1:abc"
WHEN = datetime(2026, 11, 21, 10, tzinfo=UTC)
PREFIX = f"{ROOT}{object_root(ID)}/"


class LeanMemoryStore(MemoryStore):
    """A store in memory of which every request is said to cost."""

    lean = True


LOCKED = pytest.param("s3 on Ceph, locked", marks=pytest.mark.engines)


@pytest.fixture(params=["folder", "memory", "lean memory", LOCKED])
def store(request, tmp_path):
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    if "Ceph" in request.param:
        lock = LockSettings(mode="compliance", days=1)
        return real_store(request.getfixturevalue("rgw"), tmp_path, "COMPLIANCE", lock=lock)
    return LeanMemoryStore() if request.param == "lean memory" else MemoryStore()


@pytest.fixture
def another(store, tmp_path):
    """What another process would open."""
    if isinstance(store, MemoryStore):
        pytest.skip("MEMORY STORE: two instances share nothing")
    return FolderStore(store._root) if isinstance(store, FolderStore) else made(store._settings, tmp_path)


@pytest.fixture
def objects(store):
    made = Objects(store, ROOT)
    made.prepare()
    return made


def version(files, object_id=ID, message="Depósito"):
    return NewVersion(object_id, files, message, "longeva", WHEN)


def deposit(objects, contents, object_id=ID):
    files = {path: objects.stage(object_id, path, [data]) for path, data in contents.items()}
    return objects.commit([version(files, object_id)])[0]


def content(objects, *what, **which):
    with objects.open(*what, **which) as stream:
        return stream.read()


def clean(store):
    return [problem.detail for problem in check_root(store, ROOT)]


def test_what_was_committed_reads_back(objects, store):
    """Files come back by logical path, with their digests checked, and fsck has nothing to say."""
    inventory = deposit(objects, {"received/a.xml": b"one", "received/b/c.xml": b"two"})
    assert inventory.head == 1
    assert objects.inventory(ID) == inventory
    assert content(objects, ID, "received/a.xml") == b"one"
    assert b"".join(objects.read_verified(ID, "received/b/c.xml")) == b"two"
    assert objects.verify_file(ID, "received/a.xml") == digest_bytes(b"one")
    assert list(objects.object_ids()) == [ID]
    assert clean(store) == []


def test_an_object_of_13_files_takes_18_files_or_16_where_they_cost(objects, store):
    """Content, declaration, inventory and sidecar; the copy of the last two only where files are cheap."""
    before = len(list(store.keys()))
    deposit(objects, {f"received/{n}.xml": bytes([n]) for n in range(13)})
    assert len(list(store.keys())) - before == (16 if store.lean else 18)
    assert clean(store) == []


def test_prepare_is_harmless_again(objects, store):
    """A storage root is made once."""
    keys = list(store.keys())
    objects.prepare()
    assert list(store.keys()) == keys
    assert len(keys) == 3
    assert clean(store) == []


def test_before_commit_nothing_is_there(objects, store):
    """Staged files belong to no object yet."""
    objects.stage(ID, "received/a.xml", [b"one"])
    with pytest.raises(NotFound):
        objects.inventory(ID)
    assert list(objects.object_ids()) == []


def test_a_new_version_stores_only_new_bytes(objects, store):
    """Bytes that an older version has are referred to, renamed or not, and staged ones are dropped."""
    first = deposit(objects, {"received/a.xml": b"one", "received/b.xml": b"two"})
    files = {
        path: digest_bytes(data) for path, data in {"received/a.xml": b"one", "moved.xml": b"two"}.items()
    }
    files["received/same.xml"] = objects.stage(ID, "received/same.xml", [b"one"])
    files["new.xml"] = objects.stage(ID, "new.xml", [b"three"])
    second = objects.commit([version(files)])[0]
    assert second.head == 2
    assert second.manifest.keys() - first.manifest.keys() == {"v2/content/new.xml"}
    assert content(objects, ID, "moved.xml") == b"two"
    assert content(objects, ID, "received/b.xml", version=1) == b"two"
    with pytest.raises(NotFound):
        objects.open(ID, "received/b.xml")
    assert clean(store) == []


def test_files_with_equal_bytes_in_one_deposit_keep_a_file_each(objects, store):
    """One content file per received file: a stranger finds each under its own name (ADR-0003)."""
    inventory = deposit(objects, {"received/a.xml": b"same", "received/b.xml": b"same"})
    assert set(inventory.manifest) == {"v1/content/received/a.xml", "v1/content/received/b.xml"}
    assert inventory.content_path("received/b.xml") == "v1/content/received/b.xml"
    assert clean(store) == []


def test_the_same_version_again_is_harmless(objects, store):
    """Repeating a commit gives the inventory that is there."""
    contents = {"received/a.xml": b"one"}
    first = deposit(objects, contents)
    keys = list(store.keys())
    assert deposit(objects, contents) == first
    assert list(store.keys()) == keys


def test_many_objects_commit_together(objects, store):
    """One commit takes any number of objects."""
    versions = []
    for number in range(20):
        object_id = f"urn:x:{number}"
        versions.append(version({"a": objects.stage(object_id, "a", [b"%d" % number])}, object_id))
    assert [inventory.object_id for inventory in objects.commit(versions)] == [
        f"urn:x:{n}" for n in range(20)
    ]
    assert sorted(objects.object_ids()) == sorted(f"urn:x:{n}" for n in range(20))
    assert clean(store) == []


def test_a_file_that_was_not_staged_is_refused(objects):
    """A version cannot speak of bytes that nobody brought."""
    with pytest.raises(InvalidRequest):
        objects.commit([version({"a": digest_bytes(b"never")})])


def test_staged_bytes_must_be_the_announced_ones(objects):
    """An inventory never vouches for other bytes than the caller saw."""
    objects.stage(ID, "a", [b"one"])
    with pytest.raises(ConflictError):
        objects.commit([version({"a": digest_bytes(b"two")})])


@pytest.mark.parametrize("path", ["", "/a", "../a", "a/../b", "a\\b", "a\nb", "a//b", "x" * 256])
def test_tricks_in_logical_paths_are_refused(objects, path):
    """A received name cannot leave the content folder."""
    with pytest.raises(InvalidRequest):
        objects.stage(ID, path, [b"1"])


def test_a_file_cannot_be_a_folder_of_another(objects):
    """Clashing paths are refused before anything is written."""
    digests = digest_bytes(b"1")
    with pytest.raises(InvalidRequest):
        objects.commit([version({"a": digests, "a/b": digests})])


def test_staging_again_takes_the_new_bytes(objects):
    """Who stages a path twice means the second."""
    objects.stage(ID, "a", [b"first"])
    digests = objects.stage(ID, "a", [b"second"])
    objects.commit([version({"a": digests})])
    assert content(objects, ID, "a") == b"second"


def test_withdraw_forgets_what_was_staged(objects, store):
    """A rejected deposit leaves nothing for the next sync to publish."""
    objects.stage(ID, "a", [b"1"])
    objects.withdraw(ID)
    store.sync()
    assert not [key for key in store.keys(ROOT) if key.endswith("/a")]


def leftover(store):
    """Content that a writer put and made stable before it died."""
    store.put(f"{PREFIX}v1/content/received/a.xml", [b"half-known"])
    store.put(f"{PREFIX}v1/content/received/gone.xml", [b"old"])
    store.put(f"{PREFIX}0=ocfl_object_1.1", [b"ocfl_object_1.1\n"])
    store.sync()


def test_a_repeated_deposit_replaces_leftovers(objects, store):
    """Bytes of a writer that died give way to the repeat's, and none stay behind."""
    leftover(store)
    assert clean(store)
    deposit(objects, {"received/a.xml": b"whole"})
    assert content(objects, ID, "received/a.xml") == b"whole"
    assert clean(store) == []


def test_sweep_removes_leftovers_and_nothing_else(objects, store):
    """What no inventory speaks of goes; objects, and what is being staged here, stay."""
    deposit(objects, {"received/x": b"1"}, "urn:x:kept")
    leftover(store)
    objects.stage("urn:x:new", "b", [b"2"])
    assert set(objects.abandoned()) >= {f"{PREFIX}v1/content/received/gone.xml"}
    assert objects.sweep() == 3
    assert list(store.keys(PREFIX)) == []
    assert content(objects, "urn:x:kept", "received/x") == b"1"
    objects.commit([version({"b": digest_bytes(b"2")}, "urn:x:new")])
    assert clean(store) == []


def test_two_writers_of_one_object_never_mix(store, another):
    """The second to commit the same object is told, and the first's object stays whole."""
    here, there = Objects(store, ROOT), Objects(another, ROOT)
    here.prepare()
    mine = {"received/a": here.stage(ID, "received/a", [b"same"]), "m": here.stage(ID, "m", [b"mine"])}
    theirs = {"received/a": there.stage(ID, "received/a", [b"same"]), "m": there.stage(ID, "m", [b"theirs"])}
    there.commit([version(theirs)])
    with pytest.raises(ConflictError):
        here.commit([version(mine)])
    store.sync()
    assert content(here, ID, "m") == b"theirs"
    assert clean(store) == []


def test_two_writers_of_the_same_version_agree(store, another):
    """Both get the object when both brought the same bytes."""
    here, there = Objects(store, ROOT), Objects(another, ROOT)
    here.prepare()
    mine = {"a": here.stage(ID, "a", [b"same"])}
    theirs = {"a": there.stage(ID, "a", [b"same"])}
    assert there.commit([version(theirs)]) == here.commit([version(mine)])
    store.sync()
    assert clean(store) == []


def test_a_changed_byte_is_told_at_the_end_of_reading(tmp_path):
    """Fixity is checked while reading."""
    store = FolderStore(tmp_path)
    objects = Objects(store, ROOT)
    objects.prepare()
    deposit(objects, {"a": b"one"})
    (tmp_path / PREFIX / "v1/content/a").write_bytes(b"0ne")
    with pytest.raises(IntegrityError):
        list(objects.read_verified(ID, "a"))
    with pytest.raises(IntegrityError):
        objects.verify_file(ID, "a")
    assert [detail[:4] for detail in clean(store)] == ["E092", "E093"]


def test_bytes_that_are_gone_are_an_integrity_error(objects, store):
    """Absent content is not 'not found': the inventory speaks of it."""
    deposit(objects, {"a": b"one"})
    store.delete(f"{PREFIX}v1/content/a")
    with pytest.raises(IntegrityError):
        objects.open(ID, "a")


def test_a_damaged_inventory_is_refused(objects, store):
    """Neither sidecar nor copy vouches for changed bytes."""
    deposit(objects, {"a": b"one"})
    rot(store, *(key for key in store.keys(PREFIX) if key.endswith("inventory.json")))
    with pytest.raises(IntegrityError):
        objects.inventory(ID)
    with pytest.raises(IntegrityError):
        list(objects.object_ids())
    assert list(objects.object_ids(skip_damaged=True)) == []
    assert objects.sweep() == 0


def rot(store, *keys):
    for key in keys:
        store.replace(key, store.read(key).replace(b"longeva", b"l0ngeva"))
    store.sync()


def test_a_rotten_root_inventory_gives_way_to_its_copy(objects, store):
    """Bytes that its own sidecar or the root's vouches for are read, and sweep puts the root right again."""
    if store.lean:
        pytest.skip("LEAN STORE: the first version has no copy of its inventory")
    deposit(objects, {"a": b"one"})
    rot(store, f"{PREFIX}inventory.json")
    assert content(objects, ID, "a") == b"one"
    store.replace(f"{PREFIX}v1/inventory.json.sha256", b"rotten")
    assert content(objects, ID, "a") == b"one"
    store.replace(f"{PREFIX}inventory.json", b"{")
    assert content(objects, ID, "a") == b"one"


def test_a_rotten_root_inventory_never_brings_back_the_past(objects, store):
    """Where the last version's copy rotted too, an older one does not stand in for it."""
    deposit(objects, {"a": b"one"})
    deposit(objects, {"a": b"two"})
    rot(store, f"{PREFIX}inventory.json", f"{PREFIX}v2/inventory.json")
    with pytest.raises(IntegrityError):
        objects.inventory(ID)


def test_a_sidecar_that_was_not_written_yet_is_made_up_for(objects, store):
    """The inventory is whole without it: the object is there, and sweep writes what is missing."""
    deposit(objects, {"a": b"one"})
    store.delete(f"{PREFIX}inventory.json.sha256")
    assert content(objects, ID, "a") == b"one"
    assert objects.sweep() == 1
    assert clean(store) == []


def test_a_lost_inventory_is_not_taken_for_an_object_that_never_was(store):
    """A sidecar stays behind: an error, and the received bytes are not swept as leftovers."""
    store.lean = True
    objects = Objects(store, ROOT)
    objects.prepare()
    deposit(objects, {"a": b"one"})
    store.delete(f"{PREFIX}inventory.json")
    store.sync()
    with pytest.raises(IntegrityError, match="E063"):
        objects.inventory(ID)
    with pytest.raises(IntegrityError, match="E063"):
        deposit(objects, {"a": b"one"})
    assert objects.sweep() == 0
    assert store.read(f"{PREFIX}v1/content/a") == b"one"


def test_what_was_done_before_is_made_durable_before_it_is_told(objects, store, monkeypatch):
    """A commit that finds its version there, and `assure`, ask the store for its promise again."""
    files = {"a": objects.stage(ID, "a", [b"one"])}
    objects.commit([version(files)])
    asked = []
    monkeypatch.setattr(store, "assure", asked.append)
    objects.commit([version(files)])
    objects.assure(ID)
    root_files = {f"{PREFIX}inventory.json", f"{PREFIX}inventory.json.sha256", f"{PREFIX}v1/content/a"}
    assert [set(keys) for keys in asked] == [root_files, root_files]


def test_a_lost_root_inventory_comes_back_from_its_version(objects, store):
    """The copy in the version folder is enough to read, and sweep restores the root."""
    if store.lean:
        pytest.skip("LEAN STORE: the first version has no copy of its inventory")
    deposit(objects, {"a": b"one"})
    store.delete(f"{PREFIX}inventory.json")
    store.delete(f"{PREFIX}inventory.json.sha256")
    assert content(objects, ID, "a") == b"one"
    assert objects.sweep() == 1
    assert clean(store) == []


@pytest.mark.parametrize("lost", ["inventory.json.sha256", "inventory.json inventory.json.sha256"])
def test_an_interrupted_replacement_reads_as_the_new_version(objects, store, lost):
    """Between root inventory and sidecar the new version counts; sweep finishes the job."""
    deposit(objects, {"a": b"one"})
    old = {name: store.read(PREFIX + name) for name in lost.split()}
    files = {"a": digest_bytes(b"one"), "b": objects.stage(ID, "b", [b"two"])}
    objects.commit([version(files)])
    for name, data in old.items():
        store.replace(PREFIX + name, data)
    store.sync()
    fresh = Objects(store, ROOT)
    assert fresh.inventory(ID).head == 2
    assert content(fresh, ID, "b") == b"two"
    assert list(fresh.abandoned()) == []
    assert clean(store)
    assert fresh.sweep() == 1
    assert clean(store) == []


def test_another_objects_inventory_is_refused(objects, store):
    """An inventory in the wrong folder does not pass for the object."""
    deposit(objects, {"a": b"one"}, "urn:x:other")
    other = f"{ROOT}{object_root('urn:x:other')}/"
    for key in list(store.keys(other)):
        store.put(PREFIX + key[len(other) :], [store.read(key)])
    store.sync()
    with pytest.raises(IntegrityError):
        objects.inventory(ID)
    assert [problem.kind for problem in check_root(store, ROOT)] == ["STORE-MISPLACED"]
