# SPDX-License-Identifier: EUPL-1.2
"""Hash trees of RFC 4998 4.2, in memory or on a file: ten million leaves in five seconds, 64 bytes each.

Rules:
    * Binary. A node is the hash of its two children, concatenated in ascending binary order.
    * An odd last node is carried up to the next level as it is; nothing is ever hashed with itself.
    * A tree of one leaf is the leaf.
    * Equal leaves: a sorted pair of equal hashes hashes as any other, and each place has its own path; but a
      verifier folds *sets* where it likes (Bouncy Castle does), so whoever builds a tree removes duplicates
      first (`unique`) and lets both owners use the one place.

Where a tree of millions must not fill the memory, it grows on a file (`Tree.grown` with a folder): the
leaves, then every level above, end to end. Reading a path touches one node of each level.

    >>> import hashlib
    >>> leaves = b"".join(hashlib.sha256(bytes((n,))).digest() for n in range(5))
    >>> tree = Tree(leaves, "sha256")
    >>> fold(tree.path(4), "sha256") == tree.root
    True
"""

from __future__ import annotations

import hashlib
import io
import mmap
import os
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final, Protocol, Self

from archive.errors import InvalidRequest, StorageUnavailable

_PAIRS: Final = 512
"""Pairs of nodes read at a time while a level grows: few enough that they stay near the processor."""


class _Level(Protocol):
    """Nodes end to end, somewhere: its slices are bytes."""

    def __getitem__(self, part: slice, /) -> bytes: ...


class Tree:
    """A hash tree: every level kept, twice the size of its leaves, in memory or on a file alike.

    A path costs one slice a level, whatever the number of leaves. Any number of threads may read.
    """

    def __init__(self, leaves: bytes, algorithm: str) -> None:
        """Build every level in memory.

        Args:
            leaves: Digests, one after the other.
            algorithm: `sha256`, `sha512`, `sha3_512`, …

        Raises:
            InvalidRequest: No leaf, or a last one cut short.
        """
        self.algorithm = algorithm
        self.size = hashlib.new(algorithm).digest_size
        self._count = _whole(len(leaves), self.size)
        levels = [leaves]
        while len(levels[-1]) > self.size:
            above = io.BytesIO()  # grows in place, where joining would hold a level twice
            above.writelines(_parents(_pages(levels[-1], self.size), self.size, algorithm))
            levels.append(above.getvalue())
        self._rise([(level, 0, len(level)) for level in levels])

    @staticmethod
    def grown(
        leaves: Iterable[bytes], algorithm: str, folder: Path | None = None, keep: Path | None = None
    ) -> Tree:
        """Build a tree of leaves that come one by one, or many at a time.

        Args:
            leaves: Digests; each piece one or several of them end to end, or even parts of one.
            algorithm: `sha256`, `sha512`, `sha3_512`, …
            folder: Where the tree is a file instead, without a name: it is gone with the tree, or with
                the process. The memory needed is then the same for ten leaves and ten million.
            keep: Name that the file gets when it is whole, on the same file system as the folder; for
                `reopened`.

        Raises:
            InvalidRequest: No leaf, or a last one cut short.
            StorageUnavailable: The file cannot be written.
        """
        if folder is None:
            memory = io.BytesIO()
            memory.writelines(leaves)
            return Tree(memory.getvalue(), algorithm)
        try:
            if keep is None:
                with tempfile.TemporaryFile(dir=folder) as file:
                    file.writelines(leaves)
                    return _TreeOnFile.over_leaves(file, algorithm)
            with (
                tempfile.NamedTemporaryFile(dir=folder, delete=False) as draft,
                _gone_unless_kept(draft.name),
            ):
                draft.writelines(leaves)
                tree = _TreeOnFile.over_leaves(draft.file, algorithm)
                os.replace(draft.name, keep)
                return tree
        except OSError as cause:
            raise StorageUnavailable(f"no tree can grow in {folder}: {cause.strerror}") from cause

    @staticmethod
    def reopened(file: Path, count: int, algorithm: str) -> Tree | None:
        """Return the tree of so many leaves that `grown` kept in a file; None where there is none.

        Nobody has read the file again: compare the root, and ask `holds` before a path is believed.
        """
        try:
            with file.open("rb") as kept:
                tree = _TreeOnFile(kept, algorithm, count)
                return tree if os.fstat(kept.fileno()).st_size == tree.length else None
        except (OSError, ValueError):  # an empty file cannot be mapped
            return None

    def __len__(self) -> int:
        return self._count

    def leaf(self, index: int) -> bytes:
        """Return a leaf.

        Raises:
            IndexError: No such leaf.
        """
        if not 0 <= index < self._count:
            raise IndexError(f"leaf {index} of {self._count}")
        level, start, _ = self._levels[0]
        at = start + index * self.size
        return level[at : at + self.size]

    def path(self, index: int) -> list[list[bytes]]:
        """Return the reduced hash tree of a leaf: its own list first, then the siblings level by level.

        The first list holds the leaf and its sibling, ascending (RFC 4998 4.2). Levels where the node was
        carried up add nothing.

        Raises:
            IndexError: No such leaf.
        """
        leaf, siblings = self.leaf(index), self.siblings(index)
        if index ^ 1 < len(self):
            return [sorted((leaf, siblings[0])), *([one] for one in siblings[1:])]
        return [[leaf], *([one] for one in siblings)]

    def siblings(self, index: int) -> list[bytes]:
        """Return the siblings from a leaf up to the root, without the leaf: what a group list is followed by.

        Raises:
            IndexError: No such leaf.
        """
        if not 0 <= index < self._count:
            raise IndexError(f"leaf {index} of {self._count}")
        size = self.size
        return [
            level[at : at + size]
            for height, (level, start, end) in enumerate(self._below)
            if (at := start + (index >> height ^ 1) * size) < end  # otherwise the node was carried up
        ]

    def holds(self, index: int) -> bool:
        """Tell whether a leaf leads to the root: always so in a tree that was just grown.

        Raises:
            IndexError: No such leaf.
        """
        value, digest = self.leaf(index), getattr(hashlib, self.algorithm)
        for sibling in self.siblings(index):
            value = digest(value + sibling if value <= sibling else sibling + value).digest()
        return value == self.root

    def _rise(self, levels: list[tuple[_Level, int, int]]) -> None:
        """Take each level's nodes, and where among them it begins and ends; the root is the last one."""
        self._levels = levels
        self._below = levels[:-1]
        nodes, start, end = levels[-1]
        self.root = nodes[start:end]
        """What the time stamp covers."""


