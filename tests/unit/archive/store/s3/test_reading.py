# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from botocore.exceptions import ResponseStreamingError

from archive.errors import StorageUnavailable
from archive.store import retention_of
from archive.store.s3.reading import S3Stream


class Body(io.BytesIO):
    """Fails after what it has."""

    def read(self, size=-1):
        """Give what there is, then break."""
        if not (chunk := super().read(size)):
            raise ResponseStreamingError(error="reset by peer")
        return chunk


class Service:
    """Stands for a bucket: gives one answer, and what follows from a place on."""

    def __init__(self, body, size, **more):
        self.told = {"Body": body, "ContentLength": size, **more}
        self.asked = []

    def get(self, key, start=0, same=None):
        """Answer, and note what was asked for."""
        self.asked.append((start, dict(same or {})))
        return {**self.told, "Body": io.BytesIO(b"0123456789"[start:])} if start else self.told


def told(body, size, **more):
    return Service(body, size, **more)


def test_a_whole_body_is_read_and_its_end_is_an_end():
    """Reading past the end gives nothing."""
    with S3Stream(told(io.BytesIO(b"onetwo"), 6), "k") as stream:
        assert (stream.read(3), stream.read(), stream.read()) == (b"one", b"two", b"")


def test_a_connection_that_breaks_in_the_middle_is_no_short_file():
    """The error is ours and comes before anything looks like an end."""
    with S3Stream(told(Body(b"one"), 6), "k") as stream, pytest.raises(StorageUnavailable, match="reading k"):
        stream.read()


def test_a_body_that_ends_early_is_no_short_file():
    """A service that stops without breaking the connection is noticed by the length it announced."""
    stream = S3Stream(told(io.BytesIO(b"one"), 6), "k")
    with stream, pytest.raises(StorageUnavailable, match="3 bytes before the end"):
        stream.read()


def test_the_lock_comes_with_the_bytes():
    """Mode, date, hold and version are those of the answer, in UTC."""
    until = datetime(2036, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    more = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until, "VersionId": "v"}
    with S3Stream(told(io.BytesIO(b""), 0, ObjectLockLegalHoldStatus="ON", **more), "k") as stream:
        found = retention_of(stream)
    assert (found.mode, found.until, found.legal_hold) == (
        "COMPLIANCE",
        datetime(2036, 1, 1, tzinfo=UTC),
        True,
    )
    assert (found.version_id, found.written) == ("v", None)


def test_without_a_lock_there_is_none():
    """An answer without lock headers, from a bucket without versions."""
    with S3Stream(told(io.BytesIO(b""), 0, VersionId="null"), "k") as stream:
        found = retention_of(stream)
    assert (found.mode, found.until, found.legal_hold, found.version_id) == ("", None, False, "")


def test_moving_about_costs_a_request_only_where_bytes_are_read_then():
    """To learn the size and go back is free; to read elsewhere is a range of the same version."""
    service = Service(io.BytesIO(b"0123456789"), 10, ETag='"e"')
    with S3Stream(service, "k") as stream:
        assert stream.seek(0, io.SEEK_END) == 10
        assert stream.read() == b""
        stream.seek(0)
        assert stream.read(2) == b"01"
        assert service.asked == [(0, {})]
        raw = stream.raw
        raw.seek(7)
        assert raw.read() == b"789"
        assert raw.read() == b""
    assert service.asked == [(0, {}), (7, {"IfMatch": '"e"'})]
