# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
import zipfile

import pikepdf
import pytest

from archive.eni.content import read_content
from archive.eni.read import read_eni
from archive.eni.validate import check_eni
from archive.errors import XmlRefused
from archive.findings import finding_kinds
from demo.hostile import HOSTILE, containers, contents, tampered, wrapping
from demo.hostile.sample import document_names, edited, with_content
from demo.loads import plain_package
from demo.town import on
from ingest.packages import CorruptMember, Limits
from ingest.packages.zipped import read_zip

NOW = on("2026-02-01 10:00")
PLAIN = [hostile for hostile in HOSTILE if not hostile.signed]
WRAPPED = [hostile for hostile in HOSTILE if hostile.build.__module__ == wrapping.__name__]
ZIPPED = [hostile for hostile in PLAIN if hostile.build.__module__ == containers.__name__]
ENI = [hostile for hostile in PLAIN if hostile.codes and hostile.codes[0].startswith("ENI-")]


def _named(hostile) -> str:
    return hostile.name


def test_there_are_many_and_no_two_alike():
    """The catalogue has every kind of bad package once, each with a line that says what is wrong."""
    names = [hostile.name for hostile in HOSTILE]
    assert len(names) == len(set(names)) >= 40
    assert all(hostile.about for hostile in HOSTILE)


def test_promised_findings_exist():
    """Each finding that a builder promises is in the catalogue of findings."""
    assert {code for hostile in HOSTILE for code in hostile.codes} <= finding_kinds().keys()


@pytest.mark.parametrize("hostile", ZIPPED, ids=_named)
def test_bad_containers_provoke_their_finding(hostile, sample, tmp_path):
    """The package reader finds in each ZIP what its builder put there, without being harmed."""
    path = hostile.build(tmp_path, sample)
    codes = set()
    with read_zip(path, tmp_path, Limits()) as opened:
        codes |= {found.code for found in opened.findings}
        for member in opened.members:
            try:
                member.source()
            except CorruptMember as refused:
                codes.add(refused.finding.code)
        if not opened.members and not codes:
            codes.add("PKG-EMPTY")
        if any(member.name.endswith(".zip") for member in opened.members):
            codes.add("PKG-NESTED-ZIP")
    assert set(hostile.codes) <= codes


@pytest.mark.parametrize("hostile", ENI, ids=_named)
def test_bad_documents_provoke_their_finding(hostile, sample, tmp_path):
    """Reading and checking the ENI files of each package finds what its builder put there, and no slip besides."""
    codes = set()
    for path in sorted(hostile.build(tmp_path, sample).iterdir()):
        noticed = []
        try:
            eni = read_eni(path, place=path.name)
            noticed += [*eni.findings, *check_eni(eni, now=NOW, place=path.name)]
            noticed += read_content(eni, place=path.name).findings
        except XmlRefused as refused:
            noticed += refused.findings
        codes |= {found.code for found in noticed}
    assert set(hostile.codes) <= codes
    assert "ENI-SCHEMA-INVALID" not in codes


@pytest.mark.parametrize("hostile", [each for each in PLAIN if each not in ZIPPED], ids=_named)
def test_bad_folders_differ_from_the_sample_and_leave_it_alone(hostile, sample, tmp_path):
    """Each bad package is a changed copy; the sample itself stays as it was."""
    before = {path.name: path.read_bytes() for path in sample.iterdir()}
    built = hostile.build(tmp_path, sample)
    assert {path.name: path.read_bytes() for path in sample.iterdir()} == before
    assert {path.name: path.read_bytes() for path in built.iterdir()} != before


def test_the_bomb_is_a_valid_stream(sample, tmp_path):
    """What is repeated in the bomb unpacks to zeros with the right sum, so that only its size gives it away."""
    path = containers.bomb(tmp_path, sample, size=100_000_000)
    with zipfile.ZipFile(path) as archive, archive.open("plano.tif") as stream:
        total = 0
        while chunk := stream.read(1 << 24):
            assert not chunk.strip(b"\0")
            total += len(chunk)
    assert total == 100_000_000


def test_the_whole_bomb_is_small_on_disk(sample, tmp_path):
    """Ten gigabytes declared take some ten megabytes."""
    path = containers.bomb(tmp_path, sample)
    assert path.stat().st_size < 12_000_000
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("plano.tif").file_size == 10_000_000_000


def test_the_encrypted_pdf_asks_for_a_password(sample, tmp_path):
    """The PDF inside cannot be opened without a password and can with it."""
    built = contents.encrypted_pdf(tmp_path, sample)
    content = b"".join(read_eni(built / document_names(built)[0]).open_content())
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(content))
    pikepdf.open(io.BytesIO(content), password="abierto").close()


def test_the_big_text_is_as_long_as_asked_for(sample, tmp_path):
    """The long text is base64 of the promised length."""
    built = contents.big_text_node(tmp_path, sample, megabytes=3)
    content = read_eni(built / document_names(built)[0]).open_content()
    assert sum(len(piece) for piece in content) == 3 * 750_000


@pytest.mark.parametrize("hostile", WRAPPED, ids=_named)
def test_wrapped_documents_are_still_eni(hostile, package, tmp_path):
    """Each forged signed document reads as an ENI document whose signature is still in its place."""
    eni = read_eni(hostile.build(tmp_path, package.folder))
    assert [firma.tipo for firma in eni.document.firmas] == ["TF02"]


def test_forgeries_change_what_is_read(package, tmp_path):
    """In the wrapped documents a reader sees the forged result where the signed one said otherwise."""
    for build in (wrapping.wrapped_in_object, wrapping.wrapped_same_id, wrapping.wrapped_as_stranger):
        eni = read_eni(build(tmp_path, package.folder))
        assert b">rechazada<" in b"".join(eni.open_content())


def test_tampered_packages_differ_in_one_file_only(package, tmp_path):
    """What was touched after signing is one file: the recording or the index."""
    before = {path.name: path.read_bytes() for path in package.folder.iterdir()}
    for build, name in (
        (tampered.missing_recording, package.recording_name),
        (tampered.changed_recording, package.recording_name),
        (tampered.pretty_printed_index, package.index_name),
        (tampered.altered_metadata, package.index_name),
    ):
        after = {path.name: path.read_bytes() for path in build(tmp_path, package.folder).iterdir()}
        assert {each for each in before if after.get(each) != before[each]} == {name}


def test_builders_refuse_a_sample_that_cannot_be_made_bad(tmp_path):
    """A change that changes nothing is an error: such a package would prove nothing."""
    sample = plain_package(tmp_path / "sample", 1, 10, seed=1).folder
    with pytest.raises(ValueError, match="nothing to change"):
        edited(sample, tmp_path, "same", document_names(sample)[0], bytes)
    (sample / document_names(sample)[0]).write_text("<a/>")
    with pytest.raises(ValueError, match="no ValorBinario"):
        with_content(sample, tmp_path, "none", b"", "PDF")
    with pytest.raises(ValueError, match="no document with a TF02"):
        wrapping.forged_content(tmp_path, sample)
