# SPDX-License-Identifier: EUPL-1.2
"""Certificates, lists and answers in files as operators have them: PEM (RFC 7468) or DER."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from asn1crypto import crl, ocsp

from archive.errors import ConfigurationError
from preservation.trust.certificates import UNREADABLE, load

MAX_FILE: Final = 64 << 20
"""Bytes of one file of a trust folder; the largest Spanish CRL has some ten million."""
_PEM: Final = re.compile(
    rb"-----BEGIN (?:TRUSTED |X509 )?(CERTIFICATE|CRL|OCSP RESPONSE)-----(.*?)-----END ", re.DOTALL
)


def items_in(data: bytes) -> list[bytes]:
    """Return the DER of everything in PEM armour; the data itself where there is no armour."""
    found = []
    for match in _PEM.finditer(data):
        try:
            found.append(base64.b64decode(b"".join(match[2].split()), validate=True))
        except ValueError:
            continue
    return found or [data]


def read_trust_file(path: Path) -> bytes:
    """Read one file that an operator named.

    Raises:
        ConfigurationError: It is absent, cannot be read, or is bigger than `MAX_FILE`.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise ConfigurationError(f"the trust file is too big: {path}")
        return path.read_bytes()
    except OSError as cause:
        raise ConfigurationError(f"the trust file cannot be read: {path}: {cause.strerror}") from cause


def certificates_of(items: Sequence[bytes]) -> list[bytes]:
    """Return those that are certificates."""
    return [each for each in items if load(each) is not None]


def is_list(der: bytes) -> bool:
    """Tell whether it reads as a certificate revocation list."""
    try:
        body = crl.CertificateList.load(der, strict=True)["tbs_cert_list"]
        return body["this_update"].native is not None
    except UNREADABLE:
        return False


def is_answer(der: bytes) -> bool:
    """Tell whether it reads as a successful OCSP answer."""
    try:
        return bool(ocsp.OCSPResponse.load(der, strict=True)["response_status"].native == "successful")
    except UNREADABLE:
        return False
