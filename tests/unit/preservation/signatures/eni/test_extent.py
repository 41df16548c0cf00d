# SPDX-License-Identifier: EUPL-1.2
"""A signature that stands beside or inside the content covers of it what it signs, and nothing of other files."""

from __future__ import annotations

import pytest

from archive.eni.document import DocumentMetadata
from archive.eni.read import read_eni
from archive.eni.write import BinaryContent, NewFirma, document_xml
from archive.xml import parse_xml
from preservation.signatures.eni.extent import signs_all
from preservation.signatures.eni.validate import validate_eni
from preservation.signatures.sign import sign_xml
from preservation.signatures.xml.read import read_xml

DATA = b"contenido del documento"
PART = b'<doc%s><parte Id="P">uno</parte>%s<firma/></doc>'


def _document(content, *firmas) -> bytes:
    name = "ES_L01990019_2026_000000000000000000000000000001"
    metadata = DocumentMetadata(name, ("L01990019",), "2026-11-21T10:00:00+01:00", True, "EE01", "TD01")
    return document_xml(metadata, content, firmas)


def _signed(world, xml: bytes, ids: list[str] | None) -> bytes:
    place = xml.rindex(b"<firma/>" if b"<firma/>" in xml else b"</")
    return sign_xml(xml, world.seal, signing_time=world.signed_at, ids=ids, insert_at=place if ids else None)


@pytest.fixture(scope="module")
def check(world):
    """Judge an ENI file at the usual instant."""
    return lambda xml: validate_eni(read_eni(xml), world.trust(), world.at, place="d.xml")


@pytest.mark.parametrize("ids", [["CONTENIDO_DOCUMENTO"], None])
def test_another_documents_signature_covers_nothing_of_this_one(world, check, ids):
    """What is signed in a FirmaBase64 is called as the parts of this document, and is another's."""
    other = _signed(world, _document(BinaryContent(b"otro", "TXT")), ids)
    found = check(_document(BinaryContent(DATA, "TXT"), NewFirma("TF03", base64=other)))
    assert found.reports[0].intact
    assert not {"contenido", "metadatos"} & set(found.reports[0].covers)
    assert "SIG-CONTENT-NOT-COVERED" in {each.code for each in found.findings}


@pytest.mark.parametrize("firma", ["repeated", "by reference"])
@pytest.mark.parametrize(("ids", "whole"), [(["P"], False), (None, True)])
def test_a_signature_over_a_part_of_the_content_does_not_cover_the_content(world, check, firma, ids, whole):
    """An XML content may carry a signature over an element of it: people read all of it."""
    content = _signed(world, PART % (b"", b"<resto>otro</resto>"), ids)
    held = {"base64": content} if firma == "repeated" else {"reference": "#CONTENIDO_DOCUMENTO"}
    found = check(_document(BinaryContent(content, "XML"), NewFirma("TF03", **held)))
    assert found.reports[0].intact
    assert ("contenido" in found.reports[0].covers) is whole


@pytest.mark.parametrize(
    ("xml", "whole"),
    [
        (b'<doc><parte Id="P">uno</parte></doc>', True),
        (b'<doc Id="D">\n <parte Id="P">uno</parte> </doc>', True),
        (b'<doc><parte Id="P">uno</parte><resto/></doc>', False),
        (b'<doc><parte Id="P">uno</parte>otro</doc>', False),
        (b'<doc importe="9"><parte Id="P">uno</parte></doc>', False),
    ],
)
def test_everything_that_an_xml_says_counts(world, xml, whole):
    """Elements, texts and attributes around what is signed are said and not signed."""
    signed = sign_xml(
        xml, world.seal, signing_time=world.signed_at, ids=["P"], insert_at=xml.rindex(b"</doc>")
    )
    (facts,) = read_xml(signed)
    assert facts.intact
    assert signs_all(parse_xml(signed).getroot(), facts) is whole
