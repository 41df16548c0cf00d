# SPDX-License-Identifier: EUPL-1.2
"""Laws of the ledger's tree, held to the definitions of RFC 6962 2.1 written out as they stand there."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from archive.ledger_tree import (
    Frontier,
    consistency_proof,
    consistent,
    fold,
    included,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    subtree,
)

SIZES = st.integers(1, 70)


def data_of(size: int) -> list[bytes]:
    """Return the data of leaves."""
    return [hashlib.sha256(b"%d" % number).digest() for number in range(size)]


def mth(data: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return leaf_hash(data[0])
    k = half(len(data))
    return node_hash(mth(data[:k]), mth(data[k:]))


def half(size: int) -> int:
    """Return the largest power of two smaller than a size."""
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def path(m: int, data: list[bytes]) -> list[bytes]:
    """RFC 6962 2.1.1, word for word."""
    if len(data) == 1:
        return []
    k = half(len(data))
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def proof(m: int, data: list[bytes]) -> list[bytes]:
    """RFC 6962 2.1.2, word for word."""

    def subproof(m: int, data: list[bytes], *, known: bool) -> list[bytes]:
        if m == len(data):
            return [] if known else [mth(data)]
        k = half(len(data))
        if m <= k:
            return [*subproof(m, data[:k], known=known), mth(data[k:])]
        return [*subproof(m - k, data[k:], known=False), mth(data[:k])]

    return subproof(m, data, known=True)


def nodes(data: list[bytes]):
    """Return a source of whole subtrees."""
    return lambda level, number: mth(data[number << level : number + 1 << level])


@given(st.integers(0, 130))
def test_the_frontier_gives_the_root_of_the_definition(size: int) -> None:
    """Leaf by leaf, packed and read again, or in one run: always the root that RFC 6962 defines."""
    data, frontier = data_of(size), Frontier()
    for one in data:
        frontier = Frontier.read(frontier.size, frontier.packed)
        frontier.add(leaf_hash(one))
    assert frontier.root() == root_of(map(leaf_hash, data)) == mth(data) == subtree(0, size, nodes(data))


@given(st.integers(1, 130))
def test_the_frontier_tells_every_node_that_becomes_whole(size: int) -> None:
    """The nodes that adding gives are those of the definition, each once."""
    data, frontier, told = data_of(size), Frontier(), {}
    for one in data:
        for level, number, value in frontier.add(leaf_hash(one)):
            assert (level, number) not in told
            told[level, number] = value
    node = nodes(data)
    whole = {(level, number) for level in range(1, 9) for number in range(size >> level)}
    assert told == {each: node(*each) for each in whole}


@given(SIZES, st.data())
def test_inclusion_is_proven_as_defined(size: int, draw: st.DataObject) -> None:
    """Our proof is that of the RFC, it verifies, and no bit of it, nor its place, can change."""
    data = data_of(size)
    index = draw.draw(st.integers(0, size - 1))
    made, root = inclusion_proof(index, size, nodes(data)), mth(data)
    assert made == path(index, data)
    leaf = leaf_hash(data[index])
    assert included(leaf, index, size, made, root)
    assert not included(leaf, index, size, [*made, root], root)
    assert not included(leaf, size, size, made, root)
    other = draw.draw(st.integers(0, size - 1))
    assert included(leaf, other, size, made, root) == (other == index)
    if made:
        assert not included(leaf, index, size, made[:-1], root)
        assert not included(leaf, index, size, flipped(made, draw), root)


@given(SIZES, st.data())
def test_the_last_leafs_proof_is_the_frontier(size: int, draw: st.DataObject) -> None:
    """What a receipt tells costs no reading: the frontier before a leaf is its proof in the tree it ends."""
    data, frontier = data_of(size), Frontier()
    for one in data[:-1]:
        frontier.add(leaf_hash(one))
    assert frontier.proof_of_next() == path(size - 1, data)


@given(SIZES, st.data())
def test_consistency_is_proven_as_defined(size: int, draw: st.DataObject) -> None:
    """Our proof is that of the RFC, it verifies, and neither root nor any bit of it can change."""
    data = data_of(size)
    old = draw.draw(st.integers(1, size))
    made, before, after = consistency_proof(old, size, nodes(data)), mth(data[:old]), mth(data)
    assert made == proof(old, data)
    assert consistent(old, before, size, after, made)
    assert not consistent(old, before, size, after, [*made, after])
    assert not consistent(old, leaf_hash(b"other"), size, after, made)
    assert not consistent(old, before, size, leaf_hash(b"other"), made)
    assert not consistent(0, before, size, after, made)
    assert not consistent(size, after, old, before, made) or old == size
    if made:
        assert not consistent(old, before, size, after, made[:-1])
        assert not consistent(old, before, size, after, flipped(made, draw))


@given(SIZES, st.data())
def test_a_history_that_was_rewritten_is_never_consistent(size: int, draw: st.DataObject) -> None:
    """Whoever changed one old event, and then made every hash anew, finds no proof from the old head."""
    data = data_of(size)
    old = draw.draw(st.integers(1, size))
    changed = draw.draw(st.integers(0, old - 1))
    forged = [*data[:changed], leaf_hash(b"forged"), *data[changed + 1 :]]
    before, after = mth(data[:old]), mth(forged)
    for node in (nodes(data), nodes(forged)):
        assert not consistent(old, before, size, after, consistency_proof(old, size, node))


def test_peaks_must_fit_their_size() -> None:
    """A frontier whose peaks are too few or too many is refused."""
    for size, peaks in ((1, b""), (3, b"\0" * 32), (4, b"\0" * 64), (-1, b""), (2, b"\0" * 31)):
        try:
            Frontier.read(size, peaks)
        except ValueError:
            continue
        raise AssertionError(size)
    assert fold([]) == hashlib.sha256(b"").digest()


def flipped(made: list[bytes], draw: st.DataObject) -> list[bytes]:
    """Return a proof with one bit changed."""
    place, bit = draw.draw(st.integers(0, len(made) - 1)), draw.draw(st.integers(0, 255))
    value = (int.from_bytes(made[place], "big") ^ 1 << bit).to_bytes(32, "big")
    return [*made[:place], value, *made[place + 1 :]]
