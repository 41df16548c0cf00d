# SPDX-License-Identifier: EUPL-1.2
"""How bytes go up: one request a file, on condition that its key is free, and several for very big ones.

A key that is taken (412) is compared: the same bytes are accepted, which is also what is met when the answer
to our own request was lost and it was sent again.

BUG: Ceph RADOS Gateway 16.2.15 minds `If-None-Match: *` only in buckets that keep no versions; in one that
does, 24 of 24 writers at a time were told that they had won. So a key of which it is not known that it is
free is looked at first, and of two writers that do so at once the guard of `ObjectStore.exclusive` has to
keep one away; where it does not, nothing is lost (the bucket keeps both versions), and the second is read.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from archive.digests import digest_stream
from archive.errors import ConflictError, NotFound, StorageUnavailable
from archive.store.s3 import multipart
from archive.store.s3.bucket import Bucket
from archive.store.s3.client import checksum
from archive.store.s3.reading import S3Stream, version_of
from archive.store.s3.spool import Spooled
from archive.store.s3.words import Taken, conditional

_TRIES: Final = 5


def upload(bucket: Bucket, key: str, spooled: Spooled, *, free: bool) -> str:
    """Bring bytes to the service; return the version they have there, empty where it keeps none.

    Args:
        bucket: Where to.
        key: Under which key.
        spooled: The bytes.
        free: The key is known to be free: nobody needs to look.

    Raises:
        ConflictError: The key is there with other bytes, and they were not to be replaced.
        IntegrityError: The spool no longer gives the bytes that came in.
        StorageUnavailable: The service failed.
    """
    if not (free or spooled.replacing):
        with suppress(NotFound):
            return _compare(bucket, key, spooled)
    send = multipart.upload if spooled.digests.size > multipart.FROM else _put
    for _ in range(_TRIES):
        try:
            return send(bucket, key, spooled)
        except Taken:
            with suppress(NotFound):  # somebody deleted it in between
                return _compare(bucket, key, spooled)
    raise StorageUnavailable(f"writing {key}: the service says that the key is there, and that it is not")


def _put(bucket: Bucket, key: str, spooled: Spooled) -> str:
    condition = {} if spooled.replacing else {"IfNoneMatch": "*"}
    announced = checksum(spooled.digests.sha256)
    body = spooled.open() if spooled.path else spooled.data
    try:
        with conditional(key):
            told = bucket.client.put_object(
                **bucket.at(key), Body=body, ChecksumSHA256=announced, **condition
            )
    finally:
        if not isinstance(body, bytes):
            body.close()
    return version_of(told)


def _compare(bucket: Bucket, key: str, spooled: Spooled) -> str:
    """Return the version that is there if its bytes are those of `spooled`."""
    with S3Stream(bucket, key) as stream:
        if stream.size == spooled.digests.size and digest_stream(stream) == spooled.digests:
            return stream.retention.version_id
    raise ConflictError("the key holds other bytes", place=key)
