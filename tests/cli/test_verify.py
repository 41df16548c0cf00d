# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest
from terminal import longeva, problem


def verify(*arguments, language="C.UTF-8"):
    return longeva("verify", *arguments, "--json", language=language)


@pytest.fixture(scope="module")
def kit(sample, tmp_path_factory):
    """A kit of the sample."""
    path = tmp_path_factory.mktemp("kit") / "kit.zip"
    longeva("export", sample.object_id, "-o", path, "--as", "kit", "--home", sample.home)
    return path


def test_a_kit_is_valid_with_its_steps(sample, kit, openssl):
    """The archive's own anchors; each step in both languages."""
    ran = verify(kit, "--home", sample.home)
    assert (ran.code, ran.err, ran.json["verdict"]) == (0, "", "VALID")
    assert all(step.keys() >= {"step", "ok", "es", "en"} for step in ran.json["steps"])
    assert "ficheros coinciden" in longeva("verify", kit, "--home", sample.home, language="es_ES.UTF-8").out
    assert "files agree" in longeva("verify", kit, "--home", sample.home).out


def test_a_kit_verifies_where_there_is_no_archive(kit, tmp_path, openssl):
    """Nothing in it is false, but nobody vouches for its root, whose fingerprint a step shows: INCOMPLETE."""
    for arguments in ((), ("--own-anchors",)):
        ran = verify(kit, "--home", tmp_path, *arguments)
        assert (ran.code, ran.json["verdict"], ran.json["proven_since"]) == (1, "INCOMPLETE", None)
        assert [step["step"] for step in ran.json["steps"] if step["ok"] is not True] == ["ANCHORS"]


def test_a_kit_is_valid_with_trust_of_ones_own(sample, kit, tmp_path, openssl):
    """Where there is no archive, a root that the reader names is enough."""
    root = sample.home / "authority" / "root.crt.pem"
    assert verify(kit, "--home", tmp_path, "--trust", root).json["verdict"] == "VALID"


def test_a_changed_kit_is_broken(kit, tmp_path):
    """One byte in the middle."""
    data = bytearray(kit.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "kit.zip").write_bytes(data)
    ran = verify(tmp_path / "kit.zip", "--home", tmp_path)
    assert ran.code == 1
    assert ran.json["verdict"] != "VALID"


def test_a_csv_however_typed(sample):
    """As on the paper, in small letters, with spaces; a wrong one proves nothing."""
    csv = sample.issued["csv"]
    for typed in (csv, csv.lower(), csv.replace("-", ""), csv.replace("-", " ")):
        assert verify(typed, "--home", sample.home).json["verdict"] == "VALID"
    for wrong in (csv[:-1], "AAAA-BBBB", "hola mundo", "¿?"):
        ran = verify(wrong, "--home", sample.home)
        assert (ran.code, ran.json["verdict"]) == (1, "INCOMPLETE")


def test_a_csv_needs_an_archive(sample, tmp_path):
    """The only thing that does."""
    problem(verify(sample.issued["csv"], "--home", tmp_path), "not-found", 11)


def test_a_signed_file_is_verified(sample, tmp_path):
    """The certified copy by its seal; a text by nothing."""
    assert verify(sample.issued["path"], "--home", sample.home).json["verdict"] == "VALID"
    (tmp_path / "carta.txt").write_text("hola")
    ran = verify(tmp_path / "carta.txt", "--home", sample.home)
    assert (ran.code, ran.json["verdict"]) == (1, "INCOMPLETE")


def test_a_file_name_typed_wrong_is_not_taken_for_a_csv(sample, tmp_path):
    """It is said that there is no such file; a folder is named for what it is."""
    assert "no.pdf" in problem(verify("no.pdf", "--home", sample.home), "not-found", 11)["detail"]
    problem(verify(tmp_path / "nada", "--home", sample.home), "not-found", 11)
    assert "folder" in problem(verify(tmp_path, "--home", sample.home), "invalid-request", 2)["detail"]
