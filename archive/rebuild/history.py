# SPDX-License-Identifier: EUPL-1.2
"""Ledgers back into a catalogue. What can be read is taken over, also of a broken chain: it is history."""

from __future__ import annotations

from collections.abc import Iterator

from archive.catalog import INSTALLATION, Catalog
from archive.catalog.session import PAGE, pages
from archive.chain import LedgerHead, LedgerProblem
from archive.errors import ConflictError
from archive.journal import SEGMENT_EVENTS, journal_head, put_head, salvage, verify_journal
from archive.ledger_growth import catch_up
from archive.model import LedgerEvent
from archive.rebuild.report import Notes
from archive.store import ObjectStore


def restore_ledger(store: ObjectStore, catalog: Catalog, tenant_id: str, notes: Notes) -> LedgerHead:
    """Write a tenant's events into a new catalogue and note what is wrong with its chain.

    Positions are those that the journal tells, so that followers of the old catalogue may go on.

    Returns:
        How far the events that could be read reach.
    """
    for problem in verify_journal(store, tenant_id):
        _note(notes, problem)
    reached = LedgerHead()
    for page in pages(salvage(store, tenant_id), SEGMENT_EVENTS):
        _restore(catalog, page, notes)
        reached = LedgerHead(page[-1].sequence, page[-1].digest)
    with catalog.transaction(INSTALLATION) as tx:
        catch_up(tx, tenant_id)
    return reached


def event_pages(catalog: Catalog, tenant_id: str) -> Iterator[list[LedgerEvent]]:
    """Yield a tenant's events in order, a page at a time, no transaction being open between two pages."""
    after = 0
    while True:
        with catalog.reading(INSTALLATION) as tx:
            page = tx.tenant_events(tenant_id, after, PAGE)
        if not page:
            return
        yield page
        after = page[-1].sequence


def settle_head(store: ObjectStore, tenant_id: str, reached: LedgerHead) -> LedgerHead | None:
    """Let a journal whose end was lost go on from what is left.

    Returns:
        The head that was told before and cannot be reached any more, None where all is well. The caller
        writes it into the installation's ledger: the loss is never forgotten.
    """
    told = journal_head(store, tenant_id)
    if told == reached or told.sequence < reached.sequence:
        return None
    put_head(store, tenant_id, reached)
    return told


def _restore(catalog: Catalog, page: list[LedgerEvent], notes: Notes) -> None:
    try:
        with catalog.transaction(INSTALLATION) as tx:
            tx.restore_events(page)
    except ConflictError as cause:
        # Positions are not hashed: somebody edited one, or two ledgers took the same. Order matters more.
        notes.add("ledger.position", page[0].tenant_id, str(page[0].sequence), cause)
        with catalog.transaction(INSTALLATION) as tx:
            tx.append_events(page)


def _note(notes: Notes, problem: LedgerProblem) -> None:
    notes.add(problem.kind, problem.tenant_id, str(problem.sequence), problem.detail, problem.key)
