# SPDX-License-Identifier: EUPL-1.2
"""What lies under a prefix: a request for each thousand keys, in the order of their bytes.

Source:
    Amazon S3 API Reference, ListObjectsV2: "results are always returned in UTF-8 binary order" (general
    purpose buckets), which is the order of Python's strings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archive.store.keys import RESERVED
from archive.store.s3.bucket import Bucket
from archive.store.s3.words import words


def keys(bucket: Bucket, prefix: str) -> Iterator[str]:
    """Yield the keys under a prefix, sorted; one page is in memory at a time.

    What lies under the reserved name (`archive.store.keys.RESERVED`) is hidden: the probe keys.
    """
    for key in everything(bucket, prefix):
        if not key.startswith(f"{RESERVED}/"):
            yield key


def folders(bucket: Bucket, prefix: str) -> Iterator[str]:
    """Yield the names just below a prefix that have keys below them, sorted; see `keys`."""
    start = len(bucket.prefix) + len(prefix)
    for page in _pages(bucket, prefix, "/"):
        for entry in page.get("CommonPrefixes", ()):
            name = entry["Prefix"][start:-1]
            if prefix or name != RESERVED:
                yield name


def everything(bucket: Bucket, prefix: str) -> Iterator[str]:
    """Yield the keys under a prefix, sorted, the hidden ones too."""
    for page in _pages(bucket, prefix, ""):
        for entry in page.get("Contents", ()):
            yield entry["Key"][len(bucket.prefix) :]


def versions(bucket: Bucket, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield key and version of all that lies or lay under a prefix, notes of removal too."""
    with words("listing", prefix):
        pages = bucket.client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=bucket.name, Prefix=bucket.prefix + prefix):
            for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                yield entry["Key"][len(bucket.prefix) :], entry["VersionId"]


def _pages(bucket: Bucket, prefix: str, delimiter: str) -> Iterator[dict[str, Any]]:
    asked = {"Bucket": bucket.name, "Prefix": bucket.prefix + prefix}
    if delimiter:
        asked["Delimiter"] = delimiter
    while True:
        with words("listing", prefix):
            page = bucket.client.list_objects_v2(**asked)
        yield page
        if not page.get("IsTruncated"):
            return
        asked["ContinuationToken"] = page["NextContinuationToken"]
