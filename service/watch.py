# SPDX-License-Identifier: EUPL-1.2
"""One thread that looks at the archive every few seconds, so that whoever asks is answered at once.

A database that hangs makes the last look old, not the answer slow: after `STALE` seconds nobody is ready.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from archive.errors import LongevaError
from archive.home import Home
from archive.web.metrics import Gauge
from archive.web.watching import EngineState
from search.index import Index
from service.engine_states import EngineStates, failed
from service.gauges import engine_gauges, gauges

EVERY: Final = 5.0
"""Seconds between two looks at the engines."""
STALE: Final = 30.0
"""Seconds after which a look says nothing any more."""
COUNT_EVERY: Final = 30.0
"""Seconds between two countings, at least; on a large archive more (`PATIENCE`)."""
PATIENCE: Final = 20
"""How many times as long as a counting took nothing is counted: at most a twentieth of one thread."""

_log = logging.getLogger(__name__)


class Watch:
    """Looks until told to stop; what it saw may be asked by every thread."""

    def __init__(self, open_both: Callable[[], tuple[Home, Index]]) -> None:
        """Give what opens an archive and its index for this thread alone."""
        self._open = open_both
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._states: list[EngineState] = []
        self._gauges: list[Gauge] = []
        self._looked = float("-inf")

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more. A look that hangs is left behind: its thread holds up nobody's end."""
        self._stop.set()
        self._thread.join(timeout=1)

    def ready(self) -> list[EngineState]:
        """Return how the engines were at the last look; one failed state where that is too long ago."""
        age = time.monotonic() - self._looked
        if age <= STALE:
            return self._states
        words = "not looked at yet" if age == float("inf") else f"no answer for {age:.0f} s"
        return [EngineState("engines", ok=False, needed=True, reason=words)]

    def gauges(self) -> list[Gauge]:
        """Return the gauges of the last counting, and how the engines are."""
        return [*self._gauges, *engine_gauges(self.ready())]

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                home, index = self._open()
            except LongevaError as cause:
                self._seen([EngineState("home", ok=False, needed=True, reason=str(cause))])
                self._stop.wait(EVERY)
                continue
            with home:
                self._look(EngineStates(home, index), lambda: gauges(home, index))  # noqa: B023 - used at once

    def _look(self, engines: EngineStates, count: Callable[[], list[Gauge]]) -> None:
        next_count = 0.0
        while not self._stop.is_set():
            self._seen(engines.now())
            began = time.monotonic()
            if began >= next_count:
                counted = count()
                took = time.monotonic() - began
                counted.append(Gauge.of("count_seconds", "How long counting took.", took))
                counted.append(Gauge.of("count_timestamp_seconds", "When it was counted.", time.time()))
                self._gauges = counted
                next_count = time.monotonic() + max(COUNT_EVERY, PATIENCE * took)
                self._looked = time.monotonic()
            self._stop.wait(EVERY)

    def _seen(self, states: list[EngineState]) -> None:
        before = set(failed(self._states))
        for engine in failed(states):
            if engine not in before:
                _log.warning("engine.failed", extra={"engine": engine})
        for engine in before - set(failed(states)):
            _log.info("engine.back", extra={"engine": engine})
        self._states, self._looked = states, time.monotonic()
