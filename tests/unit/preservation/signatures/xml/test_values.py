# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib

from lxml import etree

from preservation.signatures.xml.values import covered_by, renewed_digests, values_in

TEXT = """<Q xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
  <EncapsulatedX509Certificate>QQ==</EncapsulatedX509Certificate>
  <EncapsulatedCRLValue>Qg==</EncapsulatedCRLValue><EncapsulatedOCSPValue>%%%</EncapsulatedOCSPValue>
  <CounterSignature><ds:Signature><ds:KeyInfo><ds:X509Certificate>Qw==</ds:X509Certificate></ds:KeyInfo>
    <EncapsulatedOCSPValue>RA==</EncapsulatedOCSPValue></ds:Signature></CounterSignature>
  <RenewedDigestsV2><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha512"/></RenewedDigestsV2>
</Q>"""


def test_values_of_a_counter_signature_are_its_own():
    """What a nested signature carries is not the outer one's; what is not base64 is left aside."""
    found = values_in(etree.fromstring(TEXT), counters=False)
    assert (found.certificates, found.crls, found.ocsps) == ([b"A"], [b"B"], [])


def test_what_an_element_covers_is_everything_in_it():
    """A time stamp over a counter-signature covers the certificates and answers inside of it too."""
    found = covered_by([etree.fromstring(TEXT)], [])
    assert found == {hashlib.sha256(each).digest() for each in (b"A", b"B", b"C", b"D")}


def test_renewed_digests_are_told():
    """They are read and told, with their algorithm."""
    (told,) = renewed_digests(etree.fromstring(TEXT))
    assert told.endswith("xmlenc#sha512")
