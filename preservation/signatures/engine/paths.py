# SPDX-License-Identifier: EUPL-1.2
"""May this certificate be believed for what it signed? Every chain is tried, now and in the past.

The X.509 validation of ETSI EN 319 102-1 5.2.6 at the instant of judgement, compared with the proven time as
in 5.5.4; where that does not pass, the past certificate validation of 5.6.2.1. The first chain that passes
is taken; otherwise the one that lacks least.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from asn1crypto import x509

from preservation.indications import Indication
from preservation.signatures.engine.concerns import Concern, indeterminate
from preservation.signatures.engine.known import chains_of, known
from preservation.signatures.engine.material import Material
from preservation.signatures.engine.past import past_verdict
from preservation.signatures.engine.present import present_verdict
from preservation.signatures.engine.verdicts import PathVerdict, Subject
from preservation.trust.certificates import UNREADABLE, load
from preservation.trust.chains import find_chain
from preservation.trust.dated import Purpose

_RANKS: Final = (
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    "TRY_LATER",
    "NO_POE",
    "OUT_OF_BOUNDS_NOT_REVOKED",
    "OUT_OF_BOUNDS_NO_POE",
    "REVOKED_CA_NO_POE",
    "REVOKED_NO_POE",
    "CHAIN_CONSTRAINTS_FAILURE",
)


def judge_certificate(subject: Subject, material: Material) -> PathVerdict:
    """Judge a certificate for what it signed.

    Args:
        subject: The certificate, what it is asked to do, and when its signature existed.
        material: Chains, revocation data and proofs at hand.

    Returns:
        The verdict over the best chain; its first concern gives the indication.
    """
    certificate = load(subject.certificate)
    if certificate is None:
        return PathVerdict((indeterminate("CERTIFICATE_CHAIN_GENERAL_FAILURE", "unreadable certificate"),))
    try:
        return _best(certificate, subject, material)
    except UNREADABLE as problem:
        words = f"the certificate chain cannot be read: {problem}"[:300]
        return PathVerdict((indeterminate("CERTIFICATE_CHAIN_GENERAL_FAILURE", words),))


def _best(certificate: x509.Certificate, subject: Subject, material: Material) -> PathVerdict:
    best: PathVerdict | None = None
    anchors = material.trust.anchors_at(subject.existed, subject.purpose)
    for chain in chains_of(known(certificate).der, material.all_certificates, anchors):
        verdict = _over(chain.certificates, subject, material)
        if not verdict.concerns:
            return verdict
        if best is None or _rank(verdict) < _rank(best):
            best = verdict
    return best or _no_chain(certificate, subject, material, anchors)


def _over(chain: tuple[x509.Certificate, ...], subject: Subject, material: Material) -> PathVerdict:
    unfit = _purpose(chain[0], subject.purpose)
    now = present_verdict(chain, subject, material)
    if unfit or not now.concerns:
        return replace(now, concerns=(*unfit, *now.concerns))
    if now.concerns[0].indication is Indication.TOTAL_FAILED:
        return now
    then = past_verdict(chain, subject, material)
    if not then.concerns:
        return then
    leaf = known(chain[0])
    bounded = leaf.not_before <= subject.existed <= leaf.not_after
    if now.concerns[0].sub_indication == "OUT_OF_BOUNDS_NO_POE" and subject.proven and bounded:
        # That it was made in time is proven; what is lacking is said by the past validation
        return replace(now, concerns=(*then.concerns, *now.concerns))
    return replace(now, concerns=(*now.concerns, *then.concerns))


def _purpose(certificate: x509.Certificate, purpose: Purpose) -> tuple[Concern, ...]:
    if purpose is Purpose.TIME_STAMPING:
        if known(certificate).stamps:
            return ()
        reason = "the certificate is not for time stamping alone, marked critical"
        return (indeterminate("CHAIN_CONSTRAINTS_FAILURE", reason),)
    if not known(certificate).signs:
        return (indeterminate("CHAIN_CONSTRAINTS_FAILURE", "the certificate is not one for signing"),)
    return ()


def _no_chain(
    certificate: x509.Certificate, subject: Subject, material: Material, anchors: tuple[bytes, ...]
) -> PathVerdict:
    ever = material.trust.anchors_ever(subject.purpose)
    if set(ever) - set(anchors):
        late = find_chain(certificate, material.all_certificates, ever)
        if late.certificates:
            words = f"its anchor is not trusted for {subject.purpose} on {subject.existed:%Y-%m-%d}"
            # EN 319 102-1 (V1.4.1) 5.2.6: the anchor has a sunset date
            return PathVerdict(
                (indeterminate("NO_CERTIFICATE_CHAIN_FOUND_NO_POE", words),), late.certificates
            )
    problem = find_chain(certificate, material.all_certificates, anchors).problem
    words = "no certificate chain leads to a trust anchor"
    if problem and "no path" not in problem:
        words = f"{words}: {problem}"
    return PathVerdict((indeterminate("NO_CERTIFICATE_CHAIN_FOUND", words),), (certificate,))


def _rank(verdict: PathVerdict) -> int:
    first = verdict.concerns[0]
    if first.indication is Indication.TOTAL_FAILED or first.sub_indication not in _RANKS:
        return len(_RANKS)
    return _RANKS.index(first.sub_indication)
