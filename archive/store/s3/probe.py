# SPDX-License-Identifier: EUPL-1.2
"""Ask a service what it enforces, by trying: for `longeva store check`.

Works under `PREFIX.pending/probe/` alone, which listings of the store hide. In a bucket that locks, what is
written carries a GOVERNANCE lock of two minutes instead of the default rule, and is removed at the end as far
as the service lets these credentials; what stays, and for how long, is the last thing told. Two keys stay for
as long as the rule of the bucket says, and are used again: `lock` and `multipart`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from archive.clock import SystemClock
from archive.errors import LongevaError, NotFound
from archive.settings import S3Settings
from archive.store.s3 import listing, locks
from archive.store.s3.bucket import Bucket
from archive.store.s3.client import checksum, make
from archive.store.s3.locks import Locks
from archive.store.s3.probe_locks import FOLDER, HOLD_SECONDS, observe_locks
from archive.store.s3.reading import version_of
from archive.store.s3.words import code_of, status_of, words

_RACERS: Final = 8
_SKEW: Final = timedelta(minutes=2)

_Trial = Callable[[Bucket, dict[str, Any]], tuple[bool, str]]
"""Tries one thing, with what a write must carry: whether it holds, and words."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that was tried."""

    name: str
    """Stable, for `--json`."""
    holds: bool | None
    """Whether the service does as one would wish; None where it could not be found out."""
    needed: bool
    """Whether this store is unfit without it."""
    words: str


def observe(settings: S3Settings) -> Iterator[Observation]:
    """Try everything, one thing after the other; what follows one that stops the rest is left out."""
    bucket = Bucket(make(settings), settings.bucket, settings.prefix)
    try:
        yield from _reach(bucket, settings)
        rule = locks.rule_of(bucket)
        versions = locks.keeps_versions(bucket)
    except LongevaError as cause:
        yield Observation("reached", False, True, str(cause))
        return
    asked = Locks(settings.lock, rule)
    kept = "keeps what is overwritten or deleted" if versions else "what is overwritten or deleted is gone"
    yield Observation("versions", versions, bool(asked.mode), f"versioning: the bucket {kept}")
    extra = short_lock() if rule.mode else {}
    for name, needed, trial in (
        ("written", True, _written),
        ("conditional", False, _conditional),
        ("altered-refused", True, _altered),
        ("md5-refused", False, _md5),
        ("sha256-refused", False, _sha256),
        ("ranges", False, _ranges),
    ):
        yield _tried(name, needed, trial, bucket, extra)
    for name, holds, needed, said in observe_locks(bucket, asked):
        yield Observation(name, holds, needed, said)
    yield Observation("left-behind", None, False, _tidy(bucket, locked=bool(rule.mode)))


def short_lock() -> dict[str, Any]:
    """Return the arguments of a write that is to be locked for two minutes only."""
    until = SystemClock().now() + timedelta(seconds=HOLD_SECONDS)
    return {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until}


def _tried(name: str, needed: bool, trial: _Trial, bucket: Bucket, extra: dict[str, Any]) -> Observation:
    try:
        holds, said = trial(bucket, extra)
    except LongevaError as cause:
        return Observation(name, None, needed, f"could not be tried: {cause}")
    return Observation(name, holds, needed, said)


