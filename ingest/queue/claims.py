# SPDX-License-Identifier: EUPL-1.2
"""What a worker has taken, and how others learn that it is alive: a lease that is put off while it lives.

Whoever falls silent (killed, hung, cut off) loses what it had to the next worker after `work.stalled_after`.
If it wakes up again it does no harm: whatever it still does was done already, or is found done by the other.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

from archive.catalog import INSTALLATION, QueuedDeposit
from archive.errors import LongevaError
from archive.home import Home

TOGETHER: Final = 16
"""Packages that one worker takes at a time: they share the waits for the medium."""
FIRST_RETRY: Final = timedelta(seconds=30)
LAST_RETRY: Final = timedelta(hours=1)

_log = logging.getLogger(__name__)


def worker_name() -> str:
    """Return a name that no other worker has: machine, process, chance."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def retry_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: twice as long each time, up to an hour."""
    doublings = min(attempts - 1, 20)
    return min(FIRST_RETRY * (1 << doublings), LAST_RETRY)


class Claims:
    """The claims of one worker. One thread claims; another may hand back."""

    def __init__(self, home: Home) -> None:
        self.worker = worker_name()
        self._home = home
        self._lease = timedelta(seconds=home.engines.settings.work.stalled_after)
        self._held: frozenset[str] = frozenset()
        self._last_tenant = ""

    @contextmanager
    def next(self, limit: int = TOGETHER) -> Iterator[Sequence[QueuedDeposit]]:
        """Hold the next deposits that are due for the length of the block; none where nothing is due.

        What the block neither settles nor fails is handed back at its end.

        Raises:
            CatalogUnavailable: The queue cannot be read.
        """
        now = self._home.clock.now()
        with self._home.catalog.transaction(INSTALLATION) as tx:
            entries = tx.claim(self.worker, now, self._lease, limit=limit, after=self._last_tenant)
        if not entries:
            yield ()
            return
        self._last_tenant = entries[0].tenant_id
        self._held = frozenset(entry.deposit_id for entry in entries)
        ended = threading.Event()
        beating = threading.Thread(target=self._beat, args=(ended,), name="lease", daemon=True)
        beating.start()
        try:
            yield entries
        finally:
            ended.set()
            beating.join()
            with suppress(LongevaError):  # then the leases run out by themselves
                self.hand_back()

    def fail(self, entry: QueuedDeposit, cause: Exception) -> None:
        """Note that a deposit could not be settled, and when it is tried again."""
        now = self._home.clock.now()
        with self._home.catalog.transaction(INSTALLATION) as tx:
            tx.fail_queued(
                entry.deposit_id,
                self.worker,
                now,
                again_at=now + retry_after(entry.attempts),
                reason=_in_words(cause),
            )

    def hand_back(self) -> int:
        """Give back what is held; returns how many. What was settled or failed is held no more."""
        held, self._held = self._held, frozenset()
        if not held:
            return 0
        with self._home.catalog.transaction(INSTALLATION) as tx:
            return tx.hand_back(held, self.worker, self._home.clock.now())

    def _beat(self, ended: threading.Event) -> None:
        while not ended.wait(self._lease.total_seconds() / 3):
            try:
                with self._home.catalog.transaction(INSTALLATION) as tx:
                    tx.extend(self._held, self.worker, self._home.clock.now() + self._lease)
            except LongevaError:
                _log.warning("queue.lease_not_extended", exc_info=True, extra={"deposits": len(self._held)})


def _in_words(cause: Exception) -> str:
    """Say what failed, for an operator: of our own errors everything, of others their kind."""
    told = (
        f"{cause.code}: {cause}" if isinstance(cause, LongevaError) else f"internal: {type(cause).__name__}"
    )
    return told[:1000]
