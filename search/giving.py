# SPDX-License-Identifier: EUPL-1.2
"""Give a file of an object in parts: no byte leaves unchecked, and a video is not read anew each time.

The first part asked of a file reads it whole against the inventory, as `search.retrieval` does, and remembers
the SHA-256 of each block of it for a while. Every block that is given later is read whole and compared with
that, so a part costs its own blocks and is as good as the whole. The access is in the ledger once for each
file and whoever reads, not once for each part.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from archive.catalog import scope_of
from archive.digests import Digester, Digests
from archive.errors import IntegrityError, NotFound
from archive.home import Home
from archive.model import ObjectRecord, StoredFile
from search.retrieval import record_access

BLOCK: Final = 1 << 20
"""Bytes of a block: what is read and checked at least."""
REMEMBERED: Final = 600.0
"""Seconds for which a checked file need not be read whole again."""
ONE_READING: Final = 1_800.0
"""Seconds within which the parts that somebody reads of a file are one access."""
MAX_BLOCKS: Final = 1 << 17
"""Blocks remembered over all files: 128 GiB of files in 4 MiB of digests."""
_SHA256: Final = 32


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file of an object, found and not yet read."""

    record: ObjectRecord
    file: StoredFile
    key: str
    """Where the store has it."""

    @property
    def digests(self) -> Digests:
        """As recorded at the deposit."""
        return self.file.digests

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.file.path.rsplit("/", 1)[-1]


def find_file(home: Home, record: ObjectRecord, path: str) -> HeldFile:
    """Find a file of an object's newest version.

    Args:
        home: The archive.
        record: The object.
        path: Logical path, such as `received/doc.xml`.

    Raises:
        NotFound: No such file.
        IntegrityError: The inventory cannot be vouched for, or it and the catalogue disagree.
    """
    with home.catalog.reading(scope_of(record.tenant_id)) as tx:
        file = next((one for one in tx.files(record.object_id) if one.path == path), None)
    if file is None:
        raise NotFound("the object has no such file")
    objects = home.objects(record.tenant_id)
    key, sha256 = objects.content_keys(objects.inventory(record.object_id)).get(path, ("", ""))
    if sha256 != file.digests.sha256:
        raise IntegrityError(
            "catalogue and inventory speak of different bytes", place=f"{record.object_id} {path}"
        )
    return HeldFile(record, file, key)


class Giver:
    """Remembers what was checked and what was recorded. One for a process; threads may share it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._blocks: OrderedDict[tuple[str, str], tuple[float, bytes]] = OrderedDict()
        self._held = 0
        self._told: OrderedDict[tuple[str, str, str], float] = OrderedDict()
        self._reading: dict[tuple[str, str], threading.Lock] = {}

    def give(self, home: Home, held: HeldFile, agent: str, first: int, last: int) -> Iterator[bytes]:
        """Give the bytes from `first` to `last`, both included.

        Args:
            home: The archive.
            held: From `find_file`.
            agent: Who reads, for the ledger.
            first: 0 is the first byte.
            last: At most the size less one.

        Returns:
            The bytes in pieces. When this returns, the file was checked and the access is recorded.

        Raises:
            IntegrityError: The bytes are not those that were received; nothing was given. While the pieces
                are taken: they changed since; the piece with the fault is not given.
            StorageUnavailable: The store cannot be read, or the access cannot be recorded.
        """
        blocks = self._checked(home, held)
        self._record(home, held, agent)
        return _pieces(home, held, blocks, first, last)

    def give_empty(self, home: Home, held: HeldFile, agent: str) -> None:
        """Check and record the giving of a file without bytes; see `give`."""
        self._checked(home, held)
        self._record(home, held, agent)

    def _checked(self, home: Home, held: HeldFile) -> bytes:
        """Return the blocks of a file, read whole now or a while ago; who comes meanwhile waits for that."""
        name = (held.key, held.digests.sha256)
        with self._lock:
            reading = self._reading.setdefault(name, threading.Lock())
        with reading:
            return self._known(name) or self._read(home, held, name)

    def _known(self, name: tuple[str, str]) -> bytes:
        with self._lock:
            until, blocks = self._blocks.get(name, (0.0, b""))
            return blocks if until > self._now() else b""

    def _read(self, home: Home, held: HeldFile, name: tuple[str, str]) -> bytes:
        try:
            blocks = _read_whole(home, held)
            with self._lock:
                before = self._blocks.pop(name, None)
                self._held += len(blocks) - (len(before[1]) if before else 0)
                self._blocks[name] = (self._now() + REMEMBERED, blocks)
                while self._held > MAX_BLOCKS * _SHA256 and len(self._blocks) > 1:
                    _, (_, gone) = self._blocks.popitem(last=False)
                    self._held -= len(gone)
            return blocks
        finally:
            with self._lock:
                self._reading.pop(name, None)

    def _record(self, home: Home, held: HeldFile, agent: str) -> None:
        about, now = (agent, held.record.object_id, held.file.path), self._now()
        with self._lock:
            while self._told and next(iter(self._told.values())) <= now:
                self._told.popitem(last=False)
            if about in self._told:
                return
        # not its path: names of files may be names of people, and the ledger stays for ever
        detail = {"what": "file", "sha256": held.digests.sha256}
        record_access(home, held.record, agent, detail)
        with self._lock:
            self._told[about] = now + ONE_READING


def _read_whole(home: Home, held: HeldFile) -> bytes:
    """Return the SHA-256 of each block, if the whole is what was recorded."""
    digester, blocks = Digester(), bytearray()
    with _sound(home, held) as stream:
        while chunk := stream.read(BLOCK):
            digester.update(chunk)
            blocks += hashlib.sha256(chunk).digest()
    if digester.result() != held.digests:
        raise _damaged(held)
    return bytes(blocks)


def _pieces(home: Home, held: HeldFile, blocks: bytes, first: int, last: int) -> Iterator[bytes]:
    number = first // BLOCK
    with home.store.open(held.key) as stream:
        stream.seek(number * BLOCK)
        while number * BLOCK <= last:
            block = stream.read(BLOCK)
            if hashlib.sha256(block).digest() != blocks[number * _SHA256 : (number + 1) * _SHA256]:
                block = _another_copy(home, held, blocks, number)
            at = number * BLOCK
            yield block[max(first - at, 0) : last - at + 1]
            number += 1


def _another_copy(home: Home, held: HeldFile, blocks: bytes, number: int) -> bytes:
    """Read a block from a copy that is whole, where the store has several."""
    with _sound(home, held) as stream:
        stream.seek(number * BLOCK)
        block = stream.read(BLOCK)
    if hashlib.sha256(block).digest() != blocks[number * _SHA256 : (number + 1) * _SHA256]:
        raise _damaged(held)
    return block


def _sound(home: Home, held: HeldFile) -> BinaryIO:
    try:
        return home.store.open_sound(held.key, held.digests.sha256)
    except NotFound as cause:
        raise _damaged(held) from cause


def _damaged(held: HeldFile) -> IntegrityError:
    record, path = held.record, held.file.path
    return IntegrityError(
        f"{path} of {record.object_id} ({record.tenant_id}) is not what was stored",
        place=f"{record.object_id} {path}",
    )
