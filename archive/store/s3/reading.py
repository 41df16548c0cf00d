# SPDX-License-Identifier: EUPL-1.2
"""Bytes as a service gives them: a stream with our errors, that knows what was told of its lock."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from archive.errors import StorageUnavailable
from archive.store import Retention
from archive.store.s3.bucket import Bucket
from archive.store.s3.words import words

_BUFFER: Final = 1 << 17


class _Body(io.RawIOBase):
    """The body of a GET. A connection that breaks, or ends early, is an error and never a short file.

    Who moves about in it makes a request for each place from which bytes are read in the end.
    """

    def __init__(self, told: Mapping[str, Any], key: str, reopen: Callable[[int], Mapping[str, Any]]) -> None:
        super().__init__()
        self._body = told["Body"]
        self._key = key
        self._reopen = reopen
        self._size = int(told["ContentLength"])
        self._at = self._body_at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return where the next byte comes from."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move. Asks nothing of the service yet."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Read into `buffer`. Raises StorageUnavailable."""
        if not len(buffer) or (self._at >= self._size and self._at != self._body_at):
            return 0
        if self._at != self._body_at:
            self._body.close()
            self._body, self._body_at = self._reopen(self._at)["Body"], self._at
        with words("reading", self._key):
            chunk: bytes = self._body.read(len(buffer))
        if not chunk and self._at < self._size:
            left = self._size - self._at
            raise StorageUnavailable(
                f"reading {self._key}: the service stopped {left} bytes before the end", place=self._key
            )
        self._at += len(chunk)
        self._body_at = self._at
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Let go of the connection, which is of no more use where bytes were left."""
        if not self.closed:
            self._body.close()
        super().close()


class S3Stream(io.BufferedReader):
    """A key open for reading; see `archive.store.retention_of`."""

    def __init__(self, bucket: Bucket, key: str) -> None:
        """Begin to read a key: one request. Raises NotFound and StorageUnavailable."""
        told = bucket.get(key)
        self.size = int(told["ContentLength"])
        self.retention = retention(told)
        same = {"IfMatch": told["ETag"]} if "ETag" in told else {}
        if version := self.retention.version_id:
            same = {"VersionId": version}
        super().__init__(_Body(told, key, lambda start: bucket.get(key, start, same)), _BUFFER)


def retention(told: Mapping[str, Any]) -> Retention:
    """Return what the answer to a GET or HEAD tells of the lock."""
    return Retention(
        str(told.get("ObjectLockMode") or ""),
        _utc(told.get("ObjectLockRetainUntilDate")),
        told.get("ObjectLockLegalHoldStatus") == "ON",
        version_of(told),
        _utc(told.get("LastModified")),
    )


def _utc(instant: datetime | None) -> datetime | None:
    return instant and instant.astimezone(UTC)


def version_of(told: Mapping[str, Any]) -> str:
    """Return the version that an answer speaks of, empty where the bucket keeps none."""
    version = str(told.get("VersionId") or "")
    return "" if version == "null" else version
