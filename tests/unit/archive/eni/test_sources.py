# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io

import pytest

from archive.eni import sources
from archive.eni.sources import open_source
from archive.errors import StorageUnavailable


def test_the_same_stretch_comes_from_everywhere(tmp_path, monkeypatch):
    """Bytes, path and open file, in memory or not, give the same stretches again and again."""
    data = bytes(range(256)) * 20
    path = tmp_path / "x"
    path.write_bytes(data)
    for limit in (sources.IN_MEMORY, 10):
        monkeypatch.setattr(sources, "IN_MEMORY", limit)
        monkeypatch.setattr(sources, "CHUNK", 100)
        for readable in (data, path, io.BytesIO(data)):
            source = open_source(readable)
            assert source.size == len(data)
            for _ in range(2):
                assert b"".join(map(bytes, source.pieces())) == data
                assert b"".join(map(bytes, source.pieces(1000, 333))) == data[1000:1333]
            assert source.head(5) == data[:5]


def test_a_file_that_is_gone_is_a_failing_store(tmp_path):
    """A path that cannot be read is our error, not the system's."""
    with pytest.raises(StorageUnavailable):
        open_source(tmp_path / "absent")


@pytest.mark.parametrize("change", ["cut", "remove"])
def test_a_file_that_changes_is_noticed(tmp_path, monkeypatch, change):
    """A file that is cut or removed while it is read stops the reading."""
    monkeypatch.setattr(sources, "IN_MEMORY", 10)
    path = tmp_path / "x"
    path.write_bytes(b"x" * 100)
    source = open_source(path)
    if change == "cut":
        path.write_bytes(b"x" * 50)
    else:
        path.unlink()
    with pytest.raises(StorageUnavailable):
        list(source.pieces())


def test_a_stream_that_cannot_be_read_is_a_failing_store(tmp_path):
    """An open file that fails is our error."""
    with (tmp_path / "x").open("wb") as stream, pytest.raises(StorageUnavailable):
        open_source(stream)
