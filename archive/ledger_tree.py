# SPDX-License-Identifier: EUPL-1.2
"""The Merkle tree over a ledger, as pure arithmetic: roots, frontiers, proofs and how they are verified.

A tree of RFC 6962 (section 2.1; the same in RFC 9162): a leaf is SHA-256(0x00 ‖ data), a node
SHA-256(0x01 ‖ left ‖ right), and the left side of a node is the largest power of two below its size. The data
of leaf i are the 32 bytes of the digest of event i + 1, so the tree of size n stands for events 1 to n.

    whoever keeps (size, root) can later be shown in a few dozen hashes that
      an event is in the tree         inclusion proof, RFC 9162 2.1.3
      a later tree continues it       consistency proof, RFC 9162 2.1.4

No IO: where hashes of whole subtrees come from is the caller's business (`archive.ledger_growth`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

HASH_BYTES: Final = 32

Node = Callable[[int, int], bytes]
"""Gives the hash of a whole subtree: its level (0 for a leaf) and its number among those of that level."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two sides (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


EMPTY: Final = hashlib.sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962 2.1)."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A tree as somebody may keep it to hold the archive to it: RFC 6962 3.5 without its signature."""

    size: int
    """Events that it stands for: the sequence of the last one."""
    root: bytes


@dataclass(slots=True)
class Frontier:
    """All that is needed of a tree to go on adding leaves: its whole subtrees from the left, largest first.

    Twenty hashes for a million leaves. Adding a leaf costs two hashes on average.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def read(cls, size: int, peaks: bytes) -> Frontier:
        """Read what `packed` gave.

        Raises:
            ValueError: A tree of this size has another number of peaks.
        """
        if size < 0 or len(peaks) != HASH_BYTES * size.bit_count():
            raise ValueError(size)
        return cls(size, [peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)])

    @property
    def packed(self) -> bytes:
        """The peaks end to end."""
        return b"".join(self.peaks)

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add the hash of one leaf.

        Returns:
            The nodes that became whole, from below: level (1 and up), number among those of its level, hash.
        """
        whole: list[tuple[int, int, bytes]] = []
        node, level, number = leaf, 0, self.size
        while number & 1:
            node = node_hash(self.peaks.pop(), node)
            level, number = level + 1, number >> 1
            whole.append((level, number, node))
        self.peaks.append(node)
        self.size += 1
        return whole

    def root(self) -> bytes:
        """Return the root of the tree (RFC 6962 2.1, MTH)."""
        return fold(self.peaks)

    def proof_of_next(self) -> list[bytes]:
        """Return the inclusion proof of the leaf that is added next, in the tree that then ends with it.

        The siblings of the last leaf are just the peaks of the tree before it: nothing has to be read.
        """
        return self.peaks[::-1]


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over whole subtrees from left to right, each larger than the next."""
    if not hashes:
        return EMPTY
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over the hashes of leaves, in memory that grows with the logarithm of their number."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def subtree(first: int, end: int, node: Node) -> bytes:
    """Return the root over leaves `first` to `end` - 1; a subtree of that size must begin at `first`."""
    parts: list[bytes] = []
    while first < end:
        level = (end - first).bit_length() - 1
        parts.append(node(level, first >> level))
        first += 1 << level
    return fold(parts)


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree of `size` leaves (RFC 9162 2.1.3.1).

    Args:
        index: 0 for the first leaf.
        size: How many leaves the tree has.
        node: Gives whole subtrees.

    Raises:
        ValueError: There is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(index)
    proof: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            proof.append(subtree(middle, end, node))
            end = middle
        else:
            proof.append(subtree(first, middle, node))
            first = middle
    return proof[::-1]


def consistency_proof(old: int, size: int, node: Node) -> list[bytes]:
    """Return the proof that the tree of `size` leaves continues that of its first `old` (RFC 9162 2.1.4.1).

    Returns:
        Empty where both have the same size.

    Raises:
        ValueError: Not 0 < old <= size.
    """
    if not 0 < old <= size:
        raise ValueError(old)
    proof: list[bytes] = []
    first, end, known = 0, size, True
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            proof.append(subtree(middle, end, node))
            end = middle
        else:
            proof.append(subtree(first, middle, node))
            first, known = middle, False
    if not known:
        proof.append(subtree(first, end, node))
    return proof[::-1]


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a proof leads from the hash of leaf `index` to the root (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(sibling, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and found == root


def consistent(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that the later tree continues the earlier one (RFC 9162 2.1.4.2).

    Trees of the same size must have the same root, and their proof is empty. Every tree continues the empty
    one, of which there is nothing to prove: False, so that nobody takes it for a proof.
    """
    if not 0 < old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _split(size: int) -> int:
    """Return the largest power of two below `size` (RFC 6962 2.1)."""
    return 1 << ((size - 1).bit_length() - 1)
