# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from preservation import der
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.claims import claims_of, policy_of
from preservation.signatures.sign import AGE_POLICY, sign_cms


def test_policy_of_reads_digest_and_address(world):
    """The policy comes with the digest that the signer saw and where he saw it."""
    from preservation.signatures.cms.read import read_cms

    signature = sign_cms(b"acta", world.seal, detached=False, signing_time=None, policy=AGE_POLICY)
    facts = read_cms(signature)[0].policy_facts
    assert (facts.identifier, facts.digest_algorithm) == (AGE_POLICY.oid, "sha1")
    assert (facts.digest, facts.uri) == (AGE_POLICY.digest, AGE_POLICY.uri)


def test_policy_of_implied_or_unreadable():
    """NULL is the implied policy; what cannot be read is told as such."""
    assert policy_of({attrs.POLICY: [b"\x05\x00"]}).implied
    assert policy_of({attrs.POLICY: [b"\x30\x03\x04\x01x"]}).identifier == "?"
    assert policy_of({}) is None
    uri = der.sequence(der.oid("1.2.840.113549.1.9.16.5.1"), der.tagged(0x16, b"https://ejemplo.es/p.pdf"))
    digest = der.sequence(der.sequence(der.oid("2.16.840.1.101.3.4.2.1")), der.octets(b"d" * 32))
    facts = policy_of({attrs.POLICY: [der.sequence(der.oid("2.16.724.1"), digest, der.sequence(uri))]})
    assert facts.uri == "https://ejemplo.es/p.pdf"
    assert facts.digest_algorithm == "sha256"


def test_claims_of_tells_role_place_commitment_and_format():
    """What the signer says of himself and the act comes in words; strange octets are left out."""
    role = der.sequence(der.oid("2.5.4.72"), der.tagged(der.SET, der.text("Secretaria")))
    claims = claims_of(
        {
            "0.4.0.19122.1.1": [der.sequence(der.tagged(0xA0, der.sequence(role)))],
            "1.2.840.113549.1.9.16.2.17": [
                der.sequence(der.tagged(0xA0, der.text("ES")), der.tagged(0xA1, der.text("Villaejemplo")))
            ],
            "1.2.840.113549.1.9.16.2.16": [der.sequence(der.oid("1.2.840.113549.1.9.16.6.5"))],
            "1.2.840.113549.1.9.16.2.4": [der.sequence(der.text("application/pdf"), der.oid("1.2.3"))],
            "0.4.0.1733.2.1": [b"\x0c"],
        }
    )
    assert claims == (
        ("role", "Secretaria"),
        ("place", "ES, Villaejemplo"),
        ("commitment", "proof of approval"),
        ("data format", "application/pdf"),
    )
