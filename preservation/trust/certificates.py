# SPDX-License-Identifier: EUPL-1.2
"""Certificates as they are found in Spanish files: read what can be read, never fall over the rest.

Source: RFC 5280; ETSI EN 319 412-1 section 5.1 (semantics identifiers such as IDCES- and VATES-).
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from asn1crypto import x509

from preservation.signatures.report import Signer

UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    RecursionError,
)
"""What asn1crypto raises on hostile bytes, now or when a field is first touched."""
_NIF: Final = re.compile(r"\b([0-9XYZ][0-9]{7}[A-Z]|[A-HJ-NP-SUVW][0-9]{7}[0-9A-J])\b")


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
        _ = certificate.serial_number, certificate.not_valid_before, certificate.not_valid_after
        _ = certificate.critical_extensions
    except UNREADABLE:
        return None
    return certificate


def describe(der: bytes) -> Signer | None:
    """Say who a certificate says it is; None where it cannot be read."""
    certificate = load(der)
    if certificate is None:
        return None
    subject = _names(certificate.subject)
    common = _text(subject.get("common_name"))
    name = common or " ".join(
        part for part in (_text(subject.get("given_name")), _text(subject.get("surname"))) if part
    )
    return Signer(
        name=name or _text(subject.get("organization_name")) or "?",
        identifier=_identifier(subject, common),
        organisation=_text(subject.get("organization_name")),
        issuer=_text(_names(certificate.issuer).get("common_name")),
        serial=f"{certificate.serial_number:x}",
        not_before=_utc(certificate.not_valid_before),
        not_after=_utc(certificate.not_valid_after),
    )


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


def _names(name: x509.Name) -> dict[str, Any]:
    try:
        native = name.native
    except UNREADABLE:
        return {}
    return dict(native) if native else {}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return _text(value[-1]) if value else ""
    return "" if value is None else str(value)


def _identifier(subject: dict[str, Any], common: str) -> str:
    declared = _text(subject.get("serial_number"))
    plain = re.sub(r"^(IDC|TIN|PAS|VAT)[A-Z]{2}-", "", declared)
    if plain and _NIF.fullmatch(plain):
        return plain
    found = _NIF.search(common)  # FNMT and DNIe write it in the common name
    return found[1] if found else plain


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)
