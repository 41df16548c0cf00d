# SPDX-License-Identifier: EUPL-1.2
"""Very big files go up in parts, in constant memory, and are one key at the end or none.

Nothing is asked of locks here: lock headers on CreateMultipartUpload are dropped without a word by Ceph
RADOS Gateway (16.2.15 and 18.2.7), while the bucket's default rule is applied to the whole, so that
`archive.store.s3.locks` insists on the rule. The whole is digested again while it goes up, and completed
only if it is what came in.

Limits: 64 MiB to 5 TiB where the service takes that. What a process that died had begun lies unseen in the
service until another one that sends parts finds it a day old.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress
from datetime import UTC, timedelta
from typing import Any, BinaryIO, Final

from archive.clock import SystemClock
from archive.errors import IntegrityError, LongevaError
from archive.store.s3.bucket import Bucket
from archive.store.s3.client import checksum
from archive.store.s3.reading import version_of
from archive.store.s3.spool import Spooled
from archive.store.s3.words import conditional, words, writing

FROM: Final = 64 << 20
"""Bytes over which a file goes up in parts."""
PART: Final = 32 << 20
"""Bytes of a part, where that makes no more than `_MOST_PARTS`."""
_MOST_PARTS: Final = 9_000
_STALE: Final = timedelta(days=1)
_CHUNK: Final = 1 << 20


def upload(bucket: Bucket, key: str, spooled: Spooled) -> str:
    """Bring a very big file to the service; return its version, empty where the bucket keeps none.

    Raises:
        Taken: The key came to be meanwhile.
        IntegrityError: The spool no longer gives the bytes that came in.
        StorageUnavailable: The service failed. The parts are taken back.
    """
    with writing(key):
        begun = bucket.client.create_multipart_upload(**bucket.at(key), ChecksumAlgorithm="SHA256")
    which = {**bucket.at(key), "UploadId": begun["UploadId"]}
    try:
        parts = _send(bucket, which, key, spooled)
        return _complete(bucket, which, key, parts, replacing=spooled.replacing)
    except BaseException:
        with suppress(LongevaError), words("giving up", key):
            bucket.client.abort_multipart_upload(**which)
        raise


def abandon(bucket: Bucket) -> int:
    """Take back uploads that began over a day ago and never ended; return how many."""
    asked: dict[str, str] = {"Bucket": bucket.name}
    if bucket.prefix:
        asked["Prefix"] = bucket.prefix
    before, count = SystemClock().now() - _STALE, 0
    with words("looking for abandoned uploads"):
        for page in bucket.client.get_paginator("list_multipart_uploads").paginate(**asked):
            for each in page.get("Uploads", ()):
                if each["Initiated"].astimezone(UTC) < before:
                    bucket.client.abort_multipart_upload(
                        Bucket=bucket.name, Key=each["Key"], UploadId=each["UploadId"]
                    )
                    count += 1
    return count


class _Section(io.RawIOBase):
    """A part of a file, as a file of its own that can be read several times."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._file, self._start, self._size, self._at = file, start, size, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move, within the section."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Return where it stands."""
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Read into `buffer`."""
        self._file.seek(self._start + self._at)
        chunk = self._file.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)


def _send(bucket: Bucket, which: dict[str, str], key: str, spooled: Spooled) -> list[dict[str, Any]]:
    size, whole, parts = spooled.digests.size, hashlib.sha256(), list[dict[str, Any]]()
    step = max(PART, -(-size // _MOST_PARTS))
    with spooled.open() as file:
        for number, start in enumerate(range(0, size, step), 1):
            section = _Section(file, start, min(step, size - start))
            digest = hashlib.sha256()
            while chunk := section.read(_CHUNK):
                digest.update(chunk)
                whole.update(chunk)
            section.seek(0)
            announced = checksum(digest.hexdigest())
            with writing(key):
                told = bucket.client.upload_part(
                    **which, PartNumber=number, Body=section, ChecksumSHA256=announced
                )
            parts.append({"PartNumber": number, "ETag": told["ETag"], "ChecksumSHA256": announced})
    if whole.hexdigest() != spooled.digests.sha256:
        raise IntegrityError("bytes changed between coming in and going up: disk of the spool", place=key)
    return parts


def _complete(
    bucket: Bucket, which: dict[str, str], key: str, parts: list[dict[str, Any]], *, replacing: bool
) -> str:
    condition = {} if replacing else {"IfNoneMatch": "*"}
    with conditional(key):
        told = bucket.client.complete_multipart_upload(**which, MultipartUpload={"Parts": parts}, **condition)
    return version_of(told)
