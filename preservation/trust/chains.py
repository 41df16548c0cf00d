# SPDX-License-Identifier: EUPL-1.2
"""Certificate chains of signers and stamping units: found among loose certificates, up to a trusted anchor.

Small on purpose: names, signatures, basic constraints, key usage, critical extensions and validity
(RFC 5280 6.1 without policies and name constraints, which are refused where they are critical).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from asn1crypto import x509 as asn1_x509

from preservation.algorithms import DIGESTS, digest_of, key_algorithm, signature_holds, weaknesses
from preservation.signatures.facts import Algorithm
from preservation.trust.certificates import UNREADABLE, load
from preservation.trust.revocation_lists import Entry, entry_on, list_for

MAX_DEPTH: Final = 6
MAX_LOOSE: Final = 64
MAX_STEPS: Final = 256
"""A token's certificates come from strangers: crossed authorities must not keep us busy."""
UNDERSTOOD: Final = frozenset(
    {"basic_constraints", "key_usage", "extended_key_usage", "certificate_policies"}
)
"""Extensions that may be critical."""
HARMLESS: Final = frozenset({"unspecified", "affiliationChanged", "superseded", "cessationOfOperation"})
"""Reasons that RFC 3161 4 names; without reason, all tokens of a revoked unit are invalid."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A path from a certificate up to an anchor, or why there is none."""

    certificates: tuple[asn1_x509.Certificate, ...] = ()
    """Leaf first; the anchor last. Empty where none was found."""
    problem: str = ""

    def outside(self, at: datetime) -> asn1_x509.Certificate | None:
        """Return the first certificate below the anchor that is not valid at `at`.

        The anchor's own validity does not count: it is trusted by decision (RFC 5280 6.1.1 d).
        """
        for certificate in self.certificates[:-1] or self.certificates:
            if not certificate.not_valid_before <= at <= certificate.not_valid_after:
                return certificate
        return None


@dataclass(frozen=True, slots=True)
class Revocation:
    """When a certificate was revoked, and whether its older signatures may still be believed."""

    since: datetime
    reason: str
    """CRLReason by name (RFC 5280 5.3.1); empty where the list gives none."""

    @property
    def spares_the_past(self) -> bool:
        """Tell whether tokens made before stay good: only if the list says a harmless reason (RFC 3161 4)."""
        return self.reason in HARMLESS


def is_for_time_stamping(certificate: asn1_x509.Certificate) -> bool:
    """Tell whether a certificate is for time stamping alone, and marked critical so (RFC 3161 2.3)."""
    usage = certificate.extended_key_usage_value
    purposes = [] if usage is None else usage.native
    return purposes == ["time_stamping"] and "extended_key_usage" in certificate.critical_extensions


def find_chain(leaf: asn1_x509.Certificate, loose: Sequence[bytes], anchors: Sequence[bytes]) -> Chain:
    """Find a path from `leaf` to one of `anchors`.

    Args:
        leaf: Certificate to start from.
        loose: DER certificates that may help; hostile ones do no harm.
        anchors: DER certificates trusted by decision.

    Returns:
        The first path whose signatures hold and whose authorities may issue; validity is not looked at.

    Limits:
        At most `MAX_DEPTH` authorities and `MAX_STEPS` paths tried; a critical extension that is not
        understood ends a path.
    """
    trusted = [asn1_x509.Certificate.load(anchor) for anchor in anchors]
    pool = [certificate for certificate in map(load, loose[:MAX_LOOSE]) if certificate is not None]
    pending: list[tuple[asn1_x509.Certificate, ...]] = [(leaf,)]
    for _ in range(MAX_STEPS):
        if not pending:
            break
        path = pending.pop()
        top = path[-1]
        if any(top.dump() == anchor.dump() for anchor in trusted):
            return Chain(path)
        for anchor in trusted:
            if _issued(top, anchor, len(path) - 1):
                return Chain((*path, anchor))
        if len(path) <= MAX_DEPTH:
            pending += [(*path, one) for one in pool if one not in path and _issued(top, one, len(path) - 1)]
    return Chain(problem="no path to a trusted anchor")


def revocation(chain: Chain, lists: Sequence[bytes], at: datetime) -> Revocation | None:
    """Return the first revocation in a chain that counts at `at`.

    Args:
        chain: As found; each certificate is looked for in lists that its issuer signed.
        lists: DER revocation lists of any age; those of others, and hostile ones, are passed over.
        at: Revocations after it do not count: whatever was proven by then stays proven.
    """
    for certificate, issuer in pairwise(chain.certificates):
        for encoded in lists:
            entry = _entry(certificate, issuer, encoded)
            if entry is not None and entry.since <= at:
                return Revocation(entry.since, entry.reason)
    return None


def algorithms_of(certificates: Sequence[asn1_x509.Certificate]) -> list[Algorithm]:
    """Return what a chain stands on: every key, and the digest of every signature below the anchor."""
    keys = [key_algorithm(each.public_key.dump()) for each in certificates]
    return keys + [Algorithm(digest_of(each["signature_algorithm"], "none")) for each in certificates[:-1]]


def weakness(chain: Chain, digests: Sequence[str], at: datetime) -> str:
    """Say which algorithm among `digests` and in the chain proves nothing at `at`; empty if none."""
    for name in digests:
        if name not in DIGESTS:
            return f"the digest algorithm {name} proves nothing here"
    used = [*map(Algorithm, digests), *algorithms_of(chain.certificates)]
    return next(iter(weaknesses(used, at)), "")


def _entry(certificate: asn1_x509.Certificate, issuer: asn1_x509.Certificate, encoded: bytes) -> Entry | None:
    try:
        found = list_for(encoded, certificate, issuer)
        return None if found is None else entry_on(encoded, certificate.serial_number)
    except UNREADABLE:
        return None


def _issued(child: asn1_x509.Certificate, issuer: asn1_x509.Certificate, below: int) -> bool:
    try:
        if child.issuer.dump() != issuer.subject.dump() and child.issuer != issuer.subject:
            return False
        if not _may_issue(issuer, below) or _unknown_critical(child):
            return False
        return signature_holds(
            issuer.public_key.dump(),
            child["signature_algorithm"],
            "",
            child["signature_value"].native,
            child["tbs_certificate"].dump(),
        )
    except (ValueError, TypeError, KeyError):
        return False


def _may_issue(issuer: asn1_x509.Certificate, below: int) -> bool:
    constraints = issuer.basic_constraints_value
    if constraints is None or not constraints["ca"].native or _unknown_critical(issuer):
        return False
    depth = constraints["path_len_constraint"].native
    usage = issuer.key_usage_value
    return (depth is None or below <= depth) and (usage is None or "key_cert_sign" in usage.native)


def _unknown_critical(certificate: asn1_x509.Certificate) -> bool:
    return bool(set(certificate.critical_extensions) - UNDERSTOOD)
