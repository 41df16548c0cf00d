# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json

import pytest

from archive.errors import InvalidRequest
from archive.layout import (
    check_path,
    check_paths,
    content_path,
    folders_of,
    object_declaration,
    parse_version_name,
    root_files,
    version_name,
)


@pytest.mark.parametrize("name", ["", "v0", "v01", "1", "v-1", "v1a", "V1", "v"])
def test_only_plain_version_names_are_read(name):
    """`v` and a positive number without zeros in front."""
    with pytest.raises(ValueError):
        parse_version_name(name)


def test_versions_begin_at_one():
    """There is no version zero."""
    with pytest.raises(ValueError):
        version_name(0)


def test_bytes_lie_under_the_version_that_brought_them():
    """The content path is the logical path under its version's content folder."""
    assert content_path(3, "received/a.xml") == "v3/content/received/a.xml"


@pytest.mark.parametrize(
    "path", ["", "/a", "a/", "a//b", ".", "a/..", "a\0", "a\x85", "a\\b", "é" * 128, "\udc80"]
)
def test_names_that_trick_or_break_are_refused(path):
    """Climbing, hiding, breaking a listing, or too long for a disk."""
    with pytest.raises(InvalidRequest):
        check_path(path)


def test_long_paths_are_refused():
    """The whole key must fit in what S3 takes."""
    assert check_path("/".join(["a" * 199] * 4))
    with pytest.raises(InvalidRequest):
        check_path("/".join(["a" * 200] * 4))


@pytest.mark.parametrize("paths", [["a", "a"], ["a", "a/b"], ["a/b/c", "a/b"]])
def test_paths_of_one_version_do_not_clash(paths):
    """No path twice, no file that is also a folder."""
    with pytest.raises(InvalidRequest):
        check_paths(paths)
    check_paths(["a", "b/a", "b/c"])


def test_folders_of_a_path():
    """Every folder above a file, from the top."""
    assert folders_of("a/b/c") == ["a", "a/b"]
    assert folders_of("a") == []


def test_a_root_says_what_it_is_and_how_it_is_laid_out():
    """Declaration, layout and the parameters of the extension's defaults."""
    files = root_files()
    assert files["0=ocfl_1.1"] == b"ocfl_1.1\n"
    assert object_declaration() == b"ocfl_object_1.1\n"
    assert json.loads(files["ocfl_layout.json"])["extension"] == "0004-hashed-n-tuple-storage-layout"
    parameters = json.loads(files["extensions/0004-hashed-n-tuple-storage-layout/config.json"])
    assert (parameters["digestAlgorithm"], parameters["tupleSize"], parameters["numberOfTuples"]) == (
        "sha256",
        3,
        3,
    )
    assert parameters["shortObjectRoot"] is False
