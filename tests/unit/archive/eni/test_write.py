# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.eni.document import AdditionalMetadata, Huella
from archive.eni.read import read_eni
from archive.eni.validate import check_eni
from archive.eni.write import BinaryContent, ExternalReference, NewFirma, XmlContent, insert_firma
from archive.errors import InvalidRequest

SIGNATURE = (
    b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod '
    b'Algorithm="a:b"/><ds:SignatureMethod Algorithm="a:b"/><ds:Reference URI=""><ds:DigestMethod '
    b'Algorithm="a:b"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>'
    b"<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>"
)


def test_the_same_values_give_the_same_bytes(files):
    """Writing is deterministic."""
    assert files.document() == files.document()
    assert files.expediente() == files.expediente()


def test_texts_are_escaped(files):
    """Markup, quotes and line breaks in texts survive the way there and back."""
    name = '<A & "B">\r\n\t\'ñ'
    data = files.document(version="v2.0", additional=[AdditionalMetadata(name, name)])
    kept = read_eni(data).document.additional[0]
    assert kept.name == name
    assert kept.value == " ".join(name.split())


@pytest.mark.parametrize("text", ["\x00", "\x0b", "\ud800", "\uffff"])
def test_texts_that_xml_cannot_carry_are_refused(files, text):
    """Control characters and lone surrogates are refused."""
    with pytest.raises(InvalidRequest):
        files.document(identificador=text)


def test_version_1_refuses_what_only_version_2_has(files):
    """External references and additional metadata need v2.0."""
    external = ExternalReference("urn:x", Huella("00", "SHA-256"), "MP4")
    with pytest.raises(InvalidRequest):
        files.document(external)
    with pytest.raises(InvalidRequest):
        files.document(additional=[AdditionalMetadata("a", "b")])
    with pytest.raises(InvalidRequest):
        files.expediente(additional=[AdditionalMetadata("a", "b")])
    assert check_eni(read_eni(files.document(external, version="v2.0")), now=files.now)[0].code == (
        "ENI-CONTENT-EXTERNAL"
    )


def test_a_signature_is_spliced_into_an_index_without_touching_it(files):
    """An unsigned expediente gets its signature; every byte around it stays, and it becomes valid."""
    unsigned = files.expediente(firmas=[])
    signed = insert_firma(unsigned, NewFirma("TF02", inline=SIGNATURE))
    at = signed.index(b"<enids:firmas>")
    end = signed.index(b"</enids:firmas>") + len(b"</enids:firmas>")
    assert signed[:at] + signed[end:] == unsigned
    eni = read_eni(signed)
    assert check_eni(eni, now=files.now) == ()
    assert eni.expediente.firmas[0].refs == (eni.expediente.ids.index_content,)


def test_a_second_signature_comes_after_the_first(files):
    """Signatures are numbered in order, in documents as in expedientes."""
    data = insert_firma(files.document(), NewFirma("TF04", base64=b"x"))
    firmas = read_eni(data).document.firmas
    assert [(firma.element_id, firma.tipo) for firma in firmas] == [("FIRMA_0", "TF01"), ("FIRMA_1", "TF04")]
    first = insert_firma(files.document(firmas=[]), NewFirma("TF04", base64=b"x"))
    assert check_eni(read_eni(first), now=files.now) == ()


def test_other_bytes_are_not_spliced():
    """What this module did not write is refused."""
    with pytest.raises(InvalidRequest):
        insert_firma(b"<a/>", NewFirma("TF01", csv="x"))


def test_xml_content_and_inline_signatures_are_copied_byte_by_byte(files):
    """What may be signed is not rewritten."""
    inner = b"<a  b='1'>\n</a >"
    data = files.document(XmlContent(inner), [NewFirma("TF02", inline=SIGNATURE)])
    assert inner in data
    assert SIGNATURE in data
    assert check_eni(read_eni(data), now=files.now) == ()


def test_everything_we_can_write_is_valid(files):
    """Both versions, all kinds of content and signature are valid by the schema."""
    view = BinaryContent(b"%PDF %%EOF", "PDF")
    extra = [AdditionalMetadata("a", "b")]
    for version, additional in (("v1.0", ()), ("v2.0", extra)):
        data = files.expediente(version=version, additional=additional, view=view)
        assert check_eni(read_eni(data), now=files.now) == ()
        data = files.document(version=version, additional=additional, organos=("L01990019", "E04975701"))
        assert check_eni(read_eni(data), now=files.now) == ()
