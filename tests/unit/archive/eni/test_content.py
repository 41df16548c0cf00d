# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io

from archive.digests import digest_bytes
from archive.eni.content import check_signatures_base64, read_content
from archive.eni.read import read_eni
from archive.eni.write import BinaryContent, FileReference, NewFirma

PDF = b"%PDF-1.4\n" + b"x" * 5000 + b"\n%%EOF\n"


def codes(report):
    return [one.code for one in report.findings]


def test_content_is_read_once_for_everything(files):
    """Digests, format and the bytes themselves come from one pass."""
    target = io.BytesIO()
    report = read_content(read_eni(files.document(BinaryContent(PDF, "PDF"))), target=target)
    assert target.getvalue() == PDF
    assert report.digests == digest_bytes(PDF)
    assert report.inspected.media_type == "application/pdf"
    assert report.findings == ()


def test_odd_content_is_said(files):
    """Empty, misnamed, encrypted and cut contents have their findings."""

    def seen(data, claim="PDF"):
        return codes(read_content(read_eni(files.document(BinaryContent(data, claim)))))

    assert seen(b"") == ["ENI-CONTENT-EMPTY"]
    assert seen(b"PK\x03\x04") == ["ENI-FORMAT-MISMATCH"]
    assert seen(PDF[:-7]) == ["ENI-FORMAT-DAMAGED"]
    assert seen(PDF.replace(b"\n%%EOF", b"\n/Encrypt 9 0 R\n%%EOF")) == ["ENI-FORMAT-ENCRYPTED"]


def test_bad_base64_is_a_finding(files):
    """Garbage in the content or in a signature is found, with nothing taken for good."""
    data = files.document(BinaryContent(PDF, "PDF"), [NewFirma("TF04", base64=b"s" * 3000)])
    eni = read_eni(data.replace(b"JVBERi", b"JVB*Ri").replace(b"c3Nzc3Nz", b"c3N!c3Nz", 1))
    report = read_content(eni)
    assert (codes(report), report.digests) == (["ENI-BASE64-INVALID"], None)
    assert [one.code for one in check_signatures_base64(eni)] == ["ENI-BASE64-INVALID"]


def test_content_inside_a_signature_is_left_to_it(files):
    """A reference into a signature gives no digests and no finding."""
    report = read_content(read_eni(files.document(FileReference("#FIRMA_0", "BIN"))))
    assert (report.digests, report.findings) == (None, ())


def test_the_view_of_an_expediente_is_its_content(files):
    """VisualizacionIndice is read like any content."""
    report = read_content(read_eni(files.expediente(view=BinaryContent(PDF, "PDF"))))
    assert report.digests == digest_bytes(PDF)
    assert read_content(read_eni(files.expediente())).digests is None
