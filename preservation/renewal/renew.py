# SPDX-License-Identifier: EUPL-1.2
"""Do what is due: hash-tree renewal where the digest of a tree comes to its end, time-stamp renewal else."""

from __future__ import annotations

from datetime import datetime, timedelta

from archive.catalog import INSTALLATION
from archive.catalog.rows import BatchRecord
from archive.clock import require_aware
from archive.errors import NotAvailable
from archive.home import Home
from preservation.evidence.policy import tokens_wanted
from preservation.evidence.recording import adopt
from preservation.installation import strength as decided
from preservation.renewal.covering import Context
from preservation.renewal.due import Due, Way, due_now
from preservation.renewal.hash_trees import Watch, renew_trees
from preservation.renewal.report import RenewalReport
from preservation.renewal.spool import sweep
from preservation.renewal.time_stamps import renew_time_stamps
from preservation.retirement import successor
from preservation.strength import Strength
from preservation.timestamps import TimestampAuthority
from preservation.trust.store import TrustStore


def renew_due(
    home: Home,
    authority: TimestampAuthority,
    at: datetime,
    *,
    trust: TrustStore,
    force: bool = False,
    horizon: timedelta | None = None,
    agent: str = "cli",
    strength: Strength | None = None,
    tokens: int = 0,
    algorithm: str = "",
    read: bool = False,
    watch: Watch | None = None,
) -> RenewalReport:
    """Renew every live batch that is due within the horizon, with one token for each tree that it takes.

    Args:
        home: The archive.
        authority: Gives the new tokens; its clock and `at` must agree.
        at: Instant of the renewal, aware.
        trust: What the old tokens are judged with: anchors, certificates that may help, revocation data.
        force: Renew every live batch, due or not.
        horizon: How far ahead to look; as the settings say by default (`evidence.renew_before`).
        agent: Who asks, for the ledger.
        strength: Until when each algorithm proves something; as the settings say by default
            (`evidence.retired`).
        tokens: How many authorities are to stamp each new tree; as the most careful policy wants by default.
        algorithm: Renew the trees of all batches that are due, or with `force` of all, under this digest;
            by default those whose digest comes to its end, under the next one that has none.
        read: Read every document again in a hash-tree renewal.
        watch: Told how far a hash-tree renewal is.

    Returns:
        The new batches, what they cover and what they could not cover. Repeating it finds nothing due.

    Raises:
        TimestampUnavailable: No token; what was renewed before is written.
        NotAvailable: No digest algorithm is left to renew under.
        TrustError: A new token lies outside the life of an old one (the clocks disagree).
        ConflictError: Another renewal was faster; repeat.
        StorageUnavailable: The store cannot be written; repeat.

    Source:
        RFC 4998 5.2, 5.3; NTI Política de firma II.7.5.
    """
    at = require_aware(at)
    adopt(home, agent=agent)
    settings = home.engines.settings.evidence
    horizon = timedelta(days=settings.renew_before) if horizon is None else horizon
    strength = strength or decided(home)
    context = Context(at, trust, strength, tokens or tokens_wanted(home), agent)
    due = due_now(home, at, trust, strength=strength, horizon=horizon, force=force)
    report = RenewalReport()
    targets = _by_target(due, algorithm, at + horizon, strength)
    if not any(targets):
        sweep(home)
    for target, batches in targets.items():
        if target:
            report += renew_trees(home, authority, context, batches, target, read=read, watch=watch)
        else:
            report += renew_time_stamps(home, authority, context, batches)
    left = _left(home, due)
    if left:  # what is wrong with them was told above
        more = renew_time_stamps(home, authority, context, left)
        report += RenewalReport(more.batches, more.renewed)
    return report


def _left(home: Home, due: list[Due]) -> list[BatchRecord]:
    """Return what a hash-tree renewal could not carry on whole, and whose tokens end before its digest."""
    both = {
        each.batch.batch_id
        for each in due
        if each.way is Way.HASH_TREE and each.why and each.token and each.token.at < each.why.at
    }
    with home.catalog.reading(INSTALLATION) as tx:
        return [batch for batch in tx.live_batches() if batch.batch_id in both] if both else []


def _by_target(
    due: list[Due], algorithm: str, by: datetime, strength: Strength
) -> dict[str, list[BatchRecord]]:
    """Return the batches by the digest of their new tree; the empty one stands for time-stamp renewal."""
    targets: dict[str, list[BatchRecord]] = {}
    for each in due:
        target = ""
        if algorithm:
            target = "" if each.batch.algorithm == algorithm else algorithm
        elif each.way is Way.HASH_TREE:
            target = successor(each.batch.algorithm, by, strength)
            if not target:
                raise NotAvailable(f"No digest is left to renew trees of {each.batch.algorithm} under")
        targets.setdefault(target, []).append(each.batch)
    return targets
