# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from pathlib import Path

import pytest

from archive.digests import Digested, digest_bytes
from archive.store.replicated.spool import IN_MEMORY, Reread, spooled


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY])
def test_a_source_read_once_is_given_as_often_as_wanted(size: int, tmp_path: Path) -> None:
    """Short ones from memory, long ones from a file that vanishes; the bytes and their digests are the same."""
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    source = iter([data[start : start + 1_000_000] for start in range(0, size, 1_000_000)])
    with spooled(source, tmp_path) as given:
        assert given.digests == digest_bytes(data)
        assert b"".join(given) == b"".join(given) == data
        assert isinstance(given, Reread if size > IN_MEMORY else Digested)
    assert list(tmp_path.iterdir()) == []


def test_what_was_digested_before_is_not_digested_again() -> None:
    """Bytes that bring their digests are passed on as they are."""
    brought = Digested(b"one", digest_bytes(b"two"))
    with spooled(brought) as given:
        assert given is brought
