# SPDX-License-Identifier: EUPL-1.2
"""The ledger in a kit: what happened to the object, and its place in the newest stamped head of the ledger.

    ledger/events.jsonl   the events about the object and about the batches that prove it, oldest first
    ledger/proofs.json    for each, the way to the head of its municipality's tree (RFC 9162 2.1.3)
    ledger/opening.json   the way from that head to the roll-up of all heads (archive.ledger_openings)
    ledger/heads.json     the roll-up, which tells nothing of anybody
    ledger/heads.ers      the evidence record that proves it

Events younger than the newest stamped head have no place in it yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from archive.batches import object_key
from archive.canonical_json import canonical
from archive.catalog import INSTALLATION, Transaction
from archive.chain import event_line
from archive.home import Home
from archive.ledger_growth import Tree
from archive.ledger_heads import HEADS, newest_opening
from archive.model import LedgerEvent, ObjectRecord
from preservation.evidence.choosing import SoundTokens
from preservation.evidence.repository import EvidenceRepository
from preservation.installation import strength
from preservation.trust.store import TrustStore

HEADS_RECORD: Final = "ledger/heads.ers"


def ledger_members(
    home: Home, record: ObjectRecord, trust: TrustStore
) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield the ledger's files of a kit; the events alone where no head was stamped yet.

    Raises:
        IntegrityError: The ledger has a hole, or the batch that proves its heads is damaged.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        events = _events(tx, record)
        opening = newest_opening(home.store, tx, record.tenant_id)
        proofs = None if opening is None else _proofs(tx, record.tenant_id, opening.head.size, events)
    yield "ledger/events.jsonl", tuple(map(_line, events))
    if opening is None or proofs is None:
        return
    key = object_key(opening.batch_id)
    choose = SoundTokens(trust, home.clock.now(), strength(home))
    evidence = EvidenceRepository(home).record_for_own(key, HEADS, choose)
    yield "ledger/proofs.json", (proofs,)
    yield "ledger/opening.json", (opening.to_bytes(),)
    yield f"ledger/{HEADS}", home.evidence_objects().read_verified(key, HEADS)
    yield HEADS_RECORD, (evidence,)


def _proofs(tx: Transaction, tenant_id: str, size: int, events: list[LedgerEvent]) -> bytes:
    """Return inclusion proofs in the tree of a size; events after it have none."""
    tree = Tree(tx, tenant_id)
    paths = {
        str(event.sequence): [each.hex() for each in tree.place(event.sequence, size).proof]
        for event in events
        if event.sequence <= size
    }
    body = {"paths": paths, "root": tree.head(size).root.hex(), "size": size, "tenant": tenant_id}
    return canonical(body) + b"\n"


def _line(event: LedgerEvent) -> bytes:
    """Return an event without its position: its digest does not cover it, and it tells of other people's."""
    body = json.loads(event_line(event))
    del body["position"]
    return canonical(body) + b"\n"


def _events(tx: Transaction, record: ObjectRecord) -> list[LedgerEvent]:
    """Return the tenant's events about the object and about the batches that prove it, oldest first."""
    subjects = [record.object_id, *(batch.batch_id for batch in tx.proving(record.object_id))]
    events = [event for subject in subjects for event in tx.events_about(subject)]
    found = {event.sequence: event for event in events if event.tenant_id == record.tenant_id}
    return [found[sequence] for sequence in sorted(found)]
