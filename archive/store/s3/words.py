# SPDX-License-Identifier: EUPL-1.2
"""What S3 services and the network answer, in words that help whoever is on duty.

Source:
    Amazon S3 API Reference, "Error responses" (codes); what Ceph RADOS Gateway answers was seen in its tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.exceptions import HTTPError

from archive.errors import LongevaError, NotFound, StorageUnavailable

_CLOCK: Final = "the clocks of this machine and of the service are over 15 minutes apart: set them by NTP"
_REFUSED: Final = (
    "the service refuses this to these credentials: see the policies of the user and of the bucket "
    "(docs/engines/s3.md lists what is needed)"
)
_BUSY: Final = (
    "the service is overloaded or ailing and did not recover within our tries: nothing is lost, later"
)
_CHANGED: Final = (
    "the bytes that arrived are not those that were sent (memory, network or a proxy): try again"
)
_REGION: Final = "the bucket is in another region: correct `region` or `endpoint`"
_WORDS: Final = {
    "NoSuchBucket": "the bucket does not exist: create it, or correct `bucket`",
    "InvalidBucketName": "no bucket can have this name: correct `bucket`",
    "AccessDenied": _REFUSED,
    "AllAccessDisabled": _REFUSED,
    "403": _REFUSED,
    "AccountProblem": "the service has closed the account: ask its operator",
    "InvalidAccessKeyId": "the service does not know this access_key",
    "SignatureDoesNotMatch": "the secret_key is not that of the access_key, or a proxy changed the request",
    "ExpiredToken": "the credentials have expired: renew them",
    "InvalidToken": "the service does not accept these credentials: renew them",
    "RequestTimeTooSkewed": _CLOCK,
    "RequestExpired": _CLOCK,
    "SlowDown": _BUSY,
    "ServiceUnavailable": _BUSY,
    "InternalError": _BUSY,
    "RequestTimeout": _BUSY,
    "500": _BUSY,
    "502": _BUSY,
    "503": _BUSY,
    "504": _BUSY,
    "QuotaExceeded": "the quota of the bucket or user is used up: raise it, nothing is lost",
    "XMinioStorageFull": "the disks of the service are full",
    "507": "the disks of the service are full",
    "BadDigest": _CHANGED,
    "XAmzContentSHA256Mismatch": _CHANGED,
    "InvalidDigest": _CHANGED,
    "IncompleteBody": _CHANGED,
    "EntityTooLarge": "the service takes no file of this size: raise its limit",
    "MissingContentLength": "the service wants the length first: something on the way takes it out",
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "301": _REGION,
    "NotImplemented": "the service does not know this kind of request: ask `longeva store check`",
}
_ABSENT: Final = frozenset({"NoSuchKey", "NoSuchVersion", "NotFound", "404"})
"""A HEAD has no body, so that its code is the number."""


@contextmanager
def words(what: str, key: str = "") -> Iterator[None]:
    """Turn what the service or the network answers in the block into our errors.

    Args:
        what: What was being done: "writing", "reading".
        key: Of which key, if of one.

    Raises:
        NotFound: The service has no such key.
        StorageUnavailable: Anything else.
    """
    try:
        yield
    except ClientError as cause:
        raise told(cause, what, key) from cause
    except (BotoCoreError, HTTPError, OSError) as cause:
        raise StorageUnavailable(f"{what} {key}".rstrip() + f": {_network(cause)}", place=key) from cause


@contextmanager
def writing(key: str) -> Iterator[None]:
    """Do as `words` for a write, for which no key can be absent: who answers so is not well.

    Raises:
        StorageUnavailable: Whatever the service answers.
    """
    with words("writing", key):
        try:
            yield
        except ClientError as cause:
            if code_of(cause) in _ABSENT:
                raise _refused(cause, "writing", key) from cause
            raise


class Taken(Exception):
    """A conditional write was refused: the key is there, or is just being written."""


@contextmanager
def conditional(key: str) -> Iterator[None]:
    """Do as `writing` on condition that the key is free. Raises Taken where it is not."""
    with writing(key):
        try:
            yield
        except ClientError as cause:
            # NoSuchUpload: the answer to our own request was lost, and it was sent again.
            if status_of(cause) == 412 or code_of(cause) in {"NoSuchUpload", "ConditionalRequestConflict"}:
                raise Taken(key) from cause
            raise


def told(cause: ClientError, what: str, key: str) -> LongevaError:
    """Return our error for a refusal of the service."""
    code = code_of(cause)
    if code in _ABSENT:
        return NotFound("no such key in the store", place=key)
    return _refused(cause, what, key)


def _refused(cause: ClientError, what: str, key: str) -> StorageUnavailable:
    code = code_of(cause)
    answer = cause.response.get("ResponseMetadata", {})
    status = str(answer.get("HTTPStatusCode", "?"))
    message = cause.response.get("Error", {}).get("Message")
    explained = _WORDS.get(code) or _WORDS.get(status) or message or "the service refused"
    trace = f"{code} at HTTP {status}"
    if request := answer.get("RequestId"):
        trace += f", request {request}"
    if retries := answer.get("RetryAttempts"):
        trace += f", {retries + 1} tries"
    return StorageUnavailable(f"{what} {key}".rstrip() + f": {explained} ({trace})", place=key)


def code_of(cause: ClientError) -> str:
    """Return the S3 code of a refusal, or the HTTP status where there is no code."""
    return str(cause.response.get("Error", {}).get("Code") or status_of(cause))


def status_of(cause: ClientError) -> int:
    """Return the HTTP status of a refusal, 0 where it has none."""
    return int(cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)


def _network(cause: Exception) -> str:
    details: dict[str, Any] = getattr(cause, "kwargs", {})
    where, text = details.get("endpoint_url") or "the service", str(cause)
    if isinstance(cause, EndpointConnectionError):
        why = str(details.get("error", ""))
        if "resolve" in why or "Name or service" in why:
            return f"the name in {where} is not known: DNS, or correct `endpoint`"
        return f"nobody answers at {where}: is the service up, and the network? ({why or text})"
    for kinds, explained in _CONNECTIONS:
        if isinstance(cause, kinds):
            return explained.format(where=where, text=text)
    return f"the connection failed: {text}"


_CONNECTIONS: Final[tuple[tuple[tuple[type[Exception], ...], str], ...]] = (
    (
        (SSLError,),
        "TLS with {where} failed: set ca_file to the authority of its certificate, if it is yours ({text})",
    ),
    ((ProxyConnectionError,), "the HTTP proxy cannot be reached ({text})"),
    (
        (ConnectTimeoutError,),
        "{where} did not take the connection in time: is the service up, and the network?",
    ),
    ((ReadTimeoutError,), "{where} took the request and did not answer in time"),
    (
        (NoCredentialsError, PartialCredentialsError),
        "there are no credentials: set access_key and secret_key, or give boto3 some (docs/engines/s3.md)",
    ),
)
