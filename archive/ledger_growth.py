# SPDX-License-Identifier: EUPL-1.2
"""Lets the Merkle tree of a ledger grow with its events, and draws proofs from it.

    with every append   the frontier, some 20 hashes, in the same transaction
    every 256 events    the node over them is kept; every 65,536 and 16,777,216 likewise

Any proof between any sizes then reads a few pages of at most 256 rows, however long the ledger is. All of it
follows from the events: a tree that is behind, as after an upgrade or a rebuild, is brought up by whoever
appends or asks next (some seconds a million events, once).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from archive.catalog import Transaction
from archive.errors import IntegrityError, InvalidRequest
from archive.ledger_tree import (
    Frontier,
    TreeHead,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    subtree,
)
from archive.model import LedgerEvent

TILE: Final = 8
"""Nodes are kept at every eighth level."""
_KEPT: Final = frozenset({TILE, 2 * TILE, 3 * TILE})
_PAGE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands in a tree."""

    head: TreeHead
    proof: tuple[bytes, ...]
    """Inclusion proof, from the leaf to the root (RFC 9162 2.1.3)."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An event with its place in the Merkle tree that ends with it: what a receipt tells."""

    event: LedgerEvent
    place: Place | None
    """None where the ledger has a hole, so that there is no tree over it."""


def grow(tx: Transaction, tenant_id: str, reached: int, digests: Sequence[bytes]) -> list[Place | None]:
    """Add the events that are being appended to a tenant's tree, in the transaction that appends them.

    Args:
        tx: An open writing transaction.
        tenant_id: Whose ledger.
        reached: Sequence of the last event before them, 0 for none.
        digests: Theirs, in order.

    Returns:
        The place of each in the tree that ends with it; None where the ledger has a hole, so that there is
        no tree over it: a rebuilt one whose journal was damaged.
    """
    frontier, whole, new = _brought_up(tx, tenant_id, reached)
    if frontier.size != reached:
        return [None] * len(digests)
    places: list[Place | None] = []
    for digest in digests:
        proof = tuple(frontier.proof_of_next())
        whole += [node for node in frontier.add(leaf_hash(digest)) if node[0] in _KEPT]
        places.append(Place(TreeHead(frontier.size, frontier.root()), proof))
    tx.put_ledger_tree(tenant_id, frontier.size, frontier.packed, whole, new=new)
    return places


def catch_up(tx: Transaction, tenant_id: str) -> None:
    """Bring a tree up to the last event, or to the first hole, in an open writing transaction."""
    last = tx.last_event(tenant_id)
    reached = last.sequence if last else 0
    before, _ = tx.ledger_tree(tenant_id)
    frontier, whole, new = _brought_up(tx, tenant_id, reached)
    if frontier.size != before:
        tx.put_ledger_tree(tenant_id, frontier.size, frontier.packed, whole, new=new)


def placed(tx: Transaction, event: LedgerEvent) -> Placed:
    """Return a written event with its place in the tree that ends with it, as it was told at first.

    Args:
        tx: An open transaction.
        event: Of the catalogue.
    """
    try:
        return Placed(event, Tree(tx, event.tenant_id).place(event.sequence, event.sequence))
    except IntegrityError:  # what is wrong with the ledger is the audit's to say
        return Placed(event, None)


def _brought_up(
    tx: Transaction, tenant_id: str, reached: int
) -> tuple[Frontier, list[tuple[int, int, bytes]], bool]:
    size, peaks = tx.ledger_tree(tenant_id)
    try:
        frontier = Frontier.read(size, peaks)
    except ValueError as cause:
        raise IntegrityError(
            f"the tree of the ledger of {tenant_id} is damaged: `longeva rebuild`"
        ) from cause
    whole: list[tuple[int, int, bytes]] = []
    while frontier.size < reached:
        page = tx.event_digests(tenant_id, frontier.size, min(_PAGE, reached - frontier.size))
        before = frontier.size
        for sequence, digest in page:
            if sequence != frontier.size + 1:
                break
            whole += [node for node in frontier.add(leaf_hash(digest)) if node[0] in _KEPT]
        if frontier.size == before:
            break  # a hole: nothing grows over it
    return frontier, whole, size == 0


@dataclass(slots=True)
class Tree:
    """The tree of one ledger, read as far as a proof needs it. Lives no longer than its transaction.

    Nodes that are not kept yet are worked out from the events. Every method raises IntegrityError where the
    ledger has a hole.
    """

    tx: Transaction
    tenant_id: str
    _tiles: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many events it stands for."""
        last = self.tx.last_event(self.tenant_id)
        return last.sequence if last else 0

    def head(self, size: int) -> TreeHead:
        """Return the head that the tree had at a size. Raises InvalidRequest where it never had it."""
        self._require(size)
        return TreeHead(size, subtree(0, size, self._node))

    def place(self, sequence: int, size: int) -> Place:
        """Return the place of an event in the tree of a size. Raises InvalidRequest."""
        self._require(size)
        if not 0 < sequence <= size:
            raise InvalidRequest(f"the tree of {size} events has no event {sequence}")
        return Place(self.head(size), tuple(inclusion_proof(sequence - 1, size, self._node)))

    def consistency(self, old: int, size: int) -> list[bytes]:
        """Return the proof that the tree of a size continues an older one. Raises InvalidRequest."""
        self._require(size)
        if not 0 < old <= size:
            raise InvalidRequest(f"the tree of {size} events does not continue one of {old}")
        return consistency_proof(old, size, self._node)

    def _require(self, size: int) -> None:
        there = self.size
        if not 0 <= size <= there:
            raise InvalidRequest(f"the ledger has {there} events: there is no tree of {size}")

    def _node(self, level: int, number: int) -> bytes:
        """Return a whole subtree, from the kept level at or below it."""
        base = min(level // TILE, 3) * TILE
        return self._over(base, number << (level - base), 1 << (level - base))

    def _over(self, level: int, first: int, count: int) -> bytes:
        """Return the node over `count` neighbours of a kept level, a power of two."""
        hashes = [self._kept(level, number) for number in range(first, first + count)]
        while len(hashes) > 1:
            hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
        return hashes[0]

    def _kept(self, level: int, number: int) -> bytes:
        tile, offset = number >> TILE, number & (1 << TILE) - 1
        if (level, tile) not in self._tiles:
            self._tiles[level, tile] = self._read(level, tile << TILE)
        hashes = self._tiles[level, tile]
        if offset < len(hashes):
            return hashes[offset]
        if level == 0:
            raise IntegrityError(f"the ledger of {self.tenant_id} has a hole in the catalogue")
        return self._over(level - TILE, number << TILE, 1 << TILE)  # not kept yet

    def _read(self, level: int, first: int) -> list[bytes]:
        width = 1 << TILE
        if level:
            return self.tx.ledger_nodes(self.tenant_id, level, first, first + width)
        rows = self.tx.event_digests(self.tenant_id, first, width)
        return [leaf_hash(digest) for at, (sequence, digest) in enumerate(rows, first + 1) if sequence == at]
