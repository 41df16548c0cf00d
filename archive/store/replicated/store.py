# SPDX-License-Identifier: EUPL-1.2
"""Several stores as one `ObjectStore`: what `sync` says is durable is so in a quorum of them.

    put      the source is read and digested once, every store that answers is handed the bytes
    sync     all stores at the same time; enough when each key is durable in `quorum` stores; who fails is
             left alone for a while, who is slow may go on while nobody waits for it
    read     the next copy when one fails or lies (`reading`)

A store that fails has missed something from then on. It is not written down here which: the ledger says what
there is, and `archive.healing` compares. A store that holds *other* bytes has not failed, it contradicts:
that is told (ConflictError), unless a quorum has the very bytes already, durable; then it lies.

Limits: a store that hangs in `put` without end holds the writer up; time-outs are the store's own. Deleting
does not reach a store that is away: what no inventory speaks of is removed there when it is healed.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from archive.digests import Digests, digest_bytes
from archive.errors import ConflictError, IntegrityError, LongevaError, NotFound, StorageUnavailable
from archive.lock import Guard
from archive.store.keys import check_key
from archive.store.replicated.health import Health
from archive.store.replicated.reading import ReplicatedReading, unavailable
from archive.store.replicated.spool import spooled
from archive.store.replicated.watched import WatchedStore

GRACE: Final = 5.0
"""Seconds that the slower stores get to sync after a quorum has."""

_log = logging.getLogger(__name__)


class ReplicatedStore(ReplicatedReading):
    """Stores in the order of preference. Threads may share an instance; a fork gets one without writes."""

    name = "copies"

    def __init__(
        self,
        members: Sequence[WatchedStore],
        *,
        quorum: int,
        health: Health | None = None,
        guard: Guard | None = None,
        spool: Path | None = None,
    ) -> None:
        """Join stores.

        Args:
            members: Those that are draining are read and never written.
            quorum: In how many of the others something must be durable before it is acknowledged.
            health: What the members tell; their own by default.
            guard: Keeps writers apart over all processes; None trusts the first store's own `exclusive`.
            spool: Folder where long files wait while they are handed out.
        """
        super().__init__(members, quorum, health or Health())
        self._active = [member for member in self.members if not member.draining]
        self.lean = any(member.lean for member in members)
        self._guard = guard
        self._spool = spool
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._syncing = threading.Lock()
        self._written: dict[str, set[str]] = {}
        self._touched = False
        self._workers: ThreadPoolExecutor | None = None

    def put(self, key: str, chunks: Iterable[bytes]) -> Digests:
        """See `ObjectStore.put`.

        Raises:
            StorageUnavailable: Fewer than a quorum took it; the message names each store and why.
        """
        check_key(key)
        self._check_fork()
        with spooled(chunks, self._spool) as given:

            def hand(member: WatchedStore) -> None:
                taken = member.put(key, given)
                if taken != given.digests:
                    self.health.failed(member.name, "it took other bytes than it was given")
                    raise StorageUnavailable(f"{member.name} took other bytes than it was given")

            self._hand_out(key, given.digests, hand)
            return given.digests

    def replace(self, key: str, data: bytes) -> None:
        """See `ObjectStore.replace`. Raises as `put`."""
        check_key(key)
        self._check_fork()
        self._hand_out(key, digest_bytes(data), lambda member: member.replace(key, data))

    def sync(self) -> None:
        """See `ObjectStore.sync`: everything is durable in a quorum of the stores.

        Raises:
            StorageUnavailable: It is not; what was pending is given up. The message names each store and why.
            ConflictError: In one of them another writer gave a key other bytes first. The rest is durable.
        """
        self._check_fork()
        with self._syncing:
            with self._lock:
                written, self._written = self._written, {}
                touched, self._touched = self._touched, False
            if not touched:
                return
            failed, conflict = self._sync_all()
            durable = {member.name for member in self._active} - failed.keys()
            lacking = [key for key, holders in written.items() if len(holders & durable) < self.quorum]
            for member in self._active:
                # Who is still at it ends by itself; what it makes durable then does no harm.
                if (member.name in failed or lacking) and not self.health.is_late(member.name):
                    _give_up(member)
            if lacking or len(durable) < self.quorum:
                raise unavailable(f"not durable in {self.quorum} stores", failed)
            if conflict:
                raise conflict

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`. Raises StorageUnavailable where fewer than a quorum did it."""
        check_key(key)
        self._check_fork()
        failed: dict[str, LongevaError] = {}
        with self._lock:
            self._touched = True
            self._written.pop(key, None)
        for member in self.members:
            try:
                member.delete(key)
            except StorageUnavailable as cause:
                if not member.draining:
                    failed[member.name] = cause
        if len(self._active) - len(failed) < self.quorum:
            raise unavailable(f"{key} cannot be deleted", failed)

    def pending(self, key: str) -> Digests | None:
        """See `ObjectStore.pending`."""
        self._check_fork()
        return next((found for member in self._active if (found := member.pending(key))), None)

    def unsynced(self, prefix: str = "") -> list[str]:
        """See `ObjectStore.unsynced`."""
        self._check_fork()
        return list(dict.fromkeys(key for member in self._active for key in member.unsynced(prefix)))

    def discard(self, key: str) -> None:
        """See `ObjectStore.discard`."""
        with self._lock:
            self._written.pop(key, None)
        for member in self._active:
            member.discard(key)

    @contextmanager
    def exclusive(self, names: Collection[str] = ()) -> Iterator[None]:
        """See `ObjectStore.exclusive`: the guard that all writers of these stores share."""
        with ExitStack() as held:
            if self._guard is None:
                held.enter_context(self._active[0].exclusive(names))
            else:
                held.enter_context(self._guard.held(names))
                for member in self._active:
                    if member.lean:  # learns meanwhile which keys are free, and need not look for each
                        held.enter_context(member.exclusive(names))
            yield

    def assure(self, keys: Collection[str]) -> None:
        """See `ObjectStore.assure`: each key is durable in a quorum; a store that lacks one is given it.

        A store whose bytes are not what most of them have is given none: that is for healing to judge.
        """
        self._check_fork()
        for key in keys:
            self._first(key, lambda member, key=key: member.size(key))  # type: ignore[misc]
        failed: dict[str, LongevaError] = {}
        for member in self._active:
            try:
                self._complete(member, keys)
                member.assure(keys)
            except (StorageUnavailable, ConflictError, NotFound, IntegrityError) as cause:
                failed[member.name] = cause
        if len(self._active) - len(failed) < self.quorum:
            raise unavailable(f"not durable in {self.quorum} stores", failed)

    def _complete(self, member: WatchedStore, keys: Collection[str]) -> None:
        """Give a store those of the keys that it lacks, from the first other that has them."""
        lacking = [key for key in keys if not member.exists(key)]
        for key in lacking:
            with self.open(key) as stream:
                member.put(key, iter(lambda: stream.read(1 << 20), b""))
        if lacking:
            member.sync()

    def _hand_out(self, key: str, digests: Digests, hand: Callable[[WatchedStore], None]) -> None:
        """Let every store take a key that answers; remember who did."""
        before = {member.name for member in self._active if member.pending(key)}
        holders, failed, conflict = set[str](), dict[str, LongevaError](), None
        for member in self._active:
            try:
                hand(member)
                holders.add(member.name)
            except StorageUnavailable as cause:
                member.discard(key)
                failed[member.name] = cause
            except ConflictError as cause:
                failed[member.name] = conflict = cause
        had = sum(not member.pending(key) for member in self._active if member.name in holders)
        if len(holders) < self.quorum or (conflict and had < self.quorum):
            for member in self._active:
                if member.name not in before:
                    member.discard(key)
            raise conflict or unavailable(f"{key} was not taken by {self.quorum} stores", failed)
        for name, reason in failed.items():
            if isinstance(reason, ConflictError):
                _log.warning("%s holds other bytes of %s than the other stores", name, key)
                self.health.suspect(name, key, digests.sha256)
        with self._lock:
            self._written[key] = holders
            self._touched = True

    def _sync_all(self) -> tuple[dict[str, LongevaError], ConflictError | None]:
        """Sync every store that is written; tell who failed, and whether one had another writer's bytes."""
        work = {self._executor().submit(member.sync): member.name for member in self._active}
        self._wait(list(work))
        failed: dict[str, LongevaError] = {}
        conflict = None
        for future, name in work.items():
            if not future.done():
                late = StorageUnavailable(f"it took more than {GRACE:g} s longer than the others")
                self.health.failed(name, str(late))
                self.health.late(name, future)
                failed[name] = late
                continue
            try:
                future.result()
            except StorageUnavailable as cause:
                failed[name] = cause
            except ConflictError as cause:
                conflict = cause
        return failed, conflict

    def _wait(self, work: Sequence[Future[None]]) -> None:
        """Wait for a quorum without end, then a moment for the others."""
        waiting = set(work)
        while waiting and sum(_succeeded(each) for each in work) < self.quorum:
            _, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        wait(waiting, timeout=GRACE)

    def _executor(self) -> ThreadPoolExecutor:
        if self._workers is None:
            self._workers = ThreadPoolExecutor(2 * len(self._active), thread_name_prefix="copies")
        return self._workers

    def _check_fork(self) -> None:
        if os.getpid() != self._pid:
            self._begin()


def _succeeded(work: Future[None]) -> bool:
    return work.done() and work.exception() is None


def _give_up(member: WatchedStore) -> None:
    with suppress(LongevaError):
        for key in member.unsynced():
            member.discard(key)
