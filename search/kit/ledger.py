# SPDX-License-Identifier: EUPL-1.2
"""The ledger in a kit: what happened to the object, and its place in the ledger's tree.

ledger/events.jsonl   the events about the object and about the batches that prove it, oldest first
ledger/proofs.json    for each, the way to the head of its municipality's tree (RFC 9162 2.1.3)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from archive.canonical_json import canonical
from archive.chain import event_line
from archive.home import Home
from archive.model import LedgerEvent, ObjectRecord


def ledger_members(home: Home, record: ObjectRecord) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield the ledger's files of a kit."""
    events = _events(home, record)
    yield "ledger/events.jsonl", tuple(map(_line, events))


def _line(event: LedgerEvent) -> bytes:
    """Return an event without its position: its digest does not cover it, and it tells of other people's."""
    body = json.loads(event_line(event))
    del body["position"]
    return canonical(body) + b"\n"


def _events(home: Home, record: ObjectRecord) -> list[LedgerEvent]:
    """Return the events about the object and about the batches that prove it, oldest first."""
    with home.catalog.reading(record.tenant_id) as tx:
        events = tx.events_about(record.object_id)
        batches = [leaf.batch_id for leaf in tx.leaves_of(record.object_id)]
        for batch_id in batches:  # grows: each batch may have been renewed by a later one
            events += [event for event in tx.events_about(batch_id) if event.tenant_id == record.tenant_id]
            batches += [
                leaf.batch_id for leaf in tx.leaves_renewing(batch_id) if leaf.batch_id not in batches
            ]
    return sorted(events, key=lambda event: event.sequence)
