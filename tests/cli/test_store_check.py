# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from moto import mock_aws
from s3_stores import mocked_store
from terminal import longeva

S3 = """
[stores.local]
kind = "folder"

[stores.cloud]
kind = "s3"
bucket = "mock"
prefix = "archive/"
access_key = "mock"
secret_key = "mock"
"""


@pytest.fixture
def bucket(tmp_path, empty):
    (empty / "longeva.toml").write_text(S3, "utf-8")
    with mocked_store(tmp_path) as store:
        yield store


def test_a_folder_is_tried(empty):
    """It takes bytes, gives them back, and nothing stays."""
    ran = longeva("store", "check", "--home", empty, "--json")
    assert ran.code == 0
    (told,) = ran.json["stores"]
    assert (told["name"], told["kind"], [each["holds"] for each in told["checks"]]) == (
        "local",
        "folder",
        [True],
    )
    assert not (empty / "store" / "probe").exists()


def test_a_folder_that_cannot_be_written_is_not_fit(empty):
    """The words say why."""
    (empty / "store").rename(empty / "elsewhere")
    (empty / "store").write_text("a file")
    ran = longeva("store", "check", "local", "--home", empty, "--json")
    assert ran.code == 1
    assert ran.json["fit"] is False
    assert ran.json["stores"][0]["checks"][0]["holds"] is False


def test_a_bucket_is_tried_and_each_thing_told(bucket, empty):
    """On a mock, which minds neither digests nor signatures: it is told, and found unfit for that."""
    ran = longeva("store", "check", "cloud", "--home", empty, "--json")
    (told,) = ran.json["stores"]
    holds = {each["name"]: each["holds"] for each in told["checks"]}
    assert holds["reached"] is holds["written"] is holds["ranges"] is True
    assert holds["versions"] is holds["lock-rule"] is holds["altered-refused"] is False
    assert ran.code == 1
    assert list(bucket.keys()) == []
    said = longeva("store", "check", "cloud", "--home", empty).out
    assert "KEPT: what arrives is not checked against the signature" in said
    assert "nothing is locked" in said


def test_locks_that_are_asked_for_and_not_there_make_a_bucket_unfit(bucket, empty):
    """What is needed depends on the settings."""
    (empty / "longeva.toml").write_text(S3 + 'lock = { mode = "compliance" }\n', "utf-8")
    ran = longeva("store", "check", "cloud", "--home", empty, "--json")
    needed = {
        each["name"] for each in ran.json["stores"][0]["checks"] if each["needed"] and not each["holds"]
    }
    assert {"versions", "lock-rule"} <= needed


def test_a_bucket_that_is_not_there_is_told(empty):
    """One line, and why."""
    (empty / "longeva.toml").write_text(S3, "utf-8")
    with mock_aws():
        ran = longeva("store", "check", "cloud", "--home", empty, "--json")
    assert ran.code == 1
    (only,) = ran.json["stores"][0]["checks"]
    assert "the bucket does not exist" in only["words"]


def test_a_store_that_the_settings_do_not_have(empty):
    """Its name is not found, and the others are named."""
    ran = longeva("store", "check", "nowhere", "--home", empty)
    assert ran.code == 11
    assert "the settings have local" in ran.err
