# SPDX-License-Identifier: EUPL-1.2
"""Is the ledger in the store what was written? Every segment by itself, so that each damaged file is named.

`archive.journal.verify_journal` stops at the first broken event, for what follows a break proves nothing. Rot
is no forger: here each segment is judged on its own lines, and against its neighbours as far as those are
sound.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from archive.canonical_json import canonical
from archive.chain import LedgerHead, LedgerProblem, event_line, verify_chain
from archive.errors import IntegrityError, LongevaError, NotFound
from archive.journal import ledger_prefix, read_segment, segments, verify_journal
from archive.model import LedgerEvent
from archive.store import ObjectStore

HEAD: Final = "head.json"
Rows = Callable[[int, int], Sequence[LedgerEvent]]
"""Returns what a catalogue holds of the events from one sequence to another, both included."""


def check_journal(store: ObjectStore, tenant_id: str, rows: Rows | None = None) -> Iterator[LedgerProblem]:
    """Yield a problem for each file of a tenant's journal that is not what was written.

    Args:
        store: Where it lies.
        tenant_id: Whose.
        rows: A catalogue to hold every event against, also what no digest covers (its position).
    """
    sound, reached = True, LedgerHead()
    for key, first, last in segments(store, tenant_id):
        events, problem = _read(store, key, first, last)
        if problem is None and events:
            link = reached if reached.sequence == first - 1 else LedgerHead(first - 1, events[0].previous)
            problem = next(iter(verify_chain(events, link)), None)
        if problem is None and any(event.tenant_id != tenant_id for event in events):
            problem = LedgerProblem("ledger.tenant", tenant_id, first, "events of another ledger")
        if problem is None and rows is not None and list(rows(first, last)) != events:
            problem = LedgerProblem("ledger.differs", tenant_id, first, "the catalogue tells otherwise")
        if problem is not None:
            sound = False
            yield replace(problem, tenant_id=tenant_id, key=key)
        elif last > reached.sequence:
            reached = LedgerHead(last, events[-1].digest)
    head = _check_head(store, tenant_id, rows)
    if head is not None:
        yield head
    elif sound:  # gaps between segments, and an end that is gone
        yield from verify_journal(store, tenant_id)


def _read(
    store: ObjectStore, key: str, first: int, last: int
) -> tuple[list[LedgerEvent], LedgerProblem | None]:
    try:
        events = list(read_segment(store, key, first, last))
        if b"".join(event_line(event) for event in events) == store.read(key):
            return events, None
        detail = "its bytes are not those that were written"
    except LongevaError as cause:
        detail = str(cause)
    return [], LedgerProblem("ledger.unreadable", "", first, detail)


def _check_head(store: ObjectStore, tenant_id: str, rows: Rows | None) -> LedgerProblem | None:
    """Tell whether the head is one that was written: of some event of this ledger.

    Where the segment of that event is damaged too, the catalogue says what the event was.
    """
    key = ledger_prefix(tenant_id) + HEAD
    try:
        data = store.read(key)
    except NotFound:
        return None
    except LongevaError as cause:
        return LedgerProblem("ledger.unreadable", tenant_id, 0, str(cause), key)
    try:
        body = json.loads(data)
        head = LedgerHead(int(body["sequence"]), str(body["digest"]))
        exact = canonical({"sequence": head.sequence, "digest": head.digest}) + b"\n" == data
    except (ValueError, TypeError, KeyError, RecursionError):
        exact = False
    if not exact:
        return LedgerProblem("ledger.head", tenant_id, 0, "its bytes are not those that were written", key)
    event = _event(store, tenant_id, head.sequence)
    if event is None and rows is not None:
        event = next(iter(rows(head.sequence, head.sequence)), None)
    if event is not None and event.digest != head.digest:
        detail = f"it says {head.digest}, event {head.sequence} is {event.digest}"
        return LedgerProblem("ledger.head", tenant_id, head.sequence, detail, key)
    return None


def _event(store: ObjectStore, tenant_id: str, sequence: int) -> LedgerEvent | None:
    """Return an event of the journal, None where it is not there or its segment is damaged."""
    for key, first, last in segments(store, tenant_id):
        if first <= sequence <= last:
            try:
                events = list(read_segment(store, key, first, last))
            except IntegrityError:
                return None
            link = LedgerHead(first - 1, events[0].previous)
            return None if verify_chain(events, link) else events[sequence - first]
    return None
