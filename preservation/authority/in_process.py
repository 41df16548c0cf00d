# SPDX-License-Identifier: EUPL-1.2
"""The development authority as a `TimestampAuthority`, without a socket between."""

from __future__ import annotations

import secrets
from typing import Protocol

from archive.clock import Clock
from preservation.authority.profile import POLICY
from preservation.timestamps import require_question, require_token
from preservation.trust.store import TrustStore


class Responder(Protocol):
    """What answers a request: the development authority."""

    def respond(self, request: bytes, clock: Clock | None = None, *, deterministic: bool = False) -> bytes:
        """Answer a DER TimeStampReq with a DER TimeStampResp."""
        ...

    def anchors(self) -> tuple[bytes, ...]:
        """Return the DER certificates to trust."""
        ...


class InProcessAuthority:
    """Asks the development authority directly, and trusts its answers no more than those of a stranger."""

    name = "Autoridad de pruebas SIN VALOR LEGAL"

    def __init__(self, responder: Responder, clock: Clock, *, deterministic: bool = False) -> None:
        self._responder = responder
        self._clock = clock
        self._deterministic = deterministic
        self._trust = TrustStore(responder.anchors())

    def stamp(self, imprint: bytes, algorithm: str) -> bytes:
        """Return the DER TimeStampToken over `imprint`. Raises TimestampUnavailable, InvalidRequest."""
        nonce = None if self._deterministic else secrets.randbits(63)
        question = require_question(imprint, algorithm, nonce=nonce, policy=POLICY)
        answer = self._responder.respond(question.encode(), self._clock, deterministic=self._deterministic)
        return require_token(answer, question, trust=self._trust, at=self._clock.now(), name=self.name)
