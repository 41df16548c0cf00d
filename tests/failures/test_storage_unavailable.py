# SPDX-License-Identifier: EUPL-1.2
"""Full disk, read-only disk, failing disk, links: an error in plain words, and nothing lost."""

from __future__ import annotations

import errno
import gc
import os
import resource
import subprocess
from datetime import UTC, datetime

import pytest

from archive.errors import IntegrityError, StorageUnavailable
from archive.fsck import check_root
from archive.objects import NewVersion, Objects
from archive.store import durable
from archive.store.folder import FolderStore

WHEN = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MB, or a loud skip where this user may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=2m,nr_inodes=2k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("MOUNTING NOT ALLOWED: a really full and a really read-only disk were not tried")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def deposit(objects, object_id, size):
    files = {f"received/{n}": objects.stage(object_id, f"received/{n}", [b"x" * size]) for n in range(4)}
    objects.commit([NewVersion(object_id, files, "m", "u", WHEN)])


def test_a_full_disk_is_told_and_the_rest_stays_whole(small_disk):
    """The deposit that does not fit fails as a whole; those before it read back; a smaller one still fits."""
    objects = Objects(FolderStore(small_disk), "ocfl/")
    objects.prepare()
    deposit(objects, "urn:x:fits", 100_000)
    with pytest.raises(StorageUnavailable, match="disk is full"):
        deposit(objects, "urn:x:too-big", 500_000)
    objects.withdraw("urn:x:too-big")
    objects.sweep()
    assert list(objects.object_ids()) == ["urn:x:fits"]
    deposit(objects, "urn:x:small", 50_000)
    assert list(check_root(FolderStore(small_disk), "ocfl/")) == []
    assert objects.verify_file("urn:x:fits", "received/3").size == 100_000


def test_a_read_only_disk_is_told_and_can_be_read(small_disk):
    """Reading goes on; writing says what is the matter."""
    objects = Objects(FolderStore(small_disk), "ocfl/")
    objects.prepare()
    deposit(objects, "urn:x:1", 1000)
    del objects  # it holds a lock file open for writing
    gc.collect()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    fresh = Objects(FolderStore(small_disk), "ocfl/")
    fresh.prepare()
    assert fresh.verify_file("urn:x:1", "received/0").size == 1000
    with pytest.raises(StorageUnavailable, match="read-only"):
        deposit(fresh, "urn:x:2", 1000)


def test_a_file_over_the_process_limit_is_told(tmp_path):
    """The write that fails in the middle leaves no key behind (RLIMIT_FSIZE, needs no rights)."""
    store = FolderStore(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        with pytest.raises(StorageUnavailable, match="larger than"):
            store.put("big", [b"x" * 100_000] * 10)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    store.sync()
    assert list(store.keys()) == []
    assert store.put("big", [b"x" * 100_000] * 10).size == 1_000_000


@pytest.mark.parametrize("syncfs", [True, False])
def test_a_failed_sync_gives_the_bytes_up(tmp_path, monkeypatch, syncfs):
    """After an input/output error the pages may be lost: nothing is published, the caller brings them again."""

    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    store = FolderStore(tmp_path)
    store.put("k", [b"1"])
    with monkeypatch.context() as broken:
        broken.setattr(durable, "SYNCFS", syncfs)
        broken.setattr(durable, "sync_file_system", fail)
        broken.setattr(durable, "sync_path", fail)
        with pytest.raises(StorageUnavailable, match="disk may be failing"):
            store.sync()
    store.sync()
    assert not store.exists("k")
    store.put("k", [b"1"])
    store.sync()
    assert FolderStore(tmp_path).read("k") == b"1"


def test_an_error_in_the_middle_of_reading_speaks_our_words(tmp_path, monkeypatch):
    """A stream given to callers never raises a bare OSError."""
    store = FolderStore(tmp_path)
    store.put("k", [b"1"])
    store.sync()
    with store.open("k") as stream:
        os.close(stream.raw.fileno())
        with pytest.raises(StorageUnavailable):
            stream.read(1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), stream.raw.fileno())


@pytest.mark.parametrize("what", ["file", "folder", "pipe"])
def test_links_and_pipes_are_never_followed(tmp_path, what):
    """A planted link leads neither readers nor writers out of the store, and fsck names it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    home = tmp_path / "store"
    objects = Objects(FolderStore(home), "ocfl/")
    objects.prepare()
    deposit(objects, "urn:x:1", 10)
    key = objects.locate("urn:x:1", "received/0")
    path = home / key
    if what == "folder":
        path.parent.rename(tmp_path / "moved")
        path.parent.symlink_to(outside)
        key = f"{key.rsplit('/', 1)[0]}/secret"
    else:
        path.unlink()
        os.mkfifo(path) if what == "pipe" else path.symlink_to(outside / "secret")
    store = FolderStore(home)
    with pytest.raises(IntegrityError):
        store.open(key)
    with pytest.raises(IntegrityError):
        store.put(key, [b"2"])
        store.put(f"{key}2", [b"2"])
        store.sync()
    assert [entry.name for entry in outside.iterdir()] == ["secret"]
    assert {problem.kind for problem in check_root(store, "ocfl/")} & {"STORE-LINK", "STORE-CONTENT-MISSING"}


def test_the_fallback_of_rename_still_never_overwrites(tmp_path, monkeypatch):
    """Where renameat2 is not to be had, link and unlink keep the promise."""

    class Without:
        def renameat2(self, *_):
            import ctypes

            ctypes.set_errno(errno.ENOSYS)
            return -1

    monkeypatch.setattr(durable, "_LIBC", Without())
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    with pytest.raises(FileExistsError):
        durable.rename_new(str(tmp_path / "a"), str(tmp_path / "b"))
    durable.rename_new(str(tmp_path / "a"), str(tmp_path / "c"))
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"b": b"b", "c": b"a"}


def test_two_writers_of_a_key_do_not_overwrite(tmp_path):
    """The second to sync keeps quiet about the same bytes and is told about others."""
    from archive.errors import ConflictError

    first, second, third = FolderStore(tmp_path), FolderStore(tmp_path), FolderStore(tmp_path)
    first.put("k", [b"1"])
    second.put("k", [b"1"])
    third.put("k", [b"3"])
    third.put("z", [b"z"])
    first.sync()
    second.sync()
    with pytest.raises(ConflictError):
        third.sync()
    assert first.read("k") == third.read("k") == b"1"
    assert first.read("z") == b"z"
