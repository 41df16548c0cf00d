# SPDX-License-Identifier: EUPL-1.2
"""How machines say who they are, at every request: an API key, or a certificate that a proxy checked."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from flask import Request

from archive.errors import NotIdentified
from archive.identity import Kind, Principal
from archive.identity.accounts import Account, Accounts
from archive.identity.certificates import read_certificate
from archive.identity.keys import Keys
from archive.identity.resolving import principal_of
from archive.web.context import current_home
from archive.web.limits import spend
from archive.web.proxies import TRUSTED

WRONG_KEYS = "60/minute"
"""Keys that open nothing, from one address."""
MACHINES = ("/api/", "/csvbroker", "/preservacion/")
"""Addresses of interfaces."""


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


@dataclass(frozen=True, slots=True)
class Certificates:
    """Knows who asks by the certificate that a trusted proxy sends, with the proof of being it."""

    header: str
    proof_header: str
    proof: str

    def account(self, request: Request) -> Account | None:
        """Return whose certificate came with a request; nothing of any other origin is even read."""
        if not request.environ.get(TRUSTED):
            return None
        given = request.headers.get(self.proof_header, "")
        if not hmac.compare_digest(given.encode(), self.proof.encode()):
            return None
        certificate = read_certificate(request.headers.get(self.header, ""))
        home = current_home()
        if certificate is None or not certificate.good(home.clock.now()):
            return None
        accounts = Accounts(home)
        found = next(filter(None, map(accounts.known_by, certificate.proofs)), None)
        return None if found is None or found.closed else found

    def principal(self, request: Request) -> Principal | None:
        """Return who asks a machine's interface; people enter with it once (`/entrar/certificado`).

        A browser sends its certificate for whatever site makes it ask: what it says came from another one is
        not believed.
        """
        machines = request.path.startswith(MACHINES)
        if not machines or request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
            return None
        account = self.account(request)
        return principal_of(current_home(), account, Kind.CERTIFICATE, "certificate") if account else None
