# SPDX-License-Identifier: EUPL-1.2
"""Client certificates that a proxy checked: read from its header, led to an account.

The proxy proved that the key is there and that the chain holds; here only the dates are looked at again. An
account is led to by the fingerprint of the certificate, by its issuer and serial number, or by the NIF in it
(`serialNumber=IDCES-…`, ETSI EN 319 412-1 5.1.3): `Account.known_by`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.x509.oid import NameOID

from archive.identity.provider import plain_nif

MOST: Final = 16 * 1024
"""Characters of the header."""
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What of a certificate leads to an account."""

    fingerprint: str
    """SHA-256 of its DER, hex."""
    serial: str
    """SHA-256 of issuer and serial number, hex."""
    nif: str
    begins: datetime
    ends: datetime

    @property
    def proofs(self) -> tuple[str, ...]:
        """The keys of accounts that it may lead to, the most exact first."""
        exact = (f"certificate:{self.fingerprint}", f"serial:{self.serial}")
        return (*exact, f"nif:{self.nif}") if self.nif else exact

    def good(self, now: datetime) -> bool:
        """Tell whether an instant is within its dates."""
        return self.begins <= now <= self.ends


def read_certificate(header: str) -> ClientCertificate | None:
    """Read a certificate as proxies send it; None where it is none.

    nginx percent-encodes the PEM, Apache writes it with spaces for lines, HAProxy sends the DER in base64,
    RFC 9440 the same between colons.
    """
    text = unquote(header[:MOST]) if "%" in header else header[:MOST]
    if text.lstrip().startswith(_BEGIN):
        text = text.partition(_BEGIN)[2].partition(_END)[0]
    try:
        der = base64.b64decode("".join(text.strip().strip(":").split()), validate=True)
        found = x509.load_der_x509_certificate(der)
        issuer, subject = found.issuer, found.subject
        begins, ends = found.not_valid_before_utc, found.not_valid_after_utc
    except (ValueError, binascii.Error):
        return None
    told = subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    serial = hashlib.sha256(issuer.public_bytes() + b"\0" + str(found.serial_number).encode()).hexdigest()
    nif = plain_nif(told[0].value) if len(told) == 1 else ""
    return ClientCertificate(hashlib.sha256(der).hexdigest(), serial, nif, begins, ends)
