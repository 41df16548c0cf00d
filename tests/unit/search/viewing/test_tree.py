# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.digests import Digests
from archive.eni.document import Huella
from archive.eni.expediente import IndexedDocument, IndexedExpediente, IndexedFolder
from archive.model import DocumentRecord
from search.viewing.page_of_tree import ROWS, tree_page
from search.viewing.tree import Branch, Leaf, grow, matching, order_key

HUELLA = Huella("00", "sha512")


def entry(eni_id, order="", name=""):
    return IndexedDocument(eni_id, HUELLA, order=order, name=name)


def came(eni_id, folder="", name="", order="", tipo="TD99"):
    return DocumentRecord(
        eni_id, f"received/{eni_id}.xml", name, tipo, "EE01", (), "", True, "", "application/pdf",
        Digests("a", "b", 10), order=order, folder=folder,
    )  # fmt: skip


def names(branch):
    return [child.name for child in branch.children]


def test_tree_keeps_folders_and_nested_expedientes():
    """Folders, folders in folders and nested expedientes stand where the index has them."""
    index = (
        entry("d1"),
        IndexedFolder("C1", (entry("d2"), IndexedFolder("C2", (entry("d3"),), "Segunda")), "Primera"),
        IndexedExpediente("2025-01-01", (entry("d4"),), "NESTED"),
    )
    documents = [came("d1"), came("d2", "C1"), came("d3", "C1/C2"), came("d4", "NESTED")]
    tree = grow(index, documents)
    assert names(tree.root) == ["d1", "Primera", "NESTED"]
    assert tree.folders["1.1"].name == "Segunda"
    assert tree.folders["2"].nested
    assert [branch.name for branch in tree.trail("1.1")] == ["Primera", "Segunda"]
    assert (tree.root.count, tree.folders["1"].count, tree.root.size) == (4, 2, 40)


def test_document_that_did_not_come_keeps_its_place():
    """What the index names and nobody sent is shown where it should be, without a number."""
    tree = grow((entry("d1"), entry("d2", name="Plano"), entry("d3")), [came("d1"), came("d3")])
    assert [(leaf.name, leaf.number) for leaf, _ in tree.root.leaves()] == [
        ("d1", 1),
        ("Plano", 0),
        ("d3", 2),
    ]
    assert tree.missing == 1


def test_document_outside_the_index_is_told_apart():
    """What came and is not in the index stands at the end, marked."""
    tree = grow((entry("d1"),), [came("d1"), came("extra")])
    last = tree.root.children[-1]
    assert isinstance(last, Leaf)
    assert (last.eni_id, last.indexed, tree.loose) == ("extra", False, 1)


def test_same_identifier_twice_goes_to_its_folder():
    """An identifier that stands in two folders means the document that the catalogue has in each."""
    index = (entry("d"), IndexedFolder("C", (entry("d"),)))
    tree = grow(index, [came("d", "C", name="dentro"), came("d", name="fuera")])
    assert [(leaf.name, branch.key) for leaf, branch in tree.root.leaves()] == [
        ("fuera", ""),
        ("dentro", "1"),
    ]


def test_order_is_read_as_numbers():
    """2 comes before 10, and 1.2 before 1.10; folders stay where they are."""
    index = (entry("a", "10"), IndexedFolder("C", (entry("x", "1.10"), entry("y", "1.2"))), entry("b", "2"))
    tree = grow(index, [came("a"), came("x", "C"), came("y", "C"), came("b")])
    assert names(tree.root) == ["b", "C", "a"]
    assert names(tree.folders["1"]) == ["y", "x"]


@pytest.mark.parametrize("orders", [("2", "dos"), ("2", ""), ("1", "01")])
def test_orders_that_say_nothing_leave_the_index_alone(orders):
    """One that cannot be read, is absent or repeated: then the order of the index is the only one."""
    index = tuple(entry(name, order) for name, order in zip("ab", orders, strict=True))
    assert names(grow(index, []).root) == ["a", "b"]


def test_order_key():
    """Zeros in front say nothing; words and signs are no order."""
    assert order_key("007") == (7,)
    assert order_key(" 1-2 ") == (1, 2)
    assert order_key("１") == (1,)
    assert order_key("-1") is None
    assert order_key("1a") is None


def test_without_index_the_catalogue_remembers_folders():
    """A damaged index still leaves the folders that were noted at the deposit."""
    tree = grow((), [came("a"), came("b", "C/D"), came("c", "C/D")])
    assert [branch.name for branch in tree.root.branches] == ["C/D"]
    assert tree.folders["1"].count == 2


