# SPDX-License-Identifier: EUPL-1.2
"""Made-up providers of time stamps: a root, authorities below it, units in turn. NO LEGAL VALUE.

Each knows nothing of the others: another root, other keys, another address on the loopback. A provider can be
out of service for some days, and its authorities' keys can be stolen: its root then revokes them and it
stamps no more.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from archive.clock import Clock
from archive.errors import InvalidRequest
from demo.simulation.scenario import AuthorityPlan, Unit
from preservation.authority import certificates, revocation, tsa
from preservation.authority.folder import KeyPair, Revoked
from preservation.authority.service import listen

KEY_BITS: Final = 3072
_HASHES: Final[dict[str, hashes.SHA256 | hashes.SHA512]] = {
    "sha256": hashes.SHA256(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class _Issued:
    """A unit with the authority that vouches for it."""

    plan: Unit
    pair: KeyPair
    authority: KeyPair


class Provider:
    """One provider of time stamps, at the instant of the clock that it was given."""

    def __init__(self, plan: AuthorityPlan, clock: Clock) -> None:
        self.plan = plan
        self.clock = clock
        self.url = ""
        """Where it answers, while it is `served`."""
        self.on_request: Callable[[], None] | None = None
        """Called before an answer is given: whoever asks may be killed in that moment."""
        self._away: tuple[datetime, datetime] | None = None
        self._compromised: datetime | None = None
        title = plan.title.upper()
        self._root = _pair(f"AC RAIZ {title}", plan, _authority(None))
        self._authorities = {
            digest: _pair(f"AC {title} {digest.upper()}", plan, _authority(0), self._root, digest)
            for digest in dict.fromkeys(unit.digest for unit in plan.units)
        }
        self._units = [
            _Issued(unit, self._unit(number, unit), self._authorities[unit.digest])
            for number, unit in enumerate(plan.units, 1)
        ]

    @property
    def root(self) -> bytes:
        """The certificate to trust, DER."""
        return _der(self._root)

    @property
    def authorities(self) -> tuple[bytes, ...]:
        """DER of the certificates between the root and the units."""
        return tuple(_der(each) for each in self._authorities.values())

    def respond(self, request: bytes) -> bytes:
        """Answer a TimeStampReq: with a token of the newest unit in service, or with a rejection."""
        if self.on_request is not None:
            self.on_request()
        unit = self._serving()
        if unit is None:
            return tsa.rejection(tsa.TIME_NOT_AVAILABLE, "out of service")
        at, above = self.clock.now(), (_der(unit.authority),)
        return tsa.respond(request, unit.pair, above, at, digest=unit.plan.digest)

    @property
    def answers(self) -> bool:
        """Whether who asks now is given a token."""
        return self._serving() is not None

    @property
    def stamps(self) -> bool:
        """Whether it is in business: some unit of it has begun, and nobody has stolen its keys."""
        begun = any(unit.window.start <= self.clock.now() for unit in self.plan.units)
        return begun and self._compromised is None

    def away(self, since: datetime, until: datetime) -> None:
        """Be out of service for some time."""
        self._away = (since, until)

    def compromise(self, at: datetime) -> None:
        """Have the keys of its authorities stolen: the root revokes them (RFC 5280 5.3.1)."""
        self._compromised = at

    def lists(self) -> tuple[bytes, ...]:
        """Return the revocation lists of the root and of each authority, DER, as published now."""
        at = self.clock.now()
        stolen: dict[int, Revoked] = {}
        if self._compromised is not None:
            stolen = {
                each.certificate.serial_number: Revoked(self._compromised, "keyCompromise")
                for each in self._authorities.values()
            }
        below = (revocation.revocation_list(each, {}, at) for each in self._authorities.values())
        return (revocation.revocation_list(self._root, stolen, at), *below)

    def ocsp_respond(self, request: bytes) -> bytes:  # noqa: ARG002 - the shape of what is served
        """Answer no OCSPRequest: lists tell all."""
        raise InvalidRequest("this provider answers no OCSP")

    def revocation_list(self, issuer: str) -> bytes:
        """Return the list of the `root`, or of the authority that signs with a digest."""
        names = ("root", *self._authorities)
        if issuer not in names:
            raise InvalidRequest(f"no list of {issuer}")
        return self.lists()[names.index(issuer)]

    def _serving(self) -> _Issued | None:
        at = self.clock.now()
        if self._compromised is not None or (self._away and self._away[0] <= at < self._away[1]):
            return None
        serving = [each for each in self._units if each.plan.window.holds(at)]
        return serving[-1] if serving else None

    def _unit(self, number: int, unit: Unit) -> KeyPair:
        key = certificates.new_key(KEY_BITS)
        above = self._authorities[unit.digest]
        name = certificates.service_name(f"TSU {number} {self.plan.title.upper()}")
        made = certificates.certificate(
            name, key, unit.window, certificates.tsa_extensions(),
            issuer=above.certificate, issuer_key=above.key, digest=_HASHES[unit.digest],
        )  # fmt: skip
        return KeyPair(made, key)


@contextmanager
def served(providers: Sequence[Provider]) -> Iterator[None]:
    """Let each provider answer on a loopback address of its own, for as long as the block lasts."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with ExitStack() as open_servers:
        for provider in providers:
            server = listen(provider, "127.0.0.1", 0)
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            open_servers.callback(server.server_close)
            open_servers.callback(thread.join)
            open_servers.callback(server.shutdown)
            provider.url = f"http://127.0.0.1:{server.server_port}/tsa"
        yield


def _authority(depth: int | None) -> list[tuple[x509.ExtensionType, bool]]:
    return certificates.authority_extensions(depth)


def _pair(
    name: str,
    plan: AuthorityPlan,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
    above: KeyPair | None = None,
    digest: str = "sha512",
) -> KeyPair:
    key = certificates.new_key(KEY_BITS)
    made = certificates.certificate(
        certificates.service_name(name), key, plan.window, extensions,
        issuer=above.certificate if above else None, issuer_key=above.key if above else None,
        digest=_HASHES[digest],
    )  # fmt: skip
    return KeyPair(made, key)


def _der(pair: KeyPair) -> bytes:
    return pair.certificate.public_bytes(Encoding.DER)
