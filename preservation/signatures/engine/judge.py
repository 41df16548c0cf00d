# SPDX-License-Identifier: EUPL-1.2
"""The judge: one signature, whatever its format, at one instant.

    report = judge(facts, trust, at)

Follows ETSI EN 319 102-1: what cannot be read, format (5.2.2), signing certificate (5.2.3), cryptographic
verification (5.2.7), time stamps from the youngest to the oldest (5.4, 5.5), then the X.509 path (5.2.6) and
the strength of algorithms (5.2.8), both at the best signature time. The first concern gives the indication;
every concern is told.

* Best signature time: the oldest time stamp that holds. Each stamp is judged at the time that the younger
  one proves, the youngest at the instant of judgement.
* A file that cannot be read is INDETERMINATE/FORMAT_FAILURE: nothing was found out. A signature that was read
  and breaks its own format is TOTAL_FAILED/FORMAT_FAILURE: it is not to be believed later either.
* Something changed outside what is signed leaves the mathematics intact and the verdict
  INDETERMINATE/SIG_CONSTRAINTS_FAILURE.

Not here yet: proofs of existence per object (past signature validation, 5.6), signature policies' own rules,
trusted lists with dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.clock import require_aware
from preservation.algorithms import key_algorithm, weaknesses
from preservation.signatures.engine.paths import Concern, PathVerdict, Purpose, Sources, judge_certificate
from preservation.signatures.facts import Algorithm, Outcome, SignatureFacts, StampFacts
from preservation.signatures.report import Indication, SignatureReport, TimestampReport
from preservation.trust.certificates import describe, key_info, load
from preservation.trust.store import TrustStore

MAX_STAMPS = 64
"""Time stamps judged for one signature; a hundred years of renewals have fewer."""


@dataclass(frozen=True, slots=True)
class _Stamps:
    """What the time stamps prove."""

    reports: tuple[TimestampReport, ...]
    best: datetime
    proven: bool
    evidence: tuple[bytes, ...]
    notes: tuple[str, ...]


def judge(
    facts: SignatureFacts, trust: TrustStore, at: datetime, *, proven_since: datetime | None = None
) -> SignatureReport:
    """Judge one signature.

    Args:
        facts: What an adapter read.
        trust: Anchors and material at hand; nothing is fetched.
        at: Instant of judgement, aware; one for everything.
        proven_since: Instant by which the archive itself proves that the whole signature existed
            (an evidence record), if it does.

    Returns:
        The report. Bad signatures are verdicts, never exceptions.
    """
    at = require_aware(at)
    if facts.unreadable:
        concern = Concern(Indication.INDETERMINATE, "FORMAT_FAILURE", facts.unreadable)
        return _report(facts, [concern], _Stamps((), at, proven=False, evidence=(), notes=()), ())
    control = at if proven_since is None else min(at, require_aware(proven_since))
    sources = _sources(facts, trust)
    stamps = _judge_stamps(facts.stamps, sources, control, at, proven=proven_since is not None)
    concerns = _integrity(facts)
    path = PathVerdict((), ())
    if facts.signer is None:
        reason = "the signing certificate is not in the signature and not at hand"
        concerns.append(_indeterminate("NO_SIGNING_CERTIFICATE_FOUND", reason))
    else:
        purpose = Purpose.TIME_STAMPING if facts.format == "RFC3161" else Purpose.SIGNING
        path = judge_certificate(
            facts.signer, sources, purpose=purpose, control=stamps.best, at=at, proven=stamps.proven
        )
    concerns += [_indeterminate(doubt.sub_indication, doubt.reason) for doubt in facts.doubts]
    concerns += _order(facts, stamps)
    concerns += path.concerns
    if facts.modified:
        concerns.append(_indeterminate("SIG_CONSTRAINTS_FAILURE", f"changed after signing: {facts.modified}"))
    concerns += _strength(facts, stamps.best)
    return _report(facts, concerns, stamps, (*path.evidence, *stamps.evidence))


def _integrity(facts: SignatureFacts) -> list[Concern]:
    """Format and mathematics, in the order of the standard's own process."""
    found = [Concern(Indication.TOTAL_FAILED, "FORMAT_FAILURE", problem) for problem in facts.problems]
    if not facts.references:
        found.append(Concern(Indication.TOTAL_FAILED, "FORMAT_FAILURE", "the signature signs nothing"))
    for check in facts.references:
        told = f"{check.name}: {check.detail}" if check.detail else check.name
        if check.outcome is Outcome.FAILED:
            found.append(Concern(Indication.TOTAL_FAILED, "HASH_FAILURE", f"not what was signed: {told}"))
        elif check.outcome is Outcome.MISSING:
            found.append(_indeterminate("SIGNED_DATA_NOT_FOUND", f"signed content not supplied: {told}"))
        elif check.outcome is Outcome.UNSUPPORTED:
            found.append(_indeterminate("SIGNED_DATA_NOT_FOUND", f"signed content not computable: {told}"))
    if facts.value.outcome is Outcome.FAILED:
        reason = f"the signature value does not hold: {facts.value.detail}"
        found.append(Concern(Indication.TOTAL_FAILED, "SIG_CRYPTO_FAILURE", reason))
    elif facts.value.outcome is not Outcome.OK and facts.signer is not None:
        reason = f"the signature value cannot be checked: {facts.value.detail}"
        found.append(_indeterminate("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", reason))
    found.sort(key=lambda each: each.indication is not Indication.TOTAL_FAILED)
    return found


