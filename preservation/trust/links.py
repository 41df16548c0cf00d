# SPDX-License-Identifier: EUPL-1.2
"""One link of a chain: did this authority issue that certificate, and may it (RFC 5280 6.1.3, 6.1.4).

Certificates are read once, names compared as octets first, and each signature is verified once in a process:
the same few authorities stand above everything an archive holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from asn1crypto import x509

from preservation.algorithms import signature_holds
from preservation.trust.certificates import UNREADABLE, load
from preservation.trust.constraints import Pieces, prepared

UNDERSTOOD: Final = frozenset(
    {
        "basic_constraints",
        "key_usage",
        "extended_key_usage",
        "certificate_policies",
        "name_constraints",
        "subject_alt_name",
        "crl_distribution_points",
        # Without a required policy neither can make a path fail (RFC 5280 6.1.5)
        "inhibit_any_policy",
        "policy_mappings",
    }
)
"""Extensions that may be critical."""


@dataclass(frozen=True, slots=True)
class Link:
    """One certificate with what a search asks of it again and again."""

    der: bytes
    certificate: x509.Certificate
    subject: Pieces
    issuer: Pieces
    key: bytes
    named_key: bytes | None
    """Key identifier of its issuer, as it says."""
    own_key: bytes | None

    @property
    def self_issued(self) -> bool:
        """Tell whether it names itself as its issuer."""
        return self.subject == self.issuer


@lru_cache(maxsize=1024)
def link_of(der: bytes) -> Link | None:
    """Read a certificate as a link; None where it cannot be read."""
    certificate = load(der)
    if certificate is None:
        return None
    try:
        return Link(
            der,
            certificate,
            prepared(certificate.subject.dump()),
            prepared(certificate.issuer.dump()),
            certificate.public_key.dump(),
            certificate.authority_key_identifier,
            certificate.key_identifier,
        )
    except UNREADABLE:
        return None


@lru_cache(maxsize=8192)
def subject_of(der: bytes) -> Pieces | None:
    """Return the prepared subject of a certificate, for an index; None where it cannot be read."""
    try:  # a list of the Union has thousands of anchors: no more of each is read than its name
        return prepared(x509.Certificate.load(der)["tbs_certificate"]["subject"].dump())
    except UNREADABLE:
        return None


def issued(child: Link, issuer: Link, below: int, *, anchor: bool) -> bool:
    """Tell whether `issuer` issued `child` and might.

    Args:
        child: The certificate below.
        issuer: The one above.
        below: Authorities between it and the leaf that are not self-issued (RFC 5280 6.1.4 l).
        anchor: Whether the issuer is trusted by decision.
    """
    try:
        if not _may_issue(issuer, below, anchor=anchor) or _unknown_critical(child.certificate):
            return False
        return _signed(child.der, issuer.key)
    except UNREADABLE:
        return False


@lru_cache(maxsize=4096)
def _signed(der: bytes, key: bytes) -> bool:
    """Tell whether a key signed a certificate, and the certificate says so inside too (RFC 5280 4.1.1.2)."""
    child = x509.Certificate.load(der)
    algorithm, body = child["signature_algorithm"], child["tbs_certificate"]
    if algorithm.dump() != body["signature"].dump():
        return False
    return signature_holds(key, algorithm, "", child["signature_value"].native, body.dump())


def _may_issue(issuer: Link, below: int, *, anchor: bool) -> bool:
    certificate = issuer.certificate
    constraints = certificate.basic_constraints_value
    if constraints is None:
        # An anchor of version 1 cannot say that it is an authority; who trusts it says so (6.1.4 k).
        return anchor and issuer.self_issued and certificate["tbs_certificate"]["version"].native == "v1"
    if not constraints["ca"].native or _unknown_critical(certificate):
        return False
    depth = constraints["path_len_constraint"].native
    usage = certificate.key_usage_value
    return (depth is None or below <= depth) and (usage is None or "key_cert_sign" in usage.native)


def _unknown_critical(certificate: x509.Certificate) -> bool:
    return bool(set(certificate.critical_extensions) - UNDERSTOOD)
