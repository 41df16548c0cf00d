# SPDX-License-Identifier: EUPL-1.2
"""May this certificate be believed at that instant? Chain, purpose, validity, revocation, strength.

The X.509 validation block of ETSI EN 319 102-1 (section 5.2.6) for one control time, in the order of its
sub-indications. The chain itself is `preservation.trust.chains.find_chain`; the first that holds is
judged (crossed certification with several paths is not tried yet).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from asn1crypto import x509

from preservation.algorithms import weaknesses
from preservation.signatures.report import Indication
from preservation.trust.certificates import UNREADABLE, load
from preservation.trust.chains import algorithms_of, find_chain, is_for_time_stamping
from preservation.trust.revocation import RevocationState, revocation_of
from preservation.trust.store import TrustStore


class Purpose(StrEnum):
    """What a certificate is asked to do."""

    SIGNING = "signing"
    TIME_STAMPING = "time stamping"


@dataclass(frozen=True, slots=True)
class Sources:
    """Certificates and revocation data at hand for one signature: its own and the trust store's."""

    trust: TrustStore
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Concern:
    """One reason why a signature does not pass."""

    indication: Indication
    sub_indication: str
    reason: str


@dataclass(frozen=True, slots=True)
class PathVerdict:
    """What is said of a certificate at the control time; it holds when nothing is a concern."""

    concerns: tuple[Concern, ...]
    evidence: tuple[bytes, ...]
    """DER of the chain and of the revocation data that spoke."""


def judge_certificate(
    der: bytes, sources: Sources, *, purpose: Purpose, control: datetime, at: datetime, proven: bool
) -> PathVerdict:
    """Judge a certificate for what it signed by `control`.

    Args:
        der: The signing certificate.
        sources: Material at hand.
        purpose: What it is asked to do.
        control: Proven time of what it signed, or the instant of judgement.
        at: Instant of judgement.
        proven: Whether `control` is proven, and not just the instant of judgement.
    """
    certificate = load(der)
    if certificate is None:
        return PathVerdict(
            (_indeterminate("CERTIFICATE_CHAIN_GENERAL_FAILURE", "unreadable certificate"),), ()
        )
    loose = (*sources.certificates, *sources.trust.certificates)
    try:
        chain = find_chain(certificate, loose, sources.trust.anchors).certificates
    except UNREADABLE as problem:
        return PathVerdict((_indeterminate("CERTIFICATE_CHAIN_GENERAL_FAILURE", str(problem)),), (der,))
    if not chain:
        reason = "no certificate chain leads to a trust anchor"
        return PathVerdict((_indeterminate("NO_CERTIFICATE_CHAIN_FOUND", reason),), (der,))
    concerns = [*_purpose(certificate, purpose), *_validity(chain, control, proven=proven)]
    revoked, evidence = _revocations(chain, sources, control, at)
    concerns += revoked + _strength(chain, control)
    return PathVerdict(tuple(concerns), (*(each.dump() for each in chain), *evidence))


def _purpose(certificate: x509.Certificate, purpose: Purpose) -> list[Concern]:
    if purpose is Purpose.TIME_STAMPING:
        if is_for_time_stamping(certificate):
            return []
        reason = "the certificate is not for time stamping alone, marked critical"
        return [_indeterminate("CHAIN_CONSTRAINTS_FAILURE", reason)]
    usage = certificate.key_usage_value
    allowed = {"digital_signature", "non_repudiation"}
    if usage is not None and not allowed & set(usage.native):
        return [_indeterminate("CHAIN_CONSTRAINTS_FAILURE", "the certificate is not one for signing")]
    return []


def _validity(chain: Sequence[x509.Certificate], control: datetime, *, proven: bool) -> list[Concern]:
    leaf = chain[0]
    if control < leaf.not_valid_before:
        reason = f"the certificate was not valid before {leaf.not_valid_before:%Y-%m-%d}"
        if proven:
            return [Concern(Indication.TOTAL_FAILED, "NOT_YET_VALID", reason)]
        return [_indeterminate("OUT_OF_BOUNDS_NO_POE", reason)]
    moment = "at the proven time" if proven else "and no proof says that it was made before"
    if control > leaf.not_valid_after:
        reason = f"the certificate had expired on {leaf.not_valid_after:%Y-%m-%d}, {moment}"
        return [_indeterminate("OUT_OF_BOUNDS_NO_POE", reason)]
    for authority in chain[1:-1]:
        if not authority.not_valid_before <= control <= authority.not_valid_after:
            return [_indeterminate("OUT_OF_BOUNDS_NO_POE", f"an issuing authority was not valid {moment}")]
    return []


def _revocations(
    chain: Sequence[x509.Certificate], sources: Sources, control: datetime, at: datetime
) -> tuple[list[Concern], list[bytes]]:
    concerns, evidence = [], []
    for number, (certificate, issuer) in enumerate(pairwise(chain)):
        answer = revocation_of(
            certificate, issuer, crls=sources.crls, ocsps=sources.ocsps, control=control, at=at
        )
        if answer.state is RevocationState.REVOKED:
            sub = "REVOKED_NO_POE" if number == 0 else "REVOKED_CA_NO_POE"
            whose = "the certificate" if number == 0 else "an issuing authority"
            reason = f"{whose} was {answer.reason} and no proof says that the signature is older"
            concerns.append(_indeterminate(sub, reason))
        elif answer.state is RevocationState.UNKNOWN:
            # EN 319 102-1 table 6: new revocation data may settle it
            concerns.append(_indeterminate("TRY_LATER", answer.reason))
        if answer.source:
            evidence.append(answer.source)
    concerns.sort(key=lambda each: each.sub_indication == "TRY_LATER")
    return concerns, evidence


def _strength(chain: Sequence[x509.Certificate], control: datetime) -> list[Concern]:
    return [
        _indeterminate("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", f"chain: {weak}")
        for weak in weaknesses(algorithms_of(chain), control)
    ]


def _indeterminate(sub_indication: str, reason: str) -> Concern:
    return Concern(Indication.INDETERMINATE, sub_indication, reason)
