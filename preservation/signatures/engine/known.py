# SPDX-License-Identifier: EUPL-1.2
"""What is asked of the same certificates again and again, read once in a process.

An archive's signatures stand under a few issuers and time-stamping units. Nothing here depends on time, trust
or proofs: only on bytes. Every memory is bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from asn1crypto import x509

from preservation.algorithms import digest_of, key_algorithm
from preservation.strength import Algorithm
from preservation.trust.certificates import UNREADABLE
from preservation.trust.chains import Chain, find_chains, is_for_time_stamping
from preservation.trust.names import common_name
from preservation.trust.revocation import Statement, statements_about

MAX_KNOWN: Final = 2048
EXCUSED: Final = frozenset({"0.4.0.194121.2.1", "2.5.29.56"})
"""Certificates that are never revoked: validity assured, short term (ETSI EN 319 412-1 5.2), noRevAvail
(RFC 9608)."""
_FOR_SIGNING: Final = frozenset({"digital_signature", "non_repudiation"})
_FOR_SERVICES: Final = frozenset({"time_stamping", "ocsp_signing"})
"""Extended purposes of the services of an authority: who has no other signs no documents (RFC 5280
4.2.1.12)."""


@dataclass(frozen=True, slots=True)
class Known:
    """One certificate, read."""

    certificate: x509.Certificate
    der: bytes
    name: str
    """For people."""
    not_before: datetime
    not_after: datetime
    key: Algorithm
    digest: Algorithm
    """Under its issuer's signature."""
    excused: bool
    """It says of itself that it is never revoked."""
    signs: bool
    """Its key usage, and its extended one, allow to sign documents."""
    stamps: bool
    """It is for time stamping alone, marked critical (RFC 3161 2.3)."""


_seen: dict[int, Known] = {}


def known(certificate: x509.Certificate) -> Known:
    """Return what is known of a certificate.

    Raises:
        ValueError, TypeError, KeyError, …: It cannot be read (`UNREADABLE`).
    """
    found = _seen.get(id(certificate))
    if found is not None and found.certificate is certificate:  # an id may be given to another object later
        return found
    if len(_seen) >= MAX_KNOWN:
        _seen.clear()
    usage = certificate.key_usage_value
    made = Known(
        certificate,
        bytes(certificate.dump()),
        common_name(certificate) or "?",
        certificate.not_valid_before,
        certificate.not_valid_after,
        key_algorithm(certificate.public_key.dump()),
        Algorithm(digest_of(certificate["signature_algorithm"], "none")),
        _excused(certificate),
        (usage is None or bool(_FOR_SIGNING & set(usage.native))) and not _serves_alone(certificate),
        is_for_time_stamping(certificate),
    )
    _seen[id(certificate)] = made
    return made


def algorithms_of(chain: Sequence[x509.Certificate]) -> list[Algorithm]:
    """Return what a chain stands on: every key, and the digest of every signature below the anchor."""
    read = [known(each) for each in chain]
    return [*(each.key for each in read), *(each.digest for each in read[:-1])]


def forget() -> None:
    """Empty the memory, for tests of it."""
    _seen.clear()


@lru_cache(maxsize=512)
def chains_of(leaf: bytes, loose: tuple[bytes, ...], anchors: tuple[bytes, ...]) -> tuple[Chain, ...]:
    """Return every chain of a certificate (DER), best first."""
    return tuple(find_chains(x509.Certificate.load(leaf), loose, anchors))


@lru_cache(maxsize=MAX_KNOWN)
def said_beside(
    certificate: bytes, issuer: bytes, crls: tuple[bytes, ...], ocsps: tuple[bytes, ...]
) -> tuple[Statement, ...]:
    """Return what the archive's own lists and answers say of a certificate (DER).

    Only for data that is held anyway: what is asked with is kept as long as the answer.
    """
    found = statements_about(x509.Certificate.load(certificate), x509.Certificate.load(issuer), crls, ocsps)
    return tuple(found)


def _serves_alone(certificate: x509.Certificate) -> bool:
    purposes = certificate.extended_key_usage_value
    return purposes is not None and bool(purposes.native) and set(purposes.native) <= _FOR_SERVICES


def _excused(certificate: x509.Certificate) -> bool:
    try:
        if certificate.ca:  # RFC 9608 4: never for an authority
            return False
        extensions = certificate["tbs_certificate"]["extensions"]
        return any(each["extn_id"].dotted in EXCUSED for each in extensions if extensions.native)
    except UNREADABLE:
        return False
