# SPDX-License-Identifier: EUPL-1.2
"""Time-stamping authorities to order: whose unit and certification authority end when a test says, or that fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from asn1crypto import tsp
from certificates_to_order import BORN, ENDED, Party, authority, party
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from archive.clock import Clock
from archive.errors import TimestampUnavailable
from preservation.authority.folder import KeyPair
from preservation.authority.tsa import respond
from preservation.timestamps import Question, TimestampAuthority


class CountedAuthority:
    """An authority under its own name or another: counts how often it was asked, and may be down."""

    def __init__(self, inner: TimestampAuthority, name: str = "", *, down: bool = False) -> None:
        self.name, self.down, self.tokens, self._inner = name or inner.name, down, 0, inner

    def stamp(self, imprint: bytes, algorithm: str) -> bytes:
        """Count, and answer unless down."""
        self.tokens += 1
        if self.down:
            raise TimestampUnavailable(f"{self.name} is down")
        return self._inner.stamp(imprint, algorithm)


@cache
def rsa_key(bits: int, number: int = 0) -> rsa.RSAPrivateKey:
    """Return a key of that size, the same for the same number: making one takes long."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@dataclass
class OrderedAuthority:
    """An authority in process, at a clock of the test's."""

    name: str
    clock: Clock
    root: Party
    between: Party
    unit: Party
    digest: str = "sha256"
    """With which it signs."""

    def stamp(self, imprint: bytes, algorithm: str) -> bytes:
        """Return a token over `imprint`."""
        question = Question(imprint, algorithm, 1).encode()
        pair = KeyPair(self.unit.certificate, self.unit.key)
        answer = respond(question, pair, (self.between.der,), self.clock.now(), digest=self.digest)
        token: bytes = tsp.TimeStampResp.load(answer)["time_stamp_token"].dump()
        return token


def stamping_authority(
    name: str,
    clock: Clock,
    *,
    unit_until: datetime = ENDED,
    between_until: datetime = ENDED,
    since: datetime = BORN,
    bits: int = 3072,
    digest: str = "sha256",
) -> OrderedAuthority:
    """Make an authority with a root, an authority below it and a unit, each with its end.

    It and whoever certifies it sign with `digest`: `sha256` or `sha512`.
    """
    signed = hashes.SHA512() if digest == "sha512" else hashes.SHA256()
    root = authority(f"Raíz de {name}", until=datetime(2090, 1, 1, tzinfo=BORN.tzinfo))
    between = authority(f"Autoridad de {name}", root, until=between_until, digest=signed)
    unit = party(
        f"Unidad de {name}",
        between,
        key=rsa_key(bits),
        since=since,
        until=unit_until,
        digest=signed,
        extensions=[(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)],
    )
    return OrderedAuthority(name, clock, root, between, unit, digest)
