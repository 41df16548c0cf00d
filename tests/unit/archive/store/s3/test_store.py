# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from s3_stores import counted, made

from archive.errors import ConflictError, IntegrityError, StorageUnavailable
from archive.objects import NewVersion, Objects
from archive.settings import LockSettings
from archive.store.folder import FolderStore
from archive.store.replicated import Health, ReplicatedStore, WatchedStore

WHEN = datetime(2026, 11, 21, tzinfo=UTC)
ROOT = "tenants/villa/ocfl/"


@contextmanager
def failing(store, operation, code="SlowDown", status=503):
    """Make the service refuse an operation, without its delays."""

    def refuse(**_):
        answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(answer, operation)

    events = store._bucket.client.meta.events
    events.register_first(f"before-call.s3.{operation}", refuse)
    try:
        yield
    finally:
        events.unregister(f"before-call.s3.{operation}", refuse)


def test_an_object_of_13_files_takes_16_writes_and_20_requests(mock):
    """13 content files, declaration, sidecar, inventory; two listings and one read back: 19 in all."""
    objects = Objects(mock, ROOT)
    objects.prepare()
    with counted(mock) as seen:
        files = {f"received/{n}": objects.stage("urn:x", f"received/{n}", [b"%d" % n]) for n in range(13)}
        objects.commit([NewVersion("urn:x", files, "m", "u", WHEN)])
    assert seen == {"PutObject": 16, "ListObjectsV2": 2, "GetObject": 1}
    assert sum(seen.values()) <= 20


def test_beside_a_folder_an_object_costs_a_bucket_no_more(mock, tmp_path):
    """Of several stores the one that costs by the request is asked as little as when it stands alone."""
    members = {"folder": FolderStore(tmp_path / "store"), "bucket": mock}
    store = ReplicatedStore(
        [WatchedStore(name, each, Health()) for name, each in members.items()], quorum=2, guard=mock._guard
    )
    store.begin()
    objects = Objects(store, ROOT)
    objects.prepare()
    with counted(mock) as seen:
        files = {f"received/{n}": objects.stage("urn:x", f"received/{n}", [b"%d" % n]) for n in range(13)}
        objects.commit([NewVersion("urn:x", files, "m", "u", WHEN)])
    assert seen["PutObject"] == 16
    assert sum(seen.values()) <= 20, seen


def test_putting_asks_nothing_and_reading_asks_once(mock):
    """Requests are the ones that the module states."""
    with counted(mock) as seen:
        mock.put("k", [b"1"])
    assert seen == {}
    with counted(mock) as seen:
        mock.sync()
    assert seen == {"GetObject": 1, "PutObject": 1}
    with counted(mock) as seen:
        mock.read("k")
        mock.challenge("k", b"nonce")
    assert seen == {"GetObject": 2}


def test_a_sync_that_fails_gives_up_what_was_pending(mock, tmp_path):
    """Put again, it goes up; what did arrive is accepted."""
    mock.put("a", [b"1"])
    with failing(mock, "PutObject"), pytest.raises(StorageUnavailable, match="overloaded"):
        mock.sync()
    assert mock.unsynced() == []
    assert not mock.exists("a")
    mock.put("a", [b"1"])
    mock.sync()
    mock.put("a", [b"1"])
    mock.sync()
    assert made(mock._settings, tmp_path).read("a") == b"1"


def test_nothing_is_replaced_before_everything_is_put(mock):
    """A root inventory never speaks of bytes that did not arrive."""
    mock.replace("root", b"old")
    mock.sync()
    mock.put("content", [b"1"])
    mock.replace("root", b"new")
    order = []

    def note(params, **_):
        order.append(params["url_path"].rpartition("/")[2])

    events = mock._bucket.client.meta.events
    events.register_first("before-call.s3.PutObject", note)
    mock.sync()
    assert order == ["content", "root"]
    mock.put("more", [b"1"])
    mock.replace("root", b"newest")
    with failing(mock, "GetObject"), pytest.raises(StorageUnavailable):
        mock.sync()
    events.unregister("before-call.s3.PutObject", note)
    assert order == ["content", "root"]
    assert mock.read("root") == b"new"


def test_two_instances_see_the_conflict_at_sync(mock, tmp_path):
    """The first keeps the key; what else the second brought is stable."""
    other = made(mock._settings, tmp_path)
    mock.put("k", [b"first"])
    other.put("k", [b"second"])
    other.put("its own", [b"1"])
    mock.sync()
    with pytest.raises(ConflictError) as told:
        other.sync()
    assert told.value.place == "k"
    assert mock.read("k") == b"first"
    assert mock.read("its own") == b"1"


def test_a_version_that_does_not_stay_is_noticed_when_it_is_read_back(mock):
    """What was just written and is read for the first time must be that version."""
    client, bucket = mock._bucket.client, mock._bucket.name
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    mock.put("k", [b"1"])
    mock.sync()
    client.put_object(**mock._bucket.at("k"), Body=b"1")
    with pytest.raises(IntegrityError, match="another version"):
        mock.read("k")


def test_a_fork_has_no_pending_writes_and_works(mock):
    """They stay the parent's; the child connects for itself."""
    mock.put("k", [b"1"])
    child = os.fork()
    if child == 0:
        mock.put("c", [b"2"])
        mock.sync()
        os._exit(mock.unsynced() != [] or mock.exists("k"))
    assert os.waitpid(child, 0)[1] == 0
    assert mock.unsynced() == ["k"]


def test_without_a_lock_rule_a_store_that_insists_writes_nothing(mock, tmp_path):
    """The refusal names the bucket, what is missing and what can be done; nothing went up."""
    locked = mock._settings.model_copy(update={"lock": LockSettings(mode="compliance")})
    store = made(locked, tmp_path)
    store.put("k", [b"1"])
    with pytest.raises(StorageUnavailable, match=r"bucket mock .* no default Object Lock rule.*lock.insist"):
        store.sync()
    assert not store.exists("k")


def test_without_a_lock_rule_a_store_that_does_not_insist_is_marked(mock, tmp_path, caplog):
    """It goes on, and says what it lacks to the log and to whoever asks."""
    locked = mock._settings.model_copy(
        update={"lock": LockSettings(mode="compliance", insist=False), "prefix": "other/"}
    )
    store = made(locked, tmp_path)
    assert store.caveats == ()
    store.put("k", [b"1"])
    store.sync()
    assert store.read("k") == b"1"
    assert store.caveats == ("it has no default Object Lock rule",)
    assert "does not lock as it should" in caplog.text
    with store.open("k") as stream:
        assert store.lock_fault(stream.retention) == "the service does not hold it locked"
