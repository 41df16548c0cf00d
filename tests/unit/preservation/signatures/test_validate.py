# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.errors import NotFound
from preservation.signatures.sign import sign_cms
from preservation.signatures.validate import (
    validate_cms,
    validate_file,
    validate_pdf,
    validate_xml,
)
from preservation.trust.store import TrustStore


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
def test_validate_file_knows_each_format_by_its_bytes(world, signed_files, name, content, format_name):
    """PDF, DER, PEM, base64, XML and tokens pass through one door."""
    detached = None if content is None else signed_files / content
    (report,) = validate_file(signed_files / name, content=detached, trust=world.trust(), at=world.at)
    assert (report.format, report.indication) == (format_name, "TOTAL_PASSED"), report.reasons


def test_validate_file_empty_or_absent_is_told_as_what_it_is(world, signed_files):
    """An empty file is a verdict; an absent one is the caller's error."""
    (report,) = validate_file(signed_files / "vacio", trust=TrustStore(), at=world.at)
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "FORMAT_FAILURE")
    with pytest.raises(NotFound):
        validate_file(signed_files / "no", trust=TrustStore(), at=world.at)


def test_validate_by_format_agrees_with_the_common_door(world, signed_files):
    """The format doors give the same verdicts."""
    trust, at = world.trust(), world.at
    assert validate_pdf((signed_files / "a.pdf").read_bytes(), trust, at)[0].indication == "TOTAL_PASSED"
    opener = (signed_files / "data").open
    assert validate_cms((signed_files / "a.p7s").read_bytes(), lambda: opener("rb"), trust, at)[0].intact
    assert validate_xml((signed_files / "a.xml").read_bytes(), trust, at, element_path="/doc/")[0].intact
    assert validate_xml((signed_files / "a.xml").read_bytes(), trust, at, element_path="/otro") == []


def test_validate_file_reads_a_big_cms_where_it_lies(world, tmp_path, monkeypatch):
    """A CMS above some size is mapped and never read whole; the verdict is the same, with content inside or out."""
    monkeypatch.setattr("preservation.signatures.validate.MAPPED_FROM", 1)
    monkeypatch.setattr("preservation.signatures.validate.read_file", None)
    (tmp_path / "data").write_bytes(b"acta" * 100_000)
    for detached in (True, False):
        signature = sign_cms(b"acta" * 100_000, world.seal, detached=detached, signing_time=world.signed_at)
        (tmp_path / "s").write_bytes(signature)
        content = tmp_path / "data" if detached else None
        (report,) = validate_file(tmp_path / "s", content=content, trust=world.trust(), at=world.at)
        assert report.indication == "TOTAL_PASSED"
