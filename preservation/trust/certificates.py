# SPDX-License-Identifier: EUPL-1.2
"""Certificates as they are found in Spanish files: read what can be read, never fall over the rest.

Source: RFC 5280. Who they speak of is `preservation.trust.profiles`.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from asn1crypto import x509

from archive.clock import assume_utc
from preservation.trust.names import UNREADABLE
from preservation.trust.profiles import signer_of
from preservation.trust.signer import Signer

__all__ = ["UNREADABLE", "describe", "find_by_digest", "key_info", "load"]
MAX_REMEMBERED: Final = 16 << 10
"""Bytes of a certificate that is kept parsed; real ones have one to four kilobytes."""


def load(der: bytes) -> x509.Certificate | None:
    """Return the certificate, or None where the fields that matter cannot be read.

    The same bytes give the same object, which nobody may change: parsing is most of the cost of a chain.
    """
    return _parsed(der) if len(der) <= MAX_REMEMBERED else _parse(der)


@lru_cache(maxsize=1024)
def _parsed(der: bytes) -> x509.Certificate | None:
    return _parse(der)


def _parse(der: bytes) -> x509.Certificate | None:
    try:
        certificate = x509.Certificate.load(der, strict=True)
        certificate.subject.dump()
        certificate.issuer.dump()
        certificate.public_key.dump()
        _ = certificate.serial_number
        assume_utc(certificate.not_valid_before)
        assume_utc(certificate.not_valid_after)
        _ = certificate.critical_extensions
    except UNREADABLE:
        return None
    return certificate


def describe(der: bytes) -> Signer | None:
    """Say who a certificate says it is; None where it cannot be read."""
    return _described(der) if len(der) <= MAX_REMEMBERED else _describe(der)


@lru_cache(maxsize=1024)
def _described(der: bytes) -> Signer | None:
    return _describe(der)


def _describe(der: bytes) -> Signer | None:
    certificate = load(der)
    if certificate is None:
        return None
    try:
        return signer_of(certificate)
    except UNREADABLE:
        return None


def key_info(der: bytes) -> bytes | None:
    """Return the DER SubjectPublicKeyInfo of a certificate, or None."""
    certificate = load(der)
    return None if certificate is None else bytes(certificate.public_key.dump())


def find_by_digest(candidates: tuple[bytes, ...], algorithm: str, digest: bytes) -> bytes | None:
    """Return the candidate certificate with this digest (RFC 5035 certHash, XAdES CertDigest), or None."""
    for der in candidates:
        if hashlib.new(algorithm, der, usedforsecurity=False).digest() == digest:
            return der
    return None
