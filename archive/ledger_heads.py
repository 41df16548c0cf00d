# SPDX-License-Identifier: EUPL-1.2
"""Takes the heads of all ledgers, so that a time stamp can cover them, and keeps what opens them.

    roll_up          reads how far every journal reaches        nothing is written
    (a token is asked for; its tree has a leaf over `heads.json`)
    keep_openings    tenants/TENANT/ledger/heads/BATCH.json     durable before the batch is

Whoever dies in between leaves at most openings of a batch that never was: they open nothing and harm nobody.
A head is taken of what is in the journal: an event that only the catalogue has was promised to nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from archive.catalog import INSTALLATION, Transaction
from archive.errors import IntegrityError, NotFound
from archive.home import Home
from archive.journal import journal_head
from archive.ledger_growth import Tree
from archive.ledger_openings import HEADS, Opening, StampedRoot, opening_key, read_opening, roll_up_heads
from archive.ledger_tree import TreeHead
from archive.store import ObjectStore

__all__ = ["HEADS", "RollUp", "keep_openings", "newest_opening", "opening_key", "openings", "roll_up"]

_LOGGER: Final = logging.getLogger(__name__)
_LOOK_BACK: Final = 50
"""Seals that may lack an opening, one after the other, until an older one is not looked for."""


@dataclass(frozen=True, slots=True)
class RollUp:
    """Heads that were taken and wait for their time stamp."""

    stamped: StampedRoot
    openings: tuple[Opening, ...]

    @property
    def file(self) -> bytes:
        """What `heads.json` is to hold."""
        return self.stamped.to_bytes()


def roll_up(home: Home, *, every: float = 0.0) -> RollUp | None:
    """Take the heads of all ledgers.

    Args:
        home: Only read; no lock is needed.
        every: Seconds that must have gone by since the heads that were stamped last; 0 does not look. With
            it, the first ones wait too: they come with the first objects that are sealed.

    Returns:
        None where no ledger has grown since, or where it is too early.

    Raises:
        StorageUnavailable: The store cannot be read.
    """
    now = home.clock.now().replace(microsecond=0)
    heads, grown, latest = [], False, None
    with home.catalog.reading(INSTALLATION) as tx:
        for tenant_id in tx.ledger_tenants():
            head = _head(home.store, tx, tenant_id)
            if head is None:
                continue
            heads.append((tenant_id, head))
            before = newest_opening(home.store, tx, tenant_id)
            grown = grown or before is None or before.head.size < head.size
            if before is not None and (latest is None or before.at > latest):
                latest = before.at
    if not grown or _too_early(now, latest, every):
        return None
    stamped, made = roll_up_heads(heads, now)
    return RollUp(stamped, tuple(made))


def keep_openings(home: Home, heads: RollUp, batch_id: str) -> None:
    """Write each tenant's opening into its own place; durable on return.

    Args:
        home: Held for writing.
        heads: As `roll_up` gave them.
        batch_id: The seal that proves them; it is stored right after.
    """
    for opening in heads.openings:
        data = Opening(
            opening.tenant_id, opening.head, opening.at, opening.nonce, opening.index, opening.leaves,
            opening.path, opening.root, batch_id,
        ).to_bytes()  # fmt: skip
        home.store.put(opening_key(opening.tenant_id, batch_id), [data])
    home.store.sync()


def openings(store: ObjectStore, tx: Transaction, tenant_id: str) -> Iterator[Opening]:
    """Yield the openings of a tenant's stamped heads, newest first; damaged ones are passed over.

    Ends after `_LOOK_BACK` seals in a row that have none: older seals knew no heads.
    """
    missing, before = 0, ""
    while missing < _LOOK_BACK and (page := tx.seal_batches(_LOOK_BACK, before)):
        for batch_id in page:
            try:
                opening = read_opening(store.read(opening_key(tenant_id, batch_id)))
            except (NotFound, IntegrityError):
                missing += 1
                continue
            missing = 0
            yield opening
        before = page[-1]


def newest_opening(store: ObjectStore, tx: Transaction, tenant_id: str) -> Opening | None:
    """Return what opens the head that was stamped last, None for none."""
    return next(openings(store, tx, tenant_id), None)


def _head(store: ObjectStore, tx: Transaction, tenant_id: str) -> TreeHead | None:
    tree = Tree(tx, tenant_id)
    size = min(journal_head(store, tenant_id).sequence, tree.size)
    try:
        return tree.head(size) if size else None
    except IntegrityError as cause:
        _LOGGER.warning("no head was taken of the ledger of %s: %s", tenant_id, cause)
        return None


def _too_early(now: datetime, latest: datetime | None, every: float) -> bool:
    # A clock that was set back makes nothing wait.
    return every > 0 and (latest is None or 0 <= (now - latest).total_seconds() < every)
