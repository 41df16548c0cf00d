# SPDX-License-Identifier: EUPL-1.2
"""Signatures that are built as no schema allows, or that sign nothing: none of them is intact."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from resigning import resigned, with_transforms

from preservation.indications import Outcome
from preservation.signatures.sign import sign_xml
from preservation.signatures.xml.read import read_xml

XPATH = (
    b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
    b'<ds:XPath xmlns:b="urn:b">ancestor-or-self::b:cuerpo%s</ds:XPath></ds:Transform>'
)
EVIL = b'<evil xmlns="urn:a" xmlns:b="urn:b" Id="EVIL">x</evil>'


@pytest.fixture(scope="module")
def signed(world, plain_xml) -> bytes:
    """An internally detached signature over the element CUERPO."""
    place = plain_xml.index(b"</firmas>")
    return sign_xml(plain_xml, world.seal, signing_time=world.signed_at, ids=["CUERPO"], insert_at=place)


def test_a_second_signed_info_signs_nothing_more(signed):
    """References that stand in a SignedInfo of their own were never signed: XML Signature 1.1 4.2 has one."""
    digest = base64.b64encode(hashlib.sha256(EVIL).digest())
    more = (
        b'<ds:SignedInfo><ds:Reference URI="#EVIL">'
        b'<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        b"<ds:DigestValue>" + digest + b"</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )
    doubled = signed.replace(b"<firmas>", b'<evil Id="EVIL">x</evil><firmas>')
    (facts,) = read_xml(doubled.replace(b"</ds:SignedInfo>", b"</ds:SignedInfo>" + more))
    assert facts.references[-1].outcome is Outcome.OK
    assert facts.problems == ("it has several SignedInfo",)
    assert not facts.intact


@pytest.mark.parametrize("name", [b"SignatureValue", b"KeyInfo"])
def test_a_second_value_or_key_is_refused(signed, name):
    """Two readers would check one and show the other."""
    doubled = signed.replace(b"</ds:SignedInfo>", b"</ds:SignedInfo><ds:%s></ds:%s>" % (name, name))
    (facts,) = read_xml(doubled)
    assert not facts.intact
    assert facts.problems[0] == f"it has several {name.decode()}"


def test_a_signature_over_its_own_properties_signs_no_data(world, signed):
    """It would hold for every document: what it should sign is told as missing."""
    reference = re.search(rb'(?s)<ds:Reference [^>]*URI="#CUERPO".*?</ds:Reference>', signed)[0]
    (facts,) = read_xml(resigned(signed.replace(reference, b""), world.seal))
    assert not facts.problems
    assert facts.references[-1].outcome is Outcome.MISSING
    assert not facts.intact


def test_a_transform_that_chooses_nothing_leaves_nothing_signed(world, signed):
    """The digest of no octets agrees with every document."""
    nothing = XPATH.replace(b"b:cuerpo", b"b:nada") % b""
    (facts,) = read_xml(with_transforms(signed, nothing, world.seal))
    assert [each.outcome for each in facts.references] == [Outcome.OK, Outcome.OK, Outcome.MISSING]
    assert not facts.intact


def test_a_comment_does_not_end_an_expression(world, signed):
    """Comments are in no signed octets: who puts one into an expression changes nothing of what it says."""
    made = with_transforms(signed, XPATH % b" and not(ancestor-or-self::dato)", world.seal)
    commented = made.replace(b"b:cuerpo and", b"b:cuerpo<!-- --> and")
    assert made != commented
    (one,), (other,) = read_xml(made), read_xml(commented)
    assert one.intact
    assert (other.intact, other.left_out) == (True, ("/doc/cuerpo/dato",))
