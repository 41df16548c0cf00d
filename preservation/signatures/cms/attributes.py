# SPDX-License-Identifier: EUPL-1.2
"""Attributes of a CMS signer, by dotted name and as they were stored.

Source: RFC 5652 section 11; RFC 5035 (signing-certificate); ETSI EN 319 122-1 section 5 and annex A.
"""

from __future__ import annotations

from typing import Any, Final

from asn1crypto import core, parser, tsp

from preservation.algorithms import DIGESTS
from preservation.trust.certificates import UNREADABLE, find_by_digest

CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
COUNTER_SIGNATURE: Final = "1.2.840.113549.1.9.6"
SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
SIGNATURE_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.14"
POLICY: Final = "1.2.840.113549.1.9.16.2.15"
CONTENT_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.20"
CERTIFICATE_VALUES: Final = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES: Final = "1.2.840.113549.1.9.16.2.24"
CADES_C_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.25"
REFERENCES_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.26"
ARCHIVE_TIME_STAMP_27: Final = "1.2.840.113549.1.9.16.2.27"
SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
ARCHIVE_TIME_STAMP_V2: Final = "1.2.840.113549.1.9.16.2.48"
ARCHIVE_TIME_STAMP_V3: Final = "0.4.0.1733.2.4"
ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"
ADOBE_REVOCATION: Final = "1.2.840.113583.1.1.8"
TIME_STAMPS: Final = {
    SIGNATURE_TIME_STAMP: "signature",
    CADES_C_TIME_STAMP: "refs",
    REFERENCES_TIME_STAMP: "refs",
    ARCHIVE_TIME_STAMP_27: "archive",
    ARCHIVE_TIME_STAMP_V2: "archive",
    ARCHIVE_TIME_STAMP_V3: "archive",
}
"""Unsigned attributes that hold tokens, and what those stamp."""

Attributes = dict[str, list[bytes]]
"""Dotted name to the DER of each value, in the order stored."""


def attributes_of(stored: Any) -> tuple[Attributes, list[str]]:
    """Read signed or unsigned attributes.

    Returns:
        The values by name, and the names that stand more than once.
    """
    found: Attributes = {}
    repeated: list[str] = []
    if isinstance(stored, core.Void) or stored is None:
        return found, repeated
    for attribute in stored:
        name = str(attribute["type"].dotted)
        if name in found:
            repeated.append(name)
        found.setdefault(name, []).extend(_values(attribute))
    return found, repeated


def _values(attribute: Any) -> list[bytes]:
    # As stored: asn1crypto's typed values might be encoded again
    return pieces(bytes(attribute["values"].contents))


def members(encoded: bytes) -> list[bytes]:
    """Return the encoded members of a SEQUENCE or SET, as stored."""
    return pieces(bytes(parser.parse(encoded)[4]))


def pieces(inner: bytes) -> list[bytes]:
    """Return the encoded elements that stand one after the other."""
    found, at = [], 0
    while at < len(inner) and inner[at : at + 2] != b"\x00\x00":
        size = parser.peek(inner[at:])
        found.append(inner[at : at + size])
        at += size
    return found


def named_certificate(signed: Attributes, candidates: tuple[bytes, ...]) -> tuple[bool, bytes | None]:
    """Find the certificate that the signing-certificate attributes name.

    Returns:
        Whether there is such an attribute, and the candidate that it names first (None where none is).

    Raises:
        ValueError: The attribute cannot be read.
    """
    for values in signed.get(SIGNING_CERTIFICATE_V2, []):
        first = tsp.SigningCertificateV2.load(values)["certs"][0]
        name = str(first["hash_algorithm"]["algorithm"].native)
        if name not in DIGESTS:
            raise ValueError(f"signing-certificate-v2 with {name}")
        return True, find_by_digest(candidates, name, first["cert_hash"].native)
    for values in signed.get(SIGNING_CERTIFICATE, []):
        first = tsp.SigningCertificate.load(values)["certs"][0]
        return True, find_by_digest(candidates, "sha1", first["cert_hash"].native)
    return False, None


def policy_of(signed: Attributes) -> str:
    """Return the dotted policy of an -EPES, or nothing."""
    for values in signed.get(POLICY, []):
        try:
            return str(core.ObjectIdentifier.load(members(values)[0]).dotted)
        except UNREADABLE:
            return "?"
    return ""


def carried_certificates(unsigned: Attributes) -> list[bytes]:
    """Return the DER certificates of certificate-values (EN 319 122-1 annex A.1.1.1)."""
    found = []
    for values in unsigned.get(CERTIFICATE_VALUES, []):
        try:
            found += members(values)
        except UNREADABLE:
            continue
    return found


def carried_revocation(signed: Attributes, unsigned: Attributes) -> tuple[list[bytes], list[bytes]]:
    """Return CRLs and OCSP answers of revocation-values and of Adobe's signed attribute."""
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    for values in (*unsigned.get(REVOCATION_VALUES, []), *signed.get(ADOBE_REVOCATION, [])):
        try:
            for member in members(values):
                # [0] EXPLICIT SEQUENCE OF CRL, [1] EXPLICIT SEQUENCE OF BasicOCSPResponse (or OCSPResponse)
                kept = members(members(member)[0])
                {0: crls, 1: ocsps}.get(member[0] & 0x1F, []).extend(kept)
        except UNREADABLE:
            continue
    return crls, ocsps


def field_revocation(signed_data: Any) -> tuple[list[bytes], list[bytes]]:
    """Return CRLs and OCSP answers of SignedData.crls (RFC 5652 10.2.1, RFC 5940)."""
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    choices = signed_data["crls"]
    if isinstance(choices, core.Void):
        return crls, ocsps
    for choice in choices:
        try:
            if choice.name == "crl":
                crls.append(choice.chosen.dump())
            else:
                ocsps.append(choice.chosen["other_rev_info"].dump())
        except UNREADABLE:
            continue
    return crls, ocsps
