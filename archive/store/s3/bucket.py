# SPDX-License-Identifier: EUPL-1.2
"""A place in a bucket: the client with the names that every request needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from archive.errors import NotFound
from archive.settings import S3Settings
from archive.store.s3.client import client_for
from archive.store.s3.words import told, words

NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Bucket:
    """The keys under one prefix of one bucket. A method costs one request, unless it says otherwise."""

    client: Any
    """boto3's; its methods raise botocore's errors (`archive.store.s3.words`)."""
    name: str
    prefix: str
    """Before every key; empty, or ending in `/`."""

    @classmethod
    def of(cls, settings: S3Settings) -> Bucket:
        """Return the place that some settings speak of. No request."""
        return cls(client_for(settings), settings.bucket, settings.prefix)

    def at(self, key: str) -> dict[str, str]:
        """Return the arguments of a request about a key. No request."""
        return {"Bucket": self.name, "Key": self.prefix + key}

    def head(self, key: str) -> dict[str, Any]:
        """Return what the service tells of a key.

        Raises:
            NotFound: No such key. A missing bucket is told from it by one request more.
            StorageUnavailable: The service failed.
        """
        try:
            with words("looking for", key):
                return dict(self.client.head_object(**self.at(key)))
        except NotFound:
            self.require()
            raise

    def get(self, key: str, start: int = 0, same: Mapping[str, str] = NOTHING) -> dict[str, Any]:
        """Begin to read a key: what the service tells of it, with its `Body`. Raises as `head`.

        Args:
            key: Which.
            start: From this byte on.
            same: Arguments that make sure that it is still what was read before.
        """
        place = {"Range": f"bytes={start}-"} if start else {}
        with words("reading", key):
            return dict(self.client.get_object(**self.at(key), **place, **same))

    def delete(self, key: str) -> None:
        """Remove a key that is there; versions that it had stay where the bucket keeps versions."""
        with words("deleting", key):
            self.client.delete_object(**self.at(key))

    def require(self) -> None:
        """Raise StorageUnavailable where the bucket is not there."""
        try:
            with words(f"looking for the bucket {self.name}"):
                self.client.head_bucket(Bucket=self.name)
        except NotFound as cause:
            missing = ClientError({"Error": {"Code": "NoSuchBucket"}}, "HeadBucket")
            raise told(missing, f"looking for the bucket {self.name}", "") from cause
