# SPDX-License-Identifier: EUPL-1.2
"""Signature wrapping: whatever is moved, doubled or renamed, either nothing is believed or the truth is told.

The eight ways of Somorovsky and others ("On Breaking SAML", 2012) over an element signed by its Id, and the
ways that the properties of XAdES add.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

import pytest
from lxml import etree
from resigning import with_transforms

from preservation.signatures.eni.extent import is_signed
from preservation.signatures.sign import sign_enveloping, sign_xml
from preservation.signatures.xml.place import path_of
from preservation.signatures.xml.read import read_xml

DS = "{http://www.w3.org/2000/09/xmldsig#}"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
XPATH = b"http://www.w3.org/TR/1999/REC-xpath-19991116"
EXCLUSIVE = b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'


@pytest.fixture(scope="module")
def signed(world, plain_xml) -> bytes:
    """An internally detached signature over the element CUERPO."""
    place = plain_xml.index(b"</firmas>")
    return sign_xml(plain_xml, world.seal, signing_time=world.signed_at, ids=["CUERPO"], insert_at=place)


class Wrapping:
    """A document with what is signed, an evil twin of it and the signature, to be moved about."""

    def __init__(self, signed: bytes) -> None:
        self.root = etree.fromstring(signed)
        self.good = next(self.root.iter("{urn:b}cuerpo"))
        self.signature = next(self.root.iter(f"{DS}Signature"))
        self.evil = copy.deepcopy(self.good)
        self.evil[0].text = "otra cosa"
        self.evil.set("Id", "EVIL")

    def instead(self) -> None:
        """Put the evil one where people read."""
        self.good.getparent().replace(self.good, self.evil)

    def object(self) -> etree._Element:
        """Return a new ds:Object of the signature."""
        return etree.SubElement(self.signature, f"{DS}Object")


def into_object(it: Wrapping) -> None:
    """1: what is signed goes into an Object of the signature."""
    it.instead()
    it.object().append(it.good)


def behind(it: Wrapping) -> None:
    """2: what is signed stands behind, at the end of the document."""
    it.instead()
    it.root.append(it.good)


def inside_evil(it: Wrapping) -> None:
    """3: the evil one wraps what is signed."""
    it.instead()
    it.evil.append(it.good)


def around_evil(it: Wrapping) -> None:
    """4: the evil one is put inside what is signed."""
    it.good.append(it.evil)


def same_id_behind(it: Wrapping) -> None:
    """5: both have the Id, the evil one first."""
    it.instead()
    it.evil.set("Id", "CUERPO")
    it.root.append(it.good)


def same_id_in_object(it: Wrapping) -> None:
    """6: both have the Id, what is signed in an Object."""
    it.instead()
    it.evil.set("Id", "CUERPO")
    it.object().append(it.good)


def in_extensions(it: Wrapping) -> None:
    """7: what is signed goes where a schema lets anything stand."""
    it.instead()
    etree.SubElement(it.root, "extensions").append(it.good)


def same_id_in_another_case(it: Wrapping) -> None:
    """8: the evil one has the Id in an attribute written otherwise."""
    it.instead()
    del it.evil.attrib["Id"]
    it.evil.set("ID", "CUERPO")
    it.object().append(it.good)


def same_id_of_xml(it: Wrapping) -> None:
    """The evil one has it as xml:id."""
    it.instead()
    it.evil.set("{http://www.w3.org/XML/1998/namespace}id", "CUERPO")
    it.root.append(it.good)


def object_of_same_id(it: Wrapping) -> None:
    """An Object of the signature takes the Id."""
    it.object().set("Id", "CUERPO")


def other_namespace(it: Wrapping) -> None:
    """The evil one has the same name in another namespace, where people read."""
    it.instead()
    it.evil.tag = "{urn:a}cuerpo"
    it.root.append(it.good)


WAYS = [
    into_object,
    behind,
    inside_evil,
    around_evil,
    same_id_behind,
    same_id_in_object,
    in_extensions,
    same_id_in_another_case,
    same_id_of_xml,
    object_of_same_id,
    other_namespace,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_read_xml_of_wrapped_content_is_refused_or_tells_the_truth(signed, way: Callable[[Wrapping], None]):
    """The evil element is never among what is said to be signed."""
    it = Wrapping(signed)
    way(it)
    (facts,) = read_xml(etree.tostring(it.root))
    assert not facts.intact or not is_signed(path_of(it.evil), facts)
    if facts.intact:
        assert is_signed(path_of(it.good), facts)


def test_read_xml_of_several_qualifying_properties_is_refused(signed):
    """A second QualifyingProperties, in the same Object or in another, leaves nothing to believe."""
    root = etree.fromstring(signed)
    own = next(root.iter(f"{XADES}QualifyingProperties"))
    for holder in (own.getparent(), etree.SubElement(own.getparent().getparent(), f"{DS}Object")):
        again = copy.deepcopy(own)
        next(again.iter(f"{XADES}SignedProperties")).set("Id", "otro")
        holder.append(again)
        (facts,) = read_xml(etree.tostring(root))
        assert facts.problems == ("it has several QualifyingProperties",)
        holder.remove(again)


def test_read_xml_of_several_signed_properties_is_refused(signed):
    """So does a second SignedProperties beside the one that is signed, before it or behind it."""
    for place in (0, 1):
        root = etree.fromstring(signed)
        own = next(root.iter(f"{XADES}SignedProperties"))
        again = copy.deepcopy(own)
        again.set("Id", "otro")
        own.getparent().insert(place, again)
        assert read_xml(etree.tostring(root))[0].problems == ("it has several SignedProperties",)


def test_read_xml_of_properties_in_an_object_further_down_is_refused(signed):
    """Properties that were signed, moved to another Object, with fakes where they are looked for."""
    root = etree.fromstring(signed)
    own = next(root.iter(f"{XADES}SignedProperties"))
    fake = copy.deepcopy(own)
    fake.set("Id", "falso")
    own.getparent().replace(own, fake)
    etree.SubElement(next(root.iter(f"{DS}Signature")), f"{DS}Object").append(own)
    (facts,) = read_xml(etree.tostring(root))
    assert "its SignedProperties are not what it signs" in facts.problems


def test_read_xml_of_properties_without_their_namespace_is_no_xades(signed):
    """Properties in a namespace that is none of XAdES are not read: the signature claims nothing."""
    other = signed.replace(b"http://uri.etsi.org/01903/v1.3.2#", b"urn:x")
    (facts,) = read_xml(other)
    assert (facts.format, facts.claimed_time, facts.level) == ("XMLDSig", None, "")
    assert not facts.intact
    assert (facts.binds_signer, read_xml(signed)[0].binds_signer) == (False, True)


def test_read_xml_of_a_reference_typed_as_properties_to_something_else_is_refused(world, signed):
    """What is said to be the properties, by its Type, must be them."""
    kind = b'Type="http://uri.etsi.org/01903#SignedProperties" '
    typed = signed.replace(b"<ds:Reference Id=", b"<ds:Reference " + kind + b"Id=", 1)
    assert typed != signed
    (facts,) = read_xml(typed)
    assert "what it signs as its properties is not its properties" in facts.problems


def test_read_xml_of_properties_signed_in_part_is_refused(world, signed):
    """A transform that takes SigningTime away would leave it to be changed at will."""
    xpath = (
        b'<ds:Transform Algorithm="' + XPATH + b'"><ds:XPath xmlns:x="http://uri.etsi.org/01903/v1.3.2#">'
        b"not(ancestor-or-self::x:SigningTime)</ds:XPath></ds:Transform>" + EXCLUSIVE
    )
    tricked = with_transforms(signed, xpath, world.seal, reference=1)
    (facts,) = read_xml(tricked)
    assert all(check.outcome == "ok" for check in (*facts.references, facts.value))
    assert facts.problems == ("it signs only a part of its SignedProperties",)


def test_read_xml_of_properties_of_another_signature_is_refused(world, signed):
    """Target names the signature whose properties they are."""
    second = sign_xml(signed, world.mayor, signing_time=world.signed_at, ids=["CUERPO"], signature_id="Otra")
    crossed = re.sub(rb'Target="#Otra"', b'Target="#Firma"', second)
    assert crossed != second
    assert "its properties say that they are another signature's" in read_xml(crossed)[1].problems


def test_read_xml_tells_what_a_counter_signature_counter_signs(world, signed):
    """One that stands in the properties of another and signs its value; and what signs more is none."""
    counter = sign_xml(
        signed, world.mayor, signing_time=world.signed_at, ids=["Firma-Valor"], signature_id="Contra"
    )
    first, second = read_xml(counter)
    assert (first.counter_of, second.counter_of) == ("", first.place)
    both = sign_xml(
        signed, world.mayor, signing_time=world.signed_at, ids=["Firma-Valor", "CUERPO"], signature_id="Otra"
    )
    assert [each.counter_of for each in read_xml(both)] == ["", ""]


def test_read_xml_of_a_counter_signature_in_the_wrong_place_is_refused(world, signed):
    """In the properties of a signature stands what signs that signature's value, and nothing else."""
    other = etree.fromstring(sign_enveloping(b"x", world.mayor, signing_time=world.signed_at))
    for element in other.iter("*"):
        for name in ("Id", "Target", "URI", "ObjectReference"):
            if element.get(name):
                element.set(name, element.get(name).replace("Firma", "Contra"))
    root = etree.fromstring(signed)
    holder = next(root.iter(f"{XADES}QualifyingProperties"))
    for name in ("UnsignedProperties", "UnsignedSignatureProperties", "CounterSignature"):
        holder = etree.SubElement(holder, f"{XADES}{name}")
    holder.append(other)
    facts = read_xml(etree.tostring(root))[1]
    assert "it counter-signs something else than the signature that holds it" in facts.problems


def test_read_xml_of_an_element_in_its_own_signature_under_the_enveloped_transform_is_not_signed(
    world, signed
):
    """The enveloped-signature transform takes the signature away with all that was put into it."""
    transform = (
        b'<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>' + EXCLUSIVE
    )
    enveloped = with_transforms(signed, transform, world.seal)
    assert read_xml(enveloped)[0].intact
    it = Wrapping(enveloped)
    into_object(it)
    assert not read_xml(etree.tostring(it.root))[0].intact
