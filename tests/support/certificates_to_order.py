# SPDX-License-Identifier: EUPL-1.2
"""Certificates to order: quick elliptic keys, any name, any extension, any dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

BORN = datetime(2020, 1, 1, tzinfo=UTC)
ENDED = datetime(2040, 1, 1, tzinfo=UTC)
CRITICAL = True


@dataclass(frozen=True)
class Party:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate in armour."""
        return self.certificate.public_bytes(Encoding.PEM)


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a fresh key."""
    return ec.generate_private_key(ec.SECP256R1())


def name(common: str, *more: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """Return C=ES, O=Pruebas, what else is given, CN."""
    base = [(NameOID.COUNTRY_NAME, "ES"), (NameOID.ORGANIZATION_NAME, "Pruebas"), *more]
    return x509.Name([x509.NameAttribute(*each) for each in (*base, (NameOID.COMMON_NAME, common))])


def authority(
    common: str, above: Party | None = None, *, depth: int | None = None, **options: object
) -> Party:
    """Make a certification authority."""
    extensions = [
        (x509.BasicConstraints(ca=True, path_length=depth), CRITICAL),
        *options.pop("extensions", ()),
    ]
    return party(common, above, extensions=extensions, **options)


def party(
    common: str | x509.Name,
    above: Party | None = None,
    *,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    key: ec.EllipticCurvePrivateKey | None = None,
    since: datetime = BORN,
    until: datetime = ENDED,
    digest: hashes.HashAlgorithm | None = None,
) -> Party:
    """Issue a certificate, signed with SHA-256 unless told; self-signed where nobody is above."""
    own = key or new_key()
    subject = common if isinstance(common, x509.Name) else name(common)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.certificate.subject if above else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Party(builder.sign(above.key if above else own, digest or hashes.SHA256()), own)


def revocation_list(
    issuer: Party,
    revoked: Sequence[int] = (),
    *,
    at: datetime,
    days: int = 7,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    """Return the DER of a list of these serial numbers, revoked a day before."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(at)
        .next_update(at + timedelta(days=days))
    )
    for serial in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at - timedelta(days=1))
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
