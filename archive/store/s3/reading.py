# SPDX-License-Identifier: EUPL-1.2
"""Bytes as a service gives them: a stream with our errors, that knows what was told of its lock."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from archive.errors import StorageUnavailable
from archive.store import Retention
from archive.store.s3.words import words

_BUFFER: Final = 1 << 17


class _Body(io.RawIOBase):
    """The body of a GET. A connection that breaks, or ends early, is an error and never a short file."""

    def __init__(self, body: Any, key: str, size: int) -> None:
        super().__init__()
        self._body = body
        self._key = key
        self._left = size

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read into `buffer`. Raises StorageUnavailable."""
        if not len(buffer):
            return 0
        with words("reading", self._key):
            chunk: bytes = self._body.read(len(buffer))
        if not chunk and self._left:
            raise StorageUnavailable(
                f"reading {self._key}: the service stopped {self._left} bytes before the end", place=self._key
            )
        self._left -= len(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Let go of the connection, which is of no more use where bytes were left."""
        if not self.closed:
            self._body.close()
        super().close()


class S3Stream(io.BufferedReader):
    """A key open for reading; see `archive.store.retention_of`."""

    def __init__(self, told: Mapping[str, Any], key: str) -> None:
        super().__init__(_Body(told["Body"], key, int(told["ContentLength"])), _BUFFER)
        self.retention = retention(told)


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
