# SPDX-License-Identifier: EUPL-1.2
"""RFC 3161 time stamps: the authority protocol, the client and its checks.

Requests are written and answers are read by hand. Whatever comes back goes through `require_token`.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import requests

from archive.clock import Clock, SystemClock, format_instant
from archive.errors import InvalidRequest, TimestampUnavailable
from preservation import der
from preservation.algorithms import DIGEST_IDS
from preservation.indications import Indication
from preservation.strength import STRENGTH, Strength
from preservation.tokens import MAX_TOKEN, parse_token, verify_token
from preservation.trust.store import TrustStore

TOLERANCE: Final = timedelta(minutes=5)
"""How far an authority's clock may be from ours."""
TIMEOUT: Final = 20.0
"""Seconds for the whole exchange."""
GRANTED: Final = frozenset({0, 1})
"""PKIStatus granted and grantedWithMods (RFC 3161 2.4.2)."""
DIGEST_SIZES: Final = {"sha256": 32, "sha384": 48, "sha512": 64, "sha3_512": 64}
"""What is ever asked to be stamped."""
_NULL: Final = der.tagged(0x05, b"")
_TRUE: Final = der.tagged(0x01, b"\xff")


class TimestampAuthority(Protocol):
    """Somebody who says that a digest existed at an instant.

    Implementations pass one conformance suite: the development authority in process, and any RFC 3161
    service over HTTP.
    """

    name: str
    """For records and accounting; shown to people."""

    def stamp(self, imprint: bytes, algorithm: str) -> bytes:
        """Return the DER TimeStampToken (a CMS ContentInfo) over `imprint`, fully checked.

        Args:
            imprint: Digest value, as long as the algorithm gives.
            algorithm: `sha256`, `sha512`, …

        Raises:
            TimestampUnavailable: No answer, a rejection, or an answer that fails any check (status,
                imprint, nonce, policy, genTime window, certificate, EKU, signature).
            InvalidRequest: The imprint does not fit the algorithm, or the algorithm is not used.
        """
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, to be held against the answer."""

    imprint: bytes
    algorithm: str
    nonce: int | None
    policy: str = ""
    """Dotted policy that the answer must have; empty accepts any."""

    def encode(self) -> bytes:
        """Return the DER TimeStampReq, asking for certificates (RFC 3161 2.4.1)."""
        # NULL where old services expect it; with SHA-3 it must be absent (RFC 9688 2)
        parameters = b"" if self.algorithm.startswith("sha3") else _NULL
        algorithm = der.sequence(der.oid(DIGEST_IDS[self.algorithm]), parameters)
        parts = [der.integer(1), der.sequence(algorithm, der.octets(self.imprint))]
        parts += [der.oid(self.policy)] if self.policy else []
        parts += [] if self.nonce is None else [der.integer(self.nonce)]
        return der.sequence(*parts, _TRUE)


def require_question(imprint: bytes, algorithm: str, *, nonce: int | None, policy: str = "") -> Question:
    """Return a question that makes sense.

    Raises:
        InvalidRequest: The imprint does not fit the algorithm, or the algorithm is not used.
    """
    if len(imprint) != DIGEST_SIZES.get(algorithm, -1):
        raise InvalidRequest(f"Not a digest to stamp: {len(imprint)} bytes as {algorithm}")
    return Question(imprint, algorithm, nonce, policy)


def require_token(
    answer: bytes,
    question: Question,
    *,
    trust: TrustStore,
    at: datetime,
    name: str,
    tolerance: timedelta = TOLERANCE,
    strength: Strength = STRENGTH,
) -> bytes:
    """Return the token of a DER TimeStampResp if it passes every check.

    Args:
        answer: What the authority sent.
        question: What it was asked.
        trust: Anchors for time stamping, certificates that may help, and what is known of revocation.
        at: Our instant of the exchange.
        name: Of the authority, for the message.
        tolerance: How far genTime may be from `at`.
        strength: Until when each algorithm proves something.

    Raises:
        TimestampUnavailable: Any check failed; the message says which.

    Source:
        RFC 3161 2.2 (what a requester shall check), 2.4.2.
    """
    try:
        token = _granted_token(answer)
        said = parse_token(token)
    except ValueError as problem:
        raise TimestampUnavailable(f"{name} gave no time stamp: {problem}") from problem
    if said.nonce != question.nonce:
        raise TimestampUnavailable(f"{name} answered another request: the nonce differs")
    if question.policy and said.policy != question.policy:
        raise TimestampUnavailable(f"{name} stamped under the policy {said.policy}, not {question.policy}")
    if abs(said.gen_time - at) > tolerance:
        raise TimestampUnavailable(
            f"{name} says it is {format_instant(said.gen_time)}; our clock says {format_instant(at)}"
        )
    # A clock slightly ahead of ours is within tolerance, so it is judged at whichever instant is later.
    verdict = verify_token(
        token,
        question.imprint,
        question.algorithm,
        trust=trust,
        at=max(at, said.gen_time),
        strength=strength,
    )
    if verdict.indication is not Indication.TOTAL_PASSED:
        raise TimestampUnavailable(
            f"{name} gave a time stamp that fails: {verdict.sub_indication}, {'; '.join(verdict.reasons)}"
        )
    return token


class HttpTimestampAuthority:
    """An RFC 3161 service over HTTP (RFC 3161 3.4). One connection pool; not for several threads at once."""

    def __init__(
        self,
        url: str,
        name: str,
        trust: TrustStore,
        policy: str = "",
        *,
        clock: Clock | None = None,
        strength: Strength = STRENGTH,
        timeout: float = TIMEOUT,
        tolerance: timedelta = TOLERANCE,
        login: tuple[str, str] | None = None,
        ca_file: str = "",
    ) -> None:
        """Give `login` as user and password (RFC 7617), `ca_file` as PEM of the authority of its TLS."""
        self.name = name
        self._url = url
        self._trust = trust
        self._policy = policy
        self._clock = clock or SystemClock()
        self._strength = strength
        self._timeout = timeout
        self._tolerance = tolerance
        self._session = requests.Session()
        self._session.auth = login
        self._session.verify = ca_file or True

    def stamp(self, imprint: bytes, algorithm: str) -> bytes:
        """Return the DER TimeStampToken over `imprint`. Raises TimestampUnavailable, InvalidRequest."""
        question = require_question(imprint, algorithm, nonce=secrets.randbits(63), policy=self._policy)
        answer = self._exchange(question.encode())
        return require_token(
            answer,
            question,
            trust=self._trust,
            at=self._clock.now(),
            name=self.name,
            tolerance=self._tolerance,
            strength=self._strength,
        )

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    def _exchange(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        deadline = time.monotonic() + self._timeout
        try:
            with self._session.post(
                self._url,
                data=body,
                headers=headers,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            ) as response:
                if response.status_code != requests.codes.ok:
                    raise TimestampUnavailable(f"{self.name} answered with status {response.status_code}")
                return self._receive(response, deadline)
        except requests.RequestException as cause:
            raise TimestampUnavailable(f"{self.name} did not answer: {type(cause).__name__}") from cause

    def _receive(self, response: requests.Response, deadline: float) -> bytes:
        received = b""
        # In small pieces: a service that drips byte after byte never trips the socket's own timeout.
        for piece in response.iter_content(1024):
            received += piece
            if len(received) > MAX_TOKEN:
                raise TimestampUnavailable(f"{self.name} sent more than a time stamp can be")
            if time.monotonic() > deadline:
                raise TimestampUnavailable(f"{self.name} took more than {self._timeout:g} s")
        return received


def _granted_token(answer: bytes) -> bytes:
    """Take the token out of a TimeStampResp, by hand: asn1crypto cannot read one without a token."""
    parts = list(der.parse(answer).children())
    if not parts or parts[0].tag != der.SEQUENCE:
        raise ValueError("not a TimeStampResp")
    status = next(parts[0].children(), None)
    if status is None or status.tag != der.INTEGER:
        raise ValueError("not a TimeStampResp")
    code = int.from_bytes(status.value, "big", signed=True)
    if code not in GRANTED:
        words = b" ".join(item.value for item in parts[0].children() if item.tag == der.SEQUENCE)
        raise ValueError(f"rejected with status {code} {words[2:200].decode('utf-8', 'replace')}".rstrip())
    if len(parts) != 2:
        raise ValueError("granted, but without a token")
    return parts[1].encoded
