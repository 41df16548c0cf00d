# SPDX-License-Identifier: EUPL-1.2
"""Seal what is not sealed yet: one tree over any number of object versions, one token (RFC 4998 4.2).

Order of writing: token, batch object, rows with their ledger events, journal. Whoever dies in between leaves
at most a batch object that no row knows; the next run takes it in (`adopt`). No writer waits while an
authority thinks: the token is asked for without the lock, and thrown away if another sealer was faster.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from archive.batches import PREFIX, load_batch, object_key, read_leaves
from archive.catalog import INSTALLATION
from archive.catalog.rows import SEAL, BatchRecord, LeafRecord
from archive.errors import IntegrityError, InvalidRequest, NotFound, TimestampUnavailable
from archive.home import Home
from archive.identifiers import uuid7
from archive.inventory import Inventory
from archive.material import Material
from archive.model import SYSTEM_TENANT, ObjectRecord
from archive.objects import Objects
from preservation import merkle
from preservation.evidence.batch import load_tree, store_batch, token_facts
from preservation.timestamps import TimestampAuthority

ALGORITHM: Final = "sha256"
"""Of new trees."""
BATCH_LIMIT: Final = 1_000_000
"""Object versions in one tree unless told otherwise."""
SEALED: Final = "evidence.sealed"
RENEWED: Final = "evidence.renewed"


@dataclass(frozen=True, slots=True)
class _Due:
    """Object versions to seal, with their group digests end to end."""

    records: tuple[ObjectRecord, ...]
    digests: bytes
    after: int
    """How many batches there were when this was read."""

    def leaves(self, batch_id: str) -> Iterator[LeafRecord]:
        size = len(self.digests) // len(self.records)
        for index, record in enumerate(self.records):
            digest = self.digests[index * size : (index + 1) * size].hex()
            yield LeafRecord(batch_id, index, digest, record.object_id, record.version, "")


def seal_due(
    home: Home, authority: TimestampAuthority, *, limit: int | None = None, agent: str = "cli"
) -> BatchRecord | None:
    """Seal every object version that no evidence covers yet, with one token.

    Args:
        home: The archive.
        authority: Gives the token, checked.
        limit: At most so many object versions, the longest waiting first; `BATCH_LIMIT` by default.
        agent: Who asks, for the ledger.

    Returns:
        The new batch, or one that a run before left half recorded; None where nothing was due. Objects whose
        group equals another's of the batch wait for the next one (`preservation.merkle`, equal leaves), so
        call until None.

    Raises:
        InvalidRequest: A limit below one.
        TimestampUnavailable: No token; nothing was written.
        StorageUnavailable: The store cannot be written; repeat.
        IntegrityError: An object's inventory disagrees with its sidecar.
    """
    if limit is not None and limit < 1:
        raise InvalidRequest(f"A batch of {limit} objects cannot be sealed")
    adopted = adopt(home, agent=agent)
    if adopted:
        return adopted[-1]
    due = _read_due(home, limit or BATCH_LIMIT)
    if due is None:
        return None
    batch = stamp_batch(home, authority, due.digests, SEAL)
    with home.writing():
        if _count_batches(home) == due.after:
            store_batch(home, batch, due.leaves(batch.batch_id))
            tenants = Counter(record.tenant_id for record in due.records)
            record_batch(home, batch, due.leaves(batch.batch_id), tenants, agent)
            return batch
    return seal_due(home, authority, limit=limit, agent=agent)  # another sealer was faster


def group_of(objects: Objects, object_id: str, version: int) -> list[bytes]:
    """Return the digests of a version's files, ascending and without repetition: its data object group.

    Every file counts, `metadata/deposit.json` included, and so does every piece of validation material that
    the version names: what proves the verdicts is proven with them. Source: RFC 4998 4.2 step 2.

    Raises:
        NotFound: No such object or version.
        IntegrityError: The inventory disagrees with its sidecar, or the list of material has changed.
    """
    inventory = objects.inventory(object_id)
    return group_in(inventory, version, objects.material(inventory, version))


def group_in(inventory: Inventory, version: int, material: Iterable[Material]) -> list[bytes]:
    """Return the group of a version whose inventory and material were read already; see `group_of`."""
    named = (each.sha256 for each in material)
    return sorted({bytes.fromhex(digest) for digest in (*inventory.version(version).state.values(), *named)})


def stamp_batch(home: Home, authority: TimestampAuthority, digests: bytes, kind: str) -> BatchRecord:
    """Grow the tree over `digests`, have its root stamped and return the record, unwritten.

    Raises:
        TimestampUnavailable: No token.
    """
    tree = merkle.Tree(digests, ALGORITHM)
    token = authority.stamp(tree.root, ALGORITHM)
    facts = token_facts(token, tree.root, ALGORITHM)
    if not facts.intact or facts.gen_time is None or facts.valid_until is None:
        raise TimestampUnavailable(f"{authority.name} gave a token that does not cover the tree")
    batch_id = uuid7(home.clock.now())
    return BatchRecord(
        batch_id=batch_id,
        kind=kind,
        algorithm=ALGORITHM,
        sealed_at=facts.gen_time,
        authority=authority.name,
        valid_until=facts.valid_until,
        token=token,
        count=len(tree),
        object_key=object_key(batch_id),
    )


def record_batch(
    home: Home, batch: BatchRecord, leaves: Iterator[LeafRecord], tenants: Counter[str], agent: str
) -> None:
    """Write the rows of a stored batch with one event for each tenant, then carry the events over."""
    kind = SEALED if batch.kind == SEAL else RENEWED
    with home.catalog.transaction(INSTALLATION) as tx:
        tx.add_batch(batch, leaves)
        for tenant_id, count in sorted(tenants.items()):
            detail = {
                "authority": batch.authority,
                "count": count,
                "valid_until": str(batch.valid_until.date()),
            }
            home.ledger.append(tx, tenant_id, kind, batch.batch_id, agent, detail)
    for tenant_id in sorted(tenants):
        home.ledger.flush(tenant_id)


def adopt(home: Home, *, agent: str = "cli") -> list[BatchRecord]:
    """Take in batch objects that a run before stored without living to record them.

    One that covers what later evidence covers already, or objects that are gone, is left where it is: it
    does no harm. One that is damaged is left to the audit.
    """
    adopted = []
    with home.writing():
        objects = home.evidence_objects()
        with home.catalog.reading(INSTALLATION) as tx:
            known = {batch.object_key for batch in tx.batches()}
        for key in sorted(objects.object_ids(skip_damaged=True)):
            if key in known or not key.startswith(PREFIX):
                continue
            try:
                batch = load_batch(objects, key)
                load_tree(objects, batch)
                tenants = _tenants_waiting(home, objects, batch)
            except IntegrityError:
                continue
            if tenants:
                record_batch(home, batch, read_leaves(objects, batch), tenants, agent)
                adopted.append(batch)
    return adopted


def _tenants_waiting(home: Home, objects: Objects, batch: BatchRecord) -> Counter[str]:
    """Return whose objects a leftover would seal; empty where it would seal any of them twice."""
    tenants: Counter[str] = Counter()
    with home.catalog.reading(INSTALLATION) as tx:
        live = {one.batch_id for one in tx.live_batches()}
        for leaf in read_leaves(objects, batch):
            if leaf.renews_batch:
                if leaf.renews_batch not in live:
                    return Counter()
                tenants[SYSTEM_TENANT] += 1
                continue
            try:
                record = tx.object(leaf.object_id)
            except NotFound:
                return Counter()
            if any(one.version == leaf.version for one in tx.leaves_of(leaf.object_id)):
                return Counter()
            tenants[record.tenant_id] += 1
    return tenants


def _read_due(home: Home, limit: int) -> _Due | None:
    with home.catalog.reading(INSTALLATION) as tx:
        after, unsealed = len(tx.batches()), tx.unsealed(limit)
    places: set[bytes] = set()
    records, digests = [], bytearray()
    for record in unsealed:
        value = _leaf_value(home.objects(record.tenant_id), record)
        if value not in places:
            places.add(value)
            records.append(record)
            digests += value
    return _Due(tuple(records), bytes(digests), after) if records else None


def _leaf_value(objects: Objects, record: ObjectRecord) -> bytes:
    return merkle.combine(group_of(objects, record.object_id, record.version), ALGORITHM)


def _count_batches(home: Home) -> int:
    with home.catalog.reading(INSTALLATION) as tx:
        return len(tx.batches())
