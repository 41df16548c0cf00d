# SPDX-License-Identifier: EUPL-1.2
"""Where to go back to after entering: an address of ours, or the first page."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit

from flask import request

RETURN: Final = "volver"
ENTER: Final = "/entrar"
_LONGEST: Final = 2000
_NOT_BACK: Final = ("/entrar", "/salir")


def own_address(told: str) -> str:
    r"""Return an address of this site as it was told, or `/` where it leads anywhere else.

    Only a path: no host, no scheme, no `//host` or `/\host`, which browsers take for one, no control
    characters, which they take away.
    """
    if not told.startswith("/") or len(told) > _LONGEST or "\\" in told or told.startswith("//"):
        return "/"
    if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in told):
        return "/"
    try:
        parts = urlsplit(told)
    except ValueError:
        return "/"
    if (
        parts.scheme
        or parts.netloc
        or any(parts.path == one or parts.path.startswith(one + "/") for one in _NOT_BACK)
    ):
        return "/"
    return told


def entering_address() -> str:
    """Return where to enter and come back to what was asked; a form that was sent is not sent again."""
    back = own_address(request.full_path.rstrip("?")) if request.method in {"GET", "HEAD"} else "/"
    return ENTER if back == "/" else f"{ENTER}?{urlencode({RETURN: back})}"
