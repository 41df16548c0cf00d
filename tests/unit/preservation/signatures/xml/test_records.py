# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib

import pytest
from evidence_to_order import record_over

from preservation.signatures.content import BytesContent
from preservation.signatures.records import embedded_word
from preservation.signatures.sign import sign_detached, sign_xml
from preservation.signatures.xml.records import NAMESPACE, DataGroup, evidence_in_xml

DS = "http://www.w3.org/2000/09/xmldsig#"


def _sealed(world, signed, resolver=None):
    """Return the document with a record over what its signature has to be covered by."""
    empty = _with(signed, b"MAA=")
    assert evidence_in_xml(empty, resolver) == []
    draft = _with(signed, base64.b64encode(record_over(world, [])))
    (evidence,) = evidence_in_xml(draft, resolver)
    (group,) = evidence.objects
    return _with(signed, base64.b64encode(record_over(world, [group.digest("sha256")])))


def _with(signed, record):
    held = (
        f'<n:SealingEvidenceRecords xmlns:n="{NAMESPACE}"><n:ASN1EvidenceRecord>'.encode()
        + record
        + b"</n:ASN1EvidenceRecord></n:SealingEvidenceRecords>"
    )
    end = b"</xades:UnsignedSignatureProperties>"
    assert end in signed
    return signed.replace(end, held + end)


def _words(world, data, resolver=None):
    return [embedded_word(each, world.at) for each in evidence_in_xml(data, resolver)]


@pytest.fixture(scope="module")
def signed(world, plain_xml):
    """An XAdES of level T inside its document."""
    return sign_xml(plain_xml, world.seal, signing_time=world.signed_at, authority=world.stamper())


def test_a_sealing_record_covers_content_value_and_properties(world, signed):
    """What was signed, the signature and its time stamp are one group; a change in any of them is noticed."""
    sealed = _sealed(world, signed)
    assert _words(world, sealed) == ["valid"]
    for found, put in [
        ("cigüeña".encode(), b"garza"),
        (b"<ds:SignatureValue", b'<ds:SignatureValue otro="1"'),
        (b"<xades:EncapsulatedTimeStamp>", b"<xades:EncapsulatedTimeStamp>AAAA"),
        (b"<ds:X509Certificate>", b"<ds:X509Certificate>AAAA"),
    ]:
        assert found in sealed
        assert _words(world, sealed.replace(found, put, 1)) == ["hash_failure"]


def test_what_comes_after_the_record_is_not_covered_by_it(world, signed):
    """A property that is added behind the record changes nothing for it."""
    end = b"</xades:UnsignedSignatureProperties>"
    assert _words(world, _sealed(world, signed).replace(end, b"<xades:Nuevo/>" + end)) == ["valid"]


def test_detached_content_belongs_to_the_group(world):
    """Without the content nothing can be found; with another one the record fails."""
    signed = sign_detached(
        [("a.txt", b"uno")], world.seal, signing_time=world.signed_at, authority=world.stamper()
    )
    sealed = _sealed(world, signed, lambda _: BytesContent(b"uno"))
    assert _words(world, sealed, lambda _: BytesContent(b"uno")) == ["valid"]
    assert _words(world, sealed, lambda _: BytesContent(b"dos")) == ["hash_failure"]
    assert _words(world, sealed) == ["data_not_found"]


def test_the_record_tells_what_it_proves_to_exist(world, signed):
    """The certificate and the token before it are among what it proves; what it holds itself is not."""
    (evidence,) = evidence_in_xml(_sealed(world, signed), None)
    assert hashlib.sha256(world.seal.certificate).digest() in evidence.covered
    assert len(evidence.covered) >= 3


def test_a_group_hashes_its_parts_ascending():
    """One part stands for itself, several are sorted, joined and hashed (RFC 4998 4.2)."""
    parts = [BytesContent(b"a"), BytesContent(b"b")]
    hashes = sorted(hashlib.sha256(each.data).digest() for each in parts)
    assert DataGroup((parts[0],)).digest("sha256") == hashlib.sha256(b"a").digest()
    assert DataGroup(tuple(parts)).digest("sha256") == hashlib.sha256(b"".join(hashes)).digest()
    assert DataGroup(tuple(parts)).digest("nadie") is None


def test_hostile_documents_have_no_records():
    """What is not XML that is safe to read has none."""
    assert evidence_in_xml(b"<a>" + NAMESPACE.encode(), None) == []
