# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib

import pytest
from lxml import etree

from preservation.indications import Outcome
from preservation.signatures.content import BytesContent
from preservation.signatures.sign import sign_xml
from preservation.signatures.xml.canonical import EXCLUSIVE, canonical_bytes
from preservation.signatures.xml.read import read_xml

DS = "http://www.w3.org/2000/09/xmldsig#"
V132 = "http://uri.etsi.org/01903/v1.3.2#"
V141 = "http://uri.etsi.org/01903/v1.4.1#"
V111 = "http://uri.etsi.org/01903/v1.1.1#"


@pytest.fixture
def signature(world, plain_xml):
    """The tree of a signature of level T over CUERPO, with somewhere to put more."""
    signed = sign_xml(
        plain_xml, world.seal, signing_time=world.signed_at, ids=["CUERPO"], authority=world.stamper()
    )
    return etree.fromstring(signed)


def unsigned(root):
    """Return where unsigned properties stand."""
    return next(root.iter(f"{{{V132}}}UnsignedSignatureProperties"))


def value_of(root):
    """Return the canonical signature value."""
    return canonical_bytes(next(root.iter(f"{{{DS}}}SignatureValue")), EXCLUSIVE)


def stamp(world, parent, name, octets, *, space=V132, before=()):
    """Add a time stamp over these octets, with other elements in front of its token."""
    made = etree.SubElement(parent, f"{{{space}}}{name}")
    for each in before:
        made.append(each)
    etree.SubElement(made, f"{{{DS}}}CanonicalizationMethod").set("Algorithm", EXCLUSIVE)
    token = world.stamper().stamp(hashlib.sha256(octets).digest(), "sha256")
    etree.SubElement(made, f"{{{space}}}EncapsulatedTimeStamp").text = base64.b64encode(token).decode()
    return made


def read(root):
    """Return the facts of the last time stamp."""
    (facts,) = read_xml(etree.tostring(root))
    return facts.stamps[-1]


def references(parent, *names, space=V132):
    """Add empty lists of references to validation data, and return their canonical octets."""
    made = [etree.SubElement(parent, f"{{{space}}}{name}") for name in names]
    return b"".join(canonical_bytes(each, EXCLUSIVE) for each in made)


@pytest.mark.parametrize(("suffix", "space"), [("", V132), ("V2", V141)], ids=["TS 101 903", "EN 319 132-1"])
def test_sig_and_refs_covers_the_value_its_stamps_and_the_references(world, signature, suffix, space):
    """SigAndRefsTimeStamp of both versions proves the signature and the token that it covers."""
    held = unsigned(signature)
    octets = value_of(signature) + canonical_bytes(held[0], EXCLUSIVE)
    octets += references(held, f"CompleteCertificateRefs{suffix}", space=space)
    octets += references(held, "CompleteRevocationRefs")
    stamp(world, held, f"SigAndRefsTimeStamp{suffix}", octets, space=space)
    (facts,) = read_xml(etree.tostring(signature))
    first, found = facts.stamps
    assert (found.imprint.outcome, found.type, found.covers_signature) == (Outcome.OK, "refs", True)
    assert hashlib.sha256(first.token).digest() in found.covered


def test_refs_only_proves_nothing_of_the_signature(world, signature):
    """References to validation data are not the signature value."""
    held = unsigned(signature)
    octets = references(held, "CompleteCertificateRefs", "CompleteRevocationRefs")
    stamp(world, held, "RefsOnlyTimeStamp", octets)
    found = read(signature)
    assert (found.imprint.outcome, found.covers_signature) == (Outcome.OK, False)


def test_references_behind_a_time_stamp_are_not_covered(world, signature):
    """What came later changes nothing, and is not said to be covered."""
    held = unsigned(signature)
    octets = references(held, "CompleteCertificateRefs")
    stamp(world, held, "RefsOnlyTimeStamp", octets)
    references(held, "CompleteRevocationRefs")
    assert read(signature).imprint.outcome is Outcome.OK


