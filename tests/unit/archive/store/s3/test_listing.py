# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from s3_stores import counted

from archive.store.s3 import listing


def test_a_listing_of_many_pages_is_whole_and_sorted(mock):
    """2,300 keys are three pages; a folder of folders as many as its names."""
    for number in range(2300):
        mock._bucket.client.put_object(**mock._bucket.at(f"many/{number:05d}/x"), Body=b"")
    with counted(mock) as seen:
        keys = list(mock.keys("many/"))
    assert keys == [f"many/{number:05d}/x" for number in range(2300)]
    assert seen == {"ListObjectsV2": 3}
    assert list(mock.folders("many/")) == [f"{number:05d}" for number in range(2300)]


def test_probe_keys_are_hidden(mock):
    """What `store check` and the proof of the locks left is no key of the store."""
    client = mock._bucket.client
    client.put_object(**mock._bucket.at(".pending/probe/lock"), Body=b"")
    client.put_object(Bucket="mock", Key="beside/x", Body=b"")
    mock.put("a/b", [b"1"])
    mock.sync()
    assert list(mock.keys()) == ["a/b"]
    assert list(mock.folders()) == ["a"]
    assert list(listing.everything(mock._bucket, "")) == [".pending/probe/lock", "a/b"]
