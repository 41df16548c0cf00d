# SPDX-License-Identifier: EUPL-1.2
"""Bytes on their way to a real service: in parts, altered, again, by two writers."""

from __future__ import annotations

import resource
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from s3_stores import counted, made, real_store

from archive.digests import digest_stream
from archive.errors import ConflictError, StorageUnavailable
from archive.settings import LockSettings
from archive.store.s3 import multipart

pytestmark = pytest.mark.engines
MIB = 1 << 20


def test_a_file_of_300_mib_goes_up_in_parts_in_constant_memory_and_is_locked(rgw, tmp_path):
    """The default rule is applied to a whole of parts; our SHA-256 of it is that of what came in."""
    store = real_store(rgw, tmp_path, "COMPLIANCE", tls=True, lock=LockSettings(mode="compliance", days=1))
    store.put("small", [b"1"])
    store.sync()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    digests = store.put("big", (bytes([n % 251]) * MIB for n in range(300)))
    with counted(store) as seen:
        store.sync()
    with store.open("big") as stream:
        assert store.lock_fault(stream.retention) == ""
        assert digest_stream(stream) == digests
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 100, f"{grown} MiB"
    assert seen["UploadPart"] == 10


def test_an_upload_that_dies_leaves_nothing_and_a_young_one_is_left_alone(rgw, tmp_path, monkeypatch):
    """What fails is taken back; what another may be sending is not."""
    store = real_store(rgw, tmp_path)
    store.put("big", (bytes(MIB) for _ in range(65)))
    bucket, client = store._bucket.name, store._bucket.client

    def refuse(**_):
        raise ClientError(
            {"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "UploadPart"
        )

    client.meta.events.register_first("before-call.s3.CompleteMultipartUpload", refuse)
    try:
        with pytest.raises(StorageUnavailable):
            store.sync()
    finally:
        client.meta.events.unregister("before-call.s3.CompleteMultipartUpload", refuse)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)
    client.create_multipart_upload(**store._bucket.at("living"))
    assert multipart.abandon(store._bucket) == 0
    monkeypatch.setattr(multipart, "_STALE", -multipart._STALE)
    assert multipart.abandon(store._bucket) == 1
    assert not store.exists("big")


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("size", [7, 3 * MIB])
def test_bytes_altered_on_the_way_are_refused(rgw, tmp_path, tls, size):
    """The signature covers the SHA-256 of the body, also over TLS, where boto3 alone would not."""
    store = real_store(rgw, tmp_path, tls=tls)
    store.put("k", [b"x" * size])

    def alter(request, **_):
        request.body = b"y" * size

    store._bucket.client.meta.events.register_last("before-send.s3.PutObject", alter)
    try:
        with pytest.raises(StorageUnavailable, match="not those that were sent"):
            store.sync()
    finally:
        store._bucket.client.meta.events.unregister("before-send.s3.PutObject", alter)
    assert not store.exists("k")


def test_of_two_writers_under_the_guard_one_keeps_the_key(rgw, tmp_path):
    """This service minds no condition in a bucket with versions: the guard and the look before do it."""
    first = real_store(rgw, tmp_path)
    stores = [first, *(made(first._settings, tmp_path) for _ in range(7))]
    ready = threading.Barrier(8)

    def write(number):
        stores[number].put("k", [b"%d" % number])
        ready.wait()
        try:
            with stores[number].exclusive(["k"]):
                stores[number].sync()
        except ConflictError:
            return None
        return number

    with ThreadPoolExecutor(8) as writers:
        won = [number for number in writers.map(write, range(8)) if number is not None]
    assert len(won) == 1
    assert first.read("k") == b"%d" % won[0]
    versions = rgw.client().list_object_versions(Bucket=first._bucket.name)["Versions"]
    assert len(versions) == 1


def test_an_answer_that_was_lost_is_no_conflict(rgw, tmp_path):
    """The bytes arrived and the writer did not learn it: putting them again is accepted."""
    store = real_store(rgw, tmp_path)

    def lose(**_):
        raise ConnectionResetError

    store.put("k", [b"1"])
    store._bucket.client.meta.events.register("after-call.s3.PutObject", lose)
    try:
        with pytest.raises(StorageUnavailable, match="the connection failed"):
            store.sync()
    finally:
        store._bucket.client.meta.events.unregister("after-call.s3.PutObject", lose)
    store.put("k", [b"1"])
    store.sync()
    assert store.read("k") == b"1"
    assert len(rgw.client().list_object_versions(Bucket=store._bucket.name)["Versions"]) == 1
