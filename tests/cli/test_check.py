# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest
from terminal import longeva, problem

FIELDS = {"code", "severity", "place", "message"}


def test_the_sample_is_acceptable_and_nothing_is_stored(sample, tmp_path):
    """With the archive's trust at hand there is nothing of weight to say."""
    before = sorted(path for path in (sample.home / "store").rglob("*"))
    ran = longeva("check", sample.package.zip_path, "--home", sample.home, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["verdict"] == "acceptable"
    assert all(each.keys() >= FIELDS for each in ran.json["findings"])
    assert not [each for each in ran.json["findings"] if each["severity"] != "info"]
    assert sorted(path for path in (sample.home / "store").rglob("*")) == before


def test_it_works_without_an_archive_and_trusts_nobody(sample, tmp_path):
    """Signatures are then undetermined: warnings, which do not reject; roots to trust can be given."""
    ran = longeva("check", sample.package.folder, "--home", tmp_path / "none", "--json")
    assert (ran.code, ran.json["verdict"]) == (0, "acceptable")
    assert {each["code"] for each in ran.json["findings"] if each["severity"] == "warning"} == {
        "SIG-INDETERMINATE"
    }
    assert not (tmp_path / "none").exists()
    trust = ("--trust", sample.home / "authority", "--json")
    trusting = longeva("check", sample.package.folder, "--home", tmp_path / "none", *trust)
    chainless = "NO_CERTIFICATE_CHAIN_FOUND"
    assert chainless in {each["sub_indication"] for each in ran.json["signatures"]}
    # Only roots of the folder are anchors; without revocation lists most verdicts still say TRY_LATER.
    assert {each["sub_indication"] for each in trusting.json["signatures"]} == {"", "TRY_LATER"}


def test_many_findings_of_one_code_do_not_hide_the_rest(sample, tmp_path):
    """People see three of them and how many more there are, in the language of the terminal."""
    lines = longeva("check", sample.package.folder, "--home", tmp_path).out.splitlines()
    assert sum("SIG-INDETERMINATE" in line for line in lines) == 4
    assert "more; --json has all" in lines[-1]
    spanish = longeva("check", sample.package.folder, "--home", tmp_path, language="es_ES.UTF-8").out
    assert "No se ha podido determinar" in spanish
    assert "más; --json los da todos" in spanish


@pytest.fixture
def odd(tmp_path):
    """Things that people hand in by mistake."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "folders" / "only").mkdir(parents=True)
    (tmp_path / "carta.txt").write_text("hola")
    (tmp_path / "carta.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    (tmp_path / "zero.xml").touch()
    (tmp_path / "nota.zip").write_bytes(b"PK\x03\x04 not really")
    (tmp_path / "caf\udce9.xml").write_bytes(b"<x/>")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("empty", "PKG-EMPTY"),
        ("folders", "PKG-EMPTY"),
        ("carta.txt", "PKG-NOTHING-ENI"),
        ("carta.pdf", "PKG-NOTHING-ENI"),
        ("zero.xml", "PKG-NOTHING-ENI"),
        ("nota.zip", "PKG-ZIP-BROKEN"),
        ("caf\udce9.xml", "PKG-NAME-UNSAFE"),
    ],
)
def test_what_is_no_package_is_rejected_with_a_code(odd, name, code):
    """A negative verdict, exit 1; never a traceback."""
    ran = longeva("check", odd / name, "--home", odd / "none", "--json")
    assert ran.code == 1
    assert ran.json["verdict"] == "rejected"
    assert code in {each["code"] for each in ran.json["findings"]}
    assert "0 documents" not in longeva("check", odd / name, "--home", odd / "none").out


def test_a_path_without_anything_is_misuse(tmp_path):
    """Exit 2, and the path is named."""
    told = problem(longeva("check", tmp_path / "no.zip", "--home", tmp_path, "--json"), "invalid-request", 2)
    assert "no.zip" in told["detail"]
