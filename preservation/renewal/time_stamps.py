# SPDX-License-Identifier: EUPL-1.2
"""Renew evidence before it ends: time-stamp renewal (RFC 4998 5.2) of any number of batches with one token.

The leaves of the new tree are the digests of the old tokens, so no document is read (`lineage`). An old token
is judged before it is covered: a broken or ended one would look mended and prove nothing, so it is
reported instead. When what is due, years ahead, `preservation.renewal.forecast` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from archive.catalog import INSTALLATION
from archive.catalog.rows import RENEWAL, BatchRecord, LeafRecord
from archive.clock import require_aware
from archive.errors import ConflictError, NotAvailable, TrustError
from archive.findings import Finding
from archive.home import Home
from archive.model import SYSTEM_TENANT
from preservation.evidence.batch import store_batch
from preservation.evidence.batch_check import check_batch, token_problem
from preservation.evidence.lineage import Line, Lines, token_group
from preservation.evidence.sealing import ALGORITHM, adopt, record_batch, stamp_batch
from preservation.indications import Indication
from preservation.merkle import combine
from preservation.timestamps import TimestampAuthority
from preservation.tokens import verify_token
from preservation.trust.store import TrustStore

HORIZON: Final = timedelta(days=365)
"""How long before a unit's certificate ends its tokens are due."""


@dataclass(frozen=True, slots=True)
class RenewalReport:
    """What a renewal did."""

    batch: BatchRecord | None
    """The new batch; None where nothing was due or nothing could be renewed."""
    renewed: tuple[str, ...]
    """Batches that it covers."""
    findings: tuple[Finding, ...]
    """Batches that were due and could not be renewed, and why."""


def renew_due(
    home: Home,
    authority: TimestampAuthority,
    at: datetime,
    *,
    trust: TrustStore,
    force: bool = False,
    horizon: timedelta = HORIZON,
    agent: str = "cli",
) -> RenewalReport:
    """Renew every live batch whose authority's certificate ends within the horizon, with one token.

    Args:
        home: The archive.
        authority: Gives the new token; its clock and `at` must agree.
        at: Instant of the renewal, aware.
        trust: What the old tokens are judged with: anchors, certificates that may help, revocation data.
        force: Renew every live batch, due or not.
        horizon: How far ahead to look.
        agent: Who asks, for the ledger.

    Returns:
        The new batch, what it covers and what it could not cover. Repeating it finds nothing due.

    Raises:
        TimestampUnavailable: No token; nothing was written.
        NotAvailable: A batch stands on another digest algorithm.
        TrustError: The new token lies outside the life of an old one (the clocks disagree).
        ConflictError: Another renewal was faster; repeat.
        StorageUnavailable: The store cannot be written; repeat.

    Source:
        RFC 4998 5.2, 5.3 (2); NTI Política de firma II.7.5.
    """
    at = require_aware(at)
    adopt(home, agent=agent)
    with home.catalog.reading(INSTALLATION) as tx:
        live = tx.live_batches()
    due = [batch for batch in live if force or batch.valid_until <= at + horizon]
    judged = [(batch, _problem(home, batch, at, trust)) for batch in due]
    findings = tuple(problem for _, problem in judged if problem is not None)
    sound = [batch for batch, problem in judged if problem is None]
    if not sound:
        return RenewalReport(None, (), findings)
    lines = _lines(home, sound)
    renewal = stamp_batch(home, authority, b"".join(map(_digest, lines)), RENEWAL)
    _require_in_time(sound, renewal)
    with home.writing():
        _require_still_live(home, sound)
        store_batch(home, renewal, _leaves(renewal, lines))
        tenants = Counter({SYSTEM_TENANT: len(lines)})
        record_batch(home, renewal, _leaves(renewal, lines), tenants, agent)
    return RenewalReport(renewal, tuple(batch.batch_id for batch in sound), findings)


def _problem(home: Home, batch: BatchRecord, at: datetime, trust: TrustStore) -> Finding | None:
    """Judge a batch as the store has it: its leaves, its root, its token at this instant."""
    problems, tree = check_batch(home.evidence_objects(), batch)
    if problems or tree is None:
        return problems[0].finding()
    verdict = verify_token(batch.token, tree.root, batch.algorithm, trust=trust, at=at)
    if verdict.indication is Indication.TOTAL_PASSED:
        return None
    return token_problem(batch, verdict).finding()


def _lines(home: Home, batches: Sequence[BatchRecord]) -> list[Line]:
    with home.catalog.reading(INSTALLATION) as tx:
        lines = Lines(tx)
        return [line for batch in batches for line in lines.ending_in(batch)]


def _digest(line: Line) -> bytes:
    # One algorithm in a chain (RFC 4998 5.1): batches of another one need a hash-tree renewal.
    for batch in line.batches:
        if batch.algorithm != ALGORITHM:
            raise NotAvailable(f"The batch {batch.batch_id} stands on {batch.algorithm}: renew its hash tree")
    return combine(token_group(line.batches, ALGORITHM), ALGORITHM)


def _leaves(renewal: BatchRecord, lines: Sequence[Line]) -> Iterator[LeafRecord]:
    for index, line in enumerate(lines):
        yield LeafRecord(renewal.batch_id, index, _digest(line).hex(), line.name, 0, line.newest.batch_id)


def _require_in_time(old: Sequence[BatchRecord], new: BatchRecord) -> None:
    for batch in old:
        if not batch.sealed_at <= new.sealed_at <= batch.valid_until:
            raise TrustError(f"The new token of {new.sealed_at} lies outside the life of {batch.batch_id}")


def _require_still_live(home: Home, batches: Sequence[BatchRecord]) -> None:
    with home.catalog.reading(INSTALLATION) as tx:
        live = {batch.batch_id for batch in tx.live_batches()}
    if any(batch.batch_id not in live for batch in batches):
        raise ConflictError("Another renewal was faster; nothing was written")
