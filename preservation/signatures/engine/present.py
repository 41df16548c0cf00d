# SPDX-License-Identifier: EUPL-1.2
"""A chain at the instant of judgement, compared with the proven time: EN 319 102-1 5.2.6 and 5.5.4.

A certificate that ended is OUT_OF_BOUNDS here, whatever a time stamp says: the past validation decides
(5.6.2). The exception is the standard's own, 5.5.4 step 4 d: revocation data that still speaks of expired
certificates says that it was not revoked, and the signature is proven to be older than its end.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from asn1crypto import x509

from preservation.indications import Indication
from preservation.signatures.engine.concerns import Concern, failed, indeterminate
from preservation.signatures.engine.known import Known, algorithms_of, known
from preservation.signatures.engine.material import Material
from preservation.signatures.engine.status import (
    HOLD,
    Status,
    entitled,
    fresh_until,
    freshest,
    remembers,
    speaks,
    status_of,
    strong,
)
from preservation.signatures.engine.verdicts import PathVerdict, Subject, Usage
from preservation.strength import said, weak_at
from preservation.trust.dated import Purpose
from preservation.trust.revocation import Statement


def present_verdict(chain: tuple[x509.Certificate, ...], subject: Subject, material: Material) -> PathVerdict:
    """Judge one chain as of now for a signature that existed at a proven time."""
    concerns: list[Concern] = []
    used: list[Usage] = []
    leaf_status: Statement | None = None
    for number, (certificate, issuer) in enumerate(pairwise(chain)):
        status = status_of(certificate, issuer, material)
        if known(certificate).excused and status.revoked is None:
            continue
        if status.revoked is not None:
            used.append(Usage(certificate, issuer, status.revoked))
            spoilt = _revoked(status, number, subject)
            concerns += spoilt
            # that it was revoked later is a status too, if who says so may say it
            if spoilt or _believed(status.revoked, issuer, material):
                continue
        good = _good(status, certificate, issuer, _moment(chain, number, subject, material), material)
        if good is None:
            concerns.append(_unknown(status, certificate))
            continue
        used.append(Usage(certificate, issuer, good))
        leaf_status = good if not number else leaf_status
    concerns.sort(key=lambda each: each.sub_indication == "TRY_LATER")
    # in the order of the standard's own process: dates, revocation, strength
    bounds = _bounds(chain, subject, material.at, leaf_status)
    weak = weak_at(algorithms_of(chain), material.at, material.strength)
    strength = [
        indeterminate("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", f"chain: {said(each, since)}")
        for each, since in weak
    ]
    every = [*_sunset(chain, subject, material), *bounds, *concerns, *strength]
    every.sort(key=lambda each: each.indication is not Indication.TOTAL_FAILED)
    return PathVerdict(tuple(every), chain, tuple(used))


def _sunset(chain: tuple[x509.Certificate, ...], subject: Subject, material: Material) -> tuple[Concern, ...]:
    """EN 319 102-1 (V1.4.1) 5.2.6: an anchor not trusted any more leaves it to the past."""
    if known(chain[-1]).der in material.trust.anchors_at(material.at, subject.purpose):
        return ()
    words = f"its anchor is not trusted for {subject.purpose} on {material.at:%Y-%m-%d}"
    return (indeterminate("NO_CERTIFICATE_CHAIN_FOUND_NO_POE", words),)


def _bounds(
    chain: tuple[x509.Certificate, ...], subject: Subject, at: datetime, status: Statement | None
) -> list[Concern]:
    leaf = known(chain[0])
    if subject.existed < leaf.not_before:
        reason = f"the certificate was not valid before {leaf.not_before:%Y-%m-%d}"
        # 5.5.4 step 4 b: FAILED only where the earlier time is proven
        return [
            failed("NOT_YET_VALID", reason)
            if subject.proven
            else indeterminate("OUT_OF_BOUNDS_NO_POE", reason)
        ]
    concerns = _expired(leaf, subject, status) if at > leaf.not_after else []
    if concerns:
        return concerns
    for authority in map(known, chain[1:-1]):
        if not authority.not_before <= at <= authority.not_after:
            reason = f"an issuing authority ended on {authority.not_after:%Y-%m-%d}"
            return [indeterminate("OUT_OF_BOUNDS_NO_POE", reason)]
    return []


def _expired(leaf: Known, subject: Subject, status: Statement | None) -> list[Concern]:
    end = f"{leaf.not_after:%Y-%m-%d}"
    if subject.made_after is not None and subject.made_after > leaf.not_after:
        return [failed("EXPIRED", f"it was signed after the certificate had expired on {end}")]
    in_time = subject.proven and subject.existed <= leaf.not_after
    if status is not None and remembers(status, leaf.certificate) and fresh_until(status) >= subject.existed:
        if in_time:
            return []
        reason = f"the certificate, never revoked, expired on {end} and no proof is older"
        return [indeterminate("OUT_OF_BOUNDS_NOT_REVOKED", reason)]
    moment = "at the proven time" if subject.proven else "and no proof says that it was made before"
    words = "expired" if in_time else "had expired"
    tail = "" if in_time else f", {moment}"
    return [indeterminate("OUT_OF_BOUNDS_NO_POE", f"the certificate {words} on {end}{tail}")]


def _revoked(status: Status, number: int, subject: Subject) -> list[Concern]:
    """5.2.6 step 3, 5.5.4 steps 4 a and 7; RFC 3161 4 for the units of time-stamping authorities."""
    stamping = subject.purpose is Purpose.TIME_STAMPING and not number
    statement = status.against_tokens_of(subject.said) if stamping else status.revoked
    if statement is None or statement.revoked_at is None:
        return []
    since = statement.revoked_at
    day = f"{since:%Y-%m-%d}"
    if number:
        # What it issued may be forged since then: only the past validation can tell (5.6.2.4 step 3)
        return [indeterminate("REVOKED_CA_NO_POE", f"an issuing authority was revoked on {day}")]
    if subject.proven and subject.existed < since:
        return []
    if statement.reason == HOLD:
        return [indeterminate("TRY_LATER", f"the certificate is suspended since {day}")]
    why = f"{day} ({statement.reason})" if statement.reason else day
    if subject.made_after is not None and subject.made_after >= since:
        return [failed("REVOKED", f"it was signed after the certificate was revoked on {why}")]
    reason = f"the certificate was revoked on {why} and no proof says that the signature is older"
    return [indeterminate("REVOKED_NO_POE", reason)]


def _moment(
    chain: tuple[x509.Certificate, ...], number: int, subject: Subject, material: Material
) -> datetime:
    """Return for when the status of a certificate must be known: when what it made is proven to exist.

    5.2.5 now; 5.5.4 step 6 at the proven time. A certificate that nobody knew then may have been issued
    later, by an authority that had fallen.
    """
    if not number:
        return subject.existed
    if number == 1:
        return subject.certificate_existed
    return max(subject.existed, material.certified_since(chain[number - 1]))


def _good(
    status: Status,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    moment: datetime,
    material: Material,
) -> Statement | None:
    usable = [
        each
        for each in status.statements
        if each.revoked_at is None  # a suspension that was lifted says nothing of today
        and fresh_until(each) >= moment
        and speaks(each, certificate)
        and _believed(each, issuer, material)
    ]
    return freshest(usable) if usable else None


def _believed(statement: Statement, issuer: x509.Certificate, material: Material) -> bool:
    return strong(statement, material) and entitled(statement, issuer, material)


def _unknown(status: Status, certificate: x509.Certificate) -> Concern:
    """EN 319 102-1 table 6: new revocation data may settle it."""
    name = known(certificate).name
    if not status.statements:
        return indeterminate("TRY_LATER", f"no revocation data for {name}")
    last = max(each.this_update for each in status.statements)
    return indeterminate(
        "TRY_LATER", f"no usable revocation data for {name}: the last at hand is of {last:%Y-%m-%d}"
    )
