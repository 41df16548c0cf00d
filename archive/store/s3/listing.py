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
    start = len(bucket.prefix)
    for page in _pages(bucket, prefix, ""):
        for entry in page.get("Contents", ()):
            key = entry["Key"][start:]
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
