# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from preservation.signatures.facts import PolicyFacts
from preservation.signatures.xml.properties import claims_of, policy_name, policy_of, signing_time

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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-02T03:04:05Z", datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (" 2020-01-02T03:04:05.678+01:00 ", datetime(2020, 1, 2, 2, 4, 5, 678_000, tzinfo=UTC)),
        ("2020-01-02T03:04:05", datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("ayer", None),
    ],
)
def test_signing_time_is_told_in_utc(text, expected):
    """A claimed time with a zone, without one, and one that is none."""
    assert signing_time(properties(f"<SigningTime>{text}</SigningTime>")) == expected


def test_policy_of_an_epes_is_told_with_its_digest_and_address():
    """Identifier as written, digest as the signer saw it, and the address that is never fetched."""
    found = policy_of(
        properties(
            "<SignaturePolicyIdentifier><SignaturePolicyId><SigPolicyId><Identifier>urn:oid:1.2.3</Identifier>"
            '</SigPolicyId><SigPolicyHash><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>'
            "<ds:DigestValue>AAEC</ds:DigestValue></SigPolicyHash><SigPolicyQualifiers><SigPolicyQualifier>"
            "<SPURI>http://x/p.pdf</SPURI></SigPolicyQualifier></SigPolicyQualifiers></SignaturePolicyId>"
            "</SignaturePolicyIdentifier>"
        )
    )
    assert found == PolicyFacts("urn:oid:1.2.3", "sha1", b"\x00\x01\x02", "http://x/p.pdf")
    assert policy_name(found) == "1.2.3"


def test_policy_of_an_implied_policy_and_of_none():
    """An implied policy is told as such; a -BES names none."""
    implied = "<SignaturePolicyIdentifier><SignaturePolicyImplied/></SignaturePolicyIdentifier>"
    assert policy_of(properties(implied)) == PolicyFacts("", implied=True)
    assert policy_of(properties()) is None
    assert policy_of(None) is None


def test_claims_tell_what_the_signer_says_of_himself_and_of_the_act():
    """Role, place, commitment and format of the data, of both versions, without blanks and empty ones."""
    own = (
        "<SignerRoleV2><ClaimedRoles><ClaimedRole> Secretaria\n general</ClaimedRole></ClaimedRoles>"
        "<CertifiedRolesV2><CertifiedRole><X509AttributeCertificate/></CertifiedRole></CertifiedRolesV2>"
        "</SignerRoleV2><SignatureProductionPlaceV2><City>Villa</City><CountryName>ES</CountryName>"
        "</SignatureProductionPlaceV2>"
    )
    objects = (
        "<DataObjectFormat><Description>acta</Description><MimeType>application/pdf</MimeType></DataObjectFormat>"
        "<CommitmentTypeIndication><CommitmentTypeId><Identifier>urn:oid:1.2</Identifier></CommitmentTypeId>"
        "</CommitmentTypeIndication><DataObjectFormat/>"
    )
    assert claims_of(properties(own, objects)) == (
        ("role", "Secretaria general"),
        ("certified role", "an attribute certificate"),
        ("place", "Villa, ES"),
        ("data format", "application/pdf; acta"),
        ("commitment", "1.2"),
    )


def test_claims_are_bounded():
    """A thousand roles of a thousand letters are cut."""
    roles = "".join(f"<ClaimedRole>{number}{'x' * 1_000}</ClaimedRole>" for number in range(1_000))
    found = claims_of(properties(f"<SignerRole><ClaimedRoles>{roles}</ClaimedRoles></SignerRole>"))
    assert len(found) == 100
    assert {len(text) for _, text in found} == {300}