def _order(facts: SignatureFacts, stamps: _Stamps) -> list[Concern]:
    """EN 319 102-1 section 5.5.4: a content time stamp is older than what proves the signature."""
    contents = [each.time for each in facts.stamps if each.type == "content" and each.time is not None]
    if stamps.proven and contents and max(contents) > stamps.best:
        return [_indeterminate("TIMESTAMP_ORDER_FAILURE", "the content was stamped after the signature")]
    return []


def _strength(facts: SignatureFacts, best: datetime) -> list[Concern]:
    used = list(facts.algorithms)
    info = None if facts.signer is None else key_info(facts.signer)
    if info is not None:
        used.append(key_algorithm(info))
    found = dict.fromkeys(weaknesses(used, best))
    return [_indeterminate("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", weak) for weak in found]


def _judge_stamps(
    stamps: Sequence[StampFacts], sources: Sources, control: datetime, at: datetime, *, proven: bool
) -> _Stamps:
    """Judge from the youngest to the oldest; each that holds moves the control time back to its own."""
    reports: dict[int, TimestampReport] = {}
    evidence: list[bytes] = []
    notes: list[str] = []
    order = sorted(range(len(stamps)), key=lambda one: _age(stamps[one], at), reverse=True)
    for number in order[:MAX_STAMPS]:
        stamp = stamps[number]
        concerns, used = _judge_stamp(stamp, sources, control, at)
        reports[number] = _stamp_report(stamp, concerns)
        if concerns:
            notes.append(f"{stamp.type} time stamp: {concerns[0].reason}")
            continue
        evidence += used
        if stamp.covers_signature and stamp.time is not None:
            control, proven = min(control, stamp.time), True
    shown = tuple(reports[number] for number in sorted(reports))
    return _Stamps(shown, control, proven, tuple(evidence), tuple(notes))


def _age(stamp: StampFacts, at: datetime) -> datetime:
    return stamp.time or at