def archive(root, *, skip=()):
    """Return the octets of an archive time stamp of 1.3.2 or 1.4.1 behind everything."""
    body = next(root.iter("{urn:b}cuerpo"))
    parts = [body, next(root.iter(f"{{{V132}}}SignedProperties"))]
    parts += [next(root.iter(f"{{{DS}}}{name}")) for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
    parts += [each for each in unsigned(root) if etree.QName(each).localname not in skip]
    return b"".join(canonical_bytes(each, EXCLUSIVE) for each in parts)


@pytest.mark.parametrize("space", [V132, V141])
def test_archive_time_stamp_covers_everything_before_it(world, signature, space):
    """Both versions; each later one covers the earlier one's token and the certificates in it."""
    held = unsigned(signature)
    stamp(world, held, "ArchiveTimeStamp", archive(signature), space=space)
    stamp(world, held, "ArchiveTimeStamp", archive(signature), space=space)
    (facts,) = read_xml(etree.tostring(signature))
    assert [each.imprint.outcome for each in facts.stamps] == [Outcome.OK] * 3
    earlier, later = facts.stamps[1:]
    inside = [hashlib.sha256(each).digest() for each in earlier.signature.certificates]
    assert {hashlib.sha256(earlier.token).digest(), *inside} <= later.covered


def test_archive_time_stamp_of_132_may_pass_over_what_its_version_does_not_list(world, signature):
    """A property that V1.3.2 does not know is not among what it lists, so some leave it out; 1.4.1 may not."""
    held = unsigned(signature)
    etree.SubElement(held, f"{{{V141}}}TimeStampValidationData")
    octets = archive(signature, skip={"TimeStampValidationData"})
    made = stamp(world, held, "ArchiveTimeStamp", octets)
    assert read(signature).imprint.outcome is Outcome.OK
    held.remove(made)
    stamp(world, held, "ArchiveTimeStamp", octets, space=V141)
    assert read(signature).imprint.outcome is Outcome.FAILED


def test_explicit_time_stamp_covers_what_it_names(world, signature):
    """HashDataInfo of 1.1.1 and Include name what is stamped, in order."""
    identifier = next(signature.iter(f"{{{DS}}}SignatureValue")).get("Id")
    for name, attribute in (("HashDataInfo", "uri"), ("Include", "URI")):
        include = etree.Element(f"{{{V132}}}{name}")
        include.set(attribute, f"#{identifier}")
        made = stamp(world, unsigned(signature), "SignatureTimeStamp", value_of(signature), before=[include])
        found = read(signature)
        assert (found.imprint.outcome, found.covers) == (Outcome.OK, ("SignatureValue",))
        assert found.covers_signature
        unsigned(signature).remove(made)


def test_explicit_time_stamp_of_something_else_proves_nothing_of_the_signature(world, signature):
    """A SignatureTimeStamp that names the content stamps the content, whatever it is called."""
    include = etree.Element(f"{{{V132}}}Include")
    include.set("URI", "#CUERPO")
    octets = canonical_bytes(next(signature.iter("{urn:b}cuerpo")), EXCLUSIVE)
    stamp(world, unsigned(signature), "SignatureTimeStamp", octets, before=[include])
    found = read(signature)
    assert (found.imprint.outcome, found.covers_signature) == (Outcome.OK, False)


def test_time_stamp_over_something_outside_is_not_fetched(world, signature):
    """An Include with an address is refused."""
    include = etree.Element(f"{{{V132}}}Include")
    include.set("URI", "http://127.0.0.1/secreto")
    stamp(world, unsigned(signature), "SignatureTimeStamp", b"", before=[include])
    assert read(signature).imprint.outcome is Outcome.UNSUPPORTED


def test_a_token_that_stands_twice_is_one_time_stamp(world, signature):
    """Copying a token inside its element proves nothing twice."""
    holder = unsigned(signature)[0]
    again = etree.SubElement(holder, f"{{{V132}}}EncapsulatedTimeStamp")
    again.text = holder.findtext(f"{{{V132}}}EncapsulatedTimeStamp")
    assert len(read_xml(etree.tostring(signature))[0].stamps) == 1


def test_a_broken_token_is_told_as_unreadable(signature):
    """What is not base64, or no token, is a time stamp that proves nothing."""
    for text in ("%%%", "QUJD", ""):
        next(signature.iter(f"{{{V132}}}EncapsulatedTimeStamp")).text = text
        found = read(signature)
        assert found.signature.unreadable
        assert found.imprint.outcome is Outcome.UNSUPPORTED
        assert found.covered == frozenset()


def test_a_token_in_xml_is_told_and_proves_nothing(signature):
    """The schema lets a token be XML; none was ever defined."""
    holder = unsigned(signature)[0]
    holder.remove(holder[-1])
    etree.SubElement(holder, f"{{{V132}}}XMLTimeStamp")
    found = read(signature)
    assert (found.type, found.covers_signature) == ("signature", False)
    assert found.signature.unreadable


def named(name, uri, *transforms):
    """Return an Include or HashDataInfo with transforms."""
    made = etree.Element(f"{{{V132}}}{name}")
    made.set("uri" if name == "HashDataInfo" else "URI", uri)
    if transforms:
        held = etree.SubElement(made, f"{{{DS}}}Transforms")
        for algorithm, text in transforms:
            step = etree.SubElement(held, f"{{{DS}}}Transform")
            step.set("Algorithm", algorithm)
            if text:
                etree.SubElement(step, f"{{{DS}}}XPath").text = text
    return made


@pytest.mark.parametrize("space", [DS, "urn:a"])
def test_value_of_another_signature_is_not_the_value_of_this_one(world, signature, space):
    """A token of long ago over somebody else's SignatureValue, named by an Include, proves nothing here."""
    held = etree.SubElement(signature.find(f".//{{{DS}}}Signature"), f"{{{DS}}}Object")
    foreign = etree.SubElement(held, f"{{{space}}}SignatureValue")
    foreign.set("Id", "AJENO")
    foreign.text = "QUJD"
    octets = canonical_bytes(foreign, EXCLUSIVE)
    stamp(world, unsigned(signature), "SignatureTimeStamp", octets, before=[named("Include", "#AJENO")])
    found = read(signature)
    assert (found.imprint.outcome, found.covers_signature) == (Outcome.OK, False)


@pytest.mark.parametrize("name", ["HashDataInfo", "Include"])
def test_what_transforms_take_away_is_not_covered(world, signature, name):
    """A token over nothing does not stamp the value that its transforms removed."""
    identifier = next(signature.iter(f"{{{DS}}}SignatureValue")).get("Id")
    nothing = ("http://www.w3.org/TR/1999/REC-xpath-19991116", "not(self::node())")
    stamp(
        world,
        unsigned(signature),
        "SignatureTimeStamp",
        b"",
        before=[named(name, f"#{identifier}", nothing)],
    )
    found = read(signature)
    assert not found.covers_signature
    assert found.covered == frozenset()


def test_explicit_time_stamp_with_a_canonicalisation_covers_what_it_names(world, signature):
    """HashDataInfo of 1.1.1 says how it was made canonical, which takes nothing away."""
    identifier = next(signature.iter(f"{{{DS}}}SignatureValue")).get("Id")
    before = [named("HashDataInfo", f"#{identifier}", (EXCLUSIVE, ""))]
    stamp(world, unsigned(signature), "SignatureTimeStamp", value_of(signature), before=before)
    found = read(signature)
    assert (found.imprint.outcome, found.covers_signature) == (Outcome.OK, True)


def test_name_of_something_outside_is_not_the_identifier_of_something_inside(world, signature):
    """`uri="VALOR"` is a file called so, whatever element has that Id."""
    value = next(signature.iter(f"{{{DS}}}SignatureValue"))
    before = [named("HashDataInfo", value.get("Id"), (EXCLUSIVE, ""))]
    stamp(world, unsigned(signature), "SignatureTimeStamp", b"<a></a>", before=before)
    (facts,) = read_xml(etree.tostring(signature), lambda uri: BytesContent(b"<a/>"))
    assert not facts.stamps[-1].covers_signature


def test_content_time_stamp_that_nobody_signed_is_none(world, signature):
    """Anybody could put a young one among the unsigned properties and make an old signature a late one."""
    body = canonical_bytes(next(signature.iter("{urn:b}cuerpo")), EXCLUSIVE)
    stamp(world, unsigned(signature), "AllDataObjectsTimeStamp", body)
    found = read(signature)
    assert found.type != "content"
    assert not found.covers_signature
