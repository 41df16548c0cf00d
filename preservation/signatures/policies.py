# SPDX-License-Identifier: EUPL-1.2
"""Signature policies that Spanish signatures name: which one, and whether its digest is the published one.

    examination = examine(report.policy_facts, ...)

ETSI EN 319 102-1 5.2.4 (validation context initialisation): a policy whose digest is not the signed one
gives INDETERMINATE/POLICY_PROCESSING_ERROR. That is said only of a policy known here, and only for a digest
algorithm whose published values are known; of any other policy it is told that it is not known, without
weight: our constraints are the archive's own, never the signer's policy.

Digests: `policy.properties` of the Cliente @firma (AGE 1.8, 1.9; Facturae 3.0, 3.1 and its XML form), and
the sample invoice of the Ministry (second digest of Facturae 3.0).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from preservation.signatures.facts import Doubt, PolicyFacts, SignatureFacts


class DigestState(StrEnum):
    """How the signed digest of a policy stands to the published ones."""

    MATCHES = "matches"
    DIFFERS = "differs"
    NOT_KNOWN = "not known"
    """No value was published, to our knowledge, for this policy in this algorithm."""
    ABSENT = "absent"
    """The signature gives no digest."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One published signature policy."""

    key: str
    """`AGE 1.9`, `Facturae 3.1`, …"""
    name: str
    """Official name, Spanish."""
    identifiers: tuple[str, ...]
    """As `normal` writes them."""
    digests: dict[str, tuple[str, ...]]
    """Base64 by algorithm; a policy has one for each form in which it was published."""
    formats: tuple[str, ...]
    """Formats it admits."""


@dataclass(frozen=True, slots=True)
class PolicyExamination:
    """What can be said of the policy of one signature."""

    identifier: str
    policy: Policy | None
    digest: DigestState
    breaches: tuple[str, ...] = ()
    """Requirements that are not met, as keys: `format`, `signing time`, `data format`."""


_AGE: Final = "2.16.724.1.3.1.1.2.1"
_FACTURAE: Final = (
    "http://www.facturae.es/politica_de_firma_formato_facturae/politica_de_firma_formato_facturae"
)
KNOWN: Final = (
    Policy(
        "AGE 1.8",
        "Política de firma electrónica y de certificados de la AGE, versión 1.8",
        (f"{_AGE}.8",),
        {"sha1": ("V8lVVNGDCPen6VELRD1Ja8HARFk=", "7SxX3erFuH31TvAw9LZ70N7p1vA=")},
        ("XAdES", "CAdES", "PAdES"),
    ),
    Policy(
        "AGE 1.9",
        "Política de firma electrónica y de certificados de la AGE, versión 1.9",
        (f"{_AGE}.9",),
        {"sha1": ("G7roucf600+f03r/o0bAOQ6WAs0=",)},
        ("XAdES", "CAdES", "PAdES"),
    ),
    Policy(
        "Facturae 3.0",
        "Política de firma del formato Facturae, versión 3.0",
        (f"{_FACTURAE}_v3_0.pdf",),
        {"sha1": ("xmfh8D/Ec/hHeE1IB4zPd61zHIY=", "HQvPemjDslVpcNmaJPpbHzhdZ50=")},
        ("XAdES",),
    ),
    Policy(
        "Facturae 3.1",
        "Política de firma del formato Facturae, versión 3.1",
        (f"{_FACTURAE}_v3_1.pdf",),
        {"sha1": ("Ohixl6upD6av8N7pEvDABhEL6hM=", "T76hEwl/oPYW7o0EdCXjEWki4as=")},
        ("XAdES",),
    ),
)


def normal(identifier: str) -> str:
    """Write an identifier one way: OID without `urn:oid:`, address without blanks, escapes or https."""
    text = re.sub(r"^urn:oid:", "", unquote(identifier.strip()), flags=re.IGNORECASE)
    text = re.sub(r"^https:", "http:", re.sub(r"\s", "_", text), flags=re.IGNORECASE)
    return text.lower()


def known_policy(identifier: str) -> Policy | None:
    """Return the published policy of an identifier, or None."""
    wanted = normal(identifier)
    return next((each for each in KNOWN if wanted in each.identifiers), None)


def examine(
    facts: PolicyFacts,
    *,
    form: str = "",
    signing_time: datetime | None = None,
    claims: Sequence[tuple[str, str]] = (),
) -> PolicyExamination:
    """Say what is known of the policy of a signature.

    Args:
        facts: What the signature says of it.
        form: `XAdES`, `CAdES`, `PAdES`; nothing of it is asked where empty.
        signing_time: Claimed by the signer.
        claims: What else the signer claims; `data format` stands for DataObjectFormat and content-hints.
    """
    policy = known_policy(facts.identifier)
    breaches = [] if policy is None or not form else _breaches(policy, form, signing_time, claims)
    return PolicyExamination(facts.identifier, policy, _digest_state(facts, policy), tuple(breaches))


def policy_doubts(facts: SignatureFacts) -> list[Doubt]:
    """Return a doubt where a signature names a known policy with a digest that was never published of it."""
    named = facts.policy_facts
    if named is None:
        return []
    found = examine(named)
    if found.policy is None or found.digest is not DigestState.DIFFERS:
        return []
    reason = f"the digest of the signature policy {found.policy.key} is not that of the published one"
    return [Doubt("POLICY_PROCESSING_ERROR", reason)]


def _digest_state(facts: PolicyFacts, policy: Policy | None) -> DigestState:
    if not facts.digest:
        return DigestState.ABSENT
    algorithm = re.sub(r"[^a-z0-9]", "", facts.digest_algorithm.lower())
    published = () if policy is None else policy.digests.get(algorithm, ())
    if not published:
        return DigestState.NOT_KNOWN
    signed = base64.b64encode(facts.digest).decode()
    return DigestState.MATCHES if signed in published else DigestState.DIFFERS


def _breaches(
    policy: Policy, form: str, signing_time: datetime | None, claims: Sequence[tuple[str, str]]
) -> list[str]:
    """Compare with the rules of creation that leave a trace in our facts (AGE 1.9 2.6 and 3.5)."""
    found = [] if form in policy.formats else ["format"]
    if signing_time is None:
        found.append("signing time")
    told = {kind for kind, _ in claims}
    if policy.key.startswith("AGE") and form == "XAdES" and "data format" not in told:
        found.append("data format")
    return found
