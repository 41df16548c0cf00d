# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import os

import pytest

from archive.digests import digest_bytes
from archive.errors import ConfigurationError, IntegrityError
from archive.settings import LockSettings, S3Settings
from archive.store.s3.client import checksum, client_for


def settings(**more):
    return S3Settings(kind="s3", bucket="b", access_key="a", secret_key="s", **more)


def test_stores_of_one_service_share_a_client():
    """Bucket, prefix and locks do not matter to a connection; another endpoint does."""
    first = client_for(settings())
    assert client_for(settings(prefix="p/", lock=LockSettings(mode="compliance"))) is first
    assert client_for(settings(endpoint="http://localhost:1")) is not first


def test_a_fork_has_a_client_of_its_own():
    """Connections are never shared by two processes."""
    first = client_for(settings())
    child = os.fork()
    if child == 0:
        os._exit(client_for(settings()) is first)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("more", [{"endpoint": "no address"}, {"ca_file": "/nowhere/ca.pem"}])
def test_what_cannot_be_a_connection_is_told_at_once(more):
    """Before anything is sent."""
    with pytest.raises(ConfigurationError):
        client_for(settings(**more))


def test_every_upload_announces_its_digest_twice_and_signs_it(mock):
    """SHA-256 of what came in and of what goes out; no chunked trailer that old services refuse."""
    seen = []
    events = mock._bucket.client.meta.events

    def note(request, **_):
        seen.append(dict(request.headers))

    events.register_first("before-send.s3.PutObject", note)
    mock.put("k", [b"bytes"])
    mock.sync()
    events.unregister("before-send.s3.PutObject", note)
    (headers,) = seen
    said = {
        name.lower(): value if isinstance(value, str) else value.decode() for name, value in headers.items()
    }
    assert said["x-amz-content-sha256"] == digest_bytes(b"bytes").sha256
    assert "x-amz-content-sha256" in said["authorization"]
    assert said["x-amz-checksum-sha256"] == checksum(digest_bytes(b"bytes").sha256)
    assert "x-amz-trailer" not in said
    assert said["if-none-match"] == "*"


def test_bytes_that_changed_in_the_spool_are_not_sent(mock, monkeypatch):
    """What goes out must be what came in."""
    big = b"x" * (2 << 20)
    mock.put("k", [big])
    path = mock._pending["k"].path
    with open(path, "r+b") as file:
        file.write(b"y")
    with pytest.raises(IntegrityError, match="changed between"):
        mock.sync()
    assert not mock.exists("k")
