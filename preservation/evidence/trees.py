# SPDX-License-Identifier: EUPL-1.2
"""Trees of batches, ready for the next path: the last ones in memory, large ones in files of the home.

A tree grows from its batch's leaves again in a second for each million. Whoever wants one record of such a
batch need not wait for that: the tree is kept in a file, `work/trees/`, where a path is one node of each
level. Such files prove nothing and may be deleted: each time the root is held against the token and the path
against the root, and a file that fails is thrown away and the tree grown from the leaves.
"""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Final

from archive.catalog.rows import BatchRecord
from archive.errors import IntegrityError, StorageUnavailable
from archive.home import Home
from preservation.evidence.batch import load_tree, require_root
from preservation.merkle import Tree

IN_MEMORY: Final = 4
"""Trees held at once; one of a million leaves takes 64 MB."""
KEPT_FROM: Final = 100_000
"""Leaves from which a tree is kept in a file: growing a smaller one takes a tenth of a second."""
KEPT_BYTES: Final = 4 << 30
"""Of all files together, before another is added; those that were longest not used go first."""
FOLDER: Final = "trees"


class Trees:
    """Trees of one home's batches. One thread."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._ready: OrderedDict[str, Tree] = OrderedDict()
        self._unread: set[str] = set()
        """Batches whose tree comes from a file that nobody has read whole."""

    def hold(self, batch: BatchRecord, tree: Tree) -> None:
        """Keep a tree ready that was grown and checked elsewhere (`load_tree`)."""
        self._unread.discard(batch.batch_id)
        self._add(batch, tree)

    def siblings(self, batch: BatchRecord, index: int) -> list[bytes]:
        """Return the siblings from a leaf up to the root that the batch's token covers.

        Raises:
            NotFound: The batch's object is gone.
            IntegrityError: The leaves are damaged, there is no such leaf, or the token covers another root.
        """
        tree = self._tree(batch)
        if not 0 <= index < len(tree):
            raise IntegrityError(
                f"the catalogue speaks of leaf {index} of {len(tree)}", place=batch.object_key
            )
        if batch.batch_id in self._unread and not tree.holds(index):
            self._forget(batch)
            tree = self._grown(batch)
            self._add(batch, tree)
        return tree.siblings(index)

    def _tree(self, batch: BatchRecord) -> Tree:
        tree = self._ready.get(batch.batch_id)
        if tree is None:
            tree = self._reopened(batch) or self._grown(batch)
            self._add(batch, tree)
        else:
            self._ready.move_to_end(batch.batch_id)
        return tree

    def _add(self, batch: BatchRecord, tree: Tree) -> None:
        self._ready[batch.batch_id] = tree
        self._ready.move_to_end(batch.batch_id)
        while len(self._ready) > IN_MEMORY:
            self._ready.popitem(last=False)

    def _reopened(self, batch: BatchRecord) -> Tree | None:
        if batch.count < KEPT_FROM:
            return None
        file = self._file(batch)
        tree = Tree.reopened(file, batch.count, batch.algorithm)
        if tree is not None:
            try:
                require_root(batch, tree)
            except IntegrityError:
                self._forget(batch)
                return None
            self._unread.add(batch.batch_id)
            with suppress(OSError):
                os.utime(file)
        return tree

    def _grown(self, batch: BatchRecord) -> Tree:
        objects = self._home.evidence_objects()
        if batch.count >= KEPT_FROM and not self._home.read_only:
            with suppress(StorageUnavailable, OSError):  # no room for a file: in memory then, or not at all
                keep = self._file(batch)
                keep.parent.mkdir(exist_ok=True)
                _make_room(keep.parent)
                return load_tree(objects, batch, self._home.work_folder(), keep)
        return load_tree(objects, batch)

    def _forget(self, batch: BatchRecord) -> None:
        self._ready.pop(batch.batch_id, None)
        self._unread.discard(batch.batch_id)
        with suppress(OSError):
            self._file(batch).unlink()

    def _file(self, batch: BatchRecord) -> Path:
        # A name of our own making: that of a batch is read from the store, where it may say anything.
        name = hashlib.sha256(f"{batch.object_key} {batch.algorithm}".encode()).hexdigest()
        return self._home.path / "work" / FOLDER / name[:32]


def _make_room(folder: Path) -> None:
    files = [(entry.stat(), entry) for entry in folder.iterdir()]
    total = sum(status.st_size for status, _ in files)
    for status, file in sorted(files, key=lambda each: each[0].st_mtime):
        if total > KEPT_BYTES:
            file.unlink(missing_ok=True)
            total -= status.st_size
