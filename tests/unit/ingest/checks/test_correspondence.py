# SPDX-License-Identifier: EUPL-1.2
"""Huellas over content that stands inside a signature."""

from __future__ import annotations

import base64
import hashlib

import pytest

from archive.digests import digest_bytes
from archive.eni.document import DocumentMetadata, Huella
from archive.eni.expediente import ExpedienteMetadata, IndexedDocument
from archive.eni.write import BinaryContent, FileReference, NewFirma, document_xml, expediente_xml
from ingest.checks.correspondence import check_correspondence
from ingest.contents import read_contents
from ingest.describe import describe_documents
from ingest.packages import open_package
from preservation.signatures.sign import sign_cms, sign_enveloping

DOCUMENT = "ES_L01990019_2026_000000000000000000000000000001"
EXPEDIENTE = "ES_L01990019_2026_EXP_000000000000000000000000000001"
PDF = b"%PDF-1.7\n% un informe\n%%EOF\n"


@pytest.fixture
def cms(authority):
    return sign_cms(PDF, authority.identity("seal"), detached=False, signing_time=None)


@pytest.fixture
def check(tmp_path):
    """Check one document with one huella; return what was found of it and its record."""

    def run(content, firmas, huella):
        place = (("L01990019",), "2026-03-01T10:00:00Z")
        metadata = DocumentMetadata(DOCUMENT, *place, True, "EE01", "TD01")
        index = ExpedienteMetadata(EXPEDIENTE, *place, "2000001", "E02")
        folder = tmp_path / "paquete"
        folder.mkdir(exist_ok=True)
        (folder / "d.xml").write_bytes(document_xml(metadata, content, firmas))
        entry = IndexedDocument(DOCUMENT, Huella(huella, "SHA-256"))
        (folder / "i.xml").write_bytes(expediente_xml(index, "2026-03-01T10:00:00Z", [entry]))
        with open_package(folder, tmp_path) as package:
            contents = read_contents(package)
            matched = check_correspondence(contents)
            (record,) = describe_documents(contents, matched)
            values = [
                (each.code, dict(each.values).get("what"))
                for each in matched.findings
                if each.code.startswith("PKG-HUELLA")
            ]
            return values, record

    return run


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_the_huella_of_a_content_inside_its_signature_matches_as_content(check, cms):
    """TF05: the digest of what was signed; the record knows content and format as of any other document."""
    found, record = check(FileReference("#FIRMA_0", "PDF"), [NewFirma("TF05", base64=cms)], sha256(PDF))
    assert found == [("PKG-HUELLA-MATCH", "content")]
    assert (record.content, record.media_type) == (digest_bytes(PDF), "application/pdf")


def test_the_huella_of_a_content_in_an_enveloping_signature_matches_as_content(check, authority):
    """TF03 with the content in its ds:Object."""
    at = authority.clock.now()
    signature = sign_enveloping(PDF, authority.identity("seal"), signing_time=at)
    found, record = check(FileReference("#FIRMA_0", "PDF"), [NewFirma("TF03", base64=signature)], sha256(PDF))
    assert found == [("PKG-HUELLA-MATCH", "content")]
    assert record.content == digest_bytes(PDF)


def test_the_huella_of_the_signature_itself_still_matches(check, cms):
    """Some hash the CMS, or its base64 text."""
    firmas = [NewFirma("TF05", base64=cms)]
    found = [
        check(FileReference("#FIRMA_0", "PDF"), firmas, sha256(data))[0]
        for data in (cms, base64.b64encode(cms))
    ]
    assert found == [[("PKG-HUELLA-MATCH", "signature-bytes")], [("PKG-HUELLA-MATCH", "signature-text")]]


def test_a_huella_that_nothing_explains_contradicts_a_content_inside_a_signature(check, cms):
    """The content is known, so a digest that is not of it, nor of anything around it, is a mismatch."""
    found, _ = check(FileReference("#FIRMA_0", "PDF"), [NewFirma("TF05", base64=cms)], sha256(b"otra cosa"))
    assert found == [("PKG-HUELLA-MISMATCH", None)]


def test_a_signature_filed_as_content_may_have_the_huella_of_what_it_carries(check, cms):
    """ValorBinario holds the CMS: its own digest counts, and that of the content inside."""
    for data in (cms, PDF):
        found, record = check(BinaryContent(cms, "P7M"), [], sha256(data))
        assert found == [("PKG-HUELLA-MATCH", "content")]
        assert record.content == digest_bytes(cms)


def test_a_signature_without_its_content_proves_nothing_either_way(check, authority):
    """Content that did not come is not disproved."""
    detached = sign_cms(PDF, authority.identity("seal"), detached=True, signing_time=None)
    found, record = check(FileReference("#FIRMA_0", "PDF"), [NewFirma("TF04", base64=detached)], sha256(b"x"))
    assert found == [("PKG-HUELLA-UNKNOWN", None)]
    assert record.content is None
