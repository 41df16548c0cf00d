# SPDX-License-Identifier: EUPL-1.2
"""With what the renewals to come will be made: whose tokens, how long they live, what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from archive.catalog.rows import BatchRecord, Stamp
from archive.home import Home
from preservation.installation import development_authority
from preservation.renewal.ends import End, Kind, stamp_ends
from preservation.renewal.standing import CERTIFICATES, Token, later
from preservation.retirement import Retirement
from preservation.strength import Strength
from preservation.trust.store import TrustStore

SHORTEST: Final = timedelta(days=30)
"""No token to come is taken to live for less."""
UNKNOWN: Final = timedelta(days=5 * 365)
"""Life of a token of whom nobody has seen one, where no other token tells either."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A token to come."""

    authority: str
    life: timedelta
    """As long as the last token of that authority, or of any."""
    seen: bool
    """Whether that authority has given one."""
    price: str
    """Euros today; empty where the settings do not say."""

    def renewed(self, when: datetime) -> Token:
        """Return the token that a renewal of that day brings.

        What its authority signs with is taken to be good enough then.
        """
        until = later(when, self.life)
        return Token(self.authority, when, until, (End(until, Kind.UNIT, self.authority, self.authority),))


@dataclass(frozen=True, slots=True)
class Prospect:
    """What one renewal takes."""

    tokens: tuple[Expected, ...]
    """One for each authority that will be asked."""

    @property
    def cost(self) -> Decimal | None:
        """Return the euros of one renewal; None where any price is not known."""
        if any(not token.price for token in self.tokens):
            return None
        return sum((Decimal(token.price) for token in self.tokens), Decimal())


def prospect_of(
    home: Home,
    last: dict[str, BatchRecord],
    trust: TrustStore,
    strength: Strength,
    plans: tuple[Retirement, ...],
) -> Prospect:
    """Return with what the settings of today would renew.

    Args:
        home: Whose settings say which authorities are asked, and how many tokens a tree gets.
        last: The newest batch with a token of each authority.
        trust: To find the chains.
        strength: What is decided.
        plans: What is planned.
    """
    settings = home.engines.settings
    prices = {name: each.price for name, each in settings.timestamps.authorities.items()}
    names = list(prices)[: settings.evidence.tokens]
    if not names:
        names = [development_authority(home).timestamp_authority(home.clock).name]
    newest = newest_stamps(last)
    latest = max(newest.values(), key=lambda stamp: stamp.sealed_at, default=None)

    def expected(name: str) -> Expected:
        stamp = newest.get(name, latest)
        if stamp is None:
            return Expected(name, UNKNOWN, False, prices.get(name, ""))
        ends = stamp_ends(stamp, trust, strength, plans)
        until = min(end.at for end in ends if end.kind in CERTIFICATES)
        life = max(until - stamp.sealed_at, SHORTEST)
        return Expected(name, life, name in newest, prices.get(name, ""))

    return Prospect(tuple(map(expected, names)))


def newest_stamps(last: dict[str, BatchRecord]) -> dict[str, Stamp]:
    """Return the last token of each authority."""
    return {
        name: next(stamp for stamp in batch.stamps if stamp.authority == name) for name, batch in last.items()
    }
