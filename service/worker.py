# SPDX-License-Identifier: EUPL-1.2
"""A worker: settles deposits as they come in, and looks again and again at what else is due.

Two threads, each with a home of its own: deposits do not wait for an audit, nor a seal for a deposit. A home
is opened anew for every round, and for the queue after every failure: whatever was exchanged meanwhile, a
database or a catalogue, is found.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from archive.clock import Clock
from archive.errors import ConfigurationError, LongevaError, ServiceError
from archive.home import Home
from ingest.queue.runner import open_runner
from ingest.queue.settling import Bench
from service.due import Round, work

SWEEP_SECONDS: Final = 86_400
_TICK: Final = 0.2
_AGAIN_SECONDS: Final = 5.0

_log = logging.getLogger(__name__)


class Desk:
    """Settles deposits at a home that it opens when needed, and again after a failure. For one thread."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._home: Home | None = None
        self._bench: Bench | None = None

    def settle_next(self) -> int:
        """See `Bench.settle_next`."""
        try:
            if self._bench is None:
                self._home = Home.open(self._path, self._clock)
                self._bench = Bench(self._home)
            return self._bench.settle_next()
        except (ServiceError, ConfigurationError):
            self.close()
            raise

    def close(self) -> None:
        """Give back what is held and close the home. Closing twice is fine."""
        home, bench, self._home, self._bench = self._home, self._bench, None, None
        if bench:
            with suppress(LongevaError):  # then the lease runs out
                bench.claims.hand_back()
        if home:
            home.close()


def work_once(path: Path, clock: Clock, stop: threading.Event) -> Round:
    """Settle every deposit that waits and do everything else that is due, once.

    Raises:
        LongevaError: The home cannot be opened.
    """
    with Home.open(path, clock) as home:
        told = Round()
        told.attempt("settled", lambda: _drain(home, stop))
        rest = work(home, stop)
        return Round(told.done | rest.done, told.failed | rest.failed, told.busy + rest.busy)


def work_on(
    path: Path, clock: Clock, stop: threading.Event, every: float, on_round: Callable[[Round], None]
) -> int:
    """Work until told to stop: what was begun is finished, nothing new is begun.

    Args:
        path: Of the home.
        clock: The installation's.
        stop: Set by whoever wants it to end.
        every: Seconds between two rounds.
        on_round: Told what came of each.

    Returns:
        How many rounds were done.

    Raises:
        LongevaError: The home cannot be opened at the start, for a reason that does not pass by itself.
    """
    with suppress(ServiceError), Home.open(path, clock):  # a database may come up later than we
        pass
    settling = threading.Thread(target=_settle, args=(path, clock, stop), name="queue", daemon=True)
    settling.start()
    rounds, swept_at = 0, -float(SWEEP_SECONDS)
    try:
        while not stop.is_set():
            began = time.monotonic()
            sweep = began - swept_at >= SWEEP_SECONDS
            told = _round(path, clock, stop, sweep=sweep)
            if sweep and "swept" not in told.failed:
                swept_at = began
            rounds += 1
            on_round(told)
            # No waiting on the event here: it is set by a signal, in this very thread.
            while not stop.is_set() and time.monotonic() < began + every:
                time.sleep(_TICK)
    finally:
        stop.set()
        settling.join()
    return rounds


def _round(path: Path, clock: Clock, stop: threading.Event, *, sweep: bool) -> Round:
    try:
        with Home.open(path, clock) as home:
            return work(home, stop, sweep=sweep)
    except LongevaError as cause:
        _log.warning("home.failed", exc_info=True)
        return Round(failed={"home": str(cause)})


def _drain(home: Home, stop: threading.Event) -> int:
    runner, bench = open_runner(home), Bench(home)
    try:
        return runner.drain(bench.settle_next, stop)
    finally:
        runner.close()


def _settle(path: Path, clock: Clock, stop: threading.Event) -> None:
    desk = Desk(path, clock)
    while not stop.is_set():
        try:
            with Home.open(path, clock) as home:
                runner = open_runner(home)
                try:
                    runner.run(desk.settle_next, stop)
                finally:
                    runner.close()
        except Exception:  # noqa: BLE001 - whatever it is, what waits is not given up
            _log.warning("queue.stopped", exc_info=True)
            stop.wait(_AGAIN_SECONDS)
        finally:
            desk.close()
