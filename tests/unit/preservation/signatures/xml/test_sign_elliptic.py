# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from asn1crypto import cms
from certificates_to_order import authority, name
from lists_to_order import Signer

from preservation.signatures.cms.sign import sign_cms
from preservation.signatures.xml.sign import xml_signature

AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def elliptic() -> Signer:
    """Somebody with a P-256 key."""
    return Signer.of(authority(name("Curva")))


def test_xml_signature_writes_both_numbers_side_by_side(elliptic):
    """XML Signature 1.1 section 6.4.3: r and s of 32 octets each, not the DER of X.509."""
    made = xml_signature(b"<a/>", elliptic, signing_time=AT)
    value = made.partition(b"<ds:SignatureValue")[2].partition(b">")[2].partition(b"<")[0]
    assert len(base64.b64decode(value)) == 64
    assert b'"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"' in made


def test_sign_cms_names_ecdsa(elliptic):
    """RFC 5753 section 2.1.1: the signature algorithm is ecdsa-with-SHA256."""
    signed = cms.ContentInfo.load(sign_cms(b"x", elliptic, detached=True, signing_time=AT))
    (signer,) = signed["content"]["signer_infos"]
    assert signer["signature_algorithm"]["algorithm"].native == "sha256_ecdsa"
