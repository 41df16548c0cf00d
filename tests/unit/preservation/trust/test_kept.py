# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.errors import IntegrityError, NotFound, StorageUnavailable
from preservation.trust.kept import Kept


def test_kept_bytes_are_kept_once_and_from_the_first_time(tmp_path):
    """The same bytes again are one file, and the first time they were seen stays."""
    kept = Kept(tmp_path / "x", ".bin")
    assert kept.entries() == {}
    digest = kept.keep(b"hola", {"obtained_at": "2024-01-01", "url": "a", "more": 1})
    assert kept.keep(b"hola", {"obtained_at": "2025-01-01", "url": "b", "more": 2}) == digest
    assert kept.entries() == {digest: {"obtained_at": "2024-01-01", "url": "a", "more": 2}}
    assert kept.read(digest) == b"hola"
    assert sorted(each.name for each in (tmp_path / "x").iterdir()) == [f"{digest}.bin", "index.json"]


def test_kept_bytes_are_checked_when_read(tmp_path):
    """What was changed, or is not there, is not handed out."""
    kept = Kept(tmp_path, ".bin")
    digest = kept.keep(b"hola", {})
    kept.path(digest).write_bytes(b"adios")
    with pytest.raises(IntegrityError):
        kept.read(digest)
    with pytest.raises(NotFound):
        kept.read("0" * 64)
    (tmp_path / "index.json").write_text("{")
    with pytest.raises(IntegrityError):
        kept.entries()


def test_kept_failing_disk_is_told(tmp_path):
    """A folder that cannot be made is a service that failed, not a foreign exception."""
    (tmp_path / "x").write_bytes(b"a file where the folder should be")
    with pytest.raises(StorageUnavailable):
        Kept(tmp_path / "x" / "y", ".bin").keep(b"hola", {})
