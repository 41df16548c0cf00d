# SPDX-License-Identifier: EUPL-1.2
"""From a grown tree to a batch on record: its tokens, its rows, its events; and what a death left in between.

Order of writing: tokens, batch object, rows with their ledger events, journal. Whoever dies in between leaves
at most a batch object that no row knows; the next run takes it in (`adopt`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from archive.batches import PREFIX, load_batch, object_key, read_leaves
from archive.catalog import INSTALLATION
from archive.catalog.rows import SEAL, BatchRecord, LeafRecord
from archive.errors import IntegrityError, NotFound
from archive.home import Home
from archive.identifiers import uuid7
from archive.model import SYSTEM_TENANT
from archive.objects import Objects
from preservation.evidence.batch import load_tree
from preservation.merkle import Tree
from preservation.stamping import TimestampAuthorities
from preservation.timestamps import TimestampAuthority

SEALED: Final = "evidence.sealed"
RENEWED: Final = "evidence.renewed"
WANTED: Final = "wanted"
"""In the event of a batch with fewer tokens than were wanted: how many those were."""
_REASON: Final = 200
"""Characters of an authority's words that are kept."""
Failures = tuple[tuple[str, str], ...]
"""Authorities that gave no token, with the reason."""


def stamp_tree(
    home: Home,
    authority: TimestampAuthority,
    tree: Tree,
    kind: str,
    *,
    tokens: int = 1,
    names: Sequence[str] = (),
    batch_id: str = "",
) -> tuple[BatchRecord, Failures]:
    """Have the root of a tree stamped and return the record, unwritten: one request to each authority.

    Args:
        home: The archive, for its clock.
        authority: Whom to ask; a list of them gives several tokens.
        tree: The tree.
        kind: Of the batch.
        tokens: How many tokens of different authorities are wanted; fewer are taken where no more are had.
        names: Which authorities of the list, in this order; empty for all.
        batch_id: Where leaves name it already; a new one by default.

    Raises:
        TimestampUnavailable: No token at all.
    """
    told = TimestampAuthorities.of(authority).stamps(tree.root, tree.algorithm, count=tokens, names=names)
    first, *others = told.stamps
    batch_id = batch_id or uuid7(home.clock.now())
    batch = BatchRecord(
        batch_id=batch_id,
        kind=kind,
        algorithm=tree.algorithm,
        sealed_at=first.sealed_at,
        authority=first.authority,
        valid_until=first.valid_until,
        token=first.token,
        count=len(tree),
        object_key=object_key(batch_id),
        price=first.price,
        others=tuple(others),
    )
    return batch, told.failures


def told_of(batch: BatchRecord, wanted: int, failures: Failures = ()) -> dict[str, Any]:
    """Return what the ledger tells of tokens that were wanted and not had; nothing where all were.

    Args:
        batch: As it was stamped.
        wanted: How many tokens.
        failures: As `stamp_tree` gave them.
    """
    told: dict[str, Any] = {}
    if failures:
        told["failed"] = {name: reason[:_REASON] for name, reason in failures}
    if len(batch.stamps) < wanted:
        told[WANTED] = wanted
    return told


def record_batch(
    home: Home,
    batch: BatchRecord,
    leaves: Iterator[LeafRecord],
    tenants: Counter[str],
    agent: str,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Write the rows of a stored batch with one event for each tenant, then carry the events over.

    Args:
        home: The archive.
        batch: What was stored.
        leaves: In tree order.
        tenants: How many leaves are of each.
        agent: Who asks.
        told: What else the events tell.
    """
    kind = SEALED if batch.kind == SEAL else RENEWED
    detail = {"authority": batch.authority, "valid_until": str(batch.valid_until.date()), **(told or {})}
    if batch.others:
        detail["authorities"] = [stamp.authority for stamp in batch.stamps]
    with home.catalog.transaction(INSTALLATION) as tx:
        tx.add_batch(batch, leaves)
        for tenant_id, count in sorted(tenants.items()):
            home.ledger.append(tx, tenant_id, kind, batch.batch_id, agent, {**detail, "count": count})
    for tenant_id in sorted(tenants):
        home.ledger.flush(tenant_id)


def adopt(home: Home, *, agent: str = "cli") -> list[BatchRecord]:
    """Take in batch objects that a run before stored without living to record them.

    One that covers what later evidence covers already, or objects that are gone, or whose tokens have ended
    since, is left where it is: it does no harm. One that is damaged is left to the audit.
    """
    adopted = []
    with home.writing():
        objects = home.evidence_objects()
        with home.catalog.reading(INSTALLATION) as tx:
            known = tx.batch_keys()
        for key in sorted(objects.object_ids(skip_damaged=True)):
            if key in known or not key.startswith(PREFIX):
                continue
            try:
                batch = load_batch(objects, key)
                load_tree(objects, batch, home.work_folder())
                tenants = _tenants_waiting(home, objects, batch)
            except IntegrityError:
                continue
            if tenants is not None:
                record_batch(home, batch, read_leaves(objects, batch), tenants, agent)
                adopted.append(batch)
    return adopted


def _tenants_waiting(home: Home, objects: Objects, batch: BatchRecord) -> Counter[str] | None:
    """Return whose objects a leftover would seal; None where it would seal any twice, or with nothing."""
    tenants: Counter[str] = Counter()
    if all(stamp.valid_until <= home.clock.now() for stamp in batch.stamps):
        return None  # what it covers would fall with it, though older tokens may hold
    with home.catalog.reading(INSTALLATION) as tx:
        live = {one.batch_id for one in tx.live_batches()}
        whole: set[str] = set()
        for leaf in read_leaves(objects, batch):
            if leaf.renews_batch:
                if leaf.renews_batch not in live:
                    return None
                if leaf.renews_batch not in whole and tx.is_carried_in_part([leaf.renews_batch]):
                    return None  # a batch of which something is carried on already is live all the same
                whole.add(leaf.renews_batch)
                tenants[SYSTEM_TENANT] += 1
                continue
            if leaf.object_id.startswith(PREFIX):  # a file of the batch itself: nobody's
                continue
            try:
                record = tx.object(leaf.object_id)
            except NotFound:
                return None
            if any(one.version == leaf.version for one in tx.seals_of(leaf.object_id)):
                return None
            tenants[record.tenant_id] += 1
    return tenants
