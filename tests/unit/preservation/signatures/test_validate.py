# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import zipfile

import pytest

from archive.errors import InvalidRequest, NotFound, ServiceError, TrustError
from archive.findings import finding_kinds
from preservation.signatures import batch
from preservation.signatures.augment import augment_file
from preservation.signatures.batch import validate_batch
from preservation.signatures.reading import Kind, sniff
from preservation.signatures.sign import sign_cms, sign_pdf, sign_xml
from preservation.signatures.validate import (
    findings_for,
    validate_cms,
    validate_file,
    validate_pdf,
    validate_xml,
)
from preservation.trust.store import TrustStore

DATA = b"acta" * 400


@pytest.fixture
def folder(world, tmp_path, plain_pdf, plain_xml):
    """One file of each kind."""
    cms = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)
    pem = b"-----BEGIN PKCS7-----\n" + base64.encodebytes(cms) + b"-----END PKCS7-----\n"
    files = {
        "a.pdf": sign_pdf(plain_pdf, world.seal, signing_time=world.signed_at),
        "a.p7s": cms,
        "a.pem": pem,
        "a.b64": base64.encodebytes(cms),
        "a.xml": sign_xml(plain_xml, world.seal, signing_time=world.signed_at),
        "a.tst": world.stamper().stamp(hashlib.sha256(DATA).digest(), "sha256"),
        "data": DATA,
        "vacio": b"",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "content", "format_name"),
    [
        ("a.pdf", None, "PAdES"),
        ("a.p7s", "data", "CAdES"),
        ("a.pem", "data", "CAdES"),
        ("a.b64", "data", "CAdES"),
        ("a.xml", None, "XAdES"),
        ("a.tst", "data", "RFC3161"),
    ],
)
def test_validate_file_knows_each_format_by_its_bytes(world, folder, name, content, format_name):
    """PDF, DER, PEM, base64, XML and tokens pass through one door."""
    detached = None if content is None else folder / content
    (report,) = validate_file(folder / name, content=detached, trust=world.trust(), at=world.at)
    assert (report.format, report.indication) == (format_name, "TOTAL_PASSED"), report.reasons


def test_validate_file_empty_or_absent_is_told_as_what_it_is(world, folder):
    """An empty file is a verdict; an absent one is the caller's error."""
    (report,) = validate_file(folder / "vacio", trust=TrustStore(), at=world.at)
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "FORMAT_FAILURE")
    with pytest.raises(NotFound):
        validate_file(folder / "no", trust=TrustStore(), at=world.at)


def test_validate_by_format_agrees_with_the_common_door(world, folder):
    """The format doors give the same verdicts."""
    trust, at = world.trust(), world.at
    assert validate_pdf((folder / "a.pdf").read_bytes(), trust, at)[0].indication == "TOTAL_PASSED"
    opener = (folder / "data").open
    assert validate_cms((folder / "a.p7s").read_bytes(), lambda: opener("rb"), trust, at)[0].intact
    assert validate_xml((folder / "a.xml").read_bytes(), trust, at, element_path="/doc/")[0].intact
    assert validate_xml((folder / "a.xml").read_bytes(), trust, at, element_path="/otro") == []


