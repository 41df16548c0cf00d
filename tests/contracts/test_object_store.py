# SPDX-License-Identifier: EUPL-1.2
"""One suite for every ObjectStore."""

from __future__ import annotations

import hashlib
import hmac
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from faulty_store import ALWAYS, FaultyStore
from s3_stores import mocked_store, real_store

from archive.digests import Digested, digest_bytes
from archive.errors import ConflictError, InvalidRequest, NotFound, StorageUnavailable
from archive.settings import LockSettings
from archive.store.folder import FolderStore
from archive.store.memory import MemoryStore
from archive.store.replicated import Health, ReplicatedStore, WatchedStore

COPIES = ["two copies", "three copies", "three copies, one away", "three copies, one slow to fail", "mixed"]


def copies(name, folder):
    """Several stores as one."""
    stores = {"first": FolderStore(folder / "first"), "second": FolderStore(folder / "second")}
    if name == "mixed":
        stores["second"] = MemoryStore()
    if name.startswith("three"):
        stores["third"] = FolderStore(folder / "third")
        stores["first"] = FaultyStore(stores["first"])
    health = Health()
    members = [WatchedStore(each, store, health) for each, store in stores.items()]
    store = ReplicatedStore(members, quorum=2, health=health)
    store.begin()
    if "away" in name:
        stores["first"].fails = ALWAYS
    if "slow" in name:
        stores["first"].fails = {"sync"}
    return store


S3 = ["s3 on moto, a mock", "s3 on Ceph, HTTP", "s3 on Ceph, TLS", "s3 on Ceph, locked"]
ENGINES = [name if "mock" in name else pytest.param(name, marks=pytest.mark.engines) for name in S3]


@contextmanager
def in_s3(name, folder, ask):
    """A bucket, of a real service where it is not said to be a mock."""
    if "mock" in name:
        with mocked_store(folder) as store:
            yield store
    elif "locked" in name:
        lock = LockSettings(mode="compliance", days=1)
        yield real_store(ask("rgw"), folder, "COMPLIANCE", lock=lock)
    else:
        yield real_store(ask("rgw"), folder, tls=name.endswith("TLS"))


@pytest.fixture(params=["folder", "folder-without-syncfs", "memory", *COPIES, *ENGINES])
def store(request, tmp_path, monkeypatch):
    if request.param in S3:
        with in_s3(request.param, tmp_path, request.getfixturevalue) as store:
            yield store
        return
    if request.param == "memory":
        yield MemoryStore()
    elif request.param in COPIES:
        yield copies(request.param, tmp_path)
    else:
        if request.param == "folder-without-syncfs":
            monkeypatch.setattr("archive.store.durable.SYNCFS", False)
        yield FolderStore(tmp_path / "store")


def test_what_was_put_is_read_back_at_once_and_after_sync(store):
    """The instance that put a key reads it before and after sync."""
    store.put("a/b.xml", [b"one", b"two"])
    assert store.read("a/b.xml") == b"onetwo"
    store.sync()
    assert store.read("a/b.xml") == b"onetwo"
    with store.open("a/b.xml") as stream:
        assert stream.read(3) == b"one"
        assert stream.read() == b"two"


def test_put_returns_the_digests_of_what_it_wrote(store):
    """Digests are those of the bytes, computed while writing."""
    digests = store.put("k", [b"x" * 1000, b"", b"y"])
    assert digests == digest_bytes(b"x" * 1000 + b"y")
    assert digests.sha256 == hashlib.sha256(b"x" * 1000 + b"y").hexdigest()


def test_bytes_may_bring_their_digests(store):
    """Bytes that were digested before are kept like any others, and compared with what is there."""
    given = Digested(b"one", digest_bytes(b"one"))
    assert store.put("k", given) == digest_bytes(b"one")
    assert store.pending("k") == digest_bytes(b"one")
    store.sync()
    assert store.read("k") == b"one"
    assert store.put("k", given) == digest_bytes(b"one")
    with pytest.raises(ConflictError):
        store.put("k", Digested(b"two", digest_bytes(b"two")))
        store.sync()


def test_an_empty_file_is_a_file(store):
    """No chunks give a key of no bytes."""
    assert store.put("empty", []).size == 0
    store.sync()
    assert store.read("empty") == b""
    assert store.size("empty") == 0


@pytest.mark.parametrize("synced", [False, True])
def test_the_same_bytes_again_are_accepted_and_others_are_not(store, synced):
    """A key never changes: other bytes conflict, at once or at sync, and what was there stays."""
    store.put("k", [b"first"])
    if synced:
        store.sync()
    assert store.put("k", [b"fi", b"rst"]) == digest_bytes(b"first")
    if synced:
        store.sync()
    with pytest.raises(ConflictError):
        store.put("k", [b"other"])
        store.sync()
    store.sync()
    assert store.read("k") == b"first"


