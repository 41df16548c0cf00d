# SPDX-License-Identifier: EUPL-1.2
"""What is read quickly says what reading it slowly says."""

from __future__ import annotations

import binascii
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.xml import parse_xml
from preservation.signatures.facts import Malformed
from preservation.signatures.xml.core import decoded, octets_of
from preservation.signatures.xml.keys import certificates_in
from preservation.signatures.xml.names import DS
from preservation.signatures.xml.references import Identifiers

_LETTERS = "AQab+/09= \t\n\r-"


def _slowly(text: str) -> bytes:
    return binascii.a2b_base64("".join(text.split()), strict_mode=True)


@given(st.text(_LETTERS, max_size=24))
def test_base64_is_read_in_one_go_as_it_is_without_its_blanks(text):
    """The short way over one line gives what taking the blanks away first gives, and refuses the same."""
    try:
        slow = _slowly(text)
    except ValueError:
        with pytest.raises(ValueError):
            octets_of(text)
    else:
        assert octets_of(text) == slow


@pytest.mark.parametrize("text", ["AAAA¡", "Ａ===", "AA", "AAA=AAAA"])
def test_what_is_not_base64_is_malformed(text):
    """Letters of no alphabet, missing padding and padding in the middle are refused."""
    element = parse_xml(f"<v>{text}</v>".encode()).getroot()
    with pytest.raises(Malformed):
        decoded(element)


def test_a_certificate_that_was_read_before_is_read_the_same_again():
    """One text, one result, also wrapped, with a comment in it, or broken after a good one."""
    plain = b64encode(b"certificate").decode()
    variants = (plain, f"{plain[:5]}\n {plain[5:]}", f"{plain[:4]}<!-- x -->{plain[4:]}", f"{plain}!", "")
    for inside in (*variants, *variants):
        holder = f"<X509Data><X509Certificate>{inside}</X509Certificate></X509Data>"
        signature = parse_xml(f'<Signature xmlns="{DS}"><KeyInfo>{holder}</KeyInfo></Signature>'.encode())
        expected = [] if inside.endswith("!") else [b"certificate"] if inside else [b""]
        assert certificates_in(signature.getroot()) == expected


def test_every_attribute_that_may_be_an_identifier_is_found():
    """Id, ID, id, xml:id and wsu:Id count, each element once; the same name in another namespace does not."""
    wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    tree = parse_xml(
        f'<r xmlns:w="{wsu}" xmlns:o="urn:o"><a Id="1" ID="1"/><b id="1"/><c xml:id="2"/><d w:Id="3"/>'
        '<e o:Id="4" name="5" iD="6"/></r>'.encode()
    )
    found = Identifiers.of(tree)
    names = {key: [each.tag for each in holders] for key, holders in found.by_id.items()}
    assert names == {"1": ["a", "b"], "2": ["c"], "3": ["d"]}
    assert found.elements == 6
