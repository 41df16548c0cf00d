# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import re

import pytest
from lxml import etree

from archive.errors import InvalidRequest
from preservation.indications import Indication, Outcome
from preservation.signatures.content import BytesContent
from preservation.signatures.engine.judge import judge
from preservation.signatures.sign import AGE_POLICY, sign_detached, sign_enveloping, sign_xml
from preservation.signatures.xml.read import path_of, read_xml


@pytest.fixture(scope="module")
def internal(world, plain_xml) -> bytes:
    """An internally detached signature of CUERPO, as TF02."""
    place = plain_xml.index(b"</firmas>")
    return sign_xml(plain_xml, world.seal, signing_time=world.signed_at, ids=["CUERPO"], insert_at=place)


def test_sign_xml_splices_and_leaves_every_other_byte(world, plain_xml, internal):
    """The document is its own bytes with a signature in between, the same every time."""
    place = plain_xml.index(b"</firmas>")
    assert internal.startswith(plain_xml[:place])
    assert internal.endswith(plain_xml[place:])
    again = sign_xml(plain_xml, world.seal, signing_time=world.signed_at, ids=["CUERPO"], insert_at=place)
    assert again == internal


def test_read_xml_internally_detached_passes_and_tells_what_it_covers(world, internal):
    """XAdES B-B over an Id, in exclusive C14N under a default namespace."""
    (facts,) = read_xml(internal)
    report = judge(facts, world.trust(), world.at)
    assert (report.indication, report.format, report.level) == ("TOTAL_PASSED", "XAdES", "B")
    assert report.covers == ("#CUERPO /doc/cuerpo",)
    assert report.place == "/doc/firmas/Signature"
    assert report.signing_time == world.signed_at


def test_read_xml_enveloped_with_policy_and_time_stamp_passes(world, plain_xml):
    """An enveloped EPES-T signature of the whole document."""
    signed = sign_xml(
        plain_xml, world.seal, signing_time=world.signed_at, policy=AGE_POLICY, authority=world.stamper()
    )
    (facts,) = read_xml(signed)
    report = judge(facts, world.trust(), world.at)
    assert (report.indication, report.level, report.policy) == ("TOTAL_PASSED", "T", AGE_POLICY.oid)
    assert report.timestamps[0].intact
    assert report.best_signature_time == world.signed_at


def test_read_xml_two_signatures_are_both_good(world, internal):
    """A second enveloped signature covers the first, which stays as it was."""
    both = sign_xml(internal, world.mayor, signing_time=world.signed_at, signature_id="Firma2")
    assert [each.intact for each in read_xml(both)] == [True, True]


def test_read_xml_enveloping_and_detached_hold(world):
    """Content inside in base64, and content given by a resolver by its name."""
    (inside,) = read_xml(sign_enveloping(b"\x00\x01", world.seal, signing_time=world.signed_at))
    assert inside.intact
    signature = sign_detached([("acta.pdf", b"%PDF")], world.seal, signing_time=world.signed_at)
    contents = {"acta.pdf": BytesContent(b"%PDF")}
    assert read_xml(signature, contents.get)[0].intact
    assert read_xml(signature)[0].references[0].outcome is Outcome.MISSING
    assert not read_xml(signature, lambda _: BytesContent(b"otro"))[0].intact


def test_read_xml_moved_to_another_envelope_still_holds(internal):
    """Exclusive C14N survives an envelope with its own namespaces."""
    body = internal.partition(b"?>")[2]
    assert read_xml(b'<e xmlns="urn:otro" xmlns:z="urn:z">' + body + b"</e>")[0].intact


def test_read_xml_altered_content_fails(world, internal):
    """One letter is enough."""
    (facts,) = read_xml(internal.replace("cigüeña".encode(), b"ciguena"))
    assert judge(facts, world.trust(), world.at).sub_indication == "HASH_FAILURE"


def test_read_xml_duplicate_id_is_refused(world, internal):
    """Signature wrapping: two elements with the Id that is signed leave nothing to believe."""
    twice = internal.replace(b"<firmas>", b'<falso Id="CUERPO">1</falso><firmas>')
    (facts,) = read_xml(twice)
    assert not facts.intact
    assert judge(facts, world.trust(), world.at).indication is Indication.TOTAL_FAILED


def test_read_xml_moved_signed_element_is_told_by_its_place(internal):
    """The signed element moved aside and another put in its place: the report says where the signed one is."""
    body = re.search(rb"<b:cuerpo.*</b:cuerpo>", internal, re.DOTALL)[0]
    moved = internal.replace(body, b"<b:cuerpo>falso</b:cuerpo><otro>" + body + b"</otro>")
    (facts,) = read_xml(moved)
    assert facts.covers == ("#CUERPO /doc/otro/cuerpo",)


