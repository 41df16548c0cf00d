# SPDX-License-Identifier: EUPL-1.2
"""Evidence batches back into a catalogue: `batch.json` and `leaves.tsv` of each object in `evidence/ocfl/`.

A batch without an event in any ledger died before its rows; it is left for the next sealing to take in.
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.batches import load_batch, read_leaves
from archive.catalog import INSTALLATION, BatchRecord, Catalog
from archive.errors import ConflictError, IntegrityError, NotFound
from archive.model import SYSTEM_TENANT
from archive.objects import Objects
from archive.rebuild.report import Notes


def restore_batches(objects: Objects, catalog: Catalog, notes: Notes) -> None:
    """Write every acknowledged batch, oldest first: a renewal comes after what it renews."""
    for batch in sorted(_batches(objects, notes), key=lambda one: (one.sealed_at, one.batch_id)):
        with catalog.reading(INSTALLATION) as tx:
            acknowledged = bool(tx.events_about(batch.batch_id))
        if not acknowledged:
            detail = "no ledger tells of it: the next sealing takes it in or leaves it"
            notes.add("evidence.unacknowledged", SYSTEM_TENANT, batch.batch_id, detail, batch.object_key)
            continue
        try:
            with catalog.transaction(INSTALLATION) as tx:
                tx.add_batch(batch, read_leaves(objects, batch))
        except (IntegrityError, ConflictError, NotFound) as cause:
            notes.add("evidence.damaged", SYSTEM_TENANT, batch.batch_id, cause, batch.object_key)


def _batches(objects: Objects, notes: Notes) -> Iterator[BatchRecord]:
    try:
        for key in objects.object_ids():
            try:
                yield load_batch(objects, key)
            except (IntegrityError, NotFound) as cause:
                notes.add("evidence.damaged", SYSTEM_TENANT, key, cause, getattr(cause, "place", ""))
    except IntegrityError as cause:
        notes.add("evidence.damaged", SYSTEM_TENANT, "", cause, cause.place)