class _TreeOnFile(Tree):
    """The same over a file: the leaves, then every level, end to end."""

    def __init__(self, file: IO[bytes], algorithm: str, count: int) -> None:
        """Look into a file that is whole."""
        self.algorithm = algorithm
        self.size = hashlib.new(algorithm).digest_size
        self._count = count
        nodes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._rise([(nodes, *extent) for extent in _extents(count, self.size)])
        self.length = self._levels[-1][2]
        """Bytes that the file must have."""

    @classmethod
    def over_leaves(cls, file: IO[bytes], algorithm: str) -> Self:
        """Append every level above the leaves that were just written."""
        size = hashlib.new(algorithm).digest_size
        count = _whole(file.tell(), size)
        for start, end in _extents(count, size):
            file.flush()
            if end - start > size:
                file.writelines(_parents(_read(file.fileno(), start, end, size), size, algorithm))
        return cls(file, algorithm, count)


def _extents(count: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield where each level begins and ends, the leaves first, the root last."""
    start = 0
    while True:
        end = start + count * size
        yield start, end
        if count == 1:
            return
        start, count = end, count + 1 >> 1


def combine(hashes: Iterable[bytes], algorithm: str) -> bytes:
    """Return the value of one list: a single hash stands for itself, several are sorted, joined and hashed.

    Source:
        RFC 4998 4.2 steps 2 and 3, 4.3 step 2.
    """
    ordered = sorted(hashes)
    return ordered[0] if len(ordered) == 1 else hashlib.new(algorithm, b"".join(ordered)).digest()


def fold(lists: Sequence[Sequence[bytes]], algorithm: str) -> bytes:
    """Return the root that a reduced hash tree leads to (RFC 4998 4.3 steps 2 to 4).

    Raises:
        InvalidRequest: An empty tree or list.
    """
    if not lists or not all(lists):
        raise InvalidRequest("A reduced hash tree has no empty list")
    value = combine(lists[0], algorithm)
    for siblings in lists[1:]:
        value = combine((*siblings, value), algorithm)
    return value


def unique(leaves: Iterable[bytes]) -> dict[bytes, int]:
    """Return the place of each different leaf, in order of first appearance."""
    places: dict[bytes, int] = {}
    for leaf in leaves:
        places.setdefault(leaf, len(places))
    return places


def _whole(length: int, size: int) -> int:
    count, rest = divmod(length, size)
    if not count or rest:
        raise InvalidRequest("A hash tree needs whole leaves, at least one")
    return count


@contextmanager
def _gone_unless_kept(name: str) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(name)


def _parents(pages: Iterable[bytes | memoryview], size: int, algorithm: str) -> Iterator[bytes]:
    """Yield the level above one that comes in pages of whole pairs, the last perhaps with an odd node."""
    digest: Callable[[bytes], hashlib._Hash] = getattr(hashlib, algorithm)  # half of what hashlib.new costs
    pairs = struct.Struct(f"{size}s{size}s")
    for page in pages:
        whole = len(page) - len(page) % pairs.size
        nodes = [
            digest(left + right if left <= right else right + left).digest()
            for left, right in pairs.iter_unpack(page[:whole])
        ]
        yield b"".join(nodes)
        yield bytes(page[whole:])


def _pages(level: bytes, size: int) -> Iterator[memoryview]:
    view, page = memoryview(level), 2 * size * _PAIRS
    return (view[start : start + page] for start in range(0, len(level), page))


def _read(descriptor: int, start: int, end: int, size: int) -> Iterator[bytes]:
    page = 2 * size * _PAIRS
    for at in range(start, end, page):
        yield os.pread(descriptor, min(page, end - at), at)
