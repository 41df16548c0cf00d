# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64

import pytest

from archive.eni.document import DocumentMetadata
from archive.eni.read import read_eni
from archive.eni.write import BinaryContent, FileReference, NewFirma, XmlContent, document_xml
from preservation.signatures.eni import enclosed
from preservation.signatures.eni.enclosed import content_within, enclosed_content
from preservation.signatures.sign import sign_cms, sign_enveloping, sign_xml

DATA = b"contenido \x00 firmado" * 9


@pytest.fixture(scope="module")
def cms(world) -> bytes:
    return sign_cms(DATA, world.seal, detached=False, signing_time=world.signed_at)


@pytest.fixture(scope="module")
def enveloping(world) -> bytes:
    return sign_enveloping(DATA, world.seal, signing_time=world.signed_at)


def document(content, *firmas):
    metadata = DocumentMetadata(
        "ES_L01990019_2026_1", ("L01990019",), "2026-11-21T10:00:00Z", True, "EE01", "TD01"
    )
    return read_eni(document_xml(metadata, content, firmas))


def test_what_a_signature_carries_is_given(world, cms, enveloping):
    """CMS in any of its writings, and XAdES that envelops base64; nothing else carries a content."""
    assert content_within(cms) == content_within(base64.b64encode(cms)) == DATA
    assert content_within(enveloping) == DATA
    detached = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)
    enveloped = sign_xml(b"<a>uno</a>", world.seal, signing_time=world.signed_at)
    for other in (detached, enveloped, DATA, b"", b"<a", b"<!DOCTYPE a><a/>", cms[:90], b"\x30\x80"):
        assert content_within(other) is None


def test_an_object_that_nobody_signed_is_no_content(enveloping):
    """Only a ds:Object that a reference names counts."""
    assert content_within(enveloping.replace(b'URI="#Firma-Objeto"', b'URI="#Otro"')) is None


def test_the_content_of_a_document_is_found_in_the_signature_that_it_names(cms, enveloping):
    """By Id where it is named; where the name leads nowhere, in the only one that carries anything."""
    inside = NewFirma("TF05", base64=cms)
    assert enclosed_content(document(FileReference("#FIRMA_0", "BIN"), inside)) == DATA
    assert enclosed_content(document(FileReference("#Otra", "BIN"), inside)) == DATA
    assert enclosed_content(document(FileReference("#Otra", "BIN"), inside, inside)) is None
    assert enclosed_content(document(FileReference("#FIRMA_1", "BIN"), inside, inside)) == DATA
    assert enclosed_content(document(FileReference("#F", "BIN"), NewFirma("TF03", base64=enveloping))) == DATA
    assert enclosed_content(document(FileReference("#F", "BIN"), NewFirma("TF03", inline=enveloping))) == DATA
    assert enclosed_content(document(FileReference("#F", "BIN"), NewFirma("TF05", base64=b"nada"))) is None
    assert enclosed_content(document(FileReference("#F", "BIN"), NewFirma("TF01", csv="A-1"))) is None


def test_a_signature_filed_as_content_gives_what_it_carries(cms, enveloping):
    """ValorBinario or DatosXML that hold the signature itself; a plain content gives nothing."""
    assert enclosed_content(document(BinaryContent(cms, "P7M"))) == DATA
    assert enclosed_content(document(XmlContent(enveloping))) == DATA
    assert enclosed_content(document(BinaryContent(DATA, "BIN"))) is None


def test_a_very_big_signature_is_not_gathered(cms, monkeypatch):
    """Memory has its limit; the content is then not known."""
    monkeypatch.setattr(enclosed, "MAX_ENCLOSING", 10)
    assert enclosed_content(document(BinaryContent(cms, "P7M"))) is None
    assert enclosed_content(document(FileReference("#F", "BIN"), NewFirma("TF05", base64=cms))) is None
