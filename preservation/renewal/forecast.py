# SPDX-License-Identifier: EUPL-1.2
"""What evidence falls due in the coming years, why, and what renewing it will take.

The renewals that will be made are followed one after the other: each begins new tokens, whose ends begin the
next one. Nothing is renewed here, and no object is looked at: sums of batches are enough
(`archive.catalog.evidence_totals`).

Assumptions, said with every forecast (`ASSUMPTIONS`): nothing is deposited any more; a new token lives as
long as the last one of its authority; an authority changes its keys before a plan gives them up; prices stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, datetime, timedelta
from typing import Final

from archive.catalog import INSTALLATION
from archive.clock import require_aware
from archive.findings import finding
from archive.home import Home
from preservation.installation import strength as decided
from preservation.installation import trust_store
from preservation.renewal.ends import End, Kind, digest_ends
from preservation.renewal.falls import Fall, Work
from preservation.renewal.prospect import Prospect, prospect_of
from preservation.renewal.standing import Holding, holdings_of, later
from preservation.retirement import PLANNED, Retirement, successor
from preservation.strength import Strength
from preservation.trust.store import TrustStore

YEARS: Final = 20
"""How far a forecast looks where nobody says."""
MAX_YEARS: Final = 100
MAX_STEPS: Final = 2_000
"""Renewals followed: units that live for a month would fill a century with them."""
WITH_DIGESTS: Final = frozenset({"sha256", "sha512"})
"""Digests that the catalogue holds of every file: a tree over them reads no document."""

ASSUMPTIONS: Final = (
    finding("FORECAST-NO-DEPOSITS"),
    finding("FORECAST-TOKEN-LIFE"),
    finding("FORECAST-KEYS-CHANGE"),
    finding("FORECAST-PRICES"),
)
"""What is taken for granted."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What comes."""

    at: datetime
    until: datetime
    falls: tuple[Fall, ...]
    """What is lost or overdue first, then by day."""
    records: int
    """Evidence records that stand today."""
    prospect: Prospect
    """What a renewal will be made with."""


def forecast(
    home: Home,
    at: datetime,
    *,
    years: int = YEARS,
    tenant_id: str | None = None,
    trust: TrustStore | None = None,
    plans: Sequence[Retirement] = PLANNED,
) -> Forecast:
    """Say what falls due from `at` on, why, and what it takes.

    Args:
        home: The archive.
        at: The present, aware.
        years: How far to look, 1 to `MAX_YEARS`.
        tenant_id: Only the records of this tenant; the time stamps that renew them are those of everybody.
        trust: To find the chains of the tokens; the installation's own where None.
        plans: What is planned against algorithms.

    Limits:
        At most `MAX_STEPS` renewals are followed. As many steps as there are live batches, and renewals to
        come; memory does not grow with the archive.
    """
    at = require_aware(at)
    table = decided(home)
    believed = trust_store(home, home.clock.now()) if trust is None else trust
    with home.catalog.reading(INSTALLATION) as tx:
        standing, last, size = tx.standing(tenant_id), tx.last_stamps(), tx.bytes_of(tenant_id)
    before = timedelta(days=home.engines.settings.evidence.renew_before)
    rules = tuple(plans)
    prospect = prospect_of(home, last, believed, table, rules)
    holdings = holdings_of(standing, believed, table, rules, before)
    until = _years_later(at, min(max(years, 1), MAX_YEARS))
    records = sum(each.records for each in holdings)
    course = Course(at, until, prospect, table, rules, before, size, records)
    falls = [*course.lost(holdings), *course.warned(holdings), *course.renewals(holdings)]
    falls.sort(key=lambda fall: (not fall.overdue, fall.due_at))
    return Forecast(at, until, tuple(falls), records, prospect)


