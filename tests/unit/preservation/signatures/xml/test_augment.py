# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest

from archive.errors import InvalidRequest, NotAvailable
from preservation.indications import Outcome
from preservation.signatures.augmentation import Augmentation
from preservation.signatures.content import BytesContent
from preservation.signatures.sign import sign_detached, sign_enveloping, sign_xml
from preservation.signatures.xml.augment import augment_xml
from preservation.signatures.xml.read import read_xml

XADES = b"http://uri.etsi.org/01903/v1.3.2#"


@pytest.fixture(scope="module")
def signed(world, plain_xml) -> bytes:
    """An internally detached signature of level B."""
    place = plain_xml.index(b"</firmas>")
    return sign_xml(plain_xml, world.seal, signing_time=world.signed_at, ids=["CUERPO"], insert_at=place)


def plan(world, level, *, digest="sha256", years=0) -> Augmentation:
    """Stamp and collect so many years after the signature."""
    at = world.signed_at + timedelta(days=365 * years)
    return Augmentation(level, world.stamper(at), world.material(at), digest)


def require_only_added(before: bytes, after: bytes) -> bytes:
    """Return what was put in at one place, with everything else as it was."""
    start = next(at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other)
    # the same letters may begin what is put in and what comes behind it
    for cut in range(start, -1, -1):
        end = len(after) - (len(before) - cut)
        if before[cut:] == after[end:]:
            return after[cut:end]
    raise AssertionError("something else was changed")


@pytest.mark.parametrize("level", ["T", "LT", "LTA"])
def test_augment_xml_reaches_each_level_and_changes_nothing_else(world, signed, level):
    """What is added stands in one place; the signature and every new time stamp hold."""
    made = augment_xml(signed, plan(world, level))
    require_only_added(signed, made)
    (facts,) = read_xml(made)
    assert (facts.level, facts.intact) == (level, True)
    assert [stamp.imprint.outcome for stamp in facts.stamps] == [Outcome.OK] * (2 if level == "LTA" else 1)


def test_augment_xml_lta_covers_every_value_it_carries(world, signed):
    """An archive time stamp tells the certificates, lists and tokens whose existence it proves."""
    material = world.material()
    (facts,) = read_xml(augment_xml(signed, plan(world, "LTA")))
    first, archive = facts.stamps
    pieces = [*material.certificates, *material.crls, first.token, *first.signature.certificates]
    assert {hashlib.sha256(piece).digest() for piece in pieces} <= archive.covered
    assert first.covered == frozenset()
    assert hashlib.sha256(archive.token).digest() not in archive.covered


def test_augment_xml_renews_with_a_stronger_digest_and_new_material(world, signed):
    """A renewal puts new values in a TimeStampValidationData and stamps all that is older again."""
    first = augment_xml(signed, plan(world, "LTA"))
    second = augment_xml(first, plan(world, "LTA", digest="sha512", years=1))
    added = require_only_added(first, second)
    assert b"xades141:TimeStampValidationData" in added[:60]
    (facts,) = read_xml(second)
    assert [(stamp.type, stamp.imprint.detail) for stamp in facts.stamps] == [
        ("signature", "sha256"),
        ("archive", "sha256"),
        ("archive", "sha512"),
    ]
    assert all(stamp.imprint.outcome is Outcome.OK for stamp in facts.stamps)
    assert facts.stamps[1].covered < facts.stamps[2].covered


def test_augment_xml_lta_notices_every_later_change(world, signed):
    """A value taken away or exchanged below an archive time stamp breaks its imprint."""
    made = augment_xml(signed, plan(world, "LTA"))
    values = re.search(
        rb"<xades:EncapsulatedX509Certificate>[^<]*</xades:EncapsulatedX509Certificate>", made
    )[0]
    (facts,) = read_xml(made.replace(values, b""))
    assert facts.intact
    assert [stamp.imprint.outcome for stamp in facts.stamps] == [Outcome.OK, Outcome.FAILED]
    assert facts.stamps[1].covered == frozenset()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\n", b"\r\n"),
        (b"<doc", b"<!-- antes --><doc"),
        (b"<firmas></firmas>", b"<firmas>\n\t</firmas>"),
        (b"<b:cuerpo", b'<b:cuerpo b:xml=">"'),
    ],
)
def test_augment_xml_keeps_how_the_document_was_written(world, plain_xml, old, new):
    """Line ends, comments, blanks and odd attributes stay octet by octet."""
    text = plain_xml.replace(old, new)
    signed = sign_xml(text, world.seal, signing_time=world.signed_at, ids=["CUERPO"])
    made = augment_xml(signed, plan(world, "LTA"))
    require_only_added(signed, made)
    assert read_xml(made)[0].intact


def test_augment_xml_of_another_encoding_stays_in_it(world):
    """A document in ISO-8859-1 keeps its letters of one octet."""
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><AFIRMA><CONTENT Id="C">ñandú</CONTENT></AFIRMA>'
    signed = sign_xml(text.encode("iso-8859-1"), world.seal, signing_time=world.signed_at, ids=["C"])
    made = augment_xml(signed, plan(world, "LTA"))
    assert "ñandú".encode("iso-8859-1") in made
    assert read_xml(made)[0].level == "LTA"


