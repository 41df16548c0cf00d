# SPDX-License-Identifier: EUPL-1.2
"""What evidence is due for renewal now, why, and of which kind.

A token is due before the first certificate of its chain ends, or an algorithm that it is signed with falls:
time-stamp renewal. A tree is due before its digest falls: hash-tree renewal, which no new token replaces.

Whoever renews every day must not pay every day. So a token that was young when its end was already near is
due no earlier than half-way to that end; and of a mere plan against the algorithms of a signature nothing
follows, since its authority may go on signing with them: the forecast warns of it.

A batch that got one token where two were wanted is due a day later: from then on the second one covers it.
While one authority stays away the others are asked again after twice as long each time, since each answer
costs a token and makes every record longer.

Of a batch under a falling digest, part of which could not be carried on, the tokens are renewed all the same
before they end: what is left must live until it can be read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from archive.catalog import INSTALLATION, Transaction
from archive.catalog.rows import RENEWAL, BatchRecord
from archive.clock import require_aware
from archive.home import Home
from preservation.evidence.policy import tokens_wanted
from preservation.evidence.recording import WANTED
from preservation.renewal.ends import End, Kind, due_from, ends_of
from preservation.retirement import PLANNED, Retirement
from preservation.strength import STRENGTH, Strength
from preservation.trust.store import TrustStore

HORIZON: Final = timedelta(days=365)
"""How long before its end evidence is due, unless the settings say otherwise (`evidence.renew_before`)."""

PATIENCE: Final = timedelta(days=1)
"""How long a batch stays with fewer tokens than were wanted, until all authorities are asked again."""


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
    token: End | None = None
    """What ends first of that which makes its tokens due: of a hash-tree renewal, those of what it leaves."""


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
    lacking, found = _lacking(home, live, at), []
    for batch in live:
        ends = ends_of(batch, trust, strength, plans)
        due = [end for end in ends if _is_due(end, batch, horizon, at)]
        tree = next((end for end in due if end.kind is Kind.DIGEST), None)
        token = next((end for end in due if end.kind is not Kind.DIGEST), None)
        if tree is not None:
            found.append(Due(batch, Way.HASH_TREE, tree, token))
        elif due or force or batch.batch_id in lacking:
            found.append(Due(batch, Way.TIME_STAMP, token, token))
    return found


def _lacking(home: Home, live: Sequence[BatchRecord], at: datetime) -> set[str]:
    """Return the batches that got fewer tokens than were wanted a day ago: all authorities are asked again.

    Nothing where nobody wants several tokens any more, or there is no other authority to ask.
    """
    if len(home.engines.settings.timestamps.authorities) < 2 or tokens_wanted(home) < 2:
        return set()
    old = [each for each in live if not each.others and each.sealed_at <= at - PATIENCE]
    with home.catalog.reading(INSTALLATION) as tx:
        return {
            batch.batch_id
            for batch in old
            if _lacks(tx, batch) and at - batch.sealed_at >= batch.sealed_at - _lacking_since(tx, batch)
        }


def _lacks(tx: Transaction, batch: BatchRecord) -> bool:
    return any(WANTED in event.detail for event in tx.events_about(batch.batch_id))


def _lacking_since(tx: Transaction, batch: BatchRecord) -> datetime:
    """Return when the first was sealed of those batches, one renewing the other, that got too few tokens."""
    first = batch
    while first.kind == RENEWAL:
        renewed = {leaf.renews_batch for leaf in tx.leaves_in(first.batch_id) if leaf.renews_batch}
        lacking = [each for each in map(tx.batch, sorted(renewed)) if _lacks(tx, each)]
        if not lacking:
            break
        first = min(lacking, key=lambda each: each.sealed_at)
    return first.sealed_at


def _is_due(end: End, batch: BatchRecord, horizon: timedelta, at: datetime) -> bool:
    since = due_from(end, batch.sealed_at, horizon)
    return since is not None and since <= at
