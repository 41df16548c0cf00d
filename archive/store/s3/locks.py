# SPDX-License-Identifier: EUPL-1.2
"""Locks proven and not believed: what the bucket says, what a probe key meets, and what each answer tells.

Before a process writes for the first time to a store that asks for locks (`prove`: four requests, seven where
there is no probe key yet):

    GET versioning, GET object lock configuration    the default rule is there, long and strict enough
    HEAD .pending/probe/lock                         where there is none, or its time is over: PUT and HEAD
                                                     it was locked by the rule, without being asked
    DELETE that very version                         must be refused

Afterwards, at no request more: whatever is read tells of its lock in the same answer (`Locks.fault`): the
inventory of each deposit as it is read back, and every file during an audit.

The default rule is what locks; nothing is asked for with the uploads themselves, because services were seen
to drop lock headers in silence (multipart and copies on Ceph RADOS Gateway). The probe key is one version of
a few bytes, which stays for as long as the rule says; then it is removed and put anew.

BUG: a DELETE may also be refused because the credentials may delete no version at all. That proves less
than a lock does, and protects as well from these credentials.
Limits: what the operator of the service can do beside S3 is not seen (`radosgw-admin bucket rm
--purge-objects` removes a COMPLIANCE bucket of Ceph 16.2.15).
Source:
    Amazon S3 User Guide, "Locking objects with Object Lock"; API Reference, GetObjectLockConfiguration.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from archive.clock import SystemClock
from archive.errors import NotFound, StorageUnavailable
from archive.settings import LockSettings, S3Settings
from archive.store import Retention
from archive.store.keys import RESERVED
from archive.store.s3.bucket import Bucket
from archive.store.s3.client import checksum
from archive.store.s3.reading import retention
from archive.store.s3.words import code_of, words

PROBE: Final = f"{RESERVED}/probe/lock"
"""The one key that `prove` writes; listings of the store hide it."""
_BODY: Final = b"Longeva tries to remove this, and must not be able to. See docs/engines/s3.md.\n"
_DIGEST: Final = hashlib.sha256(_BODY).hexdigest()
_SLACK: Final = timedelta(hours=1)
_STRICTNESS: Final = {"": 0, "GOVERNANCE": 1, "COMPLIANCE": 2}
_DAYS: Final = {"Days": 1, "Years": 365}
_LOGGER: Final = logging.getLogger(__name__)

_proven: dict[S3Settings, Locks] = {}
_proving = threading.Lock()


@dataclass(frozen=True, slots=True)
class Rule:
    """The default retention of a bucket."""

    mode: str = ""
    """`COMPLIANCE`, `GOVERNANCE`, or empty where there is none."""
    days: int = 0


@dataclass(frozen=True, slots=True)
class Locks:
    """What is asked of the locks of a store, and what was found."""

    asked: LockSettings
    rule: Rule = Rule()
    caveats: tuple[str, ...] = ()
    """What the service does not do although it was asked to; empty before `prove`."""

    @property
    def mode(self) -> str:
        """The mode that is asked for, as S3 calls it; empty for none."""
        return "" if self.asked.mode == "off" else self.asked.mode.upper()

    def fault(self, found: Retention | None) -> str:
        """Return what is wrong with the lock of one version, in words; empty where it is as asked."""
        if not self.mode:
            return ""
        if found is None or not found.mode or found.until is None:
            return "the service does not hold it locked"
        if _STRICTNESS.get(found.mode, 0) < _STRICTNESS[self.mode]:
            return f"it is locked in mode {found.mode}, and {self.mode} is asked for"
        least = timedelta(days=self.asked.days or self.rule.days)
        if found.written and found.until + _SLACK < found.written + least:
            return f"it is locked until {found.until:%Y-%m-%d} only, written {found.written:%Y-%m-%d}"
        if not found.version_id:
            return "it has no version of its own, so that it can be overwritten"
        return ""


def prove(bucket: Bucket, settings: S3Settings) -> Locks:
    """Return what the locks of a store are worth; once for each process and settings.

    Raises:
        StorageUnavailable: The service does not enforce what is asked for and the settings insist on it, or
            it could not be asked.
    """
    with _proving:
        if settings not in _proven:
            _proven[settings] = _prove(bucket, settings.lock)
        return _proven[settings]


def seen(settings: S3Settings) -> Locks:
    """Return what this process knows so far, without a request."""
    return _proven.get(settings, Locks(settings.lock))


def rule_of(bucket: Bucket) -> Rule:
    """Return the default rule of a bucket. Raises StorageUnavailable."""
    try:
        with words(f"reading the lock rule of the bucket {bucket.name}"):
            told = _configuration(bucket)
    except NotFound:  # some services answer so where there is no configuration
        told = {}
    retained = told.get("Rule", {}).get("DefaultRetention", {})
    days = sum(int(retained.get(unit, 0)) * length for unit, length in _DAYS.items())
    return Rule(str(retained.get("Mode", "")), days)


def keeps_versions(bucket: Bucket) -> bool:
    """Tell whether a bucket keeps what is overwritten or deleted. Raises StorageUnavailable."""
    with words(f"reading the versioning of the bucket {bucket.name}"):
        return bool(bucket.client.get_bucket_versioning(Bucket=bucket.name).get("Status") == "Enabled")


def _prove(bucket: Bucket, asked: LockSettings) -> Locks:
    locks = Locks(asked)
    if not locks.mode:
        return locks
    locks = replace(locks, rule=rule_of(bucket))
    found = list(rule_faults(bucket, locks))
    if not found:
        found = list(probe_faults(bucket, locks))
    locks = replace(locks, caveats=tuple(found))
    if found and asked.insist:
        raise StorageUnavailable(
            f"the bucket {bucket.name} is asked for {locks.mode} locks and does not enforce them: "
            f"{'; '.join(found)}. Nothing was written. Mend the bucket, or set lock.insist = false to go on "
            "without (`longeva store check` tells what the service enforces)"
        )
    for caveat in found:
        _LOGGER.warning("bucket %s does not lock as it should: %s", bucket.name, caveat)
    return locks


def rule_faults(bucket: Bucket, locks: Locks) -> list[str]:
    """Return what the rule of a bucket lacks of what is asked for."""
    if not locks.rule.mode:
        return ["it has no default Object Lock rule"]
    found = []
    if _STRICTNESS.get(locks.rule.mode, 0) < _STRICTNESS[locks.mode]:
        found.append(f"its default rule is {locks.rule.mode}")
    if locks.rule.days < locks.asked.days:
        found.append(f"its default rule is {locks.rule.days} days, and {locks.asked.days} are asked for")
    if not keeps_versions(bucket):
        found.append("it does not keep versions")
    return found


def probe_faults(bucket: Bucket, locks: Locks) -> list[str]:
    """Return what the probe key shows to be wrong with the locks of a bucket; see the module."""
    try:
        held = retention(bucket.head(PROBE))
    except NotFound:
        held = _put_probe(bucket)
    soon = SystemClock().now() + timedelta(minutes=1)
    if held.until is None or held.until <= soon or locks.fault(held):
        # An old one, of which the time is over or the rule was another: a new one tells of today.
        if held.until and held.until <= soon:
            delete_version(bucket, PROBE, held.version_id)
        held = _put_probe(bucket)
    if fault := locks.fault(held):
        return [fault]
    if delete_version(bucket, PROBE, held.version_id):
        return ["it deleted a version that it held locked"]
    return []


def _put_probe(bucket: Bucket) -> Retention:
    with words("writing", PROBE):
        bucket.client.put_object(**bucket.at(PROBE), Body=_BODY, ChecksumSHA256=checksum(_DIGEST))
    return retention(bucket.head(PROBE))


def delete_version(bucket: Bucket, key: str, version_id: str) -> bool:
    """Try to remove a version for good; tell whether the service did it. Only for probe keys."""
    with words("deleting", key):
        try:
            bucket.client.delete_object(**bucket.at(key), VersionId=version_id)
        except ClientError as cause:
            if code_of(cause) in {"AccessDenied", "InvalidRequest", "403", "ObjectLocked"}:
                return False
            raise
    return True


def _configuration(bucket: Bucket) -> dict[str, Any]:
    try:
        told = bucket.client.get_object_lock_configuration(Bucket=bucket.name)
    except ClientError as cause:
        if code_of(cause) in {"ObjectLockConfigurationNotFoundError", "NotImplemented", "InvalidRequest"}:
            return {}
        raise
    return dict(told.get("ObjectLockConfiguration", {}))


def _forget() -> None:
    global _proving  # noqa: PLW0603 - another thread of the parent may have held it
    _proving = threading.Lock()


os.register_at_fork(after_in_child=_forget)
