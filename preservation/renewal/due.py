# SPDX-License-Identifier: EUPL-1.2
"""What evidence is due for renewal now, why, and of which kind.

A token is due before the first certificate of its chain ends, or an algorithm that it is signed with falls:
time-stamp renewal. A tree is due before its digest falls: hash-tree renewal, which no new token replaces.

Whoever renews every day must not pay every day. So a token that was young when its end was already near is
due no earlier than half-way to that end; and of a mere plan against the algorithms of a signature nothing
follows, since its authority may go on signing with them: the forecast warns of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from archive.catalog import INSTALLATION
from archive.catalog.rows import BatchRecord
from archive.clock import require_aware
from archive.home import Home
from preservation.renewal.ends import End, Kind, due_from, ends_of
from preservation.retirement import PLANNED, Retirement
from preservation.strength import STRENGTH, Strength
from preservation.trust.store import TrustStore

HORIZON: Final = timedelta(days=365)
"""How long before its end evidence is due, unless the settings say otherwise (`evidence.renew_before`)."""

NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Way(StrEnum):
    """The kinds of renewal."""

    TIME_STAMP = "time-stamp"
    """A new token over the old ones (RFC 4998 5.2)."""
    HASH_TREE = "hash-tree"
    """A new tree over documents and old records, under another digest (RFC 4998 5.2)."""


@dataclass(frozen=True, slots=True)
class Due:
    """A live batch that is due."""

    batch: BatchRecord
    way: Way
    why: End | None
    """What ends first of that which makes it due; None where it is renewed because somebody wants it."""


def due_now(
    home: Home,
    at: datetime,
    trust: TrustStore,
    *,
    strength: Strength = STRENGTH,
    horizon: timedelta = HORIZON,
    force: bool = False,
    plans: Sequence[Retirement] = PLANNED,
) -> list[Due]:
    """Return what is due at an instant, the first to end first.

    Args:
        home: The archive.
        at: The instant, aware.
        trust: To find the chains of tokens.
        strength: What is decided of algorithms.
        horizon: How far ahead to look.
        force: Every live batch, those that are not due by time stamp.
        plans: What is planned against algorithms.
    """
    at = require_aware(at)
    with home.catalog.reading(INSTALLATION) as tx:
        live = tx.live_batches()
    found = []
    for batch in live:
        due = [end for end in ends_of(batch, trust, strength, plans) if _from(end, batch, horizon) <= at]
        tree = next((end for end in due if end.kind is Kind.DIGEST), None)
        if tree is not None:
            found.append(Due(batch, Way.HASH_TREE, tree))
        elif due or force:
            found.append(Due(batch, Way.TIME_STAMP, due[0] if due else None))
    return found


def _from(end: End, batch: BatchRecord, horizon: timedelta) -> datetime:
    return due_from(end, batch.sealed_at, horizon) or NEVER
