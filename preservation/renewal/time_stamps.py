# SPDX-License-Identifier: EUPL-1.2
"""Renew evidence before its tokens end: time-stamp renewal (RFC 4998 5.2) of any number of batches.

The leaves of the new tree are the digests of the old tokens, so no document is read (`lineage`). A chain has
one digest algorithm (RFC 4998 5.1), so that there is one tree, and one token, for each in use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from archive.catalog import INSTALLATION
from archive.catalog.rows import RENEWAL, BatchRecord, LeafRecord
from archive.home import Home
from archive.model import SYSTEM_TENANT
from preservation.evidence.batch import own_leaves, store_batch
from preservation.evidence.lineage import Line, Lines, token_group
from preservation.evidence.recording import adopt, record_batch, stamp_tree, told_of
from preservation.merkle import Tree, combine
from preservation.renewal.covering import Context, judge, require_in_time, require_still_live
from preservation.renewal.material import MATERIAL, verification_data
from preservation.renewal.report import RenewalReport
from preservation.timestamps import TimestampAuthority


def renew_time_stamps(
    home: Home, authority: TimestampAuthority, context: Context, batches: Sequence[BatchRecord]
) -> RenewalReport:
    """Cover the tokens of live batches with new ones: one tree for each digest algorithm.

    Args:
        home: The archive.
        authority: Gives the new token, or tokens; its clock and the context's must agree.
        context: What the old tokens are judged with, and when.
        batches: Live ones.

    Returns:
        The new batches, what they cover, and what they could not cover.

    Raises:
        TimestampUnavailable: No token; what has one is written.
        TrustError: The new token lies outside the life of an old one (the clocks disagree).
        ConflictError: Another renewal was faster; repeat.
        StorageUnavailable: The store cannot be written; repeat.

    Source:
        RFC 4998 5.1, 5.2 (time-stamp renewal), 5.3 (2).
    """
    adopt(home, agent=context.agent)
    require_still_live(home, batches)
    report = RenewalReport()
    ordered = sorted(batches, key=lambda batch: batch.algorithm)
    for algorithm, alike in groupby(ordered, key=lambda batch: batch.algorithm):
        sound, findings = judge(home, alike, context)
        report += RenewalReport(findings=tuple(findings))
        if sound:
            batch = _renewed(home, authority, context, sound, algorithm)
            report += RenewalReport((batch,), tuple(each.batch_id for each in sound))
    return report


def _renewed(
    home: Home,
    authority: TimestampAuthority,
    context: Context,
    batches: Sequence[BatchRecord],
    algorithm: str,
) -> BatchRecord:
    with home.catalog.reading(INSTALLATION) as tx:
        lines = Lines(tx)
        ending = [line for batch in batches for line in lines.ending_in(batch)]
    tokens = [stamp.token for batch in batches for stamp in batch.stamps]
    own = {MATERIAL: verification_data(home.store, tokens, context.trust, context.at)}
    digests = [leaf.digest for leaf in _leaves("", algorithm, ending, own)]
    tree = Tree(bytes.fromhex("".join(digests)), algorithm)
    batch, failures = stamp_tree(home, authority, tree, RENEWAL, tokens=context.tokens)
    require_in_time(batches, batch.stamps)
    with home.writing():
        require_still_live(home, batches)
        store_batch(home, batch, _leaves(batch.batch_id, algorithm, ending, own), own)
        leaves = _leaves(batch.batch_id, algorithm, ending, own)
        tenants, told = Counter({SYSTEM_TENANT: len(ending)}), told_of(batch, context.tokens, failures)
        record_batch(home, batch, leaves, tenants, context.agent, told)
    return batch


def _leaves(
    batch_id: str, algorithm: str, lines: Sequence[Line], own: Mapping[str, bytes]
) -> Iterator[LeafRecord]:
    for index, line in enumerate(lines):
        digest = combine(token_group(line.batches, algorithm), algorithm).hex()
        yield LeafRecord(batch_id, index, digest, line.name, 0, line.newest.batch_id)
    yield from own_leaves(batch_id, own, algorithm, len(lines))
