# SPDX-License-Identifier: EUPL-1.2
"""Reading from several stores: the next copy when one fails or lies.

What is there in any store is there. That something is *not* there, or is the newest, only enough of them
together can say (`Copies.certain`): all but as many as may be silent while a quorum is among the rest, and
one that is still being filled is no witness of absence.
"""

from __future__ import annotations

import hashlib
import heapq
import io
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO, Final, TypeVar

from archive.digests import read_chunks
from archive.errors import IntegrityError, LongevaError, NotFound, StorageUnavailable
from archive.store import Answer, Copies
from archive.store.keys import check_key, check_prefix
from archive.store.replicated.health import Health
from archive.store.replicated.mark import KEY, Company, StoreMark, read_mark, write_mark
from archive.store.replicated.present import is_rewritten, present
from archive.store.replicated.spool import IN_MEMORY
from archive.store.replicated.watched import WatchedStore

_Result = TypeVar("_Result")

LOOK_AGAIN: Final = 10.0
"""Seconds after which a store that was still being filled is asked again how far it is."""

_log = logging.getLogger(__name__)


class ReplicatedReading:
    """The reading half of `ReplicatedStore`."""

    def __init__(self, members: Sequence[WatchedStore], quorum: int, health: Health) -> None:
        # Those that are drained come last: what is rewritten is past there.
        self.members = tuple(sorted(members, key=lambda member: member.draining))
        """In the order in which they are read."""
        self.quorum = quorum
        """How many must have something before it is acknowledged."""
        self.health = health
        """What was seen of the stores."""
        names = [member.name for member in members if not member.draining]
        self.company = Company.of(names, [each.name for each in members if each.draining], quorum)
        """Which stores these are."""
        self._filled: set[str] = set()
        self._looked = float("-inf")

    def open(self, key: str) -> BinaryIO:
        """See `ObjectStore.open`."""
        return self._first(key, lambda member: member.open(key))

    def read(self, key: str) -> bytes:
        """See `ObjectStore.read`. Of a key that is rewritten every store is asked (`present`)."""
        if not is_rewritten(key):
            return self._first(key, lambda member: member.read(key))
        answers: dict[str, bytes] = {}

        def note(member: WatchedStore) -> bytes:
            answers[member.name] = member.read(key)
            raise NotFound(key)  # go on to the next

        try:
            return self._first(key, note)
        except LongevaError:
            if not answers:
                raise
        return present(key, answers)

    def size(self, key: str) -> int:
        """See `ObjectStore.size`."""
        return self._first(key, lambda member: member.size(key))

    def exists(self, key: str) -> bool:
        """See `ObjectStore.exists`."""
        try:
            self._first(key, lambda member: member.exists(key) or _absent(key))
        except NotFound:
            return False
        return True

    def challenge(self, key: str, nonce: bytes) -> Answer:
        """See `ObjectStore.challenge`. For one store's answer ask it alone (`copies`)."""
        return self._first(key, lambda member: member.challenge(key, nonce))

    def open_sound(self, key: str, sha256: str) -> BinaryIO:
        """See `ObjectStore.open_sound`: what is given was read through before, and had the digest.

        A copy with other bytes is remembered for healing. A long file is read twice: the second time by the
        caller, who digests what it is given.

        Raises:
            NotFound: No such key.
            IntegrityError: Every copy that can be read has other bytes.
        """
        return self._first(key, lambda member: self._open_sound(member, key, sha256))

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.keys`: what any store lists, except its mark, which is no copy of anything."""
        check_prefix(prefix)
        yield from (key for key in self._merged(lambda member: member.keys(prefix)) if key != KEY)

    def folders(self, prefix: str = "") -> Iterator[str]:
        """See `ObjectStore.folders`: what any store lists."""
        check_prefix(prefix)
        own = KEY.split("/", 1)[0] if prefix == "" else None
        yield from (name for name in self._merged(lambda member: member.folders(prefix)) if name != own)

    def copies(self) -> Copies:
        """See `ObjectStore.copies`. Those that are left alone are left out while enough others answer."""
        well = [member for member in self.members if not self.health.left_alone(member.name)]
        certain = self.certain(again=any(self.health.is_doubtful(member.name) for member in self.members))
        chosen = well if len(well) >= certain else self.members
        silent = len(self.members) - len(chosen)
        return Copies(tuple((member.name, member) for member in chosen), certain, silent)

    def begin(self) -> None:
        """Mark stores that are all empty as filled: nothing can be missing in any. Others stay as they are.

        A store that does not answer is not marked; the first healing does that.
        """
        if next(self.keys(), None) is not None:
            return
        for member in self.members:
            with suppress(StorageUnavailable):
                write_mark(member, StoreMark(company=self.company))
        self._looked = float("-inf")

    def certain(self, *, again: bool = False) -> int:
        """Return how many stores must answer before "it is not there" is more than a guess.

        Args:
            again: Look at every mark now: while one store is away, another may be a folder whose disk is not
                there, which answers that it has nothing.

        Of N stores with a quorum of W, any N - W + 1 have among them a holder of whatever was acknowledged;
        of what is older than the newest of them only those know that were filled: one must be among them.
        """
        if again:
            self._filled, self._looked = set(), float("-inf")
        missing = [member for member in self.members if member.name not in self._filled]
        if missing and time.monotonic() - self._looked >= LOOK_AGAIN:
            self._looked = time.monotonic()
            self._filled.update(member.name for member in missing if self._is_filled(member))
        spare = min(self.company.dispensable(), max(0, len(self._filled) - 1))
        return self.company.size - spare

    def _is_filled(self, member: WatchedStore) -> bool:
        try:
            mark = read_mark(member)
        except StorageUnavailable:
            return False
        return mark is not None and mark.company == self.company

    def _first(self, key: str, ask: Callable[[WatchedStore], _Result]) -> _Result:
        """Return the first answer that is one; a store that has the key unsynced is asked first."""
        check_key(key)
        absent, failed = 0, dict[str, LongevaError]()
        for member in sorted(self.members, key=lambda each: self._rank(each, key)):
            try:
                return ask(member)
            except NotFound:
                absent += 1
            except (IntegrityError, StorageUnavailable) as cause:
                failed[member.name] = cause
        damage = next((each for each in failed.values() if isinstance(each, IntegrityError)), None)
        if damage:
            raise damage
        if failed and absent < self.certain(again=True):
            raise unavailable(f"{key} cannot be read", failed)
        raise NotFound("no such key in the stores", place=key)

    def _rank(self, member: WatchedStore, key: str) -> tuple[bool, bool, bool]:
        # What is rewritten is past in a store that is drained, or that missed a write.
        return member.pending(key) is None, member.draining, self.health.behind(member.name)

    def _merged(self, listed: Callable[[WatchedStore], Iterator[str]]) -> Iterator[str]:
        failed: dict[str, LongevaError] = {}

        def told(member: WatchedStore) -> Iterator[str]:
            try:
                yield from listed(member)
            except StorageUnavailable as cause:
                failed[member.name] = cause
                if len(self.members) - len(failed) < self.certain(again=True):
                    raise unavailable("the stores cannot be listed", failed) from cause

        last = ""
        for name in heapq.merge(*map(told, self.members)):
            if name != last:
                yield name
            last = name

    def _open_sound(self, member: WatchedStore, key: str, sha256: str) -> BinaryIO:
        digest, kept = hashlib.sha256(), io.BytesIO()
        with member.open(key) as stream:
            for chunk in read_chunks(stream):
                digest.update(chunk)
                if kept.tell() <= IN_MEMORY:
                    kept.write(chunk)
        if digest.hexdigest() != sha256:
            self.health.suspect(member.name, key, sha256)
            _log.warning("%s gave other bytes of %s than were recorded", member.name, key)
            raise IntegrityError(f"the bytes in {member.name} are not those that were recorded", place=key)
        if kept.tell() > IN_MEMORY:
            return member.open(key)
        kept.seek(0)
        return kept


def unavailable(what: str, failed: dict[str, LongevaError]) -> StorageUnavailable:
    """Return an error that names each store that failed, and why."""
    told = "; ".join(f"{name}: {cause}" for name, cause in sorted(failed.items()))
    return StorageUnavailable(f"{what} ({told})")


def _absent(key: str) -> bool:
    raise NotFound("no such key", place=key)
