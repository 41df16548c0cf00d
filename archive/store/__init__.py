# SPDX-License-Identifier: EUPL-1.2
"""Where bytes are kept: one small protocol, several implementations, one conformance suite.

Order of durability: `put` any number of keys, `sync` once, and only then say anything to anybody. Until
`sync`, only the instance that put a key sees it; after it, everybody does, with all its bytes. A store
never changes a key that exists, except by `replace`, which is for the two files that OCFL itself rewrites
(the root inventory and its sidecar) and is atomic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from archive.digests import Digests


class ObjectStore(Protocol):
    """Keys are relative paths with `/`; they never start with `/` nor hold `..` or empty parts.

    Every method raises `StorageUnavailable` when the medium fails (disk full, read-only, IO error) and
    leaves what was there before untouched.
    """

    def put(self, key: str, chunks: Iterable[bytes]) -> Digests:
        """Write a new key from a stream in constant memory. Durable only after `sync`.

        Returns:
            Digests of what was written, computed while writing (`Digested` brings them along).

        Raises:
            ConflictError: The key exists with other bytes. The same bytes again are accepted in silence.
        """
        ...

    def replace(self, key: str, data: bytes) -> None:
        """Write a small key over whatever was there, atomically. Durable only after `sync`."""
        ...

    def sync(self) -> None:
        """Return only when everything put or replaced before by this instance is on stable storage."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Open for reading; the caller closes it.

        Raises:
            NotFound: No such key.
        """
        ...

    def read(self, key: str) -> bytes:
        """Return the whole of a small key. Raises NotFound."""
        ...

    def size(self, key: str) -> int:
        """Return the size in bytes. Raises NotFound."""
        ...

    def exists(self, key: str) -> bool:
        """Tell whether the key is there."""
        ...

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield the keys under a prefix (a folder ending in `/`, or empty), sorted."""
        ...

    def folders(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that stand just below a prefix and have keys below them in turn, sorted.

        Costs what these names cost, not what is below them. A name may lead to no key for a moment, while
        one is put or deleted.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove a key: for leftovers of a deposit that died, and for disposal. Absent is fine."""
        ...

    def pending(self, key: str) -> Digests | None:
        """Return the digests of what this instance put or replaced under `key` and has not synced yet."""
        ...

    def discard(self, key: str) -> None:
        """Forget what `pending` tells of. What is on stable storage under the key stays. None is fine."""
        ...

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep every other writer of this store, in this process and in others, out of `exclusive`.

        Who holds it may take it again. It does not stop `put`: unsynced bytes disturb nobody.
        """
        ...
