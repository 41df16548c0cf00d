# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.exceptions import ProtocolError

from archive.errors import NotFound, StorageUnavailable
from archive.store.s3.words import Taken, conditional, words, writing


def refusal(code, status):
    answer = {"HTTPStatusCode": status, "RequestId": "tx1", "RetryAttempts": 3}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": answer}, "PutObject")


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (refusal("NoSuchBucket", 404), "create it"),
        (refusal("RequestTimeTooSkewed", 403), "set them by NTP"),
        (refusal("AccessDenied", 403), "policies"),
        (refusal("403", 403), "policies"),
        (refusal("InvalidAccessKeyId", 403), "does not know this access_key"),
        (refusal("SignatureDoesNotMatch", 403), "secret_key"),
        (refusal("SlowDown", 503), "overloaded"),
        (refusal("503", 503), "overloaded"),
        (refusal("QuotaExceeded", 403), "quota"),
        (refusal("BadDigest", 400), "not those that were sent"),
        (refusal("Strange", 418), "Strange at HTTP 418, request tx1, 4 tries"),
        (EndpointConnectionError(endpoint_url="http://x", error="Failed to resolve 'x'"), "DNS"),
        (EndpointConnectionError(endpoint_url="http://x", error="refused"), "nobody answers at http://x"),
        (ConnectTimeoutError(endpoint_url="http://x"), "did not take the connection in time"),
        (ReadTimeoutError(endpoint_url="http://x"), "did not answer in time"),
        (SSLError(endpoint_url="https://x", error="self-signed"), "ca_file"),
        (NoCredentialsError(), "set access_key"),
        (ProtocolError("broken"), "the connection failed"),
        (OSError("broken"), "the connection failed"),
    ],
)
def test_what_services_answer_is_told_in_words_that_help(cause, said):
    """Each failure says what it is and what to do; none crosses the border as it is."""
    with pytest.raises(StorageUnavailable, match=said) as told, words("writing", "a/key"):
        raise cause
    assert told.value.place == "a/key"
    assert told.value.retryable


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchVersion", "404"])
def test_an_absent_key_is_not_found(code):
    """A key that is not there is no failure of the service."""
    with pytest.raises(NotFound), words("reading", "k"):
        raise refusal(code, 404)


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchVersion", "404"])
@pytest.mark.parametrize("kind", [writing, conditional])
def test_a_write_is_never_answered_with_an_absent_key(code, kind):
    """A service that says so of a write is unwell: to be tried again, not "no such file"."""
    with pytest.raises(StorageUnavailable, match=f"{code} at HTTP 404") as told, kind("a/key"):
        raise refusal(code, 404)
    assert told.value.retryable
    assert told.value.place == "a/key"


@pytest.mark.parametrize(
    ("code", "status"),
    [("PreconditionFailed", 412), ("ConditionalRequestConflict", 409), ("NoSuchUpload", 404)],
)
def test_a_conditional_write_says_that_the_key_is_taken(code, status):
    """Also where an upload in parts was completed by a request whose answer was lost."""
    with pytest.raises(Taken), conditional("k"):
        raise refusal(code, status)
    with pytest.raises(StorageUnavailable), conditional("k"):
        raise refusal("SlowDown", 503)