def test_sniff_a_container_that_stores_a_pdf_is_a_container(plain_pdf):
    """A ZIP whose first entry is a stored PDF has the PDF's header in its first kilobyte, and is a ZIP."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as container:
        container.writestr("documento.pdf", plain_pdf)
    assert b"%PDF-" in made.getvalue()[:1024]
    assert sniff(made.getvalue()) is Kind.ZIP


def test_sniff_a_cms_that_carries_a_pdf_is_a_cms(world, plain_pdf):
    """The first octet decides, not a PDF header inside."""
    assert sniff(sign_cms(plain_pdf, world.seal, detached=False, signing_time=None)) is Kind.CMS


def test_validate_batch_gives_one_line_for_every_row_and_never_raises(world, folder):
    """Rows with detached content by path, text and digest, and a row for a file that is not there."""
    digest = base64.b64encode(hashlib.sha256(DATA).digest()).decode()
    rows = [
        "a.pdf\t\t",
        "a.p7s\tdata\t",
        f"a.p7s\tdigest:SHA256={digest}@x\t",
        f"a.p7s\ttext:{base64.b64encode(b'otro').decode()}\t",
        "a.p7s\t\t",
        "no.pdf\t\t",
        "a.p7s\ttext:###\t",
    ]
    found = list(validate_batch(rows, folder, world.trust(), world.at))
    assert [each["intact"] for each in found] == ["yes", "yes", "yes", "no", "no", "n/a", "n/a"]
    assert [each["n_signatures"] for each in found[:2]] == [1, 1]
    assert found[0]["signatures"][0]["indication"] == "TOTAL_PASSED"


@pytest.mark.parametrize("way", ["fork", pytest.param("forkserver", marks=pytest.mark.slow)])
def test_many_rows_are_spread_over_processes_and_come_back_in_order(world, folder, monkeypatch, way):
    """More rows than are worth a pool give what one process gives, in the order of the list."""
    monkeypatch.setattr(batch, "start_method", lambda: way)
    rows = ["a.p7s\tdata\t", "no.pdf\t\t", "a.p7s\t\t", ""] * batch.WORTH_IT
    few = list(validate_batch(rows[:4], folder, world.trust(), world.at))
    assert list(validate_batch(rows, folder, world.trust(), world.at)) == few * batch.WORTH_IT


def test_a_worker_that_dies_is_a_service_error(world, folder, monkeypatch):
    """Never a hang, nor a list that ends early in silence."""
    monkeypatch.setattr(batch, "start_method", lambda: "fork")
    monkeypatch.setattr(batch, "validate_row", _die)
    with pytest.raises(ServiceError, match="worker"):
        list(validate_batch(["a.pdf"] * batch.WORTH_IT, folder, world.trust(), world.at))


def _die(row, **context):
    os._exit(1)


def test_validate_batch_judges_evidence_records_beside_the_file(world, folder):
    """What is no record at all, in XML or DER, is told as invalid, and never as valid."""
    (folder / "x.er").write_bytes(b"<EvidenceRecord/>")
    (folder / "y.er").write_bytes(b"\x30\x03\x02\x01\x01")
    (found,) = validate_batch(["a.pdf\t\tx.er;y.er"], folder, world.trust(), world.at)
    assert found["er"] == "invalid;invalid"


def test_findings_for_maps_each_verdict_to_its_weight(world, folder):
    """Passed informs, indeterminate warns, failed asks for a decision."""
    trust, at = world.trust(), world.at
    data = (folder / "a.pdf").read_bytes()
    passed = findings_for(validate_pdf(data, trust, at), "a.pdf")
    unknown = findings_for(validate_pdf(data, TrustStore(), at))
    xml = (folder / "a.xml").read_bytes().replace("cigüeña".encode(), b"")
    failed = findings_for(validate_xml(xml, trust, at))
    assert [each.code for each in (*passed, *unknown, *failed)] == [
        "SIG-PASSED",
        "SIG-INDETERMINATE",
        "SIG-TOTAL-FAILED",
    ]
    assert [str(each.severity) for each in (*passed, *unknown, *failed)] == ["info", "warning", "decision"]
    assert passed[0].place == "a.pdf#Signature1"
    assert "SELLO" in passed[0].message("es")


def test_findings_catalogue_has_both_languages_with_the_same_values():
    """Every code of this area names the same values in Spanish and in English."""
    for code, kind in finding_kinds().items():
        if code.startswith("SIG-"):
            assert set(re.findall(r"{(\w+)}", kind.es)) == set(re.findall(r"{(\w+)}", kind.en)), code


@pytest.mark.parametrize(
    ("name", "level"), [("a.pdf", "T"), ("a.pdf", "LT"), ("a.pdf", "LTA"), ("a.p7s", "T"), ("a.xml", "T")]
)
def test_augment_file_writes_a_better_copy_and_leaves_the_original(world, folder, name, level):
    """The copy has the level, the original its bytes, and a PDF begins with them."""
    before = (folder / name).read_bytes()
    content = folder / "data" if name == "a.p7s" else None
    out = folder / f"out-{level}"
    reports = augment_file(
        folder / name, out, level, world.trust(), world.stamper(world.at), world.at, content=content
    )
    assert [(each.indication, each.level) for each in reports] == [("TOTAL_PASSED", level)], reports[
        0
    ].reasons
    assert reports[0].best_signature_time == world.at
    assert (folder / name).read_bytes() == before
    if name == "a.pdf":
        assert out.read_bytes().startswith(before)


def test_augment_file_refuses_what_is_broken_what_it_cannot_grow_and_what_is_there(world, folder):
    """Nothing broken is stamped, nothing is half done and nothing is overwritten."""
    trust, tsa, at = world.trust(), world.stamper(world.at), world.at
    with pytest.raises(TrustError):
        augment_file(folder / "a.p7s", folder / "o1", "T", trust, tsa, at)
    with pytest.raises(TrustError):
        augment_file(folder / "a.pdf", folder / "o2", "LTA", TrustStore(), tsa, at)
    with pytest.raises(TrustError):
        augment_file(folder / "data", folder / "o3", "LTA", trust, tsa, at)
    with pytest.raises(InvalidRequest, match="already"):
        augment_file(folder / "a.pdf", folder / "data", "T", trust, tsa, at)
    assert not any((folder / name).exists() for name in ("o1", "o2", "o3"))


def test_validate_file_reads_a_big_cms_where_it_lies(world, tmp_path, monkeypatch):
    """A CMS above some size is mapped and never read whole; the verdict is the same, with content inside or out."""
    monkeypatch.setattr("preservation.signatures.validate.MAPPED_FROM", 1)
    monkeypatch.setattr("preservation.signatures.validate._read", None)
    (tmp_path / "data").write_bytes(b"acta" * 100_000)
    for detached in (True, False):
        signature = sign_cms(b"acta" * 100_000, world.seal, detached=detached, signing_time=world.signed_at)
        (tmp_path / "s").write_bytes(signature)
        content = tmp_path / "data" if detached else None
        (report,) = validate_file(tmp_path / "s", content=content, trust=world.trust(), at=world.at)
        assert report.indication == "TOTAL_PASSED"
