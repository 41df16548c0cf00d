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
    """With the anchors it carries; unless they were asked for, a step says that nobody vouches for them."""
    ran = verify(kit, "--home", tmp_path)
    assert (ran.code, ran.json["steps"][-1]["step"], ran.json["steps"][-1]["ok"]) == (0, "ANCHORS", None)
    asked = verify(kit, "--home", tmp_path, "--own-anchors")
    assert (asked.code, asked.json["steps"][-1]["step"]) == (0, "TIMESTAMP")


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
