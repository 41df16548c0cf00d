# SPDX-License-Identifier: EUPL-1.2
"""Passwords of people: hashed with Argon2id, checked at the same price whether the account is there or not.

Source: RFC 9106 4 (second recommended set of parameters); NIST SP 800-63B 5.1.1 (length, no composition).
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from archive.errors import InvalidRequest

LEAST: Final = 12
"""Characters of a password."""
MOST: Final = 256

_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
# Each takes 64 MiB for as long as it works: whoever sends many must not take the memory of the rest.
_AT_A_TIME: Final = threading.BoundedSemaphore(2)


def require_password(password: str, *, login: str = "") -> str:
    """Return a password that may be set, as it will be hashed.

    Raises:
        InvalidRequest: Shorter than `LEAST`, longer than `MOST`, one or two characters repeated, or the name.
    """
    password = _normal(password)
    if not LEAST <= len(password) <= MOST:
        raise InvalidRequest(f"a password has {LEAST} to {MOST} characters")
    if len(set(password.lower())) < 5:
        raise InvalidRequest("that password repeats the same few characters")
    if login and login.lower() in password.lower() and len(password) < len(login) + 8:
        raise InvalidRequest("that password is little more than the name of the account")
    return password


def hash_password(password: str) -> str:
    """Return what is kept of a password (PHC string)."""
    with _AT_A_TIME:
        return _HASHER.hash(_normal(password))


def same_password(kept: str, password: str) -> bool:
    """Tell whether a password is the one that was hashed; with nothing kept, work as long and say no."""
    if len(password) > MOST:
        password = ""
    try:
        with _AT_A_TIME:
            _HASHER.verify(kept or _nobodys(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept)


def outdated(kept: str) -> bool:
    """Tell whether a hash was made with older parameters: hash anew at the next entry."""
    return _HASHER.check_needs_rehash(kept)


def _normal(password: str) -> str:
    """Return the password in one form: two keyboards may write `ñ` differently."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this one")
