# SPDX-License-Identifier: EUPL-1.2
"""How machines say who they are, at every request: an API key, or a certificate that a proxy checked."""

from __future__ import annotations

from flask import Request

from archive.errors import NotIdentified
from archive.identity import Principal
from archive.identity.keys import Keys
from archive.web.context import current_home
from archive.web.limits import spend

WRONG_KEYS = "30/minute"
"""Keys that open nothing, from one address."""


def key_principal(request: Request) -> Principal | None:
    """Return whose key is in `Authorization: Bearer lgv_…`.

    Raises:
        NotIdentified: There is one, and it opens nothing: wrong, ended or revoked, which is not told apart.
        TooManyRequests: Too many of those came from this address.
    """
    told = request.headers.get("Authorization", "")
    scheme, _, text = told.partition(" ")
    if scheme.lower() != "bearer":
        return None
    key = Keys(current_home()).opened_by(text.strip())
    if key is None:
        spend("wrong-keys", WRONG_KEYS)
        raise NotIdentified("this key opens nothing: it is wrong, ended or revoked")
    return key.principal
