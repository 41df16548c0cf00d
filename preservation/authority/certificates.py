# SPDX-License-Identifier: EUPL-1.2
"""X.509 certificates of the development authority (RFC 5280; ETSI EN 319 412 for the names)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from preservation.authority.profile import NO_LEGAL_VALUE, ORGANISATION, TOWN_NIF, Subject, Window

KEY_BITS: Final = 2048
MAX_NAME: Final = 64
"""Upper bound of CN, O and OU (X.520 ub-common-name)."""


def new_key(bits: int = KEY_BITS) -> rsa.RSAPrivateKey:
    """Return a fresh key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def service_name(common_name: str) -> x509.Name:
    """Return the subject of an authority or a time-stamping unit."""
    return _name(
        (NameOID.COUNTRY_NAME, "ES"),
        (NameOID.ORGANIZATION_NAME, ORGANISATION),
        (NameOID.ORGANIZATION_IDENTIFIER, f"VATES-{TOWN_NIF}"),
        (NameOID.COMMON_NAME, f"{common_name} - {NO_LEGAL_VALUE}"),
    )


def signer_name(subject: Subject) -> x509.Name:
    """Return a signer's subject (EN 319 412-1 5.1.3 and 5.1.4: IDCES- and VATES- identifiers)."""
    person = subject.identifier != subject.organisation_nif
    return _name(
        (NameOID.COUNTRY_NAME, "ES"),
        (NameOID.ORGANIZATION_NAME, subject.organisation),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, subject.unit),
        (
            NameOID.ORGANIZATION_IDENTIFIER,
            f"VATES-{subject.organisation_nif}" if subject.organisation_nif else "",
        ),
        (NameOID.TITLE, subject.title),
        (NameOID.SERIAL_NUMBER, f"IDCES-{subject.identifier}" if person else subject.identifier),
        (NameOID.COMMON_NAME, subject.common_name),
    )


def certificate(
    subject: x509.Name,
    key: rsa.RSAPrivateKey,
    window: Window,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
    *,
    issuer: x509.Certificate | None = None,
    issuer_key: rsa.RSAPrivateKey | None = None,
    digest: hashes.SHA256 | hashes.SHA512 | None = None,
) -> x509.Certificate:
    """Issue a certificate, self-signed where no issuer is given.

    Args:
        subject: Whom it names.
        key: Its key pair.
        window: Its validity.
        extensions: Each with its criticality; the key identifiers are added here.
        issuer: Certificate of the issuing authority.
        issuer_key: Its key.
        digest: Of the signature; SHA-256 unless told otherwise.
    """
    signing_key = issuer_key or key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(_serial(key))
        .not_valid_before(window.start)
        .not_valid_after(window.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
        )
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(signing_key, digest or hashes.SHA256())


def authority_extensions(depth: int | None) -> list[tuple[x509.ExtensionType, bool]]:
    """Return what makes a certificate an authority with at most `depth` authorities below."""
    return [
        (x509.BasicConstraints(ca=True, path_length=depth), True),
        (_usage("key_cert_sign", "crl_sign"), True),
    ]


def tsa_extensions() -> list[tuple[x509.ExtensionType, bool]]:
    """Return what makes a time-stamping unit: critical and sole extended key usage (RFC 3161 2.3)."""
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
    ]


def responder_extensions() -> list[tuple[x509.ExtensionType, bool]]:
    """Return what makes a delegated OCSP responder (RFC 6960 4.2.2.2)."""
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
        (x509.OCSPNoCheck(), False),
    ]


def signer_extensions(policy: str) -> list[tuple[x509.ExtensionType, bool]]:
    """Return what makes a signer: content commitment, and the certificate policy of its kind."""
    information = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage("digital_signature", "content_commitment"), True),
        (x509.CertificatePolicies([information]), False),
    ]


def revocation_extensions(base_url: str, issuer: str, *, ocsp: bool) -> list[tuple[x509.ExtensionType, bool]]:
    """Return where the revocation state of a certificate is told: loopback only."""
    point = x509.DistributionPoint(
        [x509.UniformResourceIdentifier(f"{base_url}/crl/{issuer}")], None, None, None
    )
    found: list[tuple[x509.ExtensionType, bool]] = [(x509.CRLDistributionPoints([point]), False)]
    if ocsp:
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"{base_url}/ocsp")
        )
        found.append((x509.AuthorityInformationAccess([access]), False))
    return found


def _serial(key: rsa.RSAPrivateKey) -> int:
    # Tied to the key: unique without a counter, which two processes could read at once.
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return int.from_bytes(hashlib.sha256(public).digest()[:15], "big") | 1


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value[:MAX_NAME]) for oid, value in parts if value])


def _usage(*bits: str) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in bits for name in names})
