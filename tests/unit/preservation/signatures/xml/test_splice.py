# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.xml import parse_xml
from preservation.signatures.xml.splice import splice_properties

XADES = "http://uri.etsi.org/01903/v1.3.2#"
NEW = b'<xades:Nuevo xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"/>'


def spliced(inside: str) -> list[str]:
    """Return the path from the new property up to the QualifyingProperties."""
    data = f'<a><x:QualifyingProperties xmlns:x="{XADES}">{inside}</x:QualifyingProperties></a>'.encode()
    qualifying = parse_xml(data).getroot()[0]
    new = next(parse_xml(splice_properties(data, [(qualifying, NEW)])).getroot().iter(f"{{{XADES}}}Nuevo"))
    return [each.tag.rpartition("}")[2] for each in new.iterancestors()][:-1]


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<x:UnsignedProperties/>",
        "<x:UnsignedProperties><x:UnsignedSignatureProperties/></x:UnsignedProperties>",
        "<x:UnsignedProperties><x:UnsignedSignatureProperties a='>/'/></x:UnsignedProperties>",
        "<x:UnsignedProperties><x:UnsignedSignatureProperties /><x:UnsignedDataObjectProperties/></x:UnsignedProperties>",
        "<x:UnsignedProperties><x:UnsignedSignatureProperties><x:B/></x:UnsignedSignatureProperties></x:UnsignedProperties>",
        "<x:UnsignedProperties><x:UnsignedDataObjectProperties/></x:UnsignedProperties>",
    ],
)
def test_splice_properties_puts_them_among_the_unsigned_signature_properties(inside):
    """Whatever is there already, and however an empty element is written (EN 319 132-1 section 4.3.4)."""
    assert spliced(inside) == ["UnsignedSignatureProperties", "UnsignedProperties", "QualifyingProperties"]
