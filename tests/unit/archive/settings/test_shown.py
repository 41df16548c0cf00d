# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import json

import pytest

from archive.settings.layers import Layer
from archive.settings.load import checked
from archive.settings.shown import secrets_in_file, shown_settings, without_password

FILE = Layer(
    {
        "catalog": {"url": "postgresql+psycopg://app:hunter2@db/archive", "owner_url": ""},
        "stores": {"far": {"kind": "s3", "bucket": "b", "endpoint": "https://u:hunter2@s3.example"}},
        "index": {"kind": "elasticsearch", "urls": ["https://e:hunter2@one", "https://two"]},
    },
    lambda place: f"file {'.'.join(place)}",
)
ENVIRONMENT = Layer(
    {"stores": {"far": {"secret_key": "hunter2"}}, "index": {"password": "hunter2"}, "web": {"port": "81"}},
    lambda place: f"variable {'.'.join(place)}",
)


def shown():
    layers = (FILE, ENVIRONMENT)
    return {each.name: each for each in shown_settings(checked(layers), layers)}


def test_every_value_is_shown_with_its_origin():
    """The file, the environment and the default."""
    rows = shown()
    assert (rows["stores.far.bucket"].value, rows["stores.far.bucket"].origin) == (
        "b",
        "file stores.far.bucket",
    )
    assert (rows["web.port"].value, rows["web.port"].origin) == (81, "variable web.port")
    assert (rows["web.threads"].value, rows["web.threads"].origin) == (4, "default")
    assert rows["timestamps.authorities"].value == {}


def test_no_secret_is_shown():
    """Neither keys nor passwords nor the password inside an address; where it leads may be seen."""
    rows = shown()
    assert "hunter2" not in json.dumps([each.value for each in rows.values()])
    assert rows["catalog.url"].value == "postgresql+psycopg://app:********@db/archive"
    assert rows["catalog.owner_url"].value == ""
    assert rows["index.urls"].value == ["https://e:********@one", "https://two"]
    assert rows["stores.far.secret_key"].value == "********"


@pytest.mark.parametrize(
    "address",
    [
        "x://u:hunter2@h/d",
        "x://:hunter2@h",
        "x://u:a/hunter2@h",
        "x://u:hunter2@a@h/d",
        "x://h/d?password=hunter2&a=1",
    ],
)
def test_passwords_of_addresses_are_masked(address):
    """Wherever an address may carry them."""
    assert "hunter2" not in without_password(address)


def test_the_secrets_that_stand_in_the_file_are_known():
    """They make the file's permissions matter; what the environment says does not."""
    layers = (FILE, ENVIRONMENT)
    found = secrets_in_file(checked(layers), layers, FILE)
    assert found == ["stores.far.endpoint", "catalog.url"]
