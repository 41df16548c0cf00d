# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from asn1crypto import cms

from archive.digests import digest_bytes
from archive.eni.document import DocumentMetadata
from archive.eni.read import read_eni
from archive.eni.write import FileReference, NewFirma, document_xml
from archive.errors import IntegrityError
from search import contents
from search.contents import checked, unsigned


def signed(content: bytes | None) -> bytes:
    """Return a CMS SignedData without signers that holds a content, or none."""
    held = {"content_type": "data"} | ({"content": content} if content is not None else {})
    body = cms.SignedData(
        {"version": "v1", "digest_algorithms": [], "encap_content_info": held, "signer_infos": []}
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": body}).dump()


@pytest.mark.parametrize(
    ("data", "inside"),
    [
        (signed(b"%PDF-1.7 hola"), b"%PDF-1.7 hola"),
        (signed(None), signed(None)),
        (b"0 no es CMS", b"0 no es CMS"),
        (b"%PDF-1.7", b"%PDF-1.7"),
        (b"", b""),
    ],
)
def test_what_a_signature_holds_is_taken_out(data, inside):
    """An attached CMS gives its content; anything else passes as it is, in pieces of any size."""
    pieces = iter([data[at : at + 3] for at in range(0, len(data), 3)])
    assert b"".join(unsigned(pieces)) == inside


def test_a_very_big_signature_passes_as_it_is(monkeypatch):
    """It is not gathered in memory."""
    monkeypatch.setattr(contents, "MAX_ENCLOSING", 10)
    data = signed(b"x" * 100)
    assert b"".join(unsigned(iter([data[:20], data[20:]]))) == data


def test_content_inside_a_signature_is_found():
    """TF05: the document says `#FIRMA_0`, and the signature of that Id holds the content."""
    metadata = DocumentMetadata(
        "ES_L01990019_2025_a", ("L01990019",), "2025-03-14T10:00:00", True, "EE01", "TD01"
    )
    xml = document_xml(
        metadata, FileReference("#FIRMA_0", "PDF"), [NewFirma("TF05", base64=signed(b"dentro"))]
    )
    eni = read_eni(xml)
    assert eni.document.firmas[0].element_id == "FIRMA_0"
    opened = contents._opened(eni)
    assert opened is not None
    assert b"".join(opened) == b"dentro"


def test_bytes_are_checked_while_they_pass():
    """The error comes after the last byte, and names the place."""
    assert b"".join(checked(iter([b"a", b"b"]), digest_bytes(b"ab"), "x")) == b"ab"
    with pytest.raises(IntegrityError, match="received/x"):
        list(checked(iter([b"a", b"c"]), digest_bytes(b"ab"), "received/x"))