@pytest.mark.parametrize("synced", [False, True])
def test_replace_overwrites(store, synced):
    """Replace is the one way to change a key."""
    store.put("d/k", [b"first"])
    if synced:
        store.sync()
    store.replace("d/k", b"second")
    assert store.read("d/k") == b"second"
    assert store.size("d/k") == 6
    store.sync()
    assert store.read("d/k") == b"second"
    assert list(store.keys()) == ["d/k"]


def test_replace_makes_a_key_that_was_not_there(store):
    """Replacing nothing is writing."""
    store.replace("new", b"1")
    store.sync()
    assert store.read("new") == b"1"


@pytest.mark.parametrize("call", ["open", "read", "size"])
@pytest.mark.parametrize("key", ["absent", "folder", "folder/file/deeper"])
def test_an_absent_key_is_not_found(store, call, key):
    """Neither an absent key, nor a folder, nor something under a file is there."""
    store.put("folder/file", [b"1"])
    store.sync()
    assert not store.exists(key)
    with pytest.raises(NotFound):
        getattr(store, call)(key)


def test_keys_are_sorted_and_under_their_prefix(store):
    """Keys come in the order of their text, whether synced or not."""
    for key in ("b/2", "a.txt", "a/z", "a/b/c", "a-b"):
        store.put(key, [b"1"])
    store.sync()
    for key in ("a/c", "b/1", "0"):
        store.put(key, [b"2"])
    assert list(store.keys()) == sorted(["b/2", "a.txt", "a/z", "a/b/c", "a-b", "a/c", "b/1", "0"])
    assert list(store.keys("a/")) == ["a/b/c", "a/c", "a/z"]
    assert list(store.keys("b/")) == ["b/1", "b/2"]
    assert list(store.keys("none/")) == []
    with pytest.raises(InvalidRequest):
        list(store.keys("a"))


def test_folders_are_the_names_just_below_a_prefix(store):
    """Those that keys stand under, synced or not; a key itself is none, nor what is deeper."""
    for key in ("b/2", "a.txt", "a/b/c", "a/d/e/f", "a/z"):
        store.put(key, [b"1"])
    store.sync()
    for key in ("c/1", "a/0/1", "a-b"):
        store.put(key, [b"2"])
    assert list(store.folders()) == ["a", "b", "c"]
    assert list(store.folders("a/")) == ["0", "b", "d"]
    assert list(store.folders("a/b/")) == list(store.folders("none/")) == list(store.folders("a.txt/")) == []
    store.delete("a/d/e/f")
    assert list(store.folders("a/")) == ["0", "b"]
    with pytest.raises(InvalidRequest):
        list(store.folders("a"))


@pytest.mark.parametrize("synced", [False, True])
def test_delete_removes_and_absent_is_fine(store, synced):
    """After delete the key is free for other bytes."""
    store.put("d/e/k", [b"first"])
    if synced:
        store.sync()
    store.delete("d/e/k")
    store.delete("d/e/k")
    assert not store.exists("d/e/k")
    assert list(store.keys()) == []
    store.put("d/e/k", [b"other"])
    store.sync()
    assert store.read("d/e/k") == b"other"


def test_pending_tells_what_is_not_yet_stable(store):
    """Pending has the digests until sync, and never after; where looking costs, also of what is there."""
    assert store.pending("k") is None
    digests = store.put("k", [b"1"])
    assert store.pending("k") == digests
    store.replace("k", b"22")
    assert store.pending("k") == digest_bytes(b"22")
    store.sync()
    assert store.pending("k") is None
    store.put("k", [b"22"])
    assert store.pending("k") in ({digest_bytes(b"22")} if store.lean else {None})
    store.sync()
    assert store.pending("k") is None


def test_discard_forgets_the_pending_and_keeps_the_stable(store):
    """Discard takes back what was not synced, nothing else."""
    store.put("k", [b"1"])
    store.discard("k")
    assert not store.exists("k")
    store.put("k", [b"2"])
    store.sync()
    store.replace("k", b"3")
    store.discard("k")
    store.discard("never")
    assert store.read("k") == b"2"


def test_a_stream_that_fails_leaves_nothing(store):
    """When the bytes cannot be had to their end, the key is not there."""

    def broken():
        yield b"half"
        raise LookupError("the source went away")

    with pytest.raises(LookupError):
        store.put("k", broken())
    store.sync()
    assert not store.exists("k")


@pytest.mark.parametrize("meanwhile", [b"1", b"2"])
def test_a_key_put_while_another_put_is_under_way(store, meanwhile):
    """The first to end its stream has the key; the other agrees or conflicts, and the key stays whole."""

    def chunks():
        store.put("k", [meanwhile])
        yield b"1"

    if meanwhile == b"1":
        assert store.put("k", chunks()).size == 1
    else:
        with pytest.raises(ConflictError):
            store.put("k", chunks())
    store.sync()
    assert store.read("k") == meanwhile


