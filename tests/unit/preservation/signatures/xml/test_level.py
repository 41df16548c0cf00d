# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from lxml import etree

from preservation.signatures.xml.level import level_of

SPACE = "http://uri.etsi.org/01903/v1.3.2#"
DS = "http://www.w3.org/2000/09/xmldsig#"


def properties(own: str = "", objects: str = "") -> etree._Element:
    """Return SignedProperties with these signature and object properties."""
    text = (
        f'<SignedProperties xmlns="{SPACE}" xmlns:ds="{DS}"><SignedSignatureProperties>{own}'
        f"</SignedSignatureProperties><SignedDataObjectProperties>{objects}</SignedDataObjectProperties>"
        f"</SignedProperties>"
    )
    return etree.fromstring(text)


REFERENCES = "<CompleteCertificateRefs/><CompleteRevocationRefs/>"
VALUES = (
    "<CertificateValues/><RevocationValues><CRLValues><EncapsulatedCRLValue/></CRLValues></RevocationValues>"
)
NEWEST = '<a:ArchiveTimeStamp xmlns:a="http://uri.etsi.org/01903/v1.4.1#"/>'


@pytest.mark.parametrize(
    ("unsigned", "level"),
    [
        ("", "B"),
        ("<CertificateValues/>", "B"),
        ("<SignatureTimeStamp/>", "T"),
        ("<SignatureTimeStamp/><CertificateValues/>", "T"),
        (f"<SignatureTimeStamp/>{VALUES}", "LT"),
        (f"<SignatureTimeStamp/>{VALUES}{NEWEST}", "LTA"),
        (f"<SignatureTimeStamp/>{REFERENCES}", "C"),
        (f"<SignatureTimeStamp/>{REFERENCES}<SigAndRefsTimeStamp/>", "X"),
        (f"<SignatureTimeStamp/>{REFERENCES}<SigAndRefsTimeStamp/>{VALUES}", "XL"),
        (f"<SignatureTimeStamp/>{REFERENCES}{VALUES}{NEWEST}", "A"),
        (f"<SignatureTimeStamp/>{VALUES}<ArchiveTimeStamp/>", "A"),
    ],
)
def test_level_is_named_by_what_is_there(unsigned, level):
    """Baseline levels, and the older names where references or older archive time stamps stand."""
    signed = properties("<SigningTime>x</SigningTime><SigningCertificate/>")
    text = (
        f'<QualifyingProperties xmlns="{SPACE}"><UnsignedProperties><UnsignedSignatureProperties>{unsigned}'
        f"</UnsignedSignatureProperties></UnsignedProperties></QualifyingProperties>"
    )
    assert level_of(etree.fromstring(text), signed, has_certificates=True) == level


@pytest.mark.parametrize(
    ("own", "level"),
    [("", "BES"), ("<SignaturePolicyIdentifier/>", "EPES"), ("<SigningCertificate/>", "BES")],
)
def test_level_below_the_baseline_has_the_older_name(own, level):
    """Without signing time or certificate it is no baseline signature; without properties no XAdES."""
    empty = etree.fromstring(f'<QualifyingProperties xmlns="{SPACE}"/>')
    assert level_of(empty, properties(own), has_certificates=True) == level
    assert level_of(None, None, has_certificates=True) == ""
