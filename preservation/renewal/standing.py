# SPDX-License-Identifier: EUPL-1.2
"""Evidence that stands, as a forecast sees it: its tokens, what they stand on, when it must be renewed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from archive.catalog.evidence_totals import Standing
from archive.catalog.rows import Stamp
from preservation.renewal.ends import End, Kind, digest_ends, due_from, stamp_ends
from preservation.retirement import Retirement
from preservation.strength import Strength
from preservation.trust.store import TrustStore

CERTIFICATES: Final = frozenset({Kind.UNIT, Kind.AUTHORITY})
_SAME_DAY: Final = timedelta(days=1)


END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)


def later(instant: datetime, delta: timedelta) -> datetime:
    """Return an instant so much later, or the last one of the calendar."""
    return instant + delta if delta < END_OF_TIME - instant else END_OF_TIME


@dataclass(frozen=True, slots=True)
class Token:
    """One token, of today or to come."""

    authority: str
    since: datetime
    until: datetime
    """First end of a certificate."""
    ends: tuple[End, ...]
    """What makes it due, the soonest first."""
    helpless: tuple[End, ...] = ()
    """Planned ends of what it is signed with: a new token would not better them, the authority must."""

    def due(self, before: timedelta) -> Iterator[tuple[datetime, End]]:
        """Yield from when on each end makes it due."""
        for end in self.ends:
            instant = due_from(end, self.since, before)
            if instant is not None:
                yield instant, end

    def has_ended(self, at: datetime) -> bool:
        """Tell whether nothing can cover it any more."""
        return any(end.at <= at and not end.planned for end in self.ends)


@dataclass(frozen=True, slots=True, eq=False)
class Holding:
    """Evidence that is renewed together: trees on one digest whose tokens end on the same days."""

    algorithm: str
    tokens: tuple[Token, ...]
    records: int
    batches: int
    digest: tuple[End, ...]
    """End of the digest, where it has one."""
    before: timedelta
    """How long before an end the settings want it renewed."""

    def ends(self) -> Iterator[End]:
        """Yield everything that makes it due."""
        yield from self.digest
        for token in self.tokens:
            yield from token.ends

    def due_at(self) -> datetime:
        """Return from when on it should be renewed: the first of its ends counts."""
        return min(instant for instant, _ in self._due())

    def reasons(self, when: datetime) -> Iterator[End]:
        """Yield the ends for which it is due by the end of a day."""
        yield from (end for instant, end in self._due() if instant <= later(when, _SAME_DAY))

    def _due(self) -> Iterator[tuple[datetime, End]]:
        yield from ((end.at - self.before, end) for end in self.digest)
        for token in self.tokens:
            yield from token.due(self.before)

    def is_lost(self, at: datetime) -> bool:
        """Tell whether it proves nothing any more: renewing it then would only look like it."""
        fallen = any(end.at <= at and not end.planned for end in self.digest)
        return fallen or all(token.has_ended(at) for token in self.tokens)


def holdings_of(
    standing: Sequence[Standing],
    trust: TrustStore,
    strength: Strength,
    plans: tuple[Retirement, ...],
    before: timedelta,
) -> list[Holding]:
    """Return what stands, ready to be followed.

    Args:
        standing: Sums of live batches.
        trust: To find the chains.
        strength: What is decided.
        plans: What is planned.
        before: How long before an end the settings want evidence renewed.
    """

    def token(stamp: Stamp) -> Token:
        ends = stamp_ends(stamp, trust, strength, plans)
        until = min(end.at for end in ends if end.kind in CERTIFICATES)
        planned = tuple(each for each in ends if each.planned)
        due = tuple(each for each in ends if not each.planned)
        return Token(stamp.authority, stamp.sealed_at, until, due, planned)

    return [
        Holding(
            each.sample.algorithm,
            tuple(token(stamp) for stamp in each.sample.stamps),
            each.records,
            each.batches,
            tuple(digest_ends(each.sample.algorithm, strength, plans)),
            before,
        )
        for each in standing
    ]