def _judge_stamp(
    stamp: StampFacts, sources: Sources, control: datetime, at: datetime
) -> tuple[list[Concern], tuple[bytes, ...]]:
    facts = stamp.signature
    if facts.unreadable or stamp.time is None:
        return [_indeterminate("FORMAT_FAILURE", facts.unreadable or "no time in it")], ()
    concerns = _integrity(facts)
    if stamp.imprint.outcome is Outcome.FAILED:
        reason = "it stamps something else"
        concerns.insert(0, Concern(Indication.TOTAL_FAILED, "HASH_FAILURE", reason))
    elif stamp.imprint.outcome is not Outcome.OK:
        reason = f"what it stamps could not be computed: {stamp.imprint.detail}"
        concerns.append(_indeterminate("SIGNED_DATA_NOT_FOUND", reason))
    if stamp.time > control:
        concerns.append(_indeterminate("TIMESTAMP_ORDER_FAILURE", "it is younger than what covers it"))
    concerns += [_indeterminate(doubt.sub_indication, doubt.reason) for doubt in facts.doubts]
    if facts.signer is None:
        reason = "the authority's certificate is not at hand"
        return [*concerns, _indeterminate("NO_SIGNING_CERTIFICATE_FOUND", reason)], ()
    own = Sources(
        sources.trust,
        (*facts.certificates, *sources.certificates),
        (*facts.crls, *sources.crls),
        (*facts.ocsps, *sources.ocsps),
    )
    path = judge_certificate(
        facts.signer, own, purpose=Purpose.TIME_STAMPING, control=control, at=at, proven=control < at
    )
    return [*concerns, *path.concerns, *_premature(stamp), *_strength(facts, control)], path.evidence


def _premature(stamp: StampFacts) -> list[Concern]:
    """Nobody stamps before having a certificate: such a token would move the proven time back at will."""
    signer = None if stamp.signature.signer is None else load(stamp.signature.signer)
    if signer is None or stamp.time is None or signer.not_valid_before <= stamp.time:
        return []
    reason = "the token says a time at which its own certificate was not valid yet"
    return [_indeterminate("OUT_OF_BOUNDS_NO_POE", reason)]


def _stamp_report(stamp: StampFacts, concerns: Sequence[Concern]) -> TimestampReport:
    facts = stamp.signature
    signer = None if facts.signer is None else describe(facts.signer)
    first = concerns[0] if concerns else None
    return TimestampReport(
        type=stamp.type,
        time=stamp.time,
        intact=stamp.imprint.outcome is Outcome.OK and facts.intact,
        authority="" if signer is None else signer.name,
        indication=Indication.TOTAL_PASSED if first is None else first.indication,
        sub_indication="" if first is None else first.sub_indication,
    )


def _sources(facts: SignatureFacts, trust: TrustStore) -> Sources:
    """Join what came with the signature and its stamps with what the archive holds."""
    inside = [each.signature for each in facts.stamps[:MAX_STAMPS]]
    return Sources(
        trust,
        (*facts.certificates, *(der for each in inside for der in each.certificates)),
        (*facts.crls, *(der for each in inside for der in each.crls), *trust.crls),
        (*facts.ocsps, *(der for each in inside for der in each.ocsps), *trust.ocsps),
    )


def _report(
    facts: SignatureFacts, concerns: Sequence[Concern], stamps: _Stamps, evidence: tuple[bytes, ...]
) -> SignatureReport:
    first = concerns[0] if concerns else None
    signer = None if facts.signer is None else describe(facts.signer)
    reasons = dict.fromkeys((*(each.reason for each in concerns), *stamps.notes, *facts.notes))
    return SignatureReport(
        format=facts.format,
        level=facts.level,
        indication=Indication.TOTAL_PASSED if first is None else first.indication,
        sub_indication="" if first is None else first.sub_indication,
        intact=facts.intact,
        reasons=tuple(reasons),
        signing_time=facts.claimed_time,
        best_signature_time=None if facts.unreadable else stamps.best,
        signer=signer,
        timestamps=stamps.reports,
        policy=facts.policy,
        covers=facts.covers,
        place=facts.place,
        algorithms=_names(facts.algorithms),
        evidence=tuple(dict.fromkeys(evidence)),
    )


def _names(algorithms: Sequence[Algorithm]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in algorithms))


def _indeterminate(sub_indication: str, reason: str) -> Concern:
    return Concern(Indication.INDETERMINATE, sub_indication, reason)
