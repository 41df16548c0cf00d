# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import gc
import os

from archive.store import durable
from archive.store.medium import Medium


def opened(monkeypatch):
    """Return the list of folders whose file systems are synced from now on, as inodes."""
    synced = []
    monkeypatch.setattr(durable, "SYNCFS", True)
    monkeypatch.setattr(durable, "sync_file_system", lambda fd: synced.append(os.fstat(fd).st_ino))
    return synced


def test_a_medium_that_was_swapped_is_the_one_that_is_synced(tmp_path, monkeypatch):
    """The descriptor of the one before would make the wrong one durable."""
    synced = opened(monkeypatch)
    root = tmp_path / "store"
    medium = Medium(str(root))
    medium.open()
    medium.sync([])
    root.rename(tmp_path / "gone")
    medium.open()
    medium.sync([])
    assert synced == [(tmp_path / "gone").stat().st_ino, root.stat().st_ino]


def test_it_is_opened_once(tmp_path, monkeypatch):
    """A descriptor from after the write would not tell of its error; and none is left behind."""
    opened(monkeypatch)
    before = len(os.listdir("/proc/self/fd"))
    medium = Medium(str(tmp_path))
    medium.open()
    medium.open()
    assert len(os.listdir("/proc/self/fd")) == before + 1
    del medium
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_without_syncfs_each_path_is_synced_in_order(tmp_path, monkeypatch):
    """Nothing else is asked of the medium."""
    synced = []
    monkeypatch.setattr(durable, "SYNCFS", False)
    monkeypatch.setattr(durable, "sync_path", synced.append)
    medium = Medium(str(tmp_path))
    medium.open()
    medium.sync(["b", "a"])
    assert synced == ["b", "a"]
