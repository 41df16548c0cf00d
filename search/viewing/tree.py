# SPDX-License-Identifier: EUPL-1.2
"""The tree of an expediente as its index tells it: folders, nested expedientes, documents. Pure.

Everything in the index has its place, also a document that did not come; what came without being indexed is
told apart, at the end. Siblings keep the order of the index, unless every document among them carries an
OrdenDocumentoExpediente that can be read and no two the same: then documents change places among themselves
by that order, and folders stay where the index has them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from archive.eni.expediente import IndexedDocument, IndexedExpediente, IndexedFolder, IndexEntry
from archive.model import DocumentRecord

MAX_DEPTH: Final = 60
"""Folders in folders; what lies deeper is shown in the last of them."""
_ORDER: Final = re.compile(r"\d{1,9}(?:[.\-/]\d{1,9})*")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A document in the tree."""

    eni_id: str
    name: str
    order: str
    """OrdenDocumentoExpediente as written."""
    number: int = 0
    """Among the object's documents, from 1; 0: it did not come."""
    record: DocumentRecord | None = None
    incorporated_at: str = ""
    """FechaIncorporacionExpediente as written."""
    indexed: bool = True


@dataclass(slots=True)
class Branch:
    """A folder, a nested expediente, or the expediente itself."""

    key: str
    """Place in the tree: ordinals of folders joined by `.`, such as `2.1`; empty for the whole."""
    name: str
    nested: bool = False
    """An expediente inside the expediente."""
    children: list[Branch | Leaf] = field(default_factory=list)
    count: int = 0
    """Documents in it and below."""
    size: int = 0
    """Bytes of their contents."""

    @property
    def branches(self) -> list[Branch]:
        """Folders in it."""
        return [child for child in self.children if isinstance(child, Branch)]

    def leaves(self) -> Iterator[tuple[Leaf, Branch]]:
        """Yield every document below with the folder that holds it, in order."""
        for child in self.children:
            if isinstance(child, Branch):
                yield from child.leaves()
            else:
                yield child, self


@dataclass(frozen=True, slots=True)
class Tree:
    """The whole, with its folders by key."""

    root: Branch
    folders: dict[str, Branch]
    told: tuple[tuple[str, Leaf, Branch], ...]
    """Every document in order, with its folder and the words it is found by."""
    missing: int
    """Documents of the index that did not come."""
    loose: int
    """Documents that came and are not in the index."""

    def trail(self, key: str) -> list[Branch]:
        """Return the folders from the top down to one, itself included; empty for the whole."""
        parts = key.split(".") if key in self.folders and key else []
        return [self.folders[".".join(parts[: at + 1])] for at in range(len(parts))]


def grow(entries: Sequence[IndexEntry], documents: Sequence[DocumentRecord]) -> Tree:
    """Join an index with the documents that came.

    Args:
        entries: The index; empty for a loose document, or where the index cannot be read: then the folders
            that the catalogue remembers are used.
        documents: As the catalogue lists them; a document's number is its place here.

    Laws:
        Every document stands in the tree once; so does every entry of the index.
    """
    growth = _Growth(documents)
    root = Branch("", "")
    if entries:
        growth.fill(root, entries, "", 0)
        growth.add_loose(root)
    else:
        growth.remember(root)
    _count(root)
    told = tuple((_told(leaf, branch), leaf, branch) for leaf, branch in root.leaves())
    return Tree(root, growth.folders, told, growth.missing, growth.loose)


def order_key(text: str) -> tuple[int, ...] | None:
    """Read an OrdenDocumentoExpediente: `7`, `007`, `1.2`, `1-2`; None where it says something else."""
    plain = text.strip()
    if not _ORDER.fullmatch(plain):
        return None
    return tuple(int(part) for part in re.split(r"[.\-/]", plain))


def matching(tree: Tree, words: str) -> list[tuple[Leaf, Branch]]:
    """Return the documents whose name, identifier, type or folder has all of these words, in order.

    Letters are compared without case and accents, so that `senalizacion` finds `Señalización`.
    """
    wanted = _plain(words).split()
    return [(leaf, branch) for told, leaf, branch in tree.told if all(word in told for word in wanted)]


