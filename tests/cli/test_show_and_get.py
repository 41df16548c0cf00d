# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import hashlib

import pytest
from terminal import longeva, problem

from demo.town import EXPEDIENTE_ID

TOPICS = {
    "object",
    "tenant",
    "kind",
    "eni_id",
    "title",
    "version",
    "metadata",
    "files",
    "documents",
    "signatures",
    "evidence",
    "history",
}


def show(home, *arguments):
    return longeva("show", *arguments, "--home", home, "--json")


def get(home, *arguments):
    return longeva("get", *arguments, "--home", home, "--json")


def test_an_object_is_shown_by_any_of_its_names(sample):
    """Object, ENI identifier, deposit, start of the package digest: the same answer."""
    ran = show(sample.home, sample.object_id)
    assert (ran.code, ran.err) == (0, "")
    assert ran.json.keys() >= TOPICS
    assert len(ran.json["documents"]) == 24
    digest = sample.receipt["digests"]["package_sha256"]
    for name in (EXPEDIENTE_ID, sample.receipt["deposit"], digest, digest[:12]):
        assert show(sample.home, name).json["object"] == sample.object_id


def test_people_see_the_same_in_sections(sample):
    """Titles of the sections and the names that other commands ask for."""
    out = longeva("show", sample.object_id, "--home", sample.home).out
    for word in (
        "Documents (24)",
        "Signatures (",
        "Evidence (1)",
        "History",
        sample.resolution,
        sample.object_id,
    ):
        assert word in out


@pytest.mark.parametrize("reference", ["nope", "", "ES_", "%", "[bold]x[/]", "a" * 5000])
def test_what_is_not_there_is_not_found(sample, reference):
    """Exit 11, whatever was typed."""
    problem(show(sample.home, reference), "not-found", 11)


def test_bytes_that_are_no_utf8_are_misuse(sample):
    """The command line may carry any bytes."""
    problem(show(sample.home, "caf\udce9"), "invalid-request", 2)


def test_an_ambiguous_reference_lists_what_it_could_be(changing):
    """The same expediente of two municipalities: both are named, and --tenant chooses."""
    longeva("tenant", "add", "otra", "--name", "Otra", "--dir3", "L01990019", "--home", changing.home)
    longeva("deposit", changing.package.zip_path, "--tenant", "otra", "--home", changing.home)
    told = problem(show(changing.home, EXPEDIENTE_ID), "invalid-request", 2)
    assert "urn:longeva:villa:" in told["detail"]
    assert "urn:longeva:otra:" in told["detail"]
    assert show(changing.home, EXPEDIENTE_ID, "--tenant", "otra").json["tenant"] == "otra"


def test_a_file_is_given_as_it_was_received(sample, tmp_path):
    """By path, by name, by ENI identifier: the bytes of the package, with their digest."""
    document = sample.package.document("RES1")
    received = (sample.package.folder / document.file_name).read_bytes()
    for name in (sample.resolution, document.file_name, document.eni_id):
        out = tmp_path / "out.xml"
        ran = get(sample.home, sample.object_id, name, "-o", out)
        assert (ran.code, ran.err) == (0, "")
        assert out.read_bytes() == received
        assert ran.json["digest"] == hashlib.sha256(received).hexdigest()


def test_its_content_is_given_decoded(sample, tmp_path):
    """The PDF inside the ENI document."""
    out = tmp_path / "resolucion.pdf"
    assert get(sample.home, sample.object_id, sample.resolution, "--decoded", "-o", out).code == 0
    assert out.read_bytes().startswith(b"%PDF-")


def test_stdout_carries_the_file_or_the_json(sample):
    """Not both; without a file's name, the index is given."""
    ran = longeva("get", sample.object_id, "-o", "-", "--home", sample.home)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("<?xml")
    problem(get(sample.home, sample.object_id, "-o", "-"), "invalid-request", 2)


def test_the_access_is_recorded(changing, tmp_path):
    """The history has one event more."""
    before = show(changing.home, changing.object_id).json["history"]
    get(changing.home, changing.object_id, "-o", tmp_path / "x")
    after = show(changing.home, changing.object_id).json["history"]
    assert [each["kind"] for each in after[len(before) :]] == ["object.read"]


def test_impossible_places_are_told_before_the_work(sample, tmp_path):
    """A folder, and a folder that is not there, are misuse; no access is recorded."""
    before = show(sample.home, sample.object_id).json["history"]
    problem(get(sample.home, sample.object_id, "-o", tmp_path), "invalid-request", 2)
    problem(get(sample.home, sample.object_id, "-o", tmp_path / "no" / "x"), "invalid-request", 2)
    problem(get(sample.home, sample.object_id, "nope", "-o", tmp_path / "x"), "not-found", 11)
    assert show(sample.home, sample.object_id).json["history"] == before
    assert list(tmp_path.iterdir()) == []


def test_damaged_bytes_are_never_given(changing, tmp_path):
    """Exit 40, and no file: not even a part of one."""
    file = next(changing.home.glob("store/tenants/villa/ocfl/**/received/12_*.xml"))
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"a", b"b", 1))
    problem(
        get(changing.home, changing.object_id, changing.resolution, "-o", tmp_path / "x"), "integrity", 40
    )
    assert not (tmp_path / "x").exists()
