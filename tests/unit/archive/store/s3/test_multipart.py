# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib

import pytest
from s3_stores import counted

from archive.errors import ConflictError, IntegrityError
from archive.store.s3 import multipart

MIB = 1 << 20


@pytest.fixture
def small_parts(monkeypatch):
    """Files over 5 MiB go up in parts of 5 MiB, the least that S3 takes."""
    monkeypatch.setattr(multipart, "FROM", 5 * MIB)
    monkeypatch.setattr(multipart, "PART", 5 * MIB)


def chunks(count=12):
    return [bytes([n]) * MIB for n in range(count)]


def uploads(store):
    return store._bucket.client.list_multipart_uploads(Bucket=store._bucket.name).get("Uploads", [])


@pytest.mark.usefixtures("small_parts")
def test_a_big_file_goes_up_in_parts_and_is_whole(mock):
    """Three parts of 12 MiB, one key, its bytes; one look whether the key is free."""
    mock.put("big", chunks())
    with counted(mock) as seen:
        mock.sync()
    assert seen["UploadPart"] == 3
    assert seen["CreateMultipartUpload"] == seen["CompleteMultipartUpload"] == seen["GetObject"] == 1
    assert hashlib.sha256(mock.read("big")).digest() == hashlib.sha256(b"".join(chunks())).digest()
    assert uploads(mock) == []


@pytest.mark.usefixtures("small_parts")
def test_a_big_file_again_is_compared_and_other_bytes_conflict(mock):
    """Gigabytes do not go up for a key that is there."""
    for again in range(2):
        mock.put("big", chunks())
        with counted(mock) as seen:
            mock.sync()
        assert bool(again) == (seen["UploadPart"] == 0)
    mock.put("big", chunks(11))
    with pytest.raises(ConflictError):
        mock.sync()


@pytest.mark.usefixtures("small_parts")
def test_a_big_file_that_changed_in_the_spool_is_not_completed(mock):
    """Our own SHA-256 of the whole is compared before the parts become a key; they are taken back."""
    mock.put("big", chunks())
    with open(mock._pending["big"].path, "r+b") as file:
        file.seek(7 * MIB)
        file.write(b"changed")
    with pytest.raises(IntegrityError, match="disk of the spool"):
        mock.sync()
    assert not mock.exists("big")
    assert uploads(mock) == []


def test_the_parts_of_a_writer_that_died_are_taken_back(mock):
    """The mock says of every upload that it began in 2010; that young ones stay is seen on a real service."""
    mock._bucket.client.create_multipart_upload(**mock._bucket.at("dead"))
    mock._bucket.client.create_multipart_upload(Bucket="mock", Key="beside/x")
    assert multipart.abandon(mock._bucket) == 1
    assert [each["Key"] for each in uploads(mock)] == ["beside/x"]


def test_a_part_is_a_file_of_its_own(tmp_path):
    """It begins at nought, ends where it ends, and can be read twice."""
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with path.open("rb") as file:
        part = multipart._Section(file, 3, 4)
        assert (part.read(), part.tell(), part.read()) == (b"3456", 4, b"")
        part.seek(-1, 2)
        assert part.read(9) == b"6"
        part.seek(0)
        assert part.read(2) == b"34"
