# SPDX-License-Identifier: EUPL-1.2
"""The time stamps of a signature, from the youngest to the oldest: EN 319 102-1 5.4, 5.6.2.3, 5.6.3.

Each token is judged like a signature of its own, at the time that the younger ones prove for it, the youngest
at the instant of judgement. One that passes proves that what it covers existed: the signature, and every
certificate, list, answer and older token that its imprint really covers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from preservation.indications import Outcome
from preservation.signatures.engine.concerns import Concern, failed, indeterminate
from preservation.signatures.engine.integrity import integrity
from preservation.signatures.engine.material import Material
from preservation.signatures.engine.paths import judge_certificate
from preservation.signatures.engine.poe import Proof, Proofs
from preservation.signatures.engine.strength import strength_concerns
from preservation.signatures.engine.verdicts import PathVerdict, Subject
from preservation.signatures.facts import SignatureFacts, StampFacts
from preservation.trust.certificates import load
from preservation.trust.dated import Purpose

MAX_STAMPS: Final = 64
"""Time stamps judged for one signature; a hundred years of renewals have fewer."""
_UNNAMED: Final = b""
"""Stands for the signature where an adapter does not give its value; no digest is empty."""


@dataclass(frozen=True, slots=True)
class StampVerdict:
    """One token judged."""

    stamp: StampFacts
    concerns: tuple[Concern, ...]
    path: PathVerdict = field(default_factory=lambda: PathVerdict(()))
    existed: datetime | None = None
    """By when the token is proven to exist."""


@dataclass(frozen=True, slots=True)
class StampsVerdict:
    """What the time stamps of one signature prove together."""

    verdicts: tuple[StampVerdict, ...]
    """In the order of the file."""
    material: Material
    """With the proofs that they gave."""
    made_after: datetime | None
    """The signature is younger than this: the youngest content time stamp that holds."""


def existence_of(facts: SignatureFacts, proofs: Proofs) -> Proof | None:
    """Return the earliest proof that a signature existed."""
    known = (proofs.objects.get(_key(facts)), proofs.everything)
    return min((each for each in known if each is not None), default=None)


def judge_stamps(facts: SignatureFacts, material: Material) -> StampsVerdict:
    """Judge every time stamp of a signature and gather what they prove."""
    found: dict[int, StampVerdict] = {}
    made_after: datetime | None = None
    for number in _youngest_first(facts.stamps, material.at)[:MAX_STAMPS]:
        stamp = facts.stamps[number]
        verdict = _judge(facts, stamp, material)
        found[number] = verdict
        if verdict.concerns or stamp.time is None:
            continue
        material = material.proving(_extract(facts, stamp, stamp.time, material.proofs))
        if stamp.type == "content":
            made_after = max(made_after or stamp.time, stamp.time)
    return StampsVerdict(tuple(found[number] for number in sorted(found)), material, made_after)


def _extract(facts: SignatureFacts, stamp: StampFacts, when: datetime, proofs: Proofs) -> Proofs:
    """5.6.2.3: what a token that passed proves to have existed."""
    source = f"{stamp.type} time stamp"
    if stamp.covers_signature:
        proofs = proofs.with_object(_key(facts), when, source)
    return proofs.with_objects(stamp.covered, when, source) if stamp.covered else proofs


def _key(facts: SignatureFacts) -> bytes:
    return hashlib.sha256(facts.signature_value).digest() if facts.signature_value else _UNNAMED


def _youngest_first(stamps: Sequence[StampFacts], at: datetime) -> list[int]:
    """Order stamps by their time; of the same second, the one that covers the other is the younger."""

    def age(number: int) -> tuple[datetime, int, int]:
        stamp = stamps[number]
        others = sum(_digest(each) in stamp.covered for each in stamps if each.token)
        return stamp.time or at, others, number

    return sorted(range(len(stamps)), key=age, reverse=True)


def _digest(stamp: StampFacts) -> bytes:
    return hashlib.sha256(stamp.token).digest()


def _existence(facts: SignatureFacts, stamp: StampFacts, proofs: Proofs) -> Proof | None:
    known = [proofs.objects.get(_digest(stamp)) if stamp.token else None, proofs.everything]
    if stamp.type == "content":  # a signed attribute: it is as old as the signature
        known.append(existence_of(facts, proofs))
    return min((each for each in known if each is not None), default=None)


def _judge(facts: SignatureFacts, stamp: StampFacts, material: Material) -> StampVerdict:
    token = stamp.signature
    if token.unreadable or stamp.time is None:
        reason = token.unreadable or "no time in it"
        return StampVerdict(stamp, (indeterminate("FORMAT_FAILURE", reason),))
    proof = _existence(facts, stamp, material.proofs)
    existed = material.at if proof is None else min(proof.time, material.at)
    concerns = [*_imprint(stamp), *integrity(token)]
    concerns += ahead(stamp.time, existed)
    concerns += [indeterminate(doubt.sub_indication, doubt.reason) for doubt in token.doubts]
    if token.signer is None:
        concerns.append(
            indeterminate("NO_SIGNING_CERTIFICATE_FOUND", "the authority's certificate is not at hand")
        )
        return StampVerdict(stamp, tuple(concerns), existed=existed)
    subject = Subject(token.signer, Purpose.TIME_STAMPING, existed, proven=proof is not None, said=stamp.time)
    path = judge_certificate(subject, material)
    concerns += [
        *path.concerns,
        *untimely(token.signer, stamp.time),
        *strength_concerns(token, existed, material.strength),
    ]
    return StampVerdict(stamp, tuple(concerns), path, existed)


def _imprint(stamp: StampFacts) -> list[Concern]:
    if stamp.imprint.outcome is Outcome.OK:
        return []
    if stamp.imprint.outcome is Outcome.FAILED:
        return [failed("HASH_FAILURE", "it stamps something else")]
    reason = f"what it stamps could not be computed: {stamp.imprint.detail}"
    return [indeterminate("SIGNED_DATA_NOT_FOUND", reason)]


def ahead(time: datetime, existed: datetime) -> list[Concern]:
    """What says a later time than that by which it existed was not there to be covered, or lies."""
    if time <= existed:
        return []
    return [indeterminate("TIMESTAMP_ORDER_FAILURE", "it is younger than what covers it")]


def untimely(certificate: bytes, time: datetime) -> list[Concern]:
    """Nobody stamps outside the life of his certificate: such a token could say any time it likes."""
    signer = load(certificate)
    if signer is None or signer.not_valid_before <= time <= signer.not_valid_after:
        return []
    reason = "the token says a time at which its own certificate was not valid"
    return [indeterminate("OUT_OF_BOUNDS_NO_POE", reason)]
