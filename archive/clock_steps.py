# SPDX-License-Identifier: EUPL-1.2
"""Where the clock went back: an event of a ledger that says that it happened before the one that it follows.

The order of a ledger is its chain, never its instants, so nothing breaks; but what the instants say of the
time between is worth less, and an archive that is asked in thirty years should know it. The work goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from archive.clock import format_instant
from archive.model import LedgerEvent

TOLERANCE: Final = timedelta(minutes=5)
"""Less is what keeping clocks on official time does to them (RD 4/2010 art. 15)."""


@dataclass(frozen=True, slots=True)
class ClockStep:
    """One time that the clock was set back."""

    tenant_id: str
    sequence: int
    """Of the event that says the earlier instant."""
    before: datetime
    """The latest instant that the ledger had told."""
    after: datetime

    def __str__(self) -> str:
        return f"event {self.sequence} says {format_instant(self.after)}, after {format_instant(self.before)}"


def clock_steps(events: Iterable[LedgerEvent], *, latest: datetime | None = None) -> Iterator[ClockStep]:
    """Yield each step back in the events of one tenant, in constant memory.

    A clock that stays behind is told once: what follows is held to where it was set. One that was ahead for
    a while is told when it is put right, for until then nobody can know.

    Args:
        events: In the order of the chain.
        latest: Instant of the event before the first one.
    """
    for event in events:
        if latest is not None and event.at < latest - TOLERANCE:
            yield ClockStep(event.tenant_id, event.sequence, latest, event.at)
            latest = event.at
        latest = event.at if latest is None else max(latest, event.at)
