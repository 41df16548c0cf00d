# SPDX-License-Identifier: EUPL-1.2
"""Who stamps the evidence of an installation, as its settings say, and what several authorities gave.

Without settings it is the development authority, WITHOUT LEGAL VALUE. With them it is the first RFC 3161
service of the list that gives a good token, or the first two. The trust folder says who is believed for that
(docs/trust.md); nothing of the development authority counts there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from archive.catalog.rows import Stamp
from archive.errors import ConfigurationError, InvalidRequest, TimestampUnavailable
from archive.home import Home
from archive.settings import AuthoritySettings
from preservation.strength import STRENGTH, Strength
from preservation.timestamps import HttpTimestampAuthority, TimestampAuthority
from preservation.tokens import parse_token, verify_token
from preservation.trust.store import NOBODY, TrustStore

NOT_NAMED: Final = "the settings do not name it"
"""Why a token of an authority was not had that a policy names and nobody configured."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What came of asking several authorities to stamp one digest."""

    stamps: tuple[Stamp, ...]
    """At least one, each of another authority, in the order of preference."""
    failures: tuple[tuple[str, str], ...] = ()
    """Authorities that were asked and gave none, with the reason; nobody knows of those not asked."""


class TimestampAuthorities:
    """Whom an installation asks for time stamps, in order of preference.

    It is a `TimestampAuthority` itself: the first that gives a good token wins. Its name is that of the one
    that stamped last; before that it is all of their names.
    """

    def __init__(
        self,
        authorities: Sequence[TimestampAuthority],
        *,
        trust: TrustStore = NOBODY,
        prices: Mapping[str, str] | None = None,
    ) -> None:
        """Give the authorities in the order to ask.

        Args:
            authorities: At least one; each has a name of its own.
            trust: Tells until when a token stands: with nobody, as long as its unit's own certificate.
            prices: Euros for a token, by the authority's name.

        Raises:
            InvalidRequest: None is given, or two have one name.
        """
        if not authorities:
            raise InvalidRequest("No time-stamping authority is configured")
        self._authorities = {each.name: each for each in authorities}
        if len(self._authorities) < len(authorities):
            raise InvalidRequest("Two time-stamping authorities have one name")
        self._trust = trust
        self._prices = dict(prices or {})
        self.name = ", ".join(self._authorities)

    @staticmethod
    def of(authority: TimestampAuthority) -> TimestampAuthorities:
        """Return a list of one, unless it is a list already."""
        return authority if isinstance(authority, TimestampAuthorities) else TimestampAuthorities([authority])

    @property
    def names(self) -> tuple[str, ...]:
        """The authorities in the order to ask."""
        return tuple(self._authorities)

    def stamp(self, imprint: bytes, algorithm: str) -> bytes:
        """Return the DER TimeStampToken over `imprint` from the first that gives one.

        Raises:
            TimestampUnavailable: None did; the message holds each one's reason.
            InvalidRequest: The imprint does not fit the algorithm.
        """
        return self.stamps(imprint, algorithm).stamps[0].token

    def stamps(self, imprint: bytes, algorithm: str, *, count: int = 1, names: Sequence[str] = ()) -> Stamped:
        """Have a digest stamped by so many different authorities, each asked at most once.

        Args:
            imprint: Digest value.
            algorithm: Of the digest.
            count: How many tokens are wanted. Fewer are taken where no more are to be had.
            names: Whom to ask, in this order; empty asks all.

        Raises:
            TimestampUnavailable: None gave a token; the message holds each one's reason.
            InvalidRequest: The imprint does not fit the algorithm.
        """
        stamps: list[Stamp] = []
        failures: list[tuple[str, str]] = []
        for name in dict.fromkeys(names or self._authorities):
            if len(stamps) == count:
                break
            try:
                stamps.append(self._stamp(name, imprint, algorithm))
            except TimestampUnavailable as unavailable:
                failures.append((name, str(unavailable)))
        if not stamps:
            raise TimestampUnavailable(" · ".join(reason for _, reason in failures))
        self.name = stamps[0].authority
        return Stamped(tuple(stamps), tuple(failures))

    def close(self) -> None:
        """Let connections go."""
        for each in self._authorities.values():
            if isinstance(each, HttpTimestampAuthority):
                each.close()

    def _stamp(self, name: str, imprint: bytes, algorithm: str) -> Stamp:
        authority = self._authorities.get(name)
        if authority is None:
            raise TimestampUnavailable(f"{name}: {NOT_NAMED}")
        token = authority.stamp(imprint, algorithm)
        try:
            at = parse_token(token).gen_time
        except ValueError as problem:
            raise TimestampUnavailable(f"{authority.name} gave no time stamp: {problem}") from problem
        said = verify_token(token, imprint, algorithm, trust=self._trust, at=at)
        if not said.intact or said.gen_time is None or said.valid_until is None:
            raise TimestampUnavailable(f"{authority.name} gave a token that does not cover what it was asked")
        # an authority may itself be a list: then its name is by now that of the one that stamped
        price = self._prices.get(name, "")
        return Stamp(authority.name, said.gen_time, said.valid_until, token, price)


def configured_authorities(
    home: Home, trust: TrustStore, strength: Strength = STRENGTH
) -> list[HttpTimestampAuthority]:
    """Return the time-stamping services that the settings name, in the order to ask; none is fine.

    Args:
        home: The archive.
        trust: Whose stamps are taken.
        strength: Until when each algorithm proves something: a token that already proves nothing is none.

    Raises:
        ConfigurationError: The file of a TLS authority is not there.
    """
    named = home.engines.settings.timestamps.authorities
    return [_client(home, name, each, trust, strength) for name, each in named.items()]


def _client(
    home: Home, name: str, said: AuthoritySettings, trust: TrustStore, strength: Strength
) -> HttpTimestampAuthority:
    if said.ca_file and not Path(said.ca_file).is_file():
        raise ConfigurationError(f"timestamps.authorities.{name}.ca_file: there is no file {said.ca_file}")
    return HttpTimestampAuthority(
        said.url,
        name,
        trust,
        said.policy,
        clock=home.clock,
        strength=strength,
        timeout=said.timeout,
        login=(said.user, said.password.get_secret_value()) if said.user else None,
        ca_file=said.ca_file,
    )
