# SPDX-License-Identifier: EUPL-1.2
"""The ledger: every event of a tenant, reads included, in one chain that nobody can quietly rewrite.

Order (ADR-0004): bytes, rows with their events in one transaction, journal, and only then a receipt or the
index. An event that is in the catalogue and not yet in the journal was promised to nobody; `flush` carries it
over, now or when the home is next opened.

`detail` holds no personal data: it can never be taken out again (RGPD art. 17). Names, NIFs and search words
belong in records that can be disposed of.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any, Final

from archive.canonical_json import canonical
from archive.catalog import INSTALLATION, Catalog, Transaction
from archive.chain import LedgerHead, LedgerProblem, event_digest, verify_chain
from archive.clock import Clock
from archive.clock_steps import clock_steps
from archive.errors import CatalogUnavailable, IntegrityError, InvalidRequest
from archive.journal import (
    SEGMENT_EVENTS,
    journal_head,
    put_head,
    put_segment,
    read_journal,
    segments_head,
    verify_journal,
)
from archive.ledger_growth import Placed, Tree, grow
from archive.ledger_tree import Frontier, TreeHead, leaf_hash
from archive.model import LedgerEvent
from archive.store import ObjectStore

__all__ = [
    "EventDraft",
    "Ledger",
    "LedgerHead",
    "LedgerProblem",
    "event_digest",
    "read_journal",
    "verify_chain",
    "verify_journal",
]

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EventDraft:
    """What happened, before it has a place in the chain."""

    kind: str
    """Dotted verb: `object.stored`, `object.read`."""
    subject: str
    agent: str
    detail: dict[str, Any] = field(hash=False, default_factory=dict)
    """JSON without personal data."""


class Ledger:
    """Appends inside the caller's transaction, carries over to the store, checks."""

    def __init__(self, catalog: Catalog, store: ObjectStore, clock: Clock) -> None:
        """Stand between a catalogue and a store.

        Args:
            catalog: Where events are appended.
            store: Where the journal lies.
            clock: Tells when an event happened.
        """
        self._catalog = catalog
        self._store = store
        self._clock = clock

    def append(
        self,
        tx: Transaction,
        tenant_id: str,
        kind: str,
        subject: str,
        agent: str,
        detail: dict[str, Any] | None = None,
    ) -> LedgerEvent:
        """Chain one event to the tenant's ledger, in the transaction that does what it tells of.

        Args:
            tx: An open writing transaction.
            tenant_id: Whose ledger; `archive.model.SYSTEM_TENANT` for the installation's own.
            kind: Dotted verb.
            subject: Object, deposit, batch or tenant id.
            agent: Who did it.
            detail: JSON without personal data.

        Returns:
            The event with its sequence, digest and position; durable when `tx` has ended.

        Raises:
            InvalidRequest: `detail` has no canonical JSON form.
        """
        return self.append_all(tx, tenant_id, [EventDraft(kind, subject, agent, detail or {})])[0]

    def append_all(self, tx: Transaction, tenant_id: str, drafts: Sequence[EventDraft]) -> list[LedgerEvent]:
        """Chain many events at once, with one instant; see `append`."""
        return [placed.event for placed in self.append_placed(tx, tenant_id, drafts)]

    def append_placed(self, tx: Transaction, tenant_id: str, drafts: Sequence[EventDraft]) -> list[Placed]:
        """Chain many events as `append_all` does, and tell the place of each in the ledger's tree."""
        if not drafts:
            return []
        tx.serialise_ledger()
        last = tx.last_event(tenant_id)
        head, at = _head(last), self._clock.now()
        chained: list[LedgerEvent] = []
        for draft in drafts:
            # Through JSON, so that the event given back is the one that will be read.
            detail = json.loads(canonical(draft.detail))
            event = LedgerEvent(
                0,
                tenant_id,
                head.sequence + 1,
                at,
                draft.kind,
                draft.subject,
                draft.agent,
                detail,
                head.digest,
            )
            event = replace(event, digest=event_digest(event))
            head = LedgerHead(event.sequence, event.digest)
            chained.append(event)
        for step in clock_steps(chained, latest=last.at if last else None):
            # The work goes on, in the order of the chain; the audit will tell it too.
            _LOGGER.warning("ledger.clock_set_back", extra={"tenant": tenant_id, "step": str(step)})
        digests = [bytes.fromhex(event.digest) for event in chained]
        places = grow(tx, tenant_id, chained[0].sequence - 1, digests)
        return [Placed(*each) for each in zip(tx.append_events(chained), places, strict=True)]

    def flush(self, tenant_id: str | None = None) -> int:
        """Carry events that the store does not have yet into the journal; durable on return.

        Repeating it, also after dying half-way, changes nothing.

        Args:
            tenant_id: Only this ledger; all by default.

        Returns:
            How many events were carried over.

        Raises:
            CatalogUnavailable: The journal knows more than the catalogue, which was restored from an older
                copy: `longeva rebuild` mends it.
            IntegrityError: Journal and catalogue tell different stories.
            StorageUnavailable: The store cannot be written.
        """
        tenants = [tenant_id] if tenant_id else self._tenants()
        # The journal first: what others add to both in between must not look like a catalogue that is older.
        # Asked each time: a process that remembered how far it reached would, with a database that fell back
        # behind what another machine has carried since, write a second story of the same events.
        starts = {tenant: journal_head(self._store, tenant) for tenant in tenants}
        with self._catalog.reading(tenant_id or INSTALLATION) as tx:
            reached = {tenant: self._flush_tenant(tx, tenant, start) for tenant, start in starts.items()}
        carried = sum(head.sequence - start.sequence for start, head in reached.values())
        if carried:
            self._store.sync()
        return carried

    def pending(self, tenant_id: str) -> bool:
        """Tell whether the catalogue holds events that the journal does not."""
        return self.head(tenant_id).sequence > journal_head(self._store, tenant_id).sequence

    def head(self, tenant_id: str) -> LedgerHead:
        """Return how far a tenant's ledger reaches: write it down elsewhere and truncation shows."""
        with self._catalog.reading(tenant_id) as tx:
            return _head(tx.last_event(tenant_id))

    def tree_head(self, tenant_id: str) -> TreeHead:
        """Return the Merkle head of a tenant's ledger as it stands.

        Raises:
            IntegrityError: The ledger has a hole, so that there is no tree over it.
        """
        with self._catalog.reading(tenant_id) as tx:
            tree = Tree(tx, tenant_id)
            return tree.head(tree.size)

    def verify(self, tenant_id: str) -> list[LedgerProblem]:
        """Check a tenant's ledger: the journal in the store, and that the catalogue tells the same.

        Returns:
            Empty where all holds, else the first problem. Events not yet in the journal must continue it.
        """
        problems = verify_journal(self._store, tenant_id)
        if problems:
            return problems
        with self._catalog.reading(tenant_id) as tx:
            return self._compare(tx, tenant_id)

    def _tenants(self) -> list[str]:
        with self._catalog.reading(INSTALLATION) as tx:
            return tx.ledger_tenants()

    def _flush_tenant(
        self, tx: Transaction, tenant_id: str, start: LedgerHead
    ) -> tuple[LedgerHead, LedgerHead]:
        """Put what the journal lacks; return how far it reached and reaches."""
        head = self._common_head(tx, tenant_id, start)
        while page := tx.tenant_events(tenant_id, head.sequence, SEGMENT_EVENTS):
            broken = verify_chain(page, head)
            if broken:
                raise IntegrityError(f"the ledger of {tenant_id} is broken: {broken[0].detail}")
            put_segment(self._store, page)
            head = _head(page[-1])
        if head != start:
            put_head(self._store, tenant_id, head)
        return start, head

    def _common_head(self, tx: Transaction, tenant_id: str, told: LedgerHead) -> LedgerHead:
        """Return how far catalogue and journal tell the same.

        The head is a note of what the segments say: one that rotted gives way to them. One that tells of more
        than they have does not, unless its digest is that of their end: the end may have been cut off.
        """
        try:
            self._require_same_story(tx, tenant_id, told)
        except (CatalogUnavailable, IntegrityError):
            there = segments_head(self._store, tenant_id)
            rotten = told.sequence <= there.sequence or told.digest == there.digest
            if told == there or not rotten:
                raise
            self._require_same_story(tx, tenant_id, there)
            _LOGGER.warning("the head of the ledger of %s was damaged and is written anew", tenant_id)
            return there
        return told

    def _require_same_story(self, tx: Transaction, tenant_id: str, journal: LedgerHead) -> None:
        if journal.sequence == 0:
            return
        here = tx.tenant_events(tenant_id, journal.sequence - 1, 1)
        if not here:
            raise CatalogUnavailable(
                f"the catalogue is older than the ledger of {tenant_id} in the store: run `longeva rebuild`"
            )
        if here[0].digest != journal.digest:
            raise IntegrityError(
                f"the ledger of {tenant_id} forks at {journal.sequence}: catalogue and journal disagree"
            )

    def _compare(self, tx: Transaction, tenant_id: str) -> list[LedgerProblem]:
        journal = read_journal(self._store, tenant_id)
        head = LedgerHead()
        catalogued = _paged(tx, tenant_id)
        size, frontier = tx.ledger_tree(tenant_id)[0], Frontier()
        for kept, row in zip_longest(journal, catalogued):
            sequence = head.sequence + 1
            if row is None:
                return [LedgerProblem("ledger.truncated", tenant_id, sequence, "not in the catalogue")]
            if kept is None:
                broken = verify_chain([row], head)
                if broken:
                    return broken
            elif kept != row:
                return [LedgerProblem("ledger.differs", tenant_id, sequence, "the catalogue tells otherwise")]
            head = _head(row)
            if frontier.size < size:
                frontier.add(leaf_hash(bytes.fromhex(row.digest)))
        return _verify_tree(tx, tenant_id, frontier.root())


def _verify_tree(tx: Transaction, tenant_id: str, root: bytes) -> list[LedgerProblem]:
    """Hold what the catalogue keeps of a tree to the root over its events."""
    size, peaks = tx.ledger_tree(tenant_id)
    try:
        sound = Frontier.read(size, peaks).root() == root == Tree(tx, tenant_id).head(size).root
    except (ValueError, IntegrityError, InvalidRequest):
        sound = False
    if sound:
        return []
    return [LedgerProblem("ledger.tree", tenant_id, size, "the catalogue's tree is not that of its events")]


def _paged(tx: Transaction, tenant_id: str) -> Iterator[LedgerEvent]:
    after = 0
    while page := tx.tenant_events(tenant_id, after, SEGMENT_EVENTS):
        yield from page
        after = page[-1].sequence


def _head(event: LedgerEvent | None) -> LedgerHead:
    return LedgerHead() if event is None else LedgerHead(event.sequence, event.digest)
