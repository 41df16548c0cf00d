# SPDX-License-Identifier: EUPL-1.2
"""Ask a service whether its locks hold, by trying to remove, shorten and circumvent them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from archive.clock import SystemClock
from archive.errors import LongevaError, NotFound
from archive.settings import LockSettings
from archive.store.keys import RESERVED
from archive.store.s3 import locks
from archive.store.s3.bucket import Bucket
from archive.store.s3.client import checksum
from archive.store.s3.locks import Locks, delete_version
from archive.store.s3.reading import retention
from archive.store.s3.words import status_of, words

FOLDER: Final = f"{RESERVED}/probe/"
HOLD_SECONDS: Final = 120

_Told = tuple[str, bool | None, bool, str]
"""Name, whether it holds, whether this store is unfit without, words: an `Observation` in the making."""


def observe_locks(bucket: Bucket, asked: Locks) -> Iterator[_Told]:
    """Try the locks of a bucket: its rule, removal, shortening, legal hold, and uploads in parts."""
    needed, rule = bool(asked.mode), asked.rule
    if not rule.mode:
        yield "lock-rule", False, needed, "Object Lock: the bucket has no default rule: nothing is locked"
        return
    faults = locks.rule_faults(bucket, asked) if needed else []
    said = f"Object Lock: the default rule is {rule.mode}, {rule.days} days"
    yield "lock-rule", not faults, needed, "; ".join([said, *faults])
    itself = Locks(LockSettings(mode="compliance" if rule.mode == "COMPLIANCE" else "governance"), rule)
    for name, trial in (
        ("lock-holds", _holds),
        ("lock-not-shortened", _not_shortened),
        ("legal-hold", _legal_hold),
        ("lock-multipart", _multipart),
    ):
        wanted = needed and name != "legal-hold"
        try:
            holds, said = trial(bucket, itself)
        except LongevaError as cause:
            yield name, None, wanted, f"could not be tried: {cause}"
        else:
            yield name, holds, wanted, said


def _holds(bucket: Bucket, itself: Locks) -> tuple[bool, str]:
    """The key that every process proves the locks by, before it writes."""
    faults = locks.probe_faults(bucket, itself)
    if faults:
        return False, f"lock: {'; '.join(faults)}"
    return True, "lock: what was written without asking for one is locked, and its removal was refused"


def _not_shortened(bucket: Bucket, _: Locks) -> tuple[bool, str]:
    held = retention(bucket.head(locks.PROBE))
    sooner = SystemClock().now() + timedelta(minutes=1)
    with words("shortening", locks.PROBE):
        try:
            bucket.client.put_object_retention(
                **bucket.at(locks.PROBE),
                VersionId=held.version_id,
                Retention={"Mode": held.mode or "GOVERNANCE", "RetainUntilDate": sooner},
            )
        except ClientError as cause:
            if 400 <= status_of(cause) < 500:
                return True, "lock: shortening it was refused"
            raise
    return False, "lock: IT WAS SHORTENED to a minute"


def _legal_hold(bucket: Bucket, _: Locks) -> tuple[bool, str]:
    key = f"{FOLDER}held"
    until = SystemClock().now() + timedelta(seconds=HOLD_SECONDS)
    with words("holding", key):
        version = bucket.client.put_object(
            **bucket.at(key),
            Body=b"held",
            ChecksumSHA256=checksum(hashlib.sha256(b"held").hexdigest()),
            ObjectLockMode="GOVERNANCE",
            ObjectLockRetainUntilDate=until,
        ).get("VersionId", "")
        bucket.client.put_object_legal_hold(**bucket.at(key), VersionId=version, LegalHold={"Status": "ON"})
    seen = retention(bucket.head(key)).legal_hold
    kept = not _deleted_by_bypass(bucket, key, version)
    if kept:
        with words("releasing", key):
            bucket.client.put_object_legal_hold(
                **bucket.at(key), VersionId=version, LegalHold={"Status": "OFF"}
            )
    if kept and seen:
        return True, "legal hold: put, seen, its removal refused, released"
    return False, "legal hold: " + ("NOT KEPT" if not kept else "kept, but not told when the key is read")


def _deleted_by_bypass(bucket: Bucket, key: str, version: str) -> bool:
    with words("deleting", key):
        try:
            bucket.client.delete_object(**bucket.at(key), VersionId=version, BypassGovernanceRetention=True)
        except ClientError as cause:
            if 400 <= status_of(cause) < 500:
                return False
            raise
    return True


def _multipart(bucket: Bucket, itself: Locks) -> tuple[bool, str]:
    """A file in parts that asks for a short lock: it must have that one, or the rule's, but not none."""
    key = f"{FOLDER}multipart"
    try:
        held = retention(bucket.head(key))
    except NotFound:
        held = retention(_send_parts(bucket, key))
    else:
        if held.until is None or held.until < SystemClock().now() + timedelta(minutes=1):
            delete_version(bucket, key, held.version_id)
            held = retention(_send_parts(bucket, key))
    if not held.mode:
        return False, "lock of uploads in parts: NONE, neither what was asked for nor the default rule"
    dropped = held.mode != "GOVERNANCE" or (
        held.until is not None and held.written is not None and held.until > held.written + timedelta(hours=1)
    )
    if dropped:
        fault = itself.fault(held)
        said = "lock of uploads in parts: lock headers are dropped in silence, the default rule is applied"
        return not fault, f"{said}{': ' if fault else ''}{fault}"
    return True, "lock of uploads in parts: as the upload asks"


def _send_parts(bucket: Bucket, key: str) -> dict[str, Any]:
    until = SystemClock().now() + timedelta(seconds=HOLD_SECONDS)
    with words("writing", key):
        begun = bucket.client.create_multipart_upload(
            **bucket.at(key),
            ChecksumAlgorithm="SHA256",
            ObjectLockMode="GOVERNANCE",
            ObjectLockRetainUntilDate=until,
        )
        which = {**bucket.at(key), "UploadId": begun["UploadId"]}
        told = {"ChecksumSHA256": checksum(hashlib.sha256(b"in parts").hexdigest())}
        part = bucket.client.upload_part(**which, PartNumber=1, Body=b"in parts", **told)
        parts = [{"PartNumber": 1, "ETag": part["ETag"], **told}]
        bucket.client.complete_multipart_upload(**which, MultipartUpload={"Parts": parts})
    return bucket.head(key)
