# SPDX-License-Identifier: EUPL-1.2
"""What renewals of both kinds do alike: judge what they cover, have a root stamped, and write in time.

An old token is judged before it is covered: a broken or ended one would look mended and prove nothing, so it
is reported instead. Of several tokens over one root one must hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.batches import object_key
from archive.catalog import INSTALLATION
from archive.catalog.rows import BatchRecord, Stamp
from archive.errors import ConflictError, TrustError
from archive.findings import Finding
from archive.home import Home
from archive.identifiers import uuid7
from preservation.evidence.batch_check import check_batch, token_problem
from preservation.evidence.choosing import SoundTokens
from preservation.strength import STRENGTH, Strength
from preservation.tokens import verify_token
from preservation.trust.store import TrustStore


@dataclass(frozen=True, slots=True)
class Context:
    """What old tokens are judged with, and when."""

    at: datetime
    trust: TrustStore
    strength: Strength = STRENGTH
    tokens: int = 1
    """How many authorities are to stamp the new tree."""
    agent: str = "cli"
    """Who asks, for the ledger."""


def judge(
    home: Home, batches: Iterable[BatchRecord], context: Context
) -> tuple[list[BatchRecord], list[Finding]]:
    """Tell which batches may be covered, and of the others why not."""
    sound, findings = [], []
    for batch in batches:
        problem = _problem(home, batch, context)
        if problem is None:
            sound.append(batch)
        else:
            findings.append(problem)
    return sound, findings


def _problem(home: Home, batch: BatchRecord, context: Context) -> Finding | None:
    """Judge a batch as the store has it: its leaves, its root, its tokens at this instant."""
    problems, tree = check_batch(home.evidence_objects(), batch)
    if problems or tree is None:
        return problems[0].finding()
    sound = SoundTokens(context.trust, context.at, context.strength)
    if any(sound.holds(stamp, context.at) for stamp in batch.stamps):
        return None
    verdict = verify_token(
        batch.token,
        tree.root,
        batch.algorithm,
        trust=context.trust,
        at=context.at,
        strength=context.strength,
    )
    return token_problem(batch, verdict).finding()


def batch_of(
    home: Home, kind: str, algorithm: str, count: int, stamps: Sequence[Stamp], partly: Sequence[str] = ()
) -> BatchRecord:
    """Return the record of a new batch, unwritten."""
    first, *others = stamps
    batch_id = uuid7(home.clock.now())
    return BatchRecord(
        batch_id=batch_id,
        kind=kind,
        algorithm=algorithm,
        sealed_at=first.sealed_at,
        authority=first.authority,
        valid_until=first.valid_until,
        token=first.token,
        count=count,
        object_key=object_key(batch_id),
        price=first.price,
        others=tuple(others),
        partly=tuple(partly),
    )


def require_in_time(old: Sequence[BatchRecord], new: Sequence[Stamp]) -> None:
    """Raise TrustError unless every new token lies within the life of what it covers."""
    for batch in old:
        begun = max(stamp.sealed_at for stamp in batch.stamps)
        until = max(stamp.valid_until for stamp in batch.stamps)
        for stamp in new:
            if not begun <= stamp.sealed_at <= until:
                words = f"The new token of {stamp.sealed_at} lies outside the life of {batch.batch_id}"
                raise TrustError(words)


def require_still_live(home: Home, batches: Sequence[BatchRecord]) -> None:
    """Raise ConflictError if somebody else renewed one of them meanwhile. Under the writer's lock."""
    with home.catalog.reading(INSTALLATION) as tx:
        live = {batch.batch_id for batch in tx.live_batches()}
    if any(batch.batch_id not in live for batch in batches):
        raise ConflictError("Another renewal was faster; nothing was written")
