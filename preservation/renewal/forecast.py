# SPDX-License-Identifier: EUPL-1.2
"""What evidence comes due, when and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.catalog import INSTALLATION
from archive.catalog.rows import BatchRecord
from archive.clock import require_aware
from archive.findings import Finding, finding
from archive.home import Home
from preservation.evidence.lineage import Lines
from preservation.renewal.time_stamps import HORIZON


@dataclass(frozen=True, slots=True)
class Forecast:
    """Evidence that comes due on one day."""

    due_at: datetime
    """From when on it should be renewed."""
    why: Finding
    batches: tuple[str, ...]
    objects: int
    """Object versions behind them."""


def forecast(home: Home, at: datetime, *, horizon: timedelta = HORIZON) -> list[Forecast]:
    """Say what evidence comes due when, the most urgent first; what is overdue at `at` is due at `at`.

    Args:
        home: The archive.
        at: The present, aware.
        horizon: How long before a certificate's end its tokens are due.
    """
    at = require_aware(at)
    together: dict[tuple[datetime, str], list[BatchRecord]] = defaultdict(list)
    with home.catalog.reading(INSTALLATION) as tx:
        for batch in tx.live_batches():
            together[batch.valid_until, batch.authority].append(batch)
        lines = Lines(tx)
        return [
            _forecast(lines, max(at, valid_until - horizon), batches)
            for (valid_until, _), batches in sorted(together.items(), key=lambda item: item[0])
        ]


def _forecast(lines: Lines, due_at: datetime, batches: list[BatchRecord]) -> Forecast:
    objects = sum(lines.objects_behind(batch) for batch in batches)
    why = finding(
        "EVIDENCE-RENEWAL-DUE",
        authority=batches[0].authority,
        valid_until=batches[0].valid_until.date(),
        objects=objects,
    )
    return Forecast(due_at, why, tuple(batch.batch_id for batch in batches), objects)
