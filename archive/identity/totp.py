# SPDX-License-Identifier: EUPL-1.2
"""One-time codes of six digits from a telephone, as a second proof.

The secret is kept sealed with the installation's own (archive.identity.secret): neither a copy of the store
nor one of the catalogue can make codes. Source: RFC 6238, with the parameters that every application knows.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP: Final = 30
"""Seconds of a code."""
DIGITS: Final = 6
_BYTES: Final = 20  # RFC 4226 4, R6: 160 bits


def new_secret() -> bytes:
    """Return a secret to share with a telephone."""
    return secrets.token_bytes(_BYTES)


def seal(secret: bytes, key: bytes) -> str:
    """Return a secret as it is kept. `key`: 32 bytes of the installation's."""
    return Fernet(base64.urlsafe_b64encode(key)).encrypt(secret).decode()


def unseal(sealed: str, key: bytes) -> bytes | None:
    """Return what `seal` was given; None where the installation's secret is another one by now."""
    try:
        return Fernet(base64.urlsafe_b64encode(key)).decrypt(sealed.encode())
    except InvalidToken:
        return None


def address(secret: bytes, account: str, issuer: str) -> str:
    """Return the `otpauth:` address that a telephone reads from a QR."""
    label = f"{quote(issuer)}:{quote(account)}"
    return f"otpauth://totp/{label}?secret={spelled(secret)}&issuer={quote(issuer)}"


def spelled(secret: bytes) -> str:
    """Return a secret in letters, for who cannot read a QR."""
    return base64.b32encode(secret).decode().rstrip("=")


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """Return the step of time whose code this is, None where it is none of now.

    Args:
        secret: Shared with the telephone.
        code: As typed; spaces are of no account.
        now: The instant; the step before and the one after are good too (RFC 6238 5.2).

    Returns:
        The number of the step: whoever is asked must take each only once.
    """
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    found = None
    for offset in (0, -1, 1):
        at = now + timedelta(seconds=STEP * offset)
        if hmac.compare_digest(code_at(secret, at), typed) and found is None:
            found = int(at.timestamp()) // STEP
    return found


def code_at(secret: bytes, at: datetime) -> str:
    """Return the code of an instant."""
    return TOTP(secret, DIGITS, SHA1(), STEP).generate(int(at.timestamp())).decode()  # noqa: S303 - RFC 6238 1.2
