# SPDX-License-Identifier: EUPL-1.2
"""What goes wrong with a real service, in the words that the operator reads."""

from __future__ import annotations

import signal

import pytest
from pydantic import SecretStr
from s3_stores import made, real_store

from archive.errors import NotFound, StorageUnavailable

pytestmark = pytest.mark.engines


def changed(store, folder, **update):
    return made(store._settings.model_copy(update=update), folder)


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"bucket": "not-there"}, "the bucket does not exist"),
        ({"access_key": "nobody"}, "does not know this access_key"),
        ({"secret_key": SecretStr("wrong")}, "secret_key is not that of the access_key"),
        ({"endpoint": "http://localhost:9"}, "nobody answers at http://localhost:9"),
        ({"endpoint": "http://no-such-host.invalid"}, "DNS"),
    ],
)
def test_what_is_set_wrong_is_told(rgw, tmp_path, update, said):
    """Reading, writing and listing all say it; none says that a key is not there."""
    good = real_store(rgw, tmp_path)
    bad = changed(good, tmp_path, **update)
    bad.put("k", [b"1"])
    for action in (bad.sync, lambda: bad.read("k"), lambda: list(bad.keys())):
        with pytest.raises(StorageUnavailable, match=said):
            action()
    if "bucket" in update:
        with pytest.raises(StorageUnavailable, match=said):
            bad.exists("k")


def test_a_certificate_of_an_unknown_authority_is_refused(rgw, tmp_path):
    """The words say which setting it is about."""
    store = changed(real_store(rgw, tmp_path, tls=True), tmp_path, ca_file="")
    with pytest.raises(StorageUnavailable, match="ca_file"):
        store.read("k")


def test_a_service_that_dies_and_comes_back(rgw, tmp_path):
    """While it is away everything says so; what it acknowledged is there afterwards."""
    store = real_store(rgw, tmp_path)
    store.put("k", [b"1"])
    store.sync()
    rgw.stop_gateway(signal.SIGKILL)
    try:
        store.put("other", [b"2"])
        with pytest.raises(StorageUnavailable, match=r"nobody answers|connection failed"):
            store.sync()
        with pytest.raises(StorageUnavailable):
            store.read("k")
    finally:
        rgw.start_gateway()
    assert store.read("k") == b"1"
    with pytest.raises(NotFound):
        store.read("other")
    store.put("other", [b"2"])
    store.sync()
    assert store.read("other") == b"2"
