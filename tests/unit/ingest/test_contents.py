# SPDX-License-Identifier: EUPL-1.2
"""Members that cannot be had: each trouble is told to whom it belongs, depositor or operator."""

from __future__ import annotations

import tempfile
import tracemalloc
import zipfile
from datetime import UTC, datetime

import pytest

from archive.errors import ConflictError, InvalidRequest, StorageUnavailable
from demo.loads import plain_package
from ingest import contents
from ingest.contents import read_contents
from ingest.examination import examine
from ingest.packages import Limits, open_package
from ingest.packages.zipped import looks_zipped
from preservation.trust.store import TrustStore

STREAMED = Limits(in_memory=1)


@pytest.fixture
def folder(tmp_path):
    """A package of one file, big enough to be streamed under these limits."""
    folder = tmp_path / "paquete"
    folder.mkdir()
    (folder / "nota.txt").write_text("hola", "utf-8")
    return folder


def test_a_big_file_that_cannot_be_read_is_a_finding(folder, tmp_path):
    """A member that vanished after the listing rejects its package, like a small one."""
    with open_package(folder, tmp_path, STREAMED) as package:
        (folder / "nota.txt").unlink()
        codes = [found.code for found in read_contents(package).findings]
    assert codes[0] == "PKG-MEMBER-UNREADABLE"


def test_a_big_file_that_vanishes_between_two_readings_is_not_the_stores_fault(folder, tmp_path):
    """What was examined and cannot be read again is told as a change of the package."""
    with open_package(folder, tmp_path, STREAMED) as package:
        (received,) = read_contents(package).received
        (folder / "nota.txt").unlink()
        with pytest.raises(ConflictError, match=r"nota\.txt went away"):
            list(received.chunks())


def test_no_room_to_unpack_is_no_reason_to_reject(folder, tmp_path, monkeypatch):
    """A full disk is the operator's to mend: the package is not judged by it."""
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as container:
        container.write(folder / "nota.txt", "nota.txt")
    with open_package(path, tmp_path, STREAMED) as package:

        def full(**_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
        with pytest.raises(StorageUnavailable, match="No space left"):
            read_contents(package)


def test_a_file_that_cannot_be_opened_is_the_callers_to_mend(tmp_path):
    """A path that nobody may read is told by name."""
    with pytest.raises(InvalidRequest, match="cannot be read"):
        looks_zipped(tmp_path)


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_memory_does_not_grow_with_the_number_of_documents(tmp_path, monkeypatch, form):
    """Beyond what is held, members are streamed: same findings, same digest, and no more memory than said."""
    path = plain_package(tmp_path / "in", 12, 1_000_000, seed=4).folder
    if form == "zip":
        with zipfile.ZipFile(tmp_path / "p.zip", "w") as container:
            for file in sorted(path.iterdir()):
                container.write(file, file.name)
        path = tmp_path / "p.zip"

    def examined() -> tuple[object, int]:
        with open_package(path, tmp_path) as package:
            tracemalloc.start()
            found, _ = examine(package, trust=TrustStore.from_paths(()), at=datetime(2026, 3, 1, tzinfo=UTC))
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found, peak

    held, much = examined()
    monkeypatch.setattr(contents, "HELD", 2 << 20)
    streamed, little = examined()
    assert streamed == held
    assert little < 9 << 20 < 15 << 20 < much