def test_augment_xml_of_utf_16_is_refused(world, signed):
    """What is put in is ASCII, so a document of two octets a letter is refused, not broken."""
    wide = signed.replace(b"UTF-8", b"UTF-16").decode().encode("utf-16")
    assert read_xml(wide)[0].intact
    with pytest.raises(InvalidRequest, match="UTF-16"):
        augment_xml(wide, plan(world, "T"))


def test_augment_xml_enveloping_and_detached(world):
    """An enveloping signature covers its object; a detached one needs its content for LTA, and gets it."""
    inside = sign_enveloping(b"\x00\x01", world.seal, signing_time=world.signed_at)
    assert read_xml(augment_xml(inside, plan(world, "LTA")))[0].level == "LTA"
    outside = sign_detached([("acta.pdf", b"%PDF")], world.seal, signing_time=world.signed_at)
    with pytest.raises(InvalidRequest, match=r"acta\.pdf"):
        augment_xml(outside, plan(world, "LTA"))
    contents = {"acta.pdf": BytesContent(b"%PDF")}
    (facts,) = read_xml(augment_xml(outside, plan(world, "LTA"), contents.get), contents.get)
    assert facts.stamps[1].imprint.outcome is Outcome.OK


def test_augment_xml_lets_a_signed_signature_be(world, signed):
    """A signature that an outer one signs cannot grow without breaking it: the outer one protects both."""
    both = sign_xml(signed, world.mayor, signing_time=world.signed_at, signature_id="Firma2")
    inner, outer = read_xml(augment_xml(both, plan(world, "LTA")))
    assert (inner.level, outer.level) == ("B", "LTA")
    assert inner.intact
    assert outer.intact


def test_augment_xml_brings_signatures_side_by_side_to_the_level(world, plain_xml, signed):
    """Two signatures over the same element both grow."""
    second = sign_xml(
        signed, world.mayor, signing_time=world.signed_at, ids=["CUERPO"], signature_id="Firma2"
    )
    assert [each.level for each in read_xml(augment_xml(second, plan(world, "LTA")))] == ["LTA", "LTA"]


@pytest.mark.parametrize(
    "written",
    [
        b"<x:UnsignedProperties xmlns:x='%s'/>",
        b"<x:UnsignedProperties xmlns:x='%s'><x:UnsignedSignatureProperties a='/>' /></x:UnsignedProperties>",
        b"<x:UnsignedProperties xmlns:x='%s'><x:UnsignedSignatureProperties /></x:UnsignedProperties>",
        b"<x:UnsignedProperties xmlns:x='%s'><x:UnsignedDataObjectProperties/></x:UnsignedProperties>",
    ],
)
def test_augment_xml_finds_its_place_however_it_is_written(world, signed, written):
    """Empty elements are opened; UnsignedSignatureProperties comes before UnsignedDataObjectProperties."""
    end = signed.index(b"</xades:QualifyingProperties>")
    (facts,) = read_xml(augment_xml(signed[:end] + written % XADES + signed[end:], plan(world, "LTA")))
    assert (facts.level, facts.intact) == ("LTA", True)


def test_augment_xml_refuses_what_has_no_place_for_it(world, signed):
    """XAdES 1.2.2 gets its time stamp, and no archive time stamp of a younger version."""
    older = sign_older(world)
    assert read_xml(augment_xml(older, plan(world, "T")))[0].level == "T"
    with pytest.raises(NotAvailable, match=r"1\.2\.2"):
        augment_xml(older, plan(world, "LTA"))
    with pytest.raises(InvalidRequest, match="no XAdES signature"):
        augment_xml(b"<a/>", plan(world, "T"))
    with pytest.raises(InvalidRequest, match="nothing to add"):
        augment_xml(augment_xml(signed, plan(world, "T")), plan(world, "T"))


def test_augment_xml_of_the_oldest_form_names_what_is_stamped(world):
    """XAdES 1.1.1 says in HashDataInfo what its time stamp is over."""
    made = augment_xml(sign_older(world, "1.1.1"), plan(world, "T"))
    (facts,) = read_xml(made)
    assert b"HashDataInfo" in made
    assert (facts.stamps[0].imprint.outcome, facts.stamps[0].covers_signature) == (Outcome.OK, True)


def sign_older(world, version="1.2.2") -> bytes:
    """Return a signature with the properties of an older version."""
    import preservation.signatures.xml.sign as signing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing, "_XADES", f"http://uri.etsi.org/01903/v{version}#")
        return sign_enveloping(b"x", world.seal, signing_time=world.signed_at)


def test_augment_xml_of_a_signature_in_an_eni_document_keeps_it_readable(world, signed):
    """A signature inside an envelope of other namespaces grows where it stands."""
    inside = signed.partition(b"?>")[2]
    envelope = (
        b'<e:documento xmlns:e="urn:eni" xmlns="urn:otro"><e:firma>' + inside + b"</e:firma></e:documento>"
    )
    made = augment_xml(envelope, plan(world, "LTA"))
    require_only_added(envelope, made)
    assert read_xml(made)[0].level == "LTA"
