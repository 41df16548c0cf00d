# SPDX-License-Identifier: EUPL-1.2
"""Laws of hash trees (RFC 4998 4.2, 4.3)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import InvalidRequest, StorageUnavailable
from preservation import merkle
from preservation.merkle import Tree, combine, fold, unique

ALGORITHMS = st.sampled_from(["sha256", "sha512", "sha3_512"])


@st.composite
def trees(draw, least=1):
    """Any tree of up to forty leaves, equal ones included, with one of its places."""
    algorithm = draw(ALGORITHMS)
    seeds = draw(st.lists(st.integers(0, 30), min_size=least, max_size=40))
    leaves = [hashlib.new(algorithm, b"%d" % seed).digest() for seed in seeds]
    return Tree(b"".join(leaves), algorithm), draw(st.integers(0, len(leaves) - 1))


@given(trees())
def test_every_leaf_proves_itself(made):
    """The path of any leaf folds to the root, as one list with its sibling or alone before it."""
    tree, place = made
    alone = [[tree.leaf(place)], *([one] for one in tree.siblings(place))]
    assert fold(tree.path(place), tree.algorithm) == tree.root == fold(alone, tree.algorithm)
    assert tree.leaf(place) in tree.path(place)[0]


@given(trees(), st.data())
def test_any_flipped_bit_of_a_path_leads_elsewhere(made, data):
    """No hash of a path can change and still lead to the root."""
    tree, place = made
    lists = tree.path(place)
    one = data.draw(st.integers(0, len(lists) - 1))
    two = data.draw(st.integers(0, len(lists[one]) - 1))
    bit = data.draw(st.integers(0, tree.size * 8 - 1))
    value = int.from_bytes(lists[one][two], "big") ^ (1 << bit)
    lists[one][two] = value.to_bytes(tree.size, "big")
    assert fold(lists, tree.algorithm) != tree.root


@given(trees(), st.integers(1, 100), st.integers(1, 3))
def test_a_tree_on_a_file_is_the_tree_in_memory(tmp_path_factory, made, piece, page):
    """Grown on a file, from pieces and pages of any size: the same root, leaves and paths, to the last octet."""
    tree, _ = made
    leaves = b"".join(map(tree.leaf, range(len(tree))))
    pieces = [leaves[start : start + piece] for start in range(0, len(leaves), piece)]
    with pytest.MonkeyPatch.context() as small:
        small.setattr(merkle, "_PAIRS", page)  # so that a level of forty takes many pages
        for folder in (None, tmp_path_factory.getbasetemp()):
            other = Tree.grown(iter(pieces), tree.algorithm, folder)
            assert (other.root, len(other), other.algorithm) == (tree.root, len(tree), tree.algorithm)
            for place in range(len(tree)):
                assert other.leaf(place) == tree.leaf(place)
                assert other.siblings(place) == tree.siblings(place)
                assert other.path(place) == tree.path(place)


@given(trees())
def test_a_kept_tree_is_found_again_whole(tmp_path_factory, made):
    """A file that was kept gives the same tree, and every leaf of it leads to the root."""
    tree, _ = made
    folder = tmp_path_factory.mktemp("kept")
    grown = Tree.grown(map(tree.leaf, range(len(tree))), tree.algorithm, folder, folder / "tree")
    again = Tree.reopened(folder / "tree", len(tree), tree.algorithm)
    for place in range(len(tree)):
        assert again.path(place) == grown.path(place) == tree.path(place)
        assert again.holds(place)
        assert tree.holds(place)
    assert [file.name for file in folder.iterdir()] == ["tree"]
    assert Tree.reopened(folder / "tree", len(tree) + 1, tree.algorithm) is None
    assert Tree.reopened(folder / "other", len(tree), tree.algorithm) is None


def test_a_tree_that_cannot_be_kept_leaves_no_draft(tmp_path):
    """The folder of the name does not exist: an error of ours, and nothing stays behind."""
    with pytest.raises(StorageUnavailable):
        Tree.grown([b"x" * 64], "sha256", tmp_path, tmp_path / "absent" / "tree")
    with pytest.raises(InvalidRequest):
        Tree.grown([b"x"], "sha256", tmp_path, tmp_path / "tree")
    assert not list(tmp_path.iterdir())


@given(trees(least=2), st.data())
def test_a_leaf_that_changes_changes_the_root(made, data):
    """Two trees that differ in one leaf differ in their roots."""
    tree, place = made
    leaves = bytearray(b"".join(map(tree.leaf, range(len(tree)))))
    leaves[place * tree.size + data.draw(st.integers(0, tree.size - 1))] ^= 1
    assert Tree(bytes(leaves), tree.algorithm).root != tree.root


@given(trees(least=2))
def test_equal_leaves_prove_from_each_of_their_places(made):
    """A tree whose leaves are all equal is a tree like any other."""
    tree, place = made
    same = Tree(tree.leaf(0) * len(tree), tree.algorithm)
    assert fold(same.path(place), same.algorithm) == same.root
    assert unique([same.leaf(n) for n in range(len(same))]) == {tree.leaf(0): 0}


@given(trees())
def test_the_order_within_a_list_does_not_matter(made):
    """Lists are sorted before they are hashed (RFC 4998 4.3)."""
    tree, place = made
    turned = [one[::-1] for one in tree.path(place)]
    assert fold(turned, tree.algorithm) == tree.root


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=6))
def test_a_group_is_the_hash_of_its_sorted_digests(hashes):
    """RFC 4998 4.2 step 2, written out."""
    assert combine(hashes, "sha256") == hashlib.sha256(b"".join(sorted(hashes))).digest()
    assert combine(hashes[:1], "sha256") == hashes[0]


def test_a_tree_of_three_is_the_norm_written_out():
    """The odd leaf is carried up, and pairs are sorted."""
    one, two, three = (hashlib.sha256(n).digest() for n in (b"1", b"2", b"3"))
    pair = hashlib.sha256(min(one, two) + max(one, two)).digest()
    root = hashlib.sha256(min(pair, three) + max(pair, three)).digest()
    tree = Tree(one + two + three, "sha256")
    assert tree.root == root
    assert tree.path(2) == [[three], [pair]]
    assert len(tree) == 3


@pytest.mark.parametrize("leaves", [b"", b"x", b"x" * 33])
def test_no_tree_grows_from_less_than_whole_leaves(tmp_path, leaves):
    """Nothing, and a leaf cut short."""
    with pytest.raises(InvalidRequest):
        Tree(leaves, "sha256")
    for folder in (None, tmp_path):
        with pytest.raises(InvalidRequest):
            Tree.grown([leaves], "sha256", folder)


def test_a_tree_on_a_file_leaves_nothing_in_the_folder(tmp_path):
    """Its file has no name: whoever dies leaves nothing to sweep."""
    tree = Tree.grown([b"x" * 64], "sha256", tmp_path)
    assert not list(tmp_path.iterdir())
    assert tree.leaf(1) == b"x" * 32


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path):
    """Storage that fails says so, in the words that callers know."""
    with pytest.raises(StorageUnavailable, match="no tree can grow"):
        Tree.grown([b"x" * 32], "sha256", tmp_path / "absent")


def test_paths_exist_for_leaves_only():
    """Beyond the last leaf and before the first there is nothing; an empty list folds to nothing."""
    tree = Tree(b"x" * 64, "sha256")
    for place in (-1, 2):
        for ask in (tree.siblings, tree.path, tree.leaf):
            with pytest.raises(IndexError):
                ask(place)
    for lists in ([], [[]], [[b"x" * 32], []]):
        with pytest.raises(InvalidRequest):
            fold(lists, "sha256")
