# SPDX-License-Identifier: EUPL-1.2
"""Attributes of a CMS signer, by dotted name and as they were stored.

Source: RFC 5652 section 11; RFC 5035 (signing-certificate); ETSI EN 319 122-1 section 5 and annex A.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from asn1crypto import cms

from preservation import der
from preservation.algorithms import DIGEST_NAMES, DIGESTS
from preservation.signatures.cms import ber
from preservation.signatures.cms.ber import Element, element
from preservation.signatures.cms.envelope import Attribute, other_revocation
from preservation.trust.certificates import UNREADABLE, find_by_digest

CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
COUNTER_SIGNATURE: Final = "1.2.840.113549.1.9.6"
SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
SIGNATURE_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.14"
POLICY: Final = "1.2.840.113549.1.9.16.2.15"
CONTENT_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.20"
CERTIFICATE_REFERENCES: Final = "1.2.840.113549.1.9.16.2.21"
REVOCATION_REFERENCES: Final = "1.2.840.113549.1.9.16.2.22"
CERTIFICATE_VALUES: Final = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES: Final = "1.2.840.113549.1.9.16.2.24"
CADES_C_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.25"
REFERENCES_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.26"
ARCHIVE_TIME_STAMP_27: Final = "1.2.840.113549.1.9.16.2.27"
SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
ARCHIVE_TIME_STAMP_V2: Final = "1.2.840.113549.1.9.16.2.48"
ARCHIVE_TIME_STAMP_V3: Final = "0.4.0.1733.2.4"
LONG_TERM_VALIDATION: Final = "0.4.0.1733.2.2"
ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"
ADOBE_REVOCATION: Final = "1.2.840.113583.1.1.8"
ARCHIVES: Final = frozenset({ARCHIVE_TIME_STAMP_27, ARCHIVE_TIME_STAMP_V2, ARCHIVE_TIME_STAMP_V3})
TIME_STAMPS: Final = {
    SIGNATURE_TIME_STAMP: "signature",
    CADES_C_TIME_STAMP: "refs",
    REFERENCES_TIME_STAMP: "refs",
    **dict.fromkeys(sorted(ARCHIVES), "archive"),
}
"""Unsigned attributes that hold tokens, and what those stamp."""
MUST_BE_SIGNED: Final = {
    CONTENT_TYPE: "content-type",
    MESSAGE_DIGEST: "message-digest",
    SIGNING_TIME: "signing-time",
    SIGNING_CERTIFICATE: "signing-certificate",
    SIGNING_CERTIFICATE_V2: "signing-certificate-v2",
    POLICY: "signature-policy-identifier",
}
"""Attributes that say nothing where anybody may have put them (RFC 5652 sections 11.1 to 11.3; RFC 5035
section 5.4; EN 319 122-1 section 5.2.9)."""

Attributes = dict[str, list[bytes]]
"""Dotted name to the DER of each value, in the order stored."""


def by_name(stored: Sequence[Attribute]) -> tuple[Attributes, list[str]]:
    """Sort attributes by name.

    Returns:
        The values by name, and the names that stand more than once.
    """
    found: Attributes = {}
    repeated: list[str] = []
    for attribute in stored:
        if attribute.name in found:
            repeated.append(attribute.name)
        found.setdefault(attribute.name, []).extend(attribute.values)
    return found, repeated


def members(encoded: bytes) -> list[bytes]:
    """Return the encoded members of a SEQUENCE or SET, as stored."""
    return [each.encoded for each in element(encoded)]


def named_certificate(signed: Attributes, candidates: tuple[bytes, ...]) -> tuple[bool, bytes | None]:
    """Find the certificate that the signing-certificate attributes name.

    Returns:
        Whether there is such an attribute, and the candidate that it names first (None where none is).

    Raises:
        ValueError: The attribute cannot be read, or two of them name different certificates.
    """
    found = []
    for value in signed.get(SIGNING_CERTIFICATE_V2, []):
        # ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT sha256, certHash, issuerSerial OPTIONAL }
        first, *rest = _first_identifier(value)
        name = "sha256"
        if first.tag == 0x30:
            name, first = digest_name(first.encoded), rest[0]
        if name not in DIGESTS:
            raise ValueError(f"signing-certificate-v2 with {name}")
        found.append(find_by_digest(candidates, name, ber.octets(first)))
    found += [
        find_by_digest(candidates, "sha1", ber.octets(_first_identifier(value)[0]))
        for value in signed.get(SIGNING_CERTIFICATE, [])
    ]
    if len(set(found)) > 1:
        raise ValueError("the signing-certificate attributes name different certificates")
    return bool(found), found[0] if found else None


def _first_identifier(value: bytes) -> list[Element]:
    certificates = next(iter(element(value)))
    return list(next(iter(certificates)))


def digest_name(algorithm: bytes) -> str:
    """Return hashlib's name of a DER AlgorithmIdentifier, or its dotted identifier where it has none.

    Signers of old wrote `sha1WithRSAEncryption` where a digest should stand; it means its digest.
    """
    kind, *parameters = element(algorithm)
    dotted = ber.identifier(kind)
    if dotted in _SHAKE_LENGTHS and [each.encoded for each in parameters] != [_SHAKE_LENGTHS[dotted]]:
        return dotted
    return DIGEST_NAMES.get(dotted) or _RSA_DIGESTS.get(dotted, dotted)


_SHAKE_LENGTHS: Final = {
    "2.16.840.1.101.3.4.2.17": der.integer(256),
    "2.16.840.1.101.3.4.2.18": der.integer(512),
}
"""SHAKEs that say how long they are: other lengths are not spoken."""
_RSA_DIGESTS: Final = {
    f"1.2.840.113549.1.1.{arc}": name
    for arc, name in ((4, "md5"), (5, "sha1"), (11, "sha256"), (12, "sha384"), (13, "sha512"))
}


def carried_certificates(unsigned: Attributes) -> list[bytes]:
    """Return the DER certificates of certificate-values (EN 319 122-1 annex A.1.1.1)."""
    found = []
    for values in unsigned.get(CERTIFICATE_VALUES, []):
        try:
            found += members(values)
        except ValueError:
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
        except (ValueError, IndexError):
            continue
    return crls, ocsps


def long_term_values(unsigned: Attributes) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Return certificates, CRLs and OCSP answers of long-term-validation (TS 101 733 section 6.4.4)."""
    certificates: list[bytes] = []
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    for value in unsigned.get(LONG_TERM_VALIDATION, []):
        try:
            # behind poeValue: extraCertificates [0] CertificateSet, extraRevocation [1] RevocationInfoChoices
            for field in islice(element(value), 1, 3):
                for each in (inner.encoded for inner in field):
                    if each[0] == 0x30:
                        (certificates if field.tag == 0xA0 else crls).append(each)
                    elif field.tag == 0xA1:
                        ocsps += other_revocation(each)
        except ValueError:
            continue
    return certificates, crls, ocsps


def instant_of(signed: Attributes) -> cms.Time | None:
    """Return the signing time that the signer claims, or None."""
    for encoded in signed.get(SIGNING_TIME, []):
        try:
            time = cms.Time.load(encoded)
            _ = time.native
        except UNREADABLE:
            return None
        return time
    return None
