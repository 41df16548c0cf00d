# SPDX-License-Identifier: EUPL-1.2
"""Terms: from when until when one mechanism protected something, and when nothing did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

from archive.catalog.rows import BatchRecord, Stamp
from archive.clock import format_instant
from preservation.strength import Algorithm, Strength


class Lack(StrEnum):
    """Why nothing protected something."""

    UNSEALED = "unsealed"
    """It was kept and had no time stamp yet."""
    ENDED = "ended"
    """What protected it had ended and was not renewed in time."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whom somebody asks about; open where None."""

    since: datetime | None = None
    until: datetime | None = None

    def meets(self, since: datetime, until: datetime | None) -> bool:
        """Tell whether a term has an instant in common with it; `until` is the first instant outside."""
        begins_before = self.until is None or since < self.until
        return begins_before and (self.since is None or until is None or until > self.since)


@dataclass(frozen=True, slots=True)
class Span:
    """One mechanism: a hash tree under the time stamps of one instant."""

    batch_id: str
    kind: str
    """`seal`, `renewal` or `tree-renewal`."""
    algorithm: str
    stamps: tuple[Stamp, ...]
    since: datetime
    ends: datetime
    """When the last of its time stamps, or its digest, proves nothing any more."""
    renewed_at: datetime | None
    """When the next mechanism took over; None where none has."""
    policy: int
    """Version of the tenant's sealing policy that was in force at `since`; 0: the settings."""

    @property
    def until(self) -> datetime:
        """Return the first instant at which it protected no longer by itself."""
        return self.ends if self.renewed_at is None else min(self.ends, self.renewed_at)

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        return {
            "batch": self.batch_id,
            "mechanism": self.kind,
            "algorithm": self.algorithm,
            "tokens": [
                {
                    "authority": stamp.authority,
                    "stamped_at": format_instant(stamp.sealed_at),
                    "valid_until": format_instant(stamp.valid_until),
                }
                for stamp in self.stamps
            ],
            "since": format_instant(self.since),
            "ends": format_instant(self.ends),
            "renewed_at": None if self.renewed_at is None else format_instant(self.renewed_at),
            "policy": self.policy,
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """A term in which nothing protected it."""

    since: datetime
    until: datetime | None
    """None where it lasts."""
    lack: Lack

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        until = None if self.until is None else format_instant(self.until)
        return {"since": format_instant(self.since), "until": until, "lack": self.lack}


def span_of(batch: BatchRecord, renewed_at: datetime | None, strength: Strength, policy: int = 0) -> Span:
    """Return the term of a batch.

    Args:
        batch: With its tokens: it protects as long as one of them does.
        renewed_at: When the next one took over.
        strength: Until when its digest proves something.
        policy: Version of the sealing policy in force.
    """
    ends = max(stamp.valid_until for stamp in batch.stamps)
    weak = strength.weak_since(Algorithm(batch.algorithm))
    if weak is not None:
        ends = min(ends, weak)
    return Span(
        batch.batch_id, batch.kind, batch.algorithm, batch.stamps, batch.sealed_at, ends, renewed_at, policy
    )


def gaps_in(kept_at: datetime, spans: Sequence[Span], at: datetime) -> Iterator[Gap]:
    """Yield the terms in which nothing protected a thing, oldest first.

    Args:
        kept_at: Since when it is here.
        spans: What protected it, oldest first.
        at: The present.
    """
    if not spans:
        yield Gap(kept_at, None, Lack.UNSEALED)
        return
    if kept_at < spans[0].since:
        yield Gap(kept_at, spans[0].since, Lack.UNSEALED)
    for before, after in pairwise(spans):
        if before.ends < after.since:
            yield Gap(before.ends, after.since, Lack.ENDED)
    if spans[-1].ends <= at:
        yield Gap(spans[-1].ends, None, Lack.ENDED)
