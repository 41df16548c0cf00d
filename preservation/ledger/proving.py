# SPDX-License-Identifier: EUPL-1.2
"""Make the proof of events and older heads: to a stamped head, and on to the evidence record of its root.

The newest stamped head that reaches far enough is proven to; where none does yet, the head as it stands,
without a time stamp: the next seal brings it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.batches import object_key
from archive.catalog import Transaction
from archive.errors import IntegrityError, NotFound
from archive.home import Home
from archive.journal import journal_head
from archive.ledger_growth import Tree
from archive.ledger_heads import HEADS, openings
from archive.ledger_openings import Opening
from archive.ledger_proofs import Kept, LedgerProof
from archive.ledger_tree import TreeHead
from preservation.evidence.repository import EvidenceRepository


@dataclass(frozen=True, slots=True)
class Stamped:
    """A head that was time-stamped."""

    opening: Opening
    heads: bytes
    record: bytes


def newest_head(home: Home, tenant_id: str) -> TreeHead:
    """Return the head of what a tenant's journal has: what was promised to somebody.

    Raises:
        NotFound: No such tenant, or nothing has happened yet.
        IntegrityError: The ledger has a hole.
    """
    with home.catalog.reading(tenant_id) as tx:
        return _newest(home, tx, tenant_id)


def stamped_openings(home: Home, tenant_id: str, limit: int) -> list[Opening]:
    """Return what opens the stamped heads of a tenant, newest first, at most so many."""
    with home.catalog.reading(tenant_id) as tx:
        return [each for each, _ in zip(openings(home.store, tx, tenant_id), range(limit), strict=False)]


def evidence_of(home: Home, opening: Opening) -> Stamped | None:
    """Return a stamped head with the evidence record of its root; None where its seal cannot be read."""
    key = object_key(opening.batch_id)
    try:
        heads = b"".join(home.evidence_objects().read_verified(key, HEADS))
        return Stamped(opening, heads, EvidenceRepository(home).record_for_own(key, HEADS))
    except (NotFound, IntegrityError):
        return None


def newest_stamped(home: Home, tenant_id: str, least: int = 1) -> Stamped | None:
    """Return the newest stamped head of at least so many events, None where there is none yet."""
    for opening in stamped_openings(home, tenant_id, 10):
        if opening.head.size < least:
            return None
        stamped = evidence_of(home, opening)
        if stamped is not None:
            return stamped
    return None


def prove(home: Home, tenant_id: str, kept: Sequence[Kept] = (), events: Sequence[int] = ()) -> LedgerProof:
    """Return the proof of what somebody kept, and of events, in one head.

    Args:
        home: The archive.
        tenant_id: Whose ledger.
        kept: Heads and events that somebody wrote down; of an event its digest must be the ledger's.
        events: Sequences of further events.

    Raises:
        NotFound: A head or an event that this ledger never had; or nothing has happened yet.
        IntegrityError: The ledger has a hole.
    """
    heads = {each.head for each in kept if each.head is not None}
    told = {each.sequence: each.digest for each in kept if each.sequence}
    asked = sorted({*events, *told})
    least = max([1, *asked, *(head.size for head in heads)])
    with home.catalog.reading(tenant_id) as tx:
        newest, tree = _newest(home, tx, tenant_id), Tree(tx, tenant_id)
        if least > newest.size or min([1, *asked, *(head.size for head in heads)]) < 1:
            raise NotFound("this ledger never had such a head or event")
        if any(tree.head(head.size) != head for head in heads):
            raise NotFound("this ledger never had such a head or event")
    # Only now what takes long: a stranger who guesses burns no time, nor learns by it whose ledgers exist.
    stamped = newest_stamped(home, tenant_id, least)
    with home.catalog.reading(tenant_id) as tx:
        tree, target = Tree(tx, tenant_id), stamped.opening.head if stamped else newest
        proven = []
        for sequence in asked:
            ((_, digest),) = tx.event_digests(tenant_id, sequence - 1, 1)
            if told.get(sequence, digest) != digest:
                raise NotFound("this ledger never had such a head or event")
            proven.append((sequence, digest, tree.place(sequence, target.size).proof))
        older = [
            (head, tuple(tree.consistency(head.size, target.size)))
            for head in sorted(heads, key=lambda head: head.size)
        ]
    if stamped is None:
        return LedgerProof(tenant_id, target, tuple(proven), tuple(older))
    return LedgerProof(
        tenant_id, target, tuple(proven), tuple(older), stamped.opening, stamped.heads, stamped.record
    )


def _newest(home: Home, tx: Transaction, tenant_id: str) -> TreeHead:
    tree = Tree(tx, tenant_id)
    size = min(journal_head(home.store, tenant_id).sequence, tree.size)
    if size == 0:
        raise NotFound(f"nothing has happened in a ledger of {tenant_id}")
    return tree.head(size)
