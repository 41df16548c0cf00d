# SPDX-License-Identifier: EUPL-1.2
"""The report of a signature as JSON: the contract of `--json`. Keys are added, never renamed or taken away.

Instants are UTC in ISO 8601; what is not known is an empty text, an empty list or null.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Any

from archive.clock import format_instant
from preservation.indications import Check
from preservation.signatures.facts import Change, PolicyFacts
from preservation.signatures.policies import examine

if TYPE_CHECKING:
    from preservation.signatures.report import RevocationReport, SignatureReport, TimestampReport, Weakness
    from preservation.trust.signer import Signer


def report_to_json(report: SignatureReport) -> dict[str, Any]:
    """Return everything that is said of one signature."""
    return {
        "format": report.format,
        "level": report.level,
        "indication": str(report.indication),
        "sub_indication": report.sub_indication,
        "intact": report.intact,
        "reasons": list(report.reasons),
        "signing_time": _instant(report.signing_time),
        "best_signature_time": _instant(report.best_signature_time),
        "proven_by": report.proven_by,
        "signer": _signer(report.signer),
        "timestamps": [_stamp(each) for each in report.timestamps],
        "policy": report.policy,
        "policy_details": _policy(report),
        "covers": list(report.covers),
        "place": report.place,
        "counter_of": report.counter_of,
        "algorithms": list(report.algorithms),
        "references": [_check(each) for each in report.references],
        "value": None if report.value is None else _check(report.value),
        "claims": [{"kind": kind, "text": text} for kind, text in report.claims],
        "changes": [_change(each) for each in report.changes],
        "weaknesses": [_weakness(each) for each in report.weaknesses],
        "certificates": [_signer(each) for each in report.certificates],
        "revocations": [_revocation(each) for each in report.revocations],
    }


def _instant(value: datetime | None) -> str | None:
    return None if value is None else format_instant(value)


def _signer(signer: Signer | None) -> dict[str, Any] | None:
    if signer is None:
        return None
    return {
        "name": signer.name,
        "identifier": signer.identifier,
        "organisation": signer.organisation,
        "organisation_identifier": signer.organisation_identifier,
        "kind": signer.kind,
        "profile": signer.profile,
        "pseudonym": signer.pseudonym,
        "represents": signer.represents,
        "position": signer.position,
        "custodian": signer.custodian,
        "qualities": list(signer.qualities),
        "policies": list(signer.policies),
        "issuer": signer.issuer,
        "serial": signer.serial,
        "not_before": _instant(signer.not_before),
        "not_after": _instant(signer.not_after),
    }


def _stamp(stamp: TimestampReport) -> dict[str, Any]:
    return {
        "type": stamp.type,
        "time": _instant(stamp.time),
        "intact": stamp.intact,
        "authority": stamp.authority,
        "indication": str(stamp.indication),
        "sub_indication": stamp.sub_indication,
        "reasons": list(stamp.reasons),
        "covers": list(stamp.covers),
        "algorithm": stamp.algorithm,
        "valid_until": _instant(stamp.valid_until),
        "signer": _signer(stamp.signer),
    }


def _policy(report: SignatureReport) -> dict[str, Any] | None:
    facts: PolicyFacts | None = report.policy_facts
    if facts is None:
        return None
    found = examine(facts, form=report.format, signing_time=report.signing_time, claims=report.claims)
    return {
        "identifier": facts.identifier,
        "name": "" if found.policy is None else found.policy.name,
        "digest_algorithm": facts.digest_algorithm,
        "digest": base64.b64encode(facts.digest).decode(),
        "digest_state": str(found.digest),
        "breaches": list(found.breaches),
        "uri": facts.uri,
        "implied": facts.implied,
    }


def _check(check: Check) -> dict[str, str]:
    return {"name": check.name, "outcome": str(check.outcome), "detail": check.detail}


def _change(change: Change) -> dict[str, Any]:
    return {"where": change.where, "what": change.what, "allowed": change.allowed}


def _weakness(weakness: Weakness) -> dict[str, Any]:
    return {
        "algorithm": weakness.algorithm,
        "where": weakness.where,
        "since": _instant(weakness.since),
        "protected": weakness.protected,
    }


def _revocation(revocation: RevocationReport) -> dict[str, Any]:
    return {
        "kind": revocation.kind,
        "about": revocation.about,
        "issuer": revocation.issuer,
        "this_update": _instant(revocation.this_update),
        "next_update": _instant(revocation.next_update),
        "produced_at": _instant(revocation.produced_at),
        "revoked_at": _instant(revocation.revoked_at),
        "reason": revocation.reason,
        "sha256": revocation.sha256,
    }