def test_read_xml_fake_signed_properties_are_refused(world, internal):
    """Properties that were not signed, in place of those that were, do not count."""
    root = etree.fromstring(internal)
    xades = "http://uri.etsi.org/01903/v1.3.2#"
    own = next(root.iter(f"{{{xades}}}SignedProperties"))
    fake = etree.fromstring(etree.tostring(own))
    fake.set("Id", "falso")
    next(fake.iter(f"{{{xades}}}SigningTime")).text = "1999-01-01T00:00:00Z"
    parent = own.getparent()
    parent.replace(own, fake)
    etree.SubElement(root, "aparte").append(own)
    (facts,) = read_xml(etree.tostring(root))
    assert not facts.intact
    assert judge(facts, world.trust(), world.at).sub_indication == "FORMAT_FAILURE"


def test_read_xml_moved_object_is_refused(world):
    """A ds:Object that is signed, put deeper, is not where anybody reads."""
    signed = sign_enveloping(b"bueno", world.seal, signing_time=world.signed_at)
    held = re.search(rb"<ds:Object xmlns:ds=[^>]*Encoding.*?</ds:Object>", signed)[0]
    wrapped = signed.replace(held, b"<ds:Object><w>" + held + b"</w></ds:Object>")
    assert not read_xml(wrapped)[0].intact


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"http://www.w3.org/2001/10/xml-exc-c14n#", b"http://www.w3.org/TR/1999/REC-xslt-19991116"),
        (b"http://www.w3.org/2001/04/xmlenc#sha256", b"urn:desconocido"),
        (b'URI="#CUERPO"', b'URI="http://127.0.0.1/secreto"'),
        (b'URI="#CUERPO"', b'URI="file:///etc/passwd"'),
        (b'URI="#CUERPO"', b'URI="#xpointer(//*)"'),
    ],
)
def test_read_xml_refuses_what_it_does_not_know_and_fetches_nothing(internal, old, new):
    """XSLT, unknown algorithms, remote and file references: never intact, never an exception."""
    assert not any(each.intact for each in read_xml(internal.replace(old, new)))


@pytest.mark.parametrize(
    "data", [b"", b"<a", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", b"<a>" * 500, b"\xff\xfe<\x00"]
)
def test_read_xml_of_hostile_bytes_gives_unreadable_facts(data):
    """Entities, depth and rubbish are refused by the hardened parser and told."""
    (facts,) = read_xml(data)
    assert facts.unreadable


def test_read_xml_with_a_hundred_transforms_is_not_run(internal):
    """A chain of transforms that nobody needs is refused before it costs anything."""
    one = b'<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
    start = internal.index(b"<ds:Transforms>") + len(b"<ds:Transforms>")
    (facts,) = read_xml(internal[:start] + one * 100 + internal[start:])
    assert facts.references[0].outcome is Outcome.UNSUPPORTED


def test_sign_xml_of_an_absent_or_ambiguous_id_is_an_invalid_request(world, plain_xml):
    """Nobody signs what cannot be told apart."""
    with pytest.raises(InvalidRequest, match="0 times"):
        sign_xml(plain_xml, world.seal, signing_time=world.signed_at, ids=["NO"])


def test_read_xml_with_thousands_of_references_ends_soon(internal, monkeypatch):
    """The work for one document is bounded: what asks for more is refused, not run."""
    monkeypatch.setattr("preservation.signatures.xml.references.MAX_WORK", 50_000)
    start = internal.index(b"<ds:Reference")
    end = internal.index(b"</ds:Reference>") + len(b"</ds:Reference>")
    (facts,) = read_xml(internal[:start] + internal[start:end] * 200 + internal[end:])
    assert not facts.intact
    assert any("more work" in check.detail for check in facts.references)


def test_path_of_tells_elements_of_two_namespaces_apart():
    """Two elements of the same local name never have the same path, so one cannot be taken for the other."""
    root = etree.fromstring(b'<d xmlns="urn:a"><contenido/><x:contenido xmlns:x="urn:x"/></d>')
    assert [path_of(each) for each in root] == ["/d/contenido[1]", "/d/contenido[2]"]


def test_read_xml_tells_a_serial_number_of_another_certificate(world, internal):
    """The digest names the certificate; a number beside it that is another one's is told, without weight."""
    assert read_xml(internal)[0].notes == ()
    held = re.search(rb"<xades:IssuerSerialV2>([^<]*)<", internal)[1]
    octets = bytearray(base64.b64decode(held))
    octets[-1] ^= 1
    (facts,) = read_xml(internal.replace(held, base64.b64encode(octets)))
    assert "serial number" in facts.notes[0]
