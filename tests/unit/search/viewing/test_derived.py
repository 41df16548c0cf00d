# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import os
import threading
import time

import pytest

from search.viewing.derived import DerivedFolder


def writes(data, made=None):
    def make(target):
        if made is not None:
            made.append(1)
        target.write(data)

    return make


def read(folder, name, make):
    with folder.open(name, make) as stream:
        return stream.read()


def test_file_is_made_once(tmp_path):
    """The second look finds what the first made."""
    folder, made = DerivedFolder(tmp_path / "d"), []
    assert [read(folder, "a", writes(b"x", made)) for _ in range(3)] == [b"x"] * 3
    assert made == [1]


def test_several_at_once_wait_for_one_maker(tmp_path):
    """Ten who ask together cost one making."""
    folder, made, got = DerivedFolder(tmp_path), [], []

    def slow(target):
        made.append(1)
        time.sleep(0.05)
        target.write(b"x")

    threads = [threading.Thread(target=lambda: got.append(read(folder, "a", slow))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (made, got) == ([1], [b"x"] * 10)


def test_the_least_used_is_thrown_out(tmp_path):
    """Over the limit the oldest use goes first; what was just made stays, even if it alone is too large."""
    folder = DerivedFolder(tmp_path, limit=25)
    for at, name in enumerate("abc"):
        read(folder, name, writes(b"0123456789"))
        os.utime(tmp_path / name, (1000 + at, 1000 + at)) if (tmp_path / name).exists() else None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"]
    assert read(folder, "large", writes(b"x" * 100)) == b"x" * 100
    assert [path.name for path in tmp_path.iterdir()] == ["large"]


def test_who_reads_what_is_thrown_out_reads_on(tmp_path):
    """Burning the folder hurts nobody: what is open is read to its end, the rest is made again."""
    folder = DerivedFolder(tmp_path)
    with folder.open("a", writes(b"0123456789")) as stream:
        for path in tmp_path.iterdir():
            path.unlink()
        assert stream.read() == b"0123456789"
    assert read(folder, "a", writes(b"again")) == b"again"


def test_what_fails_leaves_nothing(tmp_path):
    """A maker that fails half-way leaves neither file nor draft, and the next one may succeed."""
    folder = DerivedFolder(tmp_path)

    def fails(target):
        target.write(b"half")
        raise LookupError

    with pytest.raises(LookupError):
        folder.open("a", fails)
    assert list(tmp_path.iterdir()) == []
    assert read(folder, "a", writes(b"whole")) == b"whole"


@pytest.mark.parametrize("name", ["../a", "a/b", "", ".hidden", "ñ", "A"])
def test_names_cannot_climb(tmp_path, name):
    """Names are digests and numbers; anything else is a programming error."""
    with pytest.raises(ValueError):
        DerivedFolder(tmp_path).open(name, writes(b""))