@dataclass(slots=True)
class Course:
    """Follows the renewals of one forecast."""

    at: datetime
    until: datetime
    prospect: Prospect
    strength: Strength
    plans: tuple[Retirement, ...]
    before: timedelta
    size: int
    """Bytes of all files."""
    records: int
    _steps: int = field(default=0)

    def lost(self, holdings: list[Holding]) -> Iterator[Fall]:
        """Tell what ended already: renewing it would prove nothing. Takes it out of the list."""
        for each in [one for one in holdings if one.is_lost(self.at)]:
            holdings.remove(each)
            ended = tuple(end for end in each.ends() if end.at <= self.at and not end.planned)
            yield Fall(
                min(end.at for end in ended), Work.LOST, ended, each.records, each.batches, overdue=True
            )

    def warned(self, holdings: list[Holding]) -> Iterator[Fall]:
        """Tell of each authority what is planned against that with which it signs: no renewal betters it."""
        warned: dict[str, dict[End, None]] = {}
        behind: dict[str, list[Holding]] = {}
        for holding in holdings:
            for token in holding.tokens:
                planned = [end for end in token.helpless if end.at < self.until]
                if planned:
                    warned.setdefault(token.authority, {}).update(dict.fromkeys(planned))
                    behind.setdefault(token.authority, []).append(holding)
        for authority, ends in warned.items():
            why = tuple(sorted(ends, key=lambda end: (end.at, end.what)))
            records = sum(each.records for each in behind[authority])
            batches = sum(each.batches for each in behind[authority])
            yield Fall(why[0].at, Work.ADVICE, why, records, batches, overdue=why[0].at <= self.at)

    def renewals(self, holdings: list[Holding]) -> Iterator[Fall]:
        """Follow the renewals, each of everything that is due on its day."""
        while holdings and self._steps < MAX_STEPS:
            self._steps += 1
            due = min(each.due_at() for each in holdings)
            when = max(due, self.at)
            if when >= self.until:
                return
            taken = [each for each in holdings if each.due_at() <= later(when, timedelta(days=1))]
            holdings[:] = [each for each in holdings if each not in taken]
            for algorithm in sorted({each.algorithm for each in taken}):
                together = [each for each in taken if each.algorithm == algorithm]
                fall, renewed = self._renewal(together, algorithm, when)
                yield fall
                if renewed is not None:
                    holdings.append(renewed)

    def _renewal(self, taken: list[Holding], algorithm: str, when: datetime) -> tuple[Fall, Holding | None]:
        why = _reasons(taken, when)
        records, batches = sum(each.records for each in taken), sum(each.batches for each in taken)
        due = min(each.due_at() for each in taken)
        overdue = due < self.at
        to = algorithm
        if any(end.kind is Kind.DIGEST for end in why):
            to = successor(algorithm, max(end.at for end in why), self.strength, self.plans)
            if not to:  # nothing is left to go to
                return Fall(due, Work.LOST, why, records, batches, overdue=overdue), None
        tokens = [token.renewed(when) for token in self.prospect.tokens]
        fall = Fall(
            due,
            Work.TIME_STAMPS if to == algorithm else Work.HASH_TREES,
            why,
            records,
            batches,
            overdue=overdue,
            to=to,
            authorities=tuple(token.authority for token in tokens),
            cost=self.prospect.cost,
            bytes=0 if to == algorithm or to in WITH_DIGESTS else self._share(records),
        )
        digest = tuple(digest_ends(to, self.strength, self.plans))
        return fall, Holding(to, tuple(tokens), records, 1, digest, self.before)

    def _share(self, records: int) -> int:
        return self.size if records >= self.records else self.size * records // self.records


def _reasons(taken: Sequence[Holding], when: datetime) -> tuple[End, ...]:
    """Return what makes these due, each once, the soonest first."""
    found = [end for each in taken for end in each.reasons(when)]
    return tuple(sorted(dict.fromkeys(found), key=lambda end: (end.at, end.kind, end.what)))


def _years_later(at: datetime, years: int) -> datetime:
    year = min(at.year + years, MAXYEAR)
    try:
        return at.replace(year=year)
    except ValueError:  # 29 February
        return at.replace(year=year, day=28)