def _told(leaf: Leaf, branch: Branch) -> str:
    tipo = leaf.record.tipo_documental if leaf.record else ""
    return _plain(f"{leaf.name} {leaf.eni_id} {leaf.order} {tipo} {branch.name}")


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("l·l", "ll").replace("L·L", "LL"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


class _Growth:
    """Puts documents into places; each is used once."""

    def __init__(self, documents: Sequence[DocumentRecord]) -> None:
        self.folders: dict[str, Branch] = {}
        self.missing = self.loose = 0
        self._documents = documents
        self._left: dict[int, DocumentRecord] = dict(enumerate(documents, 1))
        self._by_id: dict[str, list[int]] = {}
        for number, document in self._left.items():
            self._by_id.setdefault(document.eni_id, []).append(number)

    def fill(self, branch: Branch, entries: Sequence[IndexEntry], folder: str, depth: int) -> None:
        for at, entry in enumerate(entries, 1):
            if isinstance(entry, IndexedDocument):
                branch.children.append(self._leaf(entry, folder))
                continue
            own = _identifier(entry, at)
            below = f"{folder}/{own}" if folder else own
            inner = branch if depth >= MAX_DEPTH else self._branch(branch, *_named(entry, own))
            self.fill(inner, entry.entries, below, depth + 1)
        branch.children = _ordered(branch.children)

    def add_loose(self, root: Branch) -> None:
        for number, document in self._left.items():
            self.loose += 1
            root.children.append(_came(document, number, indexed=False))

    def remember(self, root: Branch) -> None:
        """Grow from the catalogue alone."""
        known: dict[str, Branch] = {"": root}
        for number, document in self._left.items():
            if document.folder not in known:
                known[document.folder] = self._branch(root, document.folder, nested=False)
            known[document.folder].children.append(_came(document, number, indexed=True))
        for branch in known.values():
            branch.children = _ordered(branch.children)

    def _branch(self, parent: Branch, name: str, nested: bool) -> Branch:
        ordinal = len(parent.branches) + 1
        key = f"{parent.key}.{ordinal}" if parent.key else str(ordinal)
        made = Branch(key, name, nested)
        self.folders[key] = made
        parent.children.append(made)
        return made

    def _leaf(self, entry: IndexedDocument, folder: str) -> Leaf:
        waiting = self._by_id.get(entry.identificador, [])
        # The same identifier may stand in the index twice: the folder tells which is meant.
        same = [number for number in waiting if self._documents[number - 1].folder == folder]
        number = next(iter(same or waiting), 0)
        if not number:
            self.missing += 1
            name = entry.name or entry.identificador
            return Leaf(entry.identificador, name, entry.order, incorporated_at=entry.incorporated_at)
        waiting.remove(number)
        record = self._left.pop(number)
        name = record.name or entry.name or entry.identificador
        return Leaf(entry.identificador, name, entry.order, number, record, entry.incorporated_at)


def _identifier(entry: IndexedFolder | IndexedExpediente, at: int) -> str:
    """Name a folder as the catalogue does (archive.eni.expediente)."""
    if isinstance(entry, IndexedFolder):
        return entry.identificador
    return entry.element_id or f"expediente-{at}"


def _named(entry: IndexedFolder | IndexedExpediente, own: str) -> tuple[str, bool]:
    if isinstance(entry, IndexedFolder):
        return entry.description or own, False
    return own, True


def _came(document: DocumentRecord, number: int, *, indexed: bool) -> Leaf:
    name = document.name or document.eni_id or document.path
    return Leaf(document.eni_id, name, document.order, number, document, indexed=indexed)


def _ordered(children: list[Branch | Leaf]) -> list[Branch | Leaf]:
    leaves = [child for child in children if isinstance(child, Leaf)]
    keys = [order_key(leaf.order) for leaf in leaves]
    readable = [key for key in keys if key is not None]
    if len(readable) < len(leaves) or len(set(readable)) < len(leaves):
        return children
    by_order = iter(
        [leaf for _, leaf in sorted(zip(readable, leaves, strict=True), key=lambda pair: pair[0])]
    )
    return [next(by_order) if isinstance(child, Leaf) else child for child in children]


def _count(branch: Branch) -> None:
    for child in branch.children:
        if isinstance(child, Branch):
            _count(child)
            branch.count += child.count
            branch.size += child.size
        else:
            branch.count += 1
            content = child.record.content if child.record else None
            branch.size += content.size if content else 0