def _reach(bucket: Bucket, settings: S3Settings) -> Iterator[Observation]:
    with words(f"looking for the bucket {bucket.name}"):
        try:
            told = bucket.client.head_bucket(Bucket=bucket.name)
        except ClientError as cause:
            if status_of(cause) == 404:
                bucket.require()
            raise
    where = settings.endpoint or f"AWS {settings.region}"
    yield Observation("reached", True, True, f"the bucket {bucket.name} answers at {where}")
    secure = not settings.endpoint.startswith("http:")
    said = "checked against " + (settings.ca_file or "the authorities of this system")
    plain = "no TLS: whoever is on the way can read everything (altered bytes are refused all the same)"
    yield Observation("tls", secure, False, f"TLS: the certificate was {said}" if secure else plain)
    date = told["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        apart = abs(parsedate_to_datetime(date) - SystemClock().now())
    except ValueError:
        yield Observation("clock", None, False, "clock: the service does not say what time it has")
    else:
        seconds = round(apart.total_seconds())
        yield Observation("clock", apart < _SKEW, False, f"clock: {seconds} s apart (15 minutes are refused)")


def _written(bucket: Bucket, extra: dict[str, Any]) -> tuple[bool, str]:
    key = f"{FOLDER}written"
    _put(bucket, key, b"written", extra)
    there = _is_listed(bucket, key)
    with bucket.get(key)["Body"] as body:
        same = body.read() == b"written"
    bucket.delete(key)
    gone = not _is_listed(bucket, key)
    wrong = {
        "read otherwise": not same,
        "not listed at once": not there,
        "still listed after its removal": not gone,
    }
    what = [word for word, so in wrong.items() if so]
    return (
        not what,
        f"what is written is {', '.join(what) or 'read and listed at once, and gone when removed'}",
    )


def _conditional(bucket: Bucket, extra: dict[str, Any]) -> tuple[bool, str]:
    key = f"{FOLDER}conditional"
    with suppress(NotFound):
        bucket.head(key)
        bucket.delete(key)

    def race(number: int) -> bool:
        with words("writing", key):
            try:
                _raw_put(bucket, key, b"%d" % number, {**extra, "IfNoneMatch": "*"})
            except ClientError as cause:
                if status_of(cause) in {409, 412}:
                    return False
                raise
        return True

    with ThreadPoolExecutor(_RACERS) as racers:
        winners = sum(racers.map(race, range(_RACERS)))
    if winners == 1:
        return True, f"conditional writes: one of {_RACERS} at a time won"
    return False, (
        f"conditional writes are not enforced: {winners} of {_RACERS} at a time won. Longeva looks before it "
        "writes, and its guard alone keeps two writers apart"
    )


def _altered(bucket: Bucket, extra: dict[str, Any]) -> tuple[bool, str]:
    """Change the body after it was signed, as memory or a proxy might."""

    def change(request: Any, **_: Any) -> None:
        request.body = b"Changed"

    events = bucket.client.meta.events
    events.register("before-send.s3.PutObject", change)
    try:
        refused = _refused(bucket, f"{FOLDER}altered", extra)
    finally:
        events.unregister("before-send.s3.PutObject", change)
    kept = "refused" if refused else "KEPT: what arrives is not checked against the signature"
    return refused, f"a body altered on the way was {kept}"


def _md5(bucket: Bucket, extra: dict[str, Any]) -> tuple[bool, str]:
    wrong = "1B2M2Y8AsgTpgAmY7PhCfg=="  # of nothing
    refused = _refused(bucket, f"{FOLDER}md5", {**extra, "ContentMD5": wrong})
    return refused, "a wrong Content-MD5 was " + ("refused" if refused else "accepted")


def _sha256(bucket: Bucket, extra: dict[str, Any]) -> tuple[bool, str]:
    refused = _refused(bucket, f"{FOLDER}sha256", {**extra, "ChecksumSHA256": checksum("00" * 32)})
    ignored = "ignored; the signature covers the bytes, and Longeva keeps its own digests"
    return refused, "a wrong x-amz-checksum-sha256 was " + ("refused" if refused else ignored)


def _ranges(bucket: Bucket, extra: dict[str, Any]) -> tuple[bool, str]:
    key = f"{FOLDER}ranges"
    _put(bucket, key, b"0123456789", extra)
    with words("reading", key), bucket.client.get_object(**bucket.at(key), Range="bytes=3-5")["Body"] as body:
        part = body.read()
    bucket.delete(key)
    return part == b"345", "ranges: " + ("given" if part == b"345" else "not given")


def _refused(bucket: Bucket, key: str, extra: dict[str, Any]) -> bool:
    with words("writing", key):
        try:
            _raw_put(bucket, key, b"changed", extra)
        except ClientError as cause:
            if 400 <= status_of(cause) < 500 and code_of(cause) != "AccessDenied":
                return True
            raise
    bucket.delete(key)
    return False


def _put(bucket: Bucket, key: str, data: bytes, extra: dict[str, Any]) -> str:
    with words("writing", key):
        return version_of(_raw_put(bucket, key, data, extra))


def _raw_put(bucket: Bucket, key: str, data: bytes, extra: dict[str, Any]) -> dict[str, Any]:
    if not extra.keys() & {"ContentMD5", "ChecksumSHA256"}:  # AWS wants one of them with a lock
        extra = {**extra, "ChecksumSHA256": checksum(hashlib.sha256(data).hexdigest())}
    return dict(bucket.client.put_object(**bucket.at(key), Body=data, **extra))


def _is_listed(bucket: Bucket, key: str) -> bool:
    with words("listing", FOLDER):
        return key in listing.everything(bucket, FOLDER)


def _tidy(bucket: Bucket, *, locked: bool) -> str:
    """Remove what was written, as far as it goes, and say what stays."""
    bypass = {"BypassGovernanceRetention": True} if locked else {}
    stays = 0
    for key, version in list(listing.versions(bucket, FOLDER)):
        if key in {locks.PROBE, f"{FOLDER}multipart"}:
            continue
        with words("deleting", key):
            try:
                bucket.client.delete_object(**bucket.at(key), VersionId=version, **bypass)
            except ClientError:
                stays += 1
    place = f"left behind under {bucket.prefix}{FOLDER}:"
    minutes = HOLD_SECONDS // 60
    said = f"{stays} versions locked for {minutes} minutes" if stays else "nothing"
    return f"{place} {said}{', and the keys lock and multipart' if locked else ''}"
