# SPDX-License-Identifier: EUPL-1.2
"""The part of a tree that one page shows: a folder, or what a filter found; never thousands of rows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from search.viewing.tree import Branch, Leaf, Tree, matching

ROWS: Final = 50
"""Rows of one page."""
UNFOLDED: Final = 12
"""Documents up to which a folder is unfolded where it stands; a larger one has pages of its own."""


@dataclass(frozen=True, slots=True)
class Row:
    """A document or a folder."""

    leaf: Leaf | None = None
    branch: Branch | None = None
    inside: str = ""
    """Name of the folder that holds a document that a filter found."""

    @property
    def unfolds(self) -> bool:
        """Whether a folder shows its documents where it stands."""
        return self.branch is not None and self.branch.count <= UNFOLDED


@dataclass(frozen=True, slots=True)
class TreePage:
    """What is shown."""

    rows: tuple[Row, ...]
    folder: Branch
    """Where one is; the whole where its key is empty."""
    trail: tuple[Branch, ...]
    """Folders above and the folder itself."""
    words: str
    found: int
    """Rows over all pages."""
    page: int
    pages: int

    @property
    def first(self) -> int:
        """Number of the first row of this page, from 1."""
        return (self.page - 1) * ROWS + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Number of the last row of this page."""
        return (self.page - 1) * ROWS + len(self.rows)


def tree_page(tree: Tree, *, folder: str = "", words: str = "", page: int = 1) -> TreePage:
    """Return a page of a tree.

    Args:
        tree: The expediente.
        folder: Key of the folder to be in; an unknown one is the whole.
        words: Filter over all folders; empty shows the folder.
        page: From 1; beyond the last, the last.
    """
    here = tree.folders.get(folder, tree.root)
    if words:
        found = [Row(leaf, inside=branch.name) for leaf, branch in matching(tree, words)]
    else:
        found = [
            Row(branch=child) if isinstance(child, Branch) else Row(leaf=child) for child in here.children
        ]
    pages = max(1, -(-len(found) // ROWS))
    at = min(max(page, 1), pages)
    shown = tuple(found[(at - 1) * ROWS : at * ROWS])
    return TreePage(shown, here, tuple(tree.trail(here.key)), words, len(found), at, pages)
