# SPDX-License-Identifier: EUPL-1.2
"""Whose signature it is: the certificate that the signer identifier names and signing-certificate confirms.

Source: RFC 5652 section 5.3 (sid); RFC 5035 section 5.4; ETSI EN 319 102-1 section 5.2.3.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from asn1crypto import x509

from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.ber import Element, element
from preservation.signatures.facts import Doubt
from preservation.trust.certificates import UNREADABLE, key_info, load

key_of: Final = lru_cache(maxsize=4096)(key_info)
"""DER SubjectPublicKeyInfo of a certificate, or None where it cannot be read."""


def signing_certificate(
    identifier: Element, signed: attrs.Attributes, candidates: tuple[bytes, ...]
) -> tuple[bytes | None, list[Doubt]]:
    """Find the signing certificate among candidates.

    Args:
        identifier: SignerIdentifier.
        signed: Signed attributes by name.
        candidates: DER certificates.

    Returns:
        The certificate, and what speaks against it.
    """
    named = _named(identifier, candidates)
    try:
        declared, confirmed = attrs.named_certificate(signed, candidates)
    except (StopIteration, *UNREADABLE) as problem:
        reason = f"the signing-certificate attribute cannot be read: {problem}"
        return named, [Doubt("SIG_CONSTRAINTS_FAILURE", reason)]
    if declared and named is not None and confirmed != named:
        # EN 319 102-1 section 5.2.3.4
        reason = "the signing-certificate attribute names another certificate"
        return named, [Doubt("NO_SIGNING_CERTIFICATE_FOUND", reason)]
    return named, []


def _named(identifier: Element, candidates: tuple[bytes, ...]) -> bytes | None:
    if identifier.tag == 0x80:
        wanted = identifier.contents
        return next((each for each in candidates if _key_identifier(each) == wanted), None)
    stored = identifier.contents
    exact = next((each for each in candidates if stored == _issuer_and_serial(each)), None)
    if exact is not None:
        return exact
    issuer, serial = list(identifier)
    for each in candidates:
        known = _issuer_and_serial(each)
        if known.endswith(serial.encoded) and _same_name(issuer.encoded, known[: -len(serial.encoded)]):
            return each
    return None


@lru_cache(maxsize=4096)
def _issuer_and_serial(certificate: bytes) -> bytes:
    """Return the two fields of a certificate side by side as stored; nothing where it is none."""
    try:
        fields = list(next(iter(element(certificate))))
    except (ValueError, StopIteration):
        return b""
    first = 1 if fields and fields[0].tag == 0xA0 else 0  # version [0] DEFAULT v1
    if len(fields) < first + 3:
        return b""
    return fields[first + 2].encoded + fields[first].encoded


@lru_cache(maxsize=4096)
def _key_identifier(certificate: bytes) -> bytes | None:
    parsed = load(certificate)
    found: bytes | None = None if parsed is None else parsed.key_identifier
    return found


@lru_cache(maxsize=1024)
def _same_name(one: bytes, other: bytes) -> bool:
    """RFC 5280 section 7.1: names that are written differently may be the same."""
    try:
        return bool(x509.Name.load(one) == x509.Name.load(other))
    except UNREADABLE:
        return False
