# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import zipfile

import pytest
from terminal import longeva, problem


def export(sample, *arguments):
    return longeva("export", *arguments, "--home", sample.home, "--json")


def test_eni_is_what_was_received(sample, tmp_path):
    """Name for name and byte for byte."""
    out = tmp_path / "eni.zip"
    ran = export(sample, sample.object_id, "-o", out, "--as", "eni")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["path"] == str(out)
    with zipfile.ZipFile(out) as archive:
        given = {name: archive.read(name) for name in archive.namelist()}
    assert given == {path.name: path.read_bytes() for path in sample.package.folder.iterdir()}


def test_a_kit_verifies(sample, tmp_path, openssl):
    """What an auditor takes home is found valid."""
    out = tmp_path / "kit.zip"
    assert export(sample, sample.object_id, "-o", out, "--as", "kit").json["path"] == str(out)
    assert longeva("verify", out, "--home", sample.home).code == 0


@pytest.mark.parametrize("form", ["bagit", "eark", "court"])
def test_what_comes_later_says_so(sample, tmp_path, form):
    """A coded answer of its own and exit 3; no file."""
    problem(export(sample, sample.object_id, "-o", tmp_path / "x", "--as", form), "not-available", 3)
    assert not (tmp_path / "x").exists()


def test_misuse_is_told(sample, tmp_path):
    """Unknown forms, objects and places."""
    problem(export(sample, sample.object_id, "-o", tmp_path / "x", "--as", "docx"), "invalid-request", 2)
    problem(export(sample, sample.object_id, "-o", tmp_path / "x"), "invalid-request", 2)
    problem(export(sample, sample.object_id, "-o", tmp_path, "--as", "kit"), "invalid-request", 2)
    problem(export(sample, "nope", "-o", tmp_path / "x", "--as", "kit"), "not-found", 11)
