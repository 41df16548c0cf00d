# SPDX-License-Identifier: EUPL-1.2
"""The official OCFL fixtures, judged by our fsck: other people's objects, good, bad and merely unwise."""

from __future__ import annotations

import csv
import tarfile

import pytest

from archive.fsck import check_object
from archive.store.folder import FolderStore

pytestmark = pytest.mark.corpus

OTHER_CODES = {
    # the folder `1` is no version folder: told as a bad version name and a head that is none
    "E001_invalid_version_format": {"E040", "E046"},
    # v01 … v10: told as names that differ in their padding (section 3.3.1)
    "E011_E013_invalid_padded_head_version": {"E012"},
}
"""Fixtures that we refuse under another code of the same clause than their name says."""


@pytest.fixture(scope="module")
def fixtures(shared, tmp_path_factory):
    packed = shared / "data/corpus/ocfl/ocfl-fixtures.tar.xz"
    expected = shared / "data/corpus/ocfl_expected.csv"
    if not packed.exists() or not expected.exists():
        pytest.skip(f"OCFL FIXTURES ABSENT: {packed}")
    folder = tmp_path_factory.mktemp("ocfl")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    with expected.open(encoding="utf-8") as lines:
        return folder, list(csv.DictReader(lines))


def codes_of(folder):
    return {problem.detail.split(":")[0] for problem in check_object(FolderStore(folder), "")}


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_every_fixture_gets_its_verdict(fixtures, version):
    """Valid objects have no E code, invalid ones have one: all of them, both versions of OCFL."""
    folder, rows = fixtures
    judged = {
        row["object"]: (row["expected_valid"] == "yes", codes_of(folder / row["object"]))
        for row in rows
        if row["ocfl_version"] == version
    }
    wrong = {
        name: sorted(codes)
        for name, (valid, codes) in judged.items()
        if valid == any(code.startswith("E") for code in codes)
    }
    assert len(judged) > 60
    assert not wrong


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_every_fixture_is_told_under_its_own_code(fixtures, version):
    """The flaw that a fixture is named after is among those we tell, warnings included."""
    folder, rows = fixtures
    missed = {}
    for row in rows:
        name = row["object"].rsplit("/", 1)[1]
        named = OTHER_CODES.get(name) or set(filter(None, row["codes_in_name"].split(";")))
        codes = codes_of(folder / row["object"])
        if row["ocfl_version"] == version and named and not named & codes:
            missed[name] = sorted(codes)
    assert not missed
