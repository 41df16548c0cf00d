# SPDX-License-Identifier: EUPL-1.2
"""Which store failed, and until when it is left alone: a dead end-point must not slow every deposit.

Remembered in the process and shared by the instances over the same stores. Nothing depends on it for safety.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final

FIRST_PAUSE: Final = 0.5
"""Seconds that a store is left alone after it failed; twice as long each time it fails again."""
LONGEST_PAUSE: Final = 30.0
READ_FAILURES: Final = 3
"""Reads that fail one after the other before the store is left alone: one bad sector is no dead disk."""
MOST_SUSPECTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Suspect:
    """A key of which a store gave other bytes than those that were recorded."""

    store: str
    key: str
    sha256: str
    """What was recorded."""


@dataclass(slots=True)
class _State:
    failures: int = 0
    until: float = 0.0
    reason: str = ""
    late: Future[Any] | None = None
    behind: bool = False


@dataclass(slots=True)
class Health:
    """What this process has seen of the stores, by name. Threads may share it."""

    now: Callable[[], float] = time.monotonic
    _states: dict[str, _State] = field(default_factory=dict)
    _suspects: dict[Suspect, None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def left_alone(self, name: str) -> str:
        """Return why a store is not asked at this moment; empty where it may be."""
        with self._lock:
            state = self._states.get(name)
            if state is None:
                return ""
            if state.late is not None:
                if not state.late.done():
                    return "it is still at what it was given before"
                state.late = None
            return state.reason if self.now() < state.until else ""

    def failed(self, name: str, reason: str, *, reading: bool = False) -> None:
        """Remember that a store failed; a failed write counts as much as several failed reads."""
        with self._lock:
            state = self._states.setdefault(name, _State())
            state.failures += 1 if reading else READ_FAILURES
            state.reason = reason
            state.behind = state.behind or not reading
            beyond = state.failures // READ_FAILURES
            if beyond:
                state.until = self.now() + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(beyond - 1, 16))

    def answered(self, name: str) -> None:
        """Remember that a store did what it was asked."""
        with self._lock:
            state = self._states.get(name)
            if state is not None and state.failures:
                state.failures, state.until = 0, 0.0

    def late(self, name: str, work: Future[Any]) -> None:
        """Leave a store alone until what it is at has ended."""
        with self._lock:
            self._states.setdefault(name, _State()).late = work

    def is_doubtful(self, name: str) -> bool:
        """Tell whether a store failed and has not answered since."""
        with self._lock:
            state = self._states.get(name)
            return state is not None and (state.failures > 0 or state.late is not None)

    def is_late(self, name: str) -> bool:
        """Tell whether a store is still at what it was given before."""
        with self._lock:
            state = self._states.get(name)
            return state is not None and state.late is not None and not state.late.done()

    def behind(self, name: str) -> bool:
        """Tell whether a store missed a write and was not healed since: it is read after the others."""
        with self._lock:
            state = self._states.get(name)
            return state is not None and state.behind

    def healed(self, name: str) -> None:
        """Remember that a store has everything again."""
        with self._lock:
            if name in self._states:
                self._states[name].behind = False

    def last_failure(self, name: str) -> str:
        """Return what a store said when it last failed, also if it answers again; empty if it never did."""
        with self._lock:
            state = self._states.get(name)
            return state.reason if state else ""

    def suspect(self, store: str, key: str, sha256: str) -> None:
        """Remember that a store gave other bytes than those recorded."""
        with self._lock:
            if len(self._suspects) < MOST_SUSPECTS:
                self._suspects[Suspect(store, key, sha256)] = None

    def take_suspects(self) -> list[Suspect]:
        """Return what is suspected and forget it."""
        with self._lock:
            taken = list(self._suspects)
            self._suspects.clear()
        return taken
