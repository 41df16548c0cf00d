# SPDX-License-Identifier: EUPL-1.2
"""Are the stamped heads those of the ledger, and is every opening there? From the store alone.

A seal whose `heads.json` the archive still has must be opened by one file of each tenant whose ledger had
begun by then; that file must lead to the root that was stamped; and the head in it must be the one that the
journal gives at that size. Openings of seals that never were, left by whoever died, harm nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Final

from archive.chain import LedgerProblem
from archive.errors import IntegrityError, LongevaError, NotFound
from archive.home_format import EVIDENCE_ROOT
from archive.journal import read_journal
from archive.layout import BATCH_PREFIX
from archive.ledger_openings import HEADS, Opening, StampedRoot, opening_key, read_heads, read_opening
from archive.ledger_tree import Frontier, TreeHead, leaf_hash
from archive.model import LedgerEvent
from archive.object_reading import ObjectReader
from archive.store import ObjectStore

_BEGUN: Final = timedelta(hours=1)
"""An event may wait so long for its journal: until then a head need not have been taken."""
OPENING: Final = "ledger.opening"


def stamped_heads(store: ObjectStore) -> dict[str, StampedRoot]:
    """Return what every seal of a store stamped of the ledgers, by batch id; damaged ones are passed over."""
    objects = ObjectReader(store, EVIDENCE_ROOT)
    found: dict[str, StampedRoot] = {}
    for inventory in objects.inventories(skip_damaged=True):
        key = inventory.object_id
        if not key.startswith(BATCH_PREFIX) or HEADS not in inventory.version(1).state:
            continue
        try:
            found[key.removeprefix(BATCH_PREFIX)] = read_heads(b"".join(objects.read_verified(key, HEADS)))
        except (IntegrityError, NotFound):
            continue  # told with the bytes of its object
    return found


def check_heads(
    store: ObjectStore, tenant_id: str, stamped: Mapping[str, StampedRoot], *, journal: bool = True
) -> Iterator[LedgerProblem]:
    """Yield a problem for each stamped head of a tenant that is not what it was.

    Args:
        store: Where journal and openings lie.
        tenant_id: Whose.
        stamped: As `stamped_heads` gave them.
        journal: Also hold the journal to the heads; not one whose damage is told already, for which no
            opening is to blame.
    """
    first = _first(store, tenant_id)
    opened: list[tuple[str, Opening]] = []
    for batch_id, root in sorted(stamped.items(), key=lambda each: (each[1].at, each[0])):
        key = opening_key(tenant_id, batch_id)
        try:
            opening = read_opening(store.read(key))
        except NotFound:
            if opened or (first is not None and first.at + _BEGUN < root.at):
                yield _problem(tenant_id, 0, "what opens a stamped head is gone", key)
            continue
        except LongevaError as cause:
            yield _problem(tenant_id, 0, str(cause), key)
            continue
        if (opening.tenant_id, opening.batch_id) != (tenant_id, batch_id) or not opening.leads(root):
            yield _problem(tenant_id, opening.head.size, "it does not lead to the root that was stamped", key)
            continue
        opened.append((key, opening))
    if journal:
        yield from _compare(store, tenant_id, opened)


def heads_at(store: ObjectStore, tenant_id: str, sizes: Collection[int]) -> dict[int, TreeHead]:
    """Return the heads that a journal gives at some sizes, in one reading; those that it reaches.

    Says nothing of the chain. What cannot be read ends it.
    """
    wanted, frontier = set(sizes), Frontier()
    found = {0: TreeHead(0, frontier.root())} if 0 in wanted else {}
    last = max(wanted, default=0)
    try:
        for event in read_journal(store, tenant_id):
            if frontier.size == last or event.sequence != frontier.size + 1:
                break
            frontier.add(leaf_hash(bytes.fromhex(event.digest)))
            if frontier.size in wanted:
                found[frontier.size] = TreeHead(frontier.size, frontier.root())
    except (IntegrityError, ValueError):
        pass
    return found


def _compare(
    store: ObjectStore, tenant_id: str, opened: list[tuple[str, Opening]]
) -> Iterator[LedgerProblem]:
    heads = heads_at(store, tenant_id, {opening.head.size for _, opening in opened})
    for key, opening in opened:
        size = opening.head.size
        if size not in heads:
            yield _problem(
                tenant_id, size, f"the ledger does not reach the {size} events that were stamped", key
            )
        elif heads[size] != opening.head:
            yield _problem(tenant_id, size, f"the first {size} events are not those that were stamped", key)


def _first(store: ObjectStore, tenant_id: str) -> LedgerEvent | None:
    try:
        return next(read_journal(store, tenant_id), None)
    except IntegrityError:
        return None


def _problem(tenant_id: str, sequence: int, detail: str, key: str) -> LedgerProblem:
    return LedgerProblem(OPENING, tenant_id, sequence, detail, key)
