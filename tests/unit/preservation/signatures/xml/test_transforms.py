# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib

import pytest
from lxml import etree
from resigning import with_transforms

from preservation.indications import Outcome
from preservation.signatures.content import BytesContent
from preservation.signatures.sign import sign_detached, sign_xml
from preservation.signatures.xml.read import read_xml

FILTER = b"http://www.w3.org/2002/06/xmldsig-filter2"
XPATH = b"http://www.w3.org/TR/1999/REC-xpath-19991116"
EXCLUSIVE = b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
BASE64 = b'<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/>'


@pytest.fixture(scope="module")
def signed(world) -> bytes:
    """A signature over an element with several things in it."""
    text = b'<d xmlns:p="urn:p"><p:c Id="C"><p:a>uno</p:a><p:b>dos</p:b> tres</p:c></d>'
    return sign_xml(text, world.seal, signing_time=world.signed_at, ids=["C"])


def filtered(kind: bytes, path: bytes) -> bytes:
    """Return an XPath Filter 2 transform."""
    inside = b'<f:XPath xmlns:f="%s" xmlns:p="urn:p" Filter="%s">%s</f:XPath>' % (FILTER, kind, path)
    return b'<ds:Transform Algorithm="%s">%s</ds:Transform>' % (FILTER, inside)


def chosen(expression: bytes) -> bytes:
    """Return an XPath transform."""
    return (
        b'<ds:Transform Algorithm="%s"><ds:XPath xmlns:p="urn:p">%s</ds:XPath></ds:Transform>'
        % (XPATH, expression)
        + EXCLUSIVE
    )


@pytest.mark.parametrize(
    ("transforms", "covers", "left_out"),
    [
        (chosen(b"."), ("#C /d/c",), ()),
        (chosen(b"ancestor-or-self::p:a"), ("#C /d/c/a",), ()),
        (chosen(b"not(ancestor-or-self::p:a)"), ("#C /d/c",), ("/d/c/a",)),
        (chosen(b"not(ancestor-or-self::p:c)"), (), ("/d/c",)),
        (filtered(b"intersect", b"//p:b | //p:a"), ("#C /d/c/a", "#C /d/c/b"), ()),
        (filtered(b"subtract", b"/d/p:c/p:b"), ("#C /d/c",), ("/d/c/b",)),
        (filtered(b"intersect", b"id('C')/node()"), ("#C (the inside of /d/c)",), ()),
        (filtered(b"union", b"//p:b"), ("#C /d/c",), ()),
    ],
)
def test_what_transforms_choose_is_what_is_covered(world, signed, transforms, covers, left_out):
    """A signature over a part says which part, one that leaves something out says what; over nothing none holds."""
    (facts,) = read_xml(with_transforms(signed, transforms, world.seal))
    assert facts.intact is bool(covers)
    assert (facts.covers, facts.left_out) == (covers, left_out)


@pytest.mark.parametrize(
    ("expression", "before", "after", "holds"),
    [
        (b"ancestor-or-self::p:a", b"dos", b"DOS", True),
        (b"ancestor-or-self::p:a", b"uno", b"UNO", False),
        (b"not(ancestor-or-self::p:a)", b"uno", b"UNO", True),
        (b"not(ancestor-or-self::p:a)", b"tres", b"TRES", False),
    ],
)
def test_only_what_is_chosen_is_protected(world, signed, expression, before, after, holds):
    """What is said to be left out may change, and nothing else."""
    made = with_transforms(signed, chosen(expression), world.seal)
    assert read_xml(made.replace(before, after))[0].intact is holds


def test_inside_of_an_element_is_signed_text_and_all(world, signed):
    """`node()` signs the texts between elements, and not the attributes of the element around."""
    made = with_transforms(signed, filtered(b"intersect", b"id('C')/node()"), world.seal)
    assert not read_xml(made.replace(b" tres", b" TRES"))[0].intact
    assert read_xml(made.replace(b'Id="C"', b'Id="C" k="1"', 1))[0].intact


def test_base64_of_an_element_with_elements_in_it_is_refused(world, signed):
    """The text alone would be signed, and nobody would see that the elements are not."""
    text = signed.replace(b"uno", b"QUJD").replace(b"dos", b"QUJD").replace(b" tres", b"")
    broken = text.replace(EXCLUSIVE, BASE64, 1)
    (facts,) = read_xml(broken)
    assert facts.references[0].outcome is Outcome.UNSUPPORTED


def test_part_of_a_document_outside_is_told_by_its_place_there(world):
    """A reference to another document may choose a part of it; the rest of it is not covered."""
    other = b'<r><a Id="1">x</a><b>y</b></r>'
    signed = sign_detached([("otro.xml", other)], world.seal, signing_time=world.signed_at)
    part = hashlib.sha256(b'<a Id="1">x</a>').digest()
    root = etree.fromstring(signed)
    reference = next(root.iter("{*}Reference"))
    transform = etree.fromstring(
        b'<x xmlns:ds="http://www.w3.org/2000/09/xmldsig#">%s</x>' % chosen(b"ancestor-or-self::a")
    )
    held = etree.SubElement(reference, "{http://www.w3.org/2000/09/xmldsig#}Transforms")
    reference.insert(0, held)
    held.extend(list(transform))
    reference.find("{*}DigestValue").text = base64.b64encode(part).decode()
    (facts,) = read_xml(etree.tostring(root), {"otro.xml": BytesContent(other)}.get)
    assert facts.references[0].outcome is Outcome.OK
    assert facts.covers == ("otro.xml: /r/a",)