def test_many_threads_put_and_sync_at_once(store):
    """Nothing is lost and nothing mixed when threads share an instance."""

    def work(number):
        for step in range(20):
            store.put(f"t{number}/{step}", [b"%d-%d" % (number, step)])
            if step % 7 == number:
                store.sync()
        store.sync()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    assert len(list(store.keys())) == 80
    assert all(store.read(f"t{n}/{s}") == b"%d-%d" % (n, s) for n in range(4) for s in range(20))
    assert not any(map(store.pending, list(store.keys())))


TRICKS = [
    "",
    "/a",
    "a/",
    "a//b",
    "../a",
    "a/../b",
    "a/./b",
    ".",
    "a\0b",
    "a\nb",
    "a\\b",
    ".pending/x",
    "\ud800",
]


@pytest.mark.parametrize("key", [*TRICKS, "a" * 256, "/".join(["a" * 200] * 6)])
@pytest.mark.parametrize("call", ["put", "replace", "open", "read", "size", "exists", "delete"])
def test_tricks_in_keys_are_refused(store, call, key):
    """A key that climbs, hides or breaks listings never reaches the medium."""
    arguments = {"put": ([b"1"],), "replace": (b"1",)}.get(call, ())
    with pytest.raises(InvalidRequest):
        getattr(store, call)(key, *arguments)


def test_keys_may_have_the_letters_of_spanish(store):
    """Names as received are kept byte for byte, also outside ASCII."""
    key = "a/Resolución nº 3 (año 2025) 'ñ' \"x\".xml"
    store.put(key, [b"1"])
    store.sync()
    assert list(store.keys()) == [key]


def test_exclusive_keeps_other_threads_out_and_lets_its_holder_in_again(store):
    """Only one thread is inside; the one inside may enter again; put is not stopped."""
    order = []
    inside = threading.Event()

    def other():
        store.put("from-outside", [b"1"])
        inside.set()
        with store.exclusive():
            order.append("other")

    with store.exclusive(), store.exclusive():
        thread = threading.Thread(target=other)
        thread.start()
        assert inside.wait(5)
        thread.join(0.05)
        order.append("first")
    thread.join(5)
    assert order == ["first", "other"]


def test_unsynced_tells_what_waits_under_a_prefix(store):
    """Until sync, and what was discarded no longer."""
    store.put("a/1", [b"1"])
    store.put("b/1", [b"1"])
    store.replace("a/2", b"2")
    assert sorted(store.unsynced("a/")) == ["a/1", "a/2"]
    assert sorted(store.unsynced()) == ["a/1", "a/2", "b/1"]
    store.discard("a/1")
    assert store.unsynced("a/") == ["a/2"]
    store.sync()
    assert store.unsynced() == []


def test_assure_wants_every_key_to_be_there(store):
    """Keys that are stable are assured; one that is not there is not found."""
    for number in range(5):
        store.put(f"k/{number}", [b"1"])
    store.sync()
    store.assure([f"k/{number}" for number in range(5)])
    store.assure([])
    with pytest.raises(NotFound):
        store.assure(["k/0", "k/absent"])


def test_a_sound_opening_gives_the_bytes_that_were_asked_for(store):
    """By their digest; an absent key is not found."""
    digests = store.put("k", [b"bytes"])
    store.sync()
    with store.open_sound("k", digests.sha256) as stream:
        assert stream.read() == b"bytes"
    with pytest.raises(NotFound):
        store.open_sound("absent", digests.sha256)


def test_what_is_opened_can_be_moved_about_in(store):
    """Readers of documents look at the end first."""
    store.put("k", [b"0123456789" * 40_000])
    store.sync()
    with store.open("k") as stream:
        assert stream.seek(0, 2) == 400_000
        assert stream.seek(0) == 0
        assert stream.read(3) == b"012"
        stream.seek(399_995)
        assert stream.read() == b"56789"
        stream.seek(200_001)
        assert stream.read(2) == b"12"


def test_a_challenge_is_answered_for_its_nonce(store):
    """Digest, size, and a MAC that depends on the nonce; an absent key is not found."""
    store.put("k", [b"bytes"])
    store.sync()
    first, second = store.challenge("k", b"one"), store.challenge("k", b"two")
    assert first.sha256 == second.sha256 == digest_bytes(b"bytes").sha256
    assert first.mac == hmac.new(b"one", b"bytes", "sha256").hexdigest()
    assert first.mac != second.mac
    assert first.size == 5
    with pytest.raises(NotFound):
        store.challenge("absent", b"nonce")


def test_each_copy_that_answers_has_what_was_synced(store):
    """A store with one copy is its own only one; enough of several have it."""
    store.put("k", [b"bytes"])
    store.sync()
    copies = store.copies()
    assert 1 <= copies.certain <= len(copies.stores)
    having = 0
    for name, copy in copies.stores:
        assert name
        with suppress(StorageUnavailable):
            having += copy.exists("k") and copy.read("k") == b"bytes"
    assert having >= copies.certain
