# SPDX-License-Identifier: EUPL-1.2
"""Locks on a real service: proven before the first write, seen on what was written, held against everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from s3_stores import counted, made, real_store

from archive.errors import IntegrityError, StorageUnavailable
from archive.settings import LockSettings
from archive.store import retention_of
from archive.store.s3 import locks

pytestmark = pytest.mark.engines
DAY = timedelta(days=1)


def refused(action, **arguments):
    with pytest.raises(ClientError) as told:
        action(**arguments)
    return told.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.parametrize(
    ("rule", "mode"),
    [("COMPLIANCE", "compliance"), ("GOVERNANCE", "governance"), ("COMPLIANCE", "governance")],
)
@pytest.mark.parametrize("tls", [False, True])
def test_what_was_written_is_locked_and_stays(rgw, tmp_path, rule, mode, tls):
    """By the bucket's rule, told with the bytes; neither removed nor shortened; no bypass of COMPLIANCE."""
    store = real_store(rgw, tmp_path, rule, tls=tls, lock=LockSettings(mode=mode, days=1))
    store.put("k", [b"1"])
    store.sync()
    with store.open("k") as stream:
        held = retention_of(stream)
        assert stream.read() == b"1"
    assert held.mode == rule
    assert timedelta(0) <= held.until - held.written - DAY < timedelta(minutes=1)
    assert store.lock_fault(held) == ""
    assert store.challenge("k", b"nonce").retention == held == store.lock_of("k")
    assert store.caveats == ()
    version = {**store._bucket.at("k"), "VersionId": held.version_id}
    client = rgw.client()
    assert refused(client.delete_object, **version)
    sooner = {"Mode": rule, "RetainUntilDate": datetime.now(UTC) + timedelta(hours=1)}
    assert refused(client.put_object_retention, **version, Retention=sooner)
    if rule == "COMPLIANCE":
        assert refused(client.delete_object, **version, BypassGovernanceRetention=True)


def test_removing_a_key_leaves_the_locked_version(rgw, tmp_path):
    """`delete` is what S3 calls a delete marker: the bytes are there for as long as the lock."""
    store = real_store(rgw, tmp_path, "COMPLIANCE", lock=LockSettings(mode="compliance"))
    store.put("k", [b"1"])
    store.sync()
    version = store.lock_of("k").version_id
    store.delete("k")
    assert not store.exists("k")
    assert rgw.client().get_object(**store._bucket.at("k"), VersionId=version)["Body"].read() == b"1"


@pytest.mark.parametrize(
    ("rule", "asked", "said"),
    [
        ("", LockSettings(mode="governance"), "no default Object Lock rule"),
        ("GOVERNANCE", LockSettings(mode="compliance"), "its default rule is GOVERNANCE"),
        ("COMPLIANCE", LockSettings(mode="compliance", days=3650), "1 days, and 3650 are asked for"),
    ],
)
def test_a_bucket_that_does_less_than_is_asked_is_refused(rgw, tmp_path, rule, asked, said):
    """Nothing is written; the words name what is missing."""
    store = real_store(rgw, tmp_path, rule, lock=asked)
    store.put("k", [b"1"])
    with pytest.raises(StorageUnavailable, match=said):
        store.sync()
    assert list(store.keys()) == []
    assert "Contents" not in rgw.client().list_objects_v2(Bucket=store._bucket.name)


def test_a_bucket_that_does_less_is_marked_where_that_was_allowed(rgw, tmp_path, caplog):
    """The store works, and tells everybody who asks."""
    store = real_store(rgw, tmp_path, "", lock=LockSettings(mode="compliance", insist=False))
    store.put("k", [b"1"])
    store.sync()
    assert store.read("k") == b"1"
    assert store.caveats == ("it has no default Object Lock rule",)
    assert "does not lock as it should" in caplog.text


def test_the_proof_is_made_once_and_leaves_one_version(rgw, tmp_path, monkeypatch):
    """Seven requests for the first process, four for the next, none afterwards; one hidden key."""
    lock = LockSettings(mode="compliance", days=1)
    store = real_store(rgw, tmp_path, "COMPLIANCE", lock=lock)

    def proven():
        with counted(store) as seen:
            locks.prove(store._bucket, store._settings)
        return sum(seen.values())

    assert proven() == 7
    assert proven() == 0
    for _ in range(2):
        monkeypatch.setattr(locks, "_proven", {})  # as the next process begins
        assert proven() == 4
    found = rgw.client().list_object_versions(Bucket=store._bucket.name)
    assert [each["Key"] for each in found["Versions"]] == ["archive/.pending/probe/lock"]
    assert "DeleteMarkers" not in found
    assert list(store.keys()) == []


def test_a_rule_that_was_taken_away_is_noticed_at_the_next_deposit(rgw, tmp_path):
    """The proof was made at the start; the first reading of what was just written tells."""
    store = real_store(rgw, tmp_path, "COMPLIANCE", lock=LockSettings(mode="compliance"))
    store.put("before", [b"1"])
    store.sync()
    assert store.read("before") == b"1"
    rgw.client().put_object_lock_configuration(
        Bucket=store._bucket.name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    )
    store.put("after", [b"1"])
    store.sync()
    with pytest.raises(IntegrityError, match="does not hold it locked"):
        store.read("after")
    with store.open("after") as stream:
        assert "does not hold it locked" in store.lock_fault(retention_of(stream))


def test_a_legal_hold_is_put_seen_and_released(rgw, tmp_path):
    """Under hold nobody removes a version, whatever its retention."""
    store = real_store(rgw, tmp_path, "GOVERNANCE", lock=LockSettings(mode="governance"))
    store.put("k", [b"1"])
    store.sync()
    assert not store.lock_of("k").legal_hold
    store.hold("k", on=True)
    held = store.lock_of("k")
    assert held.legal_hold
    version = {**store._bucket.at("k"), "VersionId": held.version_id, "BypassGovernanceRetention": True}
    assert refused(rgw.client().delete_object, **version)
    store.hold("k", on=False)
    assert not store.lock_of("k").legal_hold
    rgw.client().delete_object(**version)


def test_the_operator_of_the_service_is_not_bound(rgw, tmp_path):
    """Locks bind the users of S3: what Ceph's own tool can do is a limit that the manual tells."""
    store = real_store(rgw, tmp_path, "COMPLIANCE", lock=LockSettings(mode="compliance"))
    store.put("k", [b"1"])
    store.sync()
    rgw.admin("bucket", "rm", f"--bucket={store._bucket.name}", "--purge-objects")
    with pytest.raises(StorageUnavailable, match="the bucket does not exist"):
        store.read("k")


def test_another_instance_judges_by_the_same_rule(rgw, tmp_path):
    """A reader that never wrote cannot know the days of the rule, and still sees mode and lock."""
    store = real_store(rgw, tmp_path, "COMPLIANCE", lock=LockSettings(mode="compliance"))
    store.put("k", [b"1"])
    store.sync()
    locks._proven.clear()
    with made(store._settings, tmp_path).open("k") as stream:
        assert made(store._settings, tmp_path).lock_fault(retention_of(stream)) == ""
