# SPDX-License-Identifier: EUPL-1.2
"""Evidence batches back into a catalogue: `batch.json` and `leaves.tsv` of each object in `evidence/ocfl/`.

A batch without an event in any ledger died before its rows; it is left for the next sealing to take in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from archive.batches import load_batch, own_leaf, read_leaves
from archive.catalog import INSTALLATION, BatchRecord, Catalog
from archive.errors import ConflictError, IntegrityError, NotFound
from archive.model import SYSTEM_TENANT
from archive.objects import Objects
from archive.rebuild.report import Notes


def restore_batches(objects: Objects, catalog: Catalog, notes: Notes) -> None:
    """Write every acknowledged batch, oldest first, each after those that it renews."""
    waiting = deque(sorted(_batches(objects, notes), key=lambda one: (one.sealed_at, one.batch_id)))
    put_off: set[str] = set()
    while waiting:
        batch = waiting.popleft()
        if not _is_acknowledged(objects, catalog, batch):
            detail = "no ledger tells of it: the next sealing takes it in or leaves it"
            notes.add("evidence.unacknowledged", SYSTEM_TENANT, batch.batch_id, detail, batch.object_key)
            continue
        try:
            with catalog.transaction(INSTALLATION) as tx:
                tx.add_batch(batch, read_leaves(objects, batch))
            put_off.clear()
        except ConflictError as cause:
            # A time stamp tells seconds: what renews a batch may be as old as that.
            if waiting and batch.batch_id not in put_off:
                put_off.add(batch.batch_id)
                waiting.append(batch)
            else:
                notes.add("evidence.damaged", SYSTEM_TENANT, batch.batch_id, cause, batch.object_key)
        except (IntegrityError, NotFound) as cause:
            notes.add("evidence.damaged", SYSTEM_TENANT, batch.batch_id, cause, batch.object_key)


def _is_acknowledged(objects: Objects, catalog: Catalog, batch: BatchRecord) -> bool:
    """Tell whether a ledger tells of a batch; one that proves only its own files needs no such word."""
    with catalog.reading(INSTALLATION) as tx:
        if tx.events_about(batch.batch_id):
            return True
    try:
        own = own_leaf(batch.object_key, "")
        return batch.count > 0 and all(leaf.object_id.startswith(own) for leaf in read_leaves(objects, batch))
    except (IntegrityError, NotFound):
        return False


def _batches(objects: Objects, notes: Notes) -> Iterator[BatchRecord]:
    try:
        for key in objects.object_ids():
            try:
                yield load_batch(objects, key)
            except (IntegrityError, NotFound) as cause:
                notes.add("evidence.damaged", SYSTEM_TENANT, key, cause, getattr(cause, "place", ""))
    except IntegrityError as cause:
        notes.add("evidence.damaged", SYSTEM_TENANT, "", cause, cause.place)
