# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from lxml import etree

from archive.errors import InvalidRequest
from preservation.signatures.xml.splice import splice_properties

SPACE = "http://uri.etsi.org/01903/v1.3.2#"
NEW = b"<nuevo/>"
FILLED = (
    "<q:UnsignedProperties><q:UnsignedSignatureProperties><x/> </q:UnsignedSignatureProperties>"
    "</q:UnsignedProperties>"
)


def spliced(inside: str, *, encoding: str = "utf-8") -> bytes:
    """Put something new into a QualifyingProperties that holds this."""
    text = f'<d k="ñ"><q:QualifyingProperties xmlns:q="{SPACE}">{inside}</q:QualifyingProperties></d>'
    data = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
    return splice_properties(data, [(etree.fromstring(data)[0], NEW)]).decode(encoding).encode()


@pytest.mark.parametrize(
    ("inside", "where"),
    [
        ("", b"<xades:UnsignedSignatureProperties xmlns:xades"),
        ("<q:UnsignedProperties/>", b"<q:UnsignedProperties><xades:UnsignedSignatureProperties"),
        (
            "<q:UnsignedProperties><q:UnsignedDataObjectProperties/></q:UnsignedProperties>",
            b"</xades:UnsignedSignatureProperties><q:UnsignedDataObjectProperties/>",
        ),
        (
            "<q:UnsignedProperties><q:UnsignedSignatureProperties a='/>' /></q:UnsignedProperties>",
            b"<q:UnsignedSignatureProperties a='/>'><nuevo/></q:UnsignedSignatureProperties>",
        ),
        (
            FILLED,
            b"<x/> <nuevo/></q:UnsignedSignatureProperties>",
        ),
    ],
)
def test_splice_properties_finds_its_place(inside, where):
    """Behind what is there; wrapped in what is not; before the properties of data objects; in empty elements."""
    made = spliced(inside)
    assert where in made
    assert made.count(NEW) == 1
    assert etree.fromstring(made).find(".//nuevo") is not None


def test_splice_properties_counts_octets_and_not_letters():
    """Letters of two octets before the place, and letters of one in another encoding, shift nothing."""
    assert spliced("", encoding="iso-8859-15").count(NEW) == 1


def test_splice_properties_of_nothing_changes_nothing():
    """No additions, no change; what cannot be spliced into is refused."""
    assert splice_properties(b"<a/>", []) == b"<a/>"
    with pytest.raises(InvalidRequest, match="UTF-16"):
        splice_properties("<a/>".encode("utf-16"), [])
