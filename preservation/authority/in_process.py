# SPDX-License-Identifier: EUPL-1.2
"""The development authority as a `TimestampAuthority`, without a socket between."""

from __future__ import annotations

from typing import Protocol

from asn1crypto import tsp

from archive.clock import Clock
from archive.errors import TimestampUnavailable


class Responder(Protocol):
    """What answers a request: the development authority."""

    def respond(self, request: bytes, clock: Clock | None = None, *, deterministic: bool = False) -> bytes:
        """Answer a DER TimeStampReq with a DER TimeStampResp."""
        ...


class InProcessAuthority:
    """Asks the development authority directly."""

    name = "Autoridad de pruebas SIN VALOR LEGAL"

    def __init__(self, responder: Responder, clock: Clock, *, deterministic: bool = False) -> None:
        self._responder = responder
        self._clock = clock
        self._deterministic = deterministic

    def stamp(self, imprint: bytes, algorithm: str) -> bytes:
        """Return the DER TimeStampToken over `imprint`. Raises TimestampUnavailable."""
        request = tsp.TimeStampReq(
            {
                "version": "v1",
                "message_imprint": {
                    "hash_algorithm": {"algorithm": algorithm},
                    "hashed_message": imprint,
                },
                "cert_req": True,
            }
        ).dump()
        answer = self._responder.respond(request, self._clock, deterministic=self._deterministic)
        try:
            token: bytes = tsp.TimeStampResp.load(answer)["time_stamp_token"].dump()
        except ValueError as cause:
            raise TimestampUnavailable("The test authority refused") from cause
        return token