def test_empty_expediente():
    """An index without documents is a tree without rows."""
    tree = grow((), [])
    assert tree.root.count == 0
    assert tree_page(tree).rows == ()


def test_filter_knows_no_accents_case_or_middle_dot():
    """People type without accents; l·l is found as ll; the folder counts too."""
    index = (entry("d1"), IndexedFolder("C", (entry("d2"),), "Señalización"))
    tree = grow(index, [came("d1", name="Col·legi d'Arquitectes"), came("d2", "C", name="Plano")])
    assert [leaf.eni_id for leaf, _ in matching(tree, "COLLEGI")] == ["d1"]
    assert [leaf.eni_id for leaf, _ in matching(tree, "senalizacion plano")] == ["d2"]
    assert matching(tree, "nada") == []


def test_very_deep_index_is_not_endless():
    """Two hundred folders in one another are shown; beyond the limit their documents stand in the last."""
    inner = (entry("d"),)
    for at in range(200):
        inner = (IndexedFolder(f"C{at}", inner),)
    tree = grow(inner, [came("d")])
    assert tree.root.count == 1
    assert max(key.count(".") for key in tree.folders) < 61


IDS = st.sampled_from(["d1", "d2", "d3", "d4", "ñ", "<script>"])
ENTRIES = st.recursive(
    st.lists(st.builds(entry, IDS, st.sampled_from(["", "1", "2", "x", "1.1"])), max_size=5),
    lambda inner: st.lists(
        st.one_of(
            st.builds(entry, IDS, st.sampled_from(["", "1", "2", "10"])),
            st.builds(lambda name, below: IndexedFolder(name, tuple(below)), st.sampled_from("CDE"), inner),
            st.builds(lambda below: IndexedExpediente("", tuple(below)), inner),
        ),
        max_size=5,
    ),
    max_leaves=20,
)


def indexed(entries):
    for one in entries:
        if isinstance(one, IndexedDocument):
            yield one.identificador
        else:
            yield from indexed(one.entries)


@given(ENTRIES, st.lists(st.builds(came, IDS, st.sampled_from(["", "C", "C/D"])), max_size=12))
def test_everything_has_one_place(entries, documents):
    """Each document stands in the tree once, each entry of the index once, whatever repeats."""
    tree = grow(tuple(entries), documents)
    leaves = [leaf for leaf, _ in tree.root.leaves()]
    assert sorted(leaf.number for leaf in leaves if leaf.number) == list(range(1, len(documents) + 1))
    if entries:
        assert Counter(leaf.eni_id for leaf in leaves if leaf.indexed) == Counter(indexed(entries))
    assert tree.root.count == len(leaves)
    assert tree.missing == sum(not leaf.number for leaf in leaves)


@given(ENTRIES, st.lists(st.builds(came, IDS), max_size=12))
def test_keys_of_folders_lead_to_them(entries, documents):
    """The trail of a folder ends in it, and each folder of the trail holds the next."""
    tree = grow(tuple(entries), documents)
    for key, branch in tree.folders.items():
        trail = tree.trail(key)
        assert trail[-1] is branch
        for outer, inner in zip([tree.root, *trail], trail, strict=False):
            assert any(child is inner for child in outer.children)


@given(st.integers(0, 400), st.integers(-3, 30))
def test_pages_of_a_folder_are_the_folder(count, page):
    """No page is longer than its limit, and all pages together are every row in order."""
    tree = grow(tuple(entry(f"d{at}") for at in range(count)), [])
    shown = tree_page(tree, page=page)
    assert 1 <= shown.page <= shown.pages
    assert len(shown.rows) <= ROWS
    whole = [row.leaf.eni_id for at in range(shown.pages) for row in tree_page(tree, page=at + 1).rows]
    assert whole == [f"d{at}" for at in range(count)]


def test_small_folders_unfold_and_large_ones_have_pages():
    """A folder of twelve is unfolded in its place; one of thirteen is opened."""
    small = IndexedFolder("S", tuple(entry(f"s{at}") for at in range(12)))
    large = IndexedFolder("L", tuple(entry(f"l{at}") for at in range(13)))
    rows = tree_page(grow((small, large), [])).rows
    assert [row.unfolds for row in rows] == [True, False]
    inside = tree_page(grow((small, large), []), folder="2")
    assert inside.found == 13
    assert isinstance(inside.folder, Branch)
    assert tree_page(grow((small, large), []), folder="9.9").folder.key == ""
