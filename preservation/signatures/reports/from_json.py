# SPDX-License-Identifier: EUPL-1.2
"""Reads a report that was kept as JSON back into values, so that it can be said in words again.

Law: `report_to_json(report_from_json(body)) == body` for every body that `report_to_json` wrote. What JSON
never held (tokens, certificates) does not come back: the verdict can be told, not judged again.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

from archive.clock import parse_instant
from archive.errors import IntegrityError
from preservation.indications import Check, Indication, Outcome
from preservation.signatures.facts import Change, PolicyFacts
from preservation.signatures.report import RevocationReport, SignatureReport, TimestampReport, Weakness
from preservation.trust.signer import Signer


def report_from_json(body: dict[str, Any]) -> SignatureReport:
    """Read what `report_to_json` wrote; keys that came later and are not there are empty.

    Raises:
        IntegrityError: It is no such report.
    """
    try:
        return _report(body)
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as cause:
        raise IntegrityError(f"the report of a signature cannot be read: {cause!r}") from cause


def _report(body: dict[str, Any]) -> SignatureReport:
    return SignatureReport(
        format=body["format"],
        level=body["level"],
        indication=Indication(body["indication"]),
        sub_indication=body["sub_indication"],
        intact=bool(body["intact"]),
        reasons=tuple(body.get("reasons", ())),
        signing_time=_instant(body.get("signing_time")),
        best_signature_time=_instant(body.get("best_signature_time")),
        signer=_signer(body.get("signer")),
        timestamps=tuple(_stamp(each) for each in body.get("timestamps", ())),
        policy=body.get("policy", ""),
        covers=tuple(body.get("covers", ())),
        place=body.get("place", ""),
        algorithms=tuple(body.get("algorithms", ())),
        proven_by=body.get("proven_by", ""),
        references=tuple(_check(each) for each in body.get("references", ())),
        value=_check(body["value"]) if body.get("value") else None,
        counter_of=body.get("counter_of", ""),
        policy_facts=_policy(body.get("policy_details")),
        claims=tuple((each["kind"], each["text"]) for each in body.get("claims", ())),
        changes=tuple(Change(**each) for each in body.get("changes", ())),
        weaknesses=tuple(_weakness(each) for each in body.get("weaknesses", ())),
        certificates=tuple(_certain(each) for each in body.get("certificates", ())),
        revocations=tuple(_revocation(each) for each in body.get("revocations", ())),
    )


def _instant(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None


def _signer(body: dict[str, Any] | None) -> Signer | None:
    return None if body is None else _certain(body)


def _certain(body: dict[str, Any]) -> Signer:
    changed = {
        "not_before": _instant(body.get("not_before")),
        "not_after": _instant(body.get("not_after")),
        "qualities": tuple(body.get("qualities", ())),
        "policies": tuple(body.get("policies", ())),
    }
    return Signer(**{**body, **changed})


def _stamp(body: dict[str, Any]) -> TimestampReport:
    changed = {
        "time": _instant(body.get("time")),
        "indication": Indication(body["indication"]),
        "reasons": tuple(body.get("reasons", ())),
        "covers": tuple(body.get("covers", ())),
        "valid_until": _instant(body.get("valid_until")),
        "signer": _signer(body.get("signer")),
    }
    return TimestampReport(**{**body, **changed})


def _policy(body: dict[str, Any] | None) -> PolicyFacts | None:
    if body is None:
        return None
    digest = base64.b64decode(body["digest"], validate=True)
    return PolicyFacts(body["identifier"], body["digest_algorithm"], digest, body["uri"], body["implied"])


def _check(body: dict[str, str]) -> Check:
    return Check(body["name"], Outcome(body["outcome"]), body["detail"])


def _weakness(body: dict[str, Any]) -> Weakness:
    return Weakness(body["algorithm"], body["where"], _instant(body.get("since")), bool(body["protected"]))


def _revocation(body: dict[str, Any]) -> RevocationReport:
    instants = ("this_update", "next_update", "produced_at", "revoked_at")
    return RevocationReport(**{**body, **{name: _instant(body.get(name)) for name in instants}})
