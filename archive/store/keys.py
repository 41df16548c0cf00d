# SPDX-License-Identifier: EUPL-1.2
"""What a key may look like: the same answer from every store."""

from __future__ import annotations

import re
from typing import Final

from archive.errors import InvalidRequest

RESERVED: Final = ".pending"
"""First part that no key may have: where the folder store keeps writes that are under way."""
MAX_KEY: Final = 1024
"""Bytes in UTF-8: what S3 takes, so that a folder can always move there."""
_MAX_NAME: Final = 255
_UNWANTED: Final = re.compile(r"[\x00-\x1f\x7f\\]")


def check_key(key: str) -> str:
    """Return `key` if it is a relative path without tricks.

    Raises:
        InvalidRequest: Empty, absolute, with empty, `.` or `..` parts, with NUL, control characters or a
            backslash, under the reserved folder, not UTF-8, or too long.
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError as cause:
        raise InvalidRequest(f"a key that UTF-8 cannot write: {key[:80]!r}") from cause
    if size > MAX_KEY:
        raise InvalidRequest(f"a key longer than {MAX_KEY} bytes: {key[:80]!r}…")
    parts = key.split("/")
    if _UNWANTED.search(key) or parts[0] == RESERVED:
        raise InvalidRequest(f"a key with control characters, a backslash or a reserved name: {key!r}")
    for part in parts:
        if part in {"", ".", ".."}:
            raise InvalidRequest(f"a key that is empty, absolute or climbs: {key!r}")
        if len(part) * 4 > _MAX_NAME and len(part.encode()) > _MAX_NAME:
            raise InvalidRequest(f"a key with a name longer than {_MAX_NAME} bytes: {key[:80]!r}…")
    return key


def check_prefix(prefix: str) -> str:
    """Return `prefix` if it is empty or a folder that ends in `/`.

    Raises:
        InvalidRequest: It is neither.
    """
    if prefix:
        if not prefix.endswith("/"):
            raise InvalidRequest(f"a prefix is a folder and ends in a slash: {prefix!r}")
        check_key(prefix[:-1])
    return prefix
