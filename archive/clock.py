# SPDX-License-Identifier: EUPL-1.2
"""The one source of time: injected, read once per operation, always aware and UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the instant. Implementations: `SystemClock`, `FixedClock`."""

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""
        ...


class SystemClock:
    """The machine's clock, which the operator keeps on official time (RD 4/2010 art. 15)."""

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands where it is put: for simulations, tests and `--at`."""

    def __init__(self, instant: datetime) -> None:
        self.instant = require_aware(instant)

    def now(self) -> datetime:
        """Return the instant it was put at."""
        return self.instant


def require_aware(instant: datetime) -> datetime:
    """Return `instant` in UTC.

    Raises:
        ValueError: The instant has no zone; guessing one would falsify a record.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant without zone")
    return instant.astimezone(UTC)


def assume_utc(instant: datetime) -> datetime:
    """Return `instant` in UTC; one without zone is taken for UTC, where a norm says that it must be.

    Raises:
        TypeError: No instant of this calendar, such as what asn1crypto gives for the year 0.
    """
    if not isinstance(instant, datetime):
        raise TypeError("out of the calendar")
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def format_instant(instant: datetime) -> str:
    """Write an instant as `2026-11-21T10:15:00Z`, or with microseconds where it has them."""
    return require_aware(instant).isoformat().replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """Read what `format_instant` writes: `parse_instant(format_instant(t)) == t`.

    A bare date (`2031-06-01`) is taken as its midnight UTC, for `--at` on the command line.

    Raises:
        ValueError: Not ISO 8601, a time without zone, or one that in UTC falls out of the calendar.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None and len(text) == len("2031-06-01"):
        return instant.replace(tzinfo=UTC)
    try:
        return require_aware(instant)
    except OverflowError as cause:
        raise ValueError("out of the calendar") from cause
