# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64

import pytest

from preservation.signatures.engine.judge import judge
from preservation.signatures.facts import PolicyFacts, SignatureFacts
from preservation.signatures.policies import KNOWN, DigestState, examine, known_policy, normal, policy_doubts
from preservation.trust.store import TrustStore

AGE = "2.16.724.1.3.1.1.2.1.9"
DIGEST = base64.b64decode("G7roucf600+f03r/o0bAOQ6WAs0=")
FACTURAE = (
    "http://www.facturae.es/politica de firma formato facturae/politica de firma formato facturae v3_0.pdf"
)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        (AGE, "AGE 1.9"),
        (f"urn:oid:{AGE}", "AGE 1.9"),
        (f" URN:OID:{AGE}\n", "AGE 1.9"),
        ("urn:oid:2.16.724.1.3.1.1.2.1.8", "AGE 1.8"),
        (FACTURAE, "Facturae 3.0"),
        (FACTURAE.replace(" ", "%20"), "Facturae 3.0"),
        (FACTURAE.replace(" ", "_").replace("v3_0", "v3_1").replace("http:", "https:"), "Facturae 3.1"),
    ],
)
def test_a_policy_is_known_however_it_is_written(written, key):
    """With or without urn, with blanks, escaped or not: the same policy."""
    assert known_policy(written).key == key


def test_a_policy_of_somebody_else_is_not_known():
    """Nothing is guessed from a likeness."""
    assert known_policy(f"{AGE}0") is None
    assert known_policy("") is None


def test_every_identifier_is_written_as_it_is_looked_up():
    """A table entry that cannot be found would be a dead one."""
    assert all(normal(each) == each for policy in KNOWN for each in policy.identifiers)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (PolicyFacts(AGE, "sha1", DIGEST), DigestState.MATCHES),
        (PolicyFacts(AGE, "SHA-1", DIGEST), DigestState.MATCHES),
        (PolicyFacts(AGE, "sha1", b"otra"), DigestState.DIFFERS),
        (PolicyFacts(AGE, "sha256", b"otra"), DigestState.NOT_KNOWN),
        (PolicyFacts("1.2.3", "sha1", DIGEST), DigestState.NOT_KNOWN),
        (PolicyFacts(AGE), DigestState.ABSENT),
    ],
)
def test_a_digest_is_compared_where_one_was_published(facts, state):
    """Only a known policy in an algorithm with published values can differ."""
    assert examine(facts).digest is state
    doubted = bool(policy_doubts(SignatureFacts("XAdES", policy_facts=facts)))
    assert doubted is (state is DigestState.DIFFERS)


def test_a_false_digest_forbids_a_pass(world):
    """EN 319 102-1 5.2.4: what is named is not what was published."""
    facts = SignatureFacts("XAdES", policy_facts=PolicyFacts(AGE, "sha1", b"otra"))
    told = judge(facts, TrustStore(), world.at)
    assert any("AGE 1.9 is not that of the published one" in reason for reason in told.reasons)


def test_requirements_that_can_be_seen_are_told():
    """AGE asks for a date and for the format of the data; Facturae admits XAdES alone."""
    assert examine(PolicyFacts(AGE), form="XAdES").breaches == ("signing time", "data format")
    assert examine(PolicyFacts(FACTURAE), form="PAdES").breaches == ("format", "signing time")
