# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from lxml import etree

from preservation.signatures.facts import Unsupported
from preservation.signatures.xml.canonical import EXCLUSIVE, INCLUSIVE, canonical_bytes


def _inner(text: str) -> etree._Element:
    return next(etree.fromstring(text).iter("{*}c"))


def test_canonical_bytes_of_an_inner_element_has_no_false_empty_namespace():
    """The lxml trap: an element under a default namespace keeps exactly its own declarations."""
    inner = _inner('<a xmlns="urn:a"><b:c xmlns:b="urn:b"><d/></b:c></a>')
    assert canonical_bytes(inner, EXCLUSIVE) == b'<b:c xmlns:b="urn:b"><d xmlns="urn:a"></d></b:c>'
    assert canonical_bytes(inner, INCLUSIVE) == b'<b:c xmlns="urn:a" xmlns:b="urn:b"><d></d></b:c>'


def test_canonical_bytes_of_an_element_that_left_the_default_namespace_stays_out():
    """An undeclared default namespace does not come back from an ancestor further up."""
    inner = _inner('<a xmlns="urn:a"><b xmlns=""><c/></b></a>')
    assert canonical_bytes(inner, EXCLUSIVE) == b"<c></c>"


def test_canonical_bytes_inclusive_inherits_xml_attributes():
    """xml:lang comes down in C14N 1.0, and not in the exclusive form."""
    inner = _inner('<a xml:lang="es"><c>ñ\r\n&#13;</c></a>')
    assert canonical_bytes(inner, INCLUSIVE) == '<c xml:lang="es">ñ\n&#xD;</c>'.encode()
    assert canonical_bytes(inner, EXCLUSIVE) == "<c>ñ\n&#xD;</c>".encode()


def test_canonical_bytes_11_refuses_an_inherited_base():
    """Joining xml:base is not guessed."""
    inner = _inner('<a xml:base="http://x/"><c/></a>')
    with pytest.raises(Unsupported):
        canonical_bytes(inner, "http://www.w3.org/2006/12/xml-c14n11")
    with pytest.raises(Unsupported):
        canonical_bytes(inner, "http://www.w3.org/TR/1999/REC-xslt-19991116")


def test_canonical_bytes_keeps_comments_only_when_asked():
    """The form with comments keeps them, unless the reference selects none."""
    inner = _inner("<a><c><!-- x --></c></a>")
    method = f"{EXCLUSIVE}WithComments"
    assert canonical_bytes(inner, method) == b"<c><!-- x --></c>"
    assert canonical_bytes(inner, method, comments=False) == b"<c></c>"


def test_canonical_bytes_refuses_a_relative_namespace():
    """A relative namespace URI has no canonical form (Canonical XML 1.0 section 1.3): refused, not a crash."""
    tree = etree.fromstring('<a xmlns="relativo"><b/></a>')
    for method in (EXCLUSIVE, INCLUSIVE):
        with pytest.raises(Unsupported):
            canonical_bytes(tree[0], method)


@pytest.mark.parametrize("prefixes", ['xmlns:x="urn:a" xmlns:y="urn:a"', 'xmlns:y="urn:a" xmlns:x="urn:a"'])
def test_canonical_bytes_of_a_long_text_keeps_the_prefixes_that_were_written(prefixes):
    """Two prefixes of one namespace are not taken for each other where a text is written the short way."""
    text = "A&B\r" * 10_000
    inner = _inner(f'<a {prefixes}><x:c y:k="1" x:k2="ñ"/></a>')
    inner.text = text
    written = text.replace("&", "&amp;").replace("\r", "&#xD;").encode()
    shell = _inner(f'<a {prefixes}><x:c y:k="1" x:k2="ñ"/></a>')
    start, _, end = canonical_bytes(shell, EXCLUSIVE).partition(b"></x:c>")
    assert canonical_bytes(inner, EXCLUSIVE) == start + b">" + written + b"</x:c>" + end
