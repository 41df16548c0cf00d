# SPDX-License-Identifier: EUPL-1.2
"""Who is woken when: a runner calls a worker's `settle_next` whenever there may be something to settle.

The lease in the catalogue alone decides who gets what (`ingest.queue.claims`). So a wake-up may come twice,
late or never: `offer`, which derives from recorded state what is due, makes up for every one that was lost.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final, Protocol

from archive.errors import LongevaError, NotAvailable, ServiceError
from archive.home import Home

POLL_SECONDS: Final = 1.0
"""How long a deposit waits at most for a worker of this machine that has nothing else to do."""
PAUSE_SECONDS: Final = 60.0
"""The longest pause after a service failed."""

Take = Callable[[], int]
"""Claims and settles what is due next; returns how many deposits that were."""

_log = logging.getLogger(__name__)


class Runner(Protocol):
    """Wakes workers."""

    def offer(self) -> int:
        """Wake somebody for everything that is due by recorded state; returns how many wake-ups it took.

        Raises:
            CatalogUnavailable: What carries the wake-ups cannot be reached.
        """
        ...

    def run(self, take: Take, stop: threading.Event) -> None:
        """Work until told to stop: what was begun is finished, nothing new is begun.

        A service that fails makes it pause, longer each time, and try again.
        """
        ...

    def drain(self, take: Take, stop: threading.Event) -> int:
        """Work until nothing is due; returns how many deposits were taken.

        Raises:
            ServiceError: A service failed.
        """
        ...

    def close(self) -> None:
        """Give connections back. Closing twice is fine."""
        ...


class InProcessRunner:
    """Looks into the queue by itself. Any number of processes of one machine share it."""

    def offer(self) -> int:
        """See `Runner.offer`: whoever runs looks by itself."""
        return 0

    def run(self, take: Take, stop: threading.Event) -> None:
        """See `Runner.run`."""
        pause = Pause(stop)
        while not stop.is_set():
            if not pause.spent(take):
                stop.wait(POLL_SECONDS)

    def drain(self, take: Take, stop: threading.Event) -> int:
        """See `Runner.drain`."""
        return drain(take, stop)

    def close(self) -> None:
        """See `Runner.close`."""


def drain(take: Take, stop: threading.Event) -> int:
    """Take until nothing is due; returns how many deposits that were. See `Runner.drain`."""
    done = 0
    while not stop.is_set() and (taken := take()):
        done += taken
    return done


class Pause:
    """Rests after a failed service, twice as long each time."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._seconds = POLL_SECONDS

    def spent(self, take: Take) -> int:
        """Take what is due; after a failure rest and return 0."""
        try:
            taken = take()
        except Exception as cause:  # noqa: BLE001 - whatever it is, it is told, and tried again
            level = logging.WARNING if isinstance(cause, LongevaError) else logging.ERROR
            _log.log(level, "queue.paused", exc_info=True, extra={"seconds": self._seconds})
            self._stop.wait(self._seconds)
            self._seconds = min(2 * self._seconds, PAUSE_SECONDS)
            return 0
        self._seconds = POLL_SECONDS
        return taken


def open_runner(home: Home) -> Runner:
    """Return the runner that the settings name.

    Raises:
        NotAvailable: Its library is not installed.
        CatalogUnavailable: Its database cannot be reached.
    """
    if home.engines.settings.work.runner == "in-process":
        return InProcessRunner()
    try:
        from ingest.queue.procrastinated import ProcrastinateRunner  # noqa: PLC0415 - optional library
    except ImportError as cause:
        raise NotAvailable(
            'work.runner = procrastinate needs its library: pip install "longeva[engines]"'
        ) from cause
    return ProcrastinateRunner(home)


def wake(home: Home) -> None:
    """Wake a worker for what is due, as the settings say.

    What carries the wake-ups may be away: what is queued is durable, and workers look by themselves at the
    latest in their next round (`work.every`). So whoever deposited is not told of a failure that is none.

    Raises:
        NotAvailable: As `open_runner`.
    """
    try:
        runner = open_runner(home)
        try:
            runner.offer()
        finally:
            runner.close()
    except ServiceError as cause:
        _log.warning("queue.nobody_woken", exc_info=cause)
