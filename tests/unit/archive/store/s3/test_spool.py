# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import errno

import pytest

from archive.digests import Digested, digest_bytes
from archive.errors import StorageUnavailable
from archive.store.s3 import spool as module
from archive.store.s3.spool import SMALL, Spool


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "spool")


def files(tmp_path):
    return [path for path in (tmp_path / "spool").rglob("*") if path.is_file() and path.name.isdigit()]


@pytest.mark.parametrize(
    "chunks", [[], [b"one", b"two"], [b"x" * SMALL], [b"x" * SMALL, b"y"], [b"x" * 3 * SMALL]]
)
def test_what_was_taken_is_read_back_with_its_digests(spool, chunks):
    """Small or big, in one piece or many."""
    data = b"".join(chunks)
    taken = spool.take(iter(chunks))
    assert taken.digests == digest_bytes(data)
    with taken.open() as stream:
        assert stream.read() == data


def test_small_things_stay_in_memory_and_big_ones_do_not(spool, tmp_path):
    """A file is made where more than `SMALL` bytes come, and goes when they went up."""
    small = spool.take([b"x" * SMALL])
    assert files(tmp_path) == []
    big = spool.take([b"x" * SMALL, b"y"])
    assert len(files(tmp_path)) == 1
    spool.release(big)
    spool.release(small)
    assert files(tmp_path) == []


def test_all_that_waits_takes_no_more_memory_than_stated(spool, tmp_path, monkeypatch):
    """What does not fit goes to disk; what was released makes room again."""
    monkeypatch.setattr(module, "MEMORY", 10)
    first = spool.take([b"x" * 8])
    second = spool.take([b"y" * 2, b"y" * 6])
    assert (first.path, bool(second.path)) == ("", True)
    with second.open() as stream:
        assert stream.read() == b"y" * 8
    spool.release(first)
    assert spool.take([b"z" * 10]).path == ""


def test_known_digests_are_not_computed_again(spool):
    """Who brings them is believed."""
    lie = digest_bytes(b"other")
    assert spool.take(Digested(b"bytes", lie)).digests == lie


def test_a_source_that_fails_leaves_nothing(spool, tmp_path, monkeypatch):
    """Neither memory nor a file is held by bytes that never came to their end."""
    monkeypatch.setattr(module, "MEMORY", 10)

    def broken(chunk):
        yield chunk
        raise LookupError

    for chunk in (b"x" * 10, b"x" * 20):
        with pytest.raises(LookupError):
            spool.take(broken(chunk))
    assert files(tmp_path) == []
    assert spool.take([b"z" * 10]).path == ""


def test_a_full_disk_is_told_in_our_words(spool, monkeypatch):
    """The spool is a medium like any."""

    def full():
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spool._staging, "create", full)
    with pytest.raises(StorageUnavailable, match="spooling"):
        spool.take([b"x" * (SMALL + 1)])
