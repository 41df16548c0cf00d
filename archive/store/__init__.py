# SPDX-License-Identifier: EUPL-1.2
"""Where bytes are kept: one small protocol, several implementations, one conformance suite.

Order of durability: `put` any number of keys, `sync` once, and only then say anything to anybody. Until
`sync`, only the instance that put a key sees it; after it, everybody does, with all its bytes. A store
never changes a key that exists, except by `replace`, which is for the two files that OCFL itself rewrites
(the root inventory and its sidecar) and is atomic.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from archive.digests import Digests


@dataclass(frozen=True, slots=True)
class Retention:
    """What a service told of the lock on the very bytes that it gave, in the same answer."""

    mode: str
    """`COMPLIANCE`, `GOVERNANCE`, or empty where there is no lock."""
    until: datetime | None
    """Aware; nobody can remove or change the bytes before. None where there is no lock."""
    legal_hold: bool
    version_id: str
    """Empty where the bucket keeps no versions."""
    written: datetime | None
    """When the service took the bytes, by its own clock."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a store says when it is challenged to read a key."""

    sha256: str
    """Hexadecimal, of the bytes."""
    mac: str
    """HMAC-SHA-256 of the bytes under the nonce, hexadecimal: nobody can have it ready beforehand."""
    size: int
    retention: Retention | None = None
    """From a store that has locks."""


def retention_of(stream: BinaryIO) -> Retention | None:
    """Return what was told of the lock with the bytes of a stream of `ObjectStore.open`, at no request more.

    None from stores that have no locks. Whether it is what the settings ask for: `PlainStore.lock_fault`.
    """
    told = getattr(stream, "retention", None)
    return told if isinstance(told, Retention) else None


@dataclass(frozen=True, slots=True)
class Copies:
    """The independent copies that a store keeps of everything."""

    stores: Sequence[tuple[str, ObjectStore]]
    """Name and store, in the order of preference."""
    certain: int = 1
    """How many of them must answer before "it is not there" or "this is the newest" is more than a guess."""
    silent: int = 0
    """How many more there are, left out because they failed a moment ago."""


class ObjectStore(Protocol):
    """Keys are relative paths with `/`; they never start with `/` nor hold `..` or empty parts.

    Every method raises `StorageUnavailable` when the medium fails (disk full, read-only, IO error) and
    leaves what was there before untouched.
    """

    lean: bool
    """Each request costs time and money: whoever writes and looks does it in few."""

    def put(self, key: str, chunks: Iterable[bytes]) -> Digests:
        """Write a new key from a stream in constant memory. Durable only after `sync`.

        Returns:
            Digests of what was written, computed while writing (`Digested` brings them along).

        Raises:
            ConflictError: The key exists with other bytes; a lean store may say so at `sync`. The same bytes
                again are accepted in silence.
        """
        ...

    def replace(self, key: str, data: bytes) -> None:
        """Write a small key over whatever was there, atomically. Durable only after `sync`."""
        ...

    def sync(self) -> None:
        """Return only when everything put or replaced before by this instance is on stable storage.

        Raises:
            ConflictError: A key has other bytes by now. The rest is stable.
        """
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

    def unsynced(self, prefix: str = "") -> list[str]:
        """Return the keys under a prefix that this instance put or replaced and has not synced yet."""
        ...

    def discard(self, key: str) -> None:
        """Forget what `pending` tells of. What is on stable storage under the key stays. None is fine."""
        ...

    def exclusive(self, names: Collection[str] = ()) -> AbstractContextManager[None]:
        """Keep other writers of these names, in this process and in others, out of `exclusive`.

        Args:
            names: Key prefixes of objects; empty for the whole store, which waits for every other holder. A
                store may hold more than was asked for.

        Who holds it may take it again, for the same names or fewer. It does not stop `put`: unsynced bytes
        disturb nobody.
        """
        ...

    def assure(self, keys: Collection[str]) -> None:
        """Return only when keys that are there are as durable as if `sync` had just returned for them.

        For whoever finds that the work was done before and is about to say so: the process that did it may
        have died before its `sync` was through, or before every copy had it.

        Raises:
            NotFound: One of the keys is not there.
        """
        ...

    def open_sound(self, key: str, sha256: str) -> BinaryIO:
        """Open a key of which the digest is known: where there are several copies, one that has it.

        A store with one copy opens that, unread: the caller still digests what it is given.

        Raises:
            NotFound: No such key.
        """
        ...

    def copies(self) -> Copies:
        """Return the independent copies that this store keeps; a plain store is its own only one."""
        ...

    def challenge(self, key: str, nonce: bytes) -> Answer:
        """Read a key again from its medium, not from a cache of ours, and answer for a nonce.

        Raises:
            NotFound: No such key.
        """
        ...
