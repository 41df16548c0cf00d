# SPDX-License-Identifier: EUPL-1.2
"""The verdict told: every value of the report, from what was judged. Nothing is decided here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from asn1crypto import x509

from preservation.indications import Indication
from preservation.signatures.engine.concerns import Concern
from preservation.signatures.engine.known import known
from preservation.signatures.engine.material import Material
from preservation.signatures.engine.stamps import StampsVerdict, StampVerdict, existence_of
from preservation.signatures.engine.strength import weaknesses_of
from preservation.signatures.engine.verdicts import PathVerdict, Usage
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.report import RevocationReport, SignatureReport, TimestampReport, Weakness
from preservation.trust.certificates import describe
from preservation.trust.signer import Signer


def report_of(
    facts: SignatureFacts, concerns: Sequence[Concern], path: PathVerdict, stamps: StampsVerdict
) -> SignatureReport:
    """Fill the report of one signature."""
    first = concerns[0] if concerns else None
    proof = existence_of(facts, stamps.material.proofs)
    proven = proof is not None and proof.time <= stamps.material.at
    notes = [
        f"{each.stamp.type} time stamp: {each.concerns[0].reason}"
        for each in stamps.verdicts
        if each.concerns
    ]
    reasons = dict.fromkeys((*(each.reason for each in concerns), *notes, *facts.notes))
    used = [path, *(each.path for each in stamps.verdicts)]
    best = min(proof.time, stamps.material.at) if proof is not None else stamps.material.at
    return SignatureReport(
        format=facts.format,
        level=facts.level,
        indication=Indication.TOTAL_PASSED if first is None else first.indication,
        sub_indication="" if first is None else first.sub_indication,
        intact=facts.intact,
        reasons=tuple(reasons),
        signing_time=facts.claimed_time,
        best_signature_time=None if facts.unreadable else best,
        signer=None if facts.signer is None else describe(facts.signer),
        timestamps=tuple(_stamp(each) for each in stamps.verdicts),
        policy=facts.policy,
        covers=facts.covers,
        place=facts.place,
        algorithms=tuple(dict.fromkeys(each.name for each in facts.algorithms)),
        proven_by=proof.source if proof is not None and proven and not facts.unreadable else "",
        references=facts.references,
        value=facts.value,
        counter_of=facts.counter_of,
        policy_facts=facts.policy_facts,
        claims=facts.claims,
        changes=facts.changes,
        weaknesses=tuple(dict.fromkeys(_weaknesses(facts, path, stamps))),
        certificates=_chain(path),
        revocations=tuple(dict.fromkeys(_revocation(each) for one in used for each in one.used)),
        evidence=tuple(dict.fromkeys(piece for one in _standing(path, stamps) for piece in one.evidence)),
    )


def _standing(path: PathVerdict, stamps: StampsVerdict) -> Iterable[PathVerdict]:
    """What the verdict stands on: the signer's path, and those of the stamps that pass."""
    return (path, *(each.path for each in stamps.verdicts if not each.concerns))


def _weaknesses(facts: SignatureFacts, path: PathVerdict, stamps: StampsVerdict) -> Iterable[Weakness]:
    material: Material = stamps.material
    if facts.unreadable:
        return
    proof = existence_of(facts, material.proofs)
    existed = material.at if proof is None else min(proof.time, material.at)
    yield from weaknesses_of(facts, "signature", existed, path, material)
    for each in stamps.verdicts:
        where = f"{each.stamp.type} time stamp"
        yield from weaknesses_of(
            each.stamp.signature, where, each.existed or material.at, each.path, material
        )


def _stamp(verdict: StampVerdict) -> TimestampReport:
    stamp, token = verdict.stamp, verdict.stamp.signature
    signer = None if token.signer is None else describe(token.signer)
    first = verdict.concerns[0] if verdict.concerns else None
    return TimestampReport(
        type=stamp.type,
        time=stamp.time,
        intact=stamp.imprint.outcome == "ok" and token.intact,
        authority="" if signer is None else signer.name,
        indication=Indication.TOTAL_PASSED if first is None else first.indication,
        sub_indication="" if first is None else first.sub_indication,
        covers=stamp.covers,
        # the imprint's own is the last that a token names
        algorithm=token.algorithms[-1].name if token.algorithms else "",
        reasons=tuple(dict.fromkeys(each.reason for each in verdict.concerns)),
        valid_until=None if signer is None else signer.not_after,
        signer=signer,
        token=stamp.token,
    )


def _chain(path: PathVerdict) -> tuple[Signer, ...]:
    described = (describe(known(each).der) for each in path.chain)
    return tuple(each for each in described if each is not None)


def _holder(certificate: x509.Certificate) -> str:
    """Name a holder as the chain of the report does, so that a reader finds the certificate again."""
    told = describe(known(certificate).der)
    return known(certificate).name if told is None else told.name


def _revocation(usage: Usage) -> RevocationReport:
    said = usage.statement
    return RevocationReport(
        kind=said.kind,
        about=_holder(usage.about),
        issuer=_holder(usage.issuer),
        this_update=said.this_update,
        next_update=said.next_update,
        produced_at=said.produced_at,
        revoked_at=said.revoked_at,
        reason=said.reason,
        sha256=hashlib.sha256(said.source).hexdigest(),
    )
