# SPDX-License-Identifier: EUPL-1.2
"""The judge: one signature, whatever its format, at one instant.

    report = judge(facts, trust, at, proofs=Proofs().with_everything(registered, "registry date"))

Follows ETSI EN 319 102-1 (V1.3.1; V1.4.1 for anchors that are trusted until a date): what cannot be read,
format (5.2.2), signing certificate (5.2.3), cryptographic verification (5.2.7), time stamps from the youngest
to the oldest with the proofs that they give (`stamps`: 5.4, 5.6.2.3, 5.6.3), then the signer's certificate
now (`present`: 5.2.6, 5.5.4) and in the past (`past`: 5.6.2), and the strength of algorithms (5.2.8) at the
best signature time. The first concern gives the indication; every concern is told.

* Proofs of existence come from the caller (`poe.Proofs`) and grow with every time stamp that passes. An
  adapter says what a stamp covers in `StampFacts.covers_signature`, `.covered` and `.token`, and names the
  signature by `SignatureFacts.signature_value`.
* Best signature time: the oldest proof that the signature existed.
* A file that cannot be read is INDETERMINATE/FORMAT_FAILURE: nothing was found out. A signature that was read
  and breaks its own format is TOTAL_FAILED/FORMAT_FAILURE: it is not to be believed later either.
* Something changed outside what is signed leaves the mathematics intact and the verdict
  INDETERMINATE/SIG_CONSTRAINTS_FAILURE.
"""

from __future__ import annotations

from datetime import datetime

from archive.clock import require_aware
from preservation.signatures.engine.concerns import Concern, indeterminate
from preservation.signatures.engine.integrity import integrity
from preservation.signatures.engine.material import Material
from preservation.signatures.engine.paths import judge_certificate
from preservation.signatures.engine.poe import NO_PROOFS, Proofs
from preservation.signatures.engine.stamps import (
    StampsVerdict,
    ahead,
    existence_of,
    judge_stamps,
    untimely,
)
from preservation.signatures.engine.strength import strength_concerns
from preservation.signatures.engine.told import report_of
from preservation.signatures.engine.verdicts import PathVerdict, Subject
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.policies import policy_doubts
from preservation.signatures.report import SignatureReport
from preservation.strength import STRENGTH, Strength
from preservation.trust.dated import Purpose
from preservation.trust.store import TrustStore


def judge(
    facts: SignatureFacts,
    trust: TrustStore,
    at: datetime,
    *,
    proofs: Proofs = NO_PROOFS,
    strength: Strength = STRENGTH,
) -> SignatureReport:
    """Judge one signature.

    Args:
        facts: What an adapter read.
        trust: Anchors and material at hand; nothing is fetched.
        at: Instant of judgement, aware; one for everything.
        proofs: What is known to have existed, and since when; proofs younger than `at` do not count.
        strength: Until when algorithms proved something.

    Returns:
        The report. Bad signatures are verdicts, never exceptions.
    """
    at = require_aware(at)
    material = Material.of(facts, trust, at, proofs.by(at), strength)
    if facts.unreadable:
        concern = indeterminate("FORMAT_FAILURE", facts.unreadable)
        return report_of(facts, [concern], PathVerdict(()), StampsVerdict((), material, None))
    stamps = judge_stamps(facts, material)
    material = stamps.material
    proof = existence_of(facts, material.proofs)
    best = at if proof is None else proof.time
    concerns = integrity(facts)
    if facts.signer is None:
        path = PathVerdict(
            (indeterminate("NO_SIGNING_CERTIFICATE_FOUND", "the signer's certificate is not at hand"),)
        )
        concerns += path.concerns
    else:
        purpose = Purpose.TIME_STAMPING if facts.format == "RFC3161" else Purpose.SIGNING
        said = facts.claimed_time if facts.format == "RFC3161" else None
        subject = Subject(
            facts.signer,
            purpose,
            best,
            proven=proof is not None,
            certified=None if facts.binds_signer else material.known_since(facts.signer),
            made_after=stamps.made_after,
            said=said,
        )
        path = judge_certificate(subject, material)
    doubts = (*policy_doubts(facts), *facts.doubts)
    concerns += [indeterminate(doubt.sub_indication, doubt.reason) for doubt in doubts]
    concerns += _order(facts, best, proven=proof is not None)
    concerns += path.concerns if facts.signer is not None else ()
    concerns += _token(facts, best)
    if facts.modified:
        concerns.append(indeterminate("SIG_CONSTRAINTS_FAILURE", f"changed after signing: {facts.modified}"))
    concerns += strength_concerns(facts, best, strength)
    return report_of(facts, concerns, path, stamps)


def _token(facts: SignatureFacts, existed: datetime) -> list[Concern]:
    """A token by itself is held to what one inside a signature is."""
    if facts.format != "RFC3161" or facts.claimed_time is None or facts.signer is None:
        return []
    return [*ahead(facts.claimed_time, existed), *untimely(facts.signer, facts.claimed_time)]


def _order(facts: SignatureFacts, best: datetime, *, proven: bool) -> list[Concern]:
    """5.5.4 step 4 e: a content time stamp is older than what proves the signature."""
    contents = [each.time for each in facts.stamps if each.type == "content" and each.time is not None]
    if proven and contents and max(contents) > best:
        return [indeterminate("TIMESTAMP_ORDER_FAILURE", "the content was stamped after the signature")]
    return []
