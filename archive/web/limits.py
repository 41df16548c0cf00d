# SPDX-License-Identifier: EUPL-1.2
"""How often somebody may ask, and how long he waits after wrong passwords.

    spend("verificar", "60/minute")            # by the address of who asks
    spend("exportar", "10/hour", principal.agent)

Counted by this process, in memory: several machines each allow as much. An account waits longer after each
wrong password from the fifth on, up to `LONGEST`; a name that is nobody's waits alike.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final, cast

from flask import Flask, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from archive.clock import Clock
from archive.errors import TooManyRequests
from archive.web.context import current_home, service

LIMITER: Final = "limiter"
LOCKOUT: Final = "lockout"
FREE: Final = 4
"""Wrong passwords that cost nothing."""
FIRST: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(minutes=30)
FORGOTTEN: Final = timedelta(hours=24)
"""After so long without a wrong one, all is forgotten."""
MOST: Final = 10_000
"""Names that are remembered; the oldest give way."""


@dataclass(slots=True)
class _Failures:
    count: int
    last: datetime


class Lockout:
    """Remembers wrong passwords by name. Threads share it."""

    def __init__(self) -> None:
        self._failures: dict[str, _Failures] = {}
        self._lock = threading.Lock()

    def wait(self, name: str, clock: Clock) -> timedelta:
        """Return how long nobody may try with a name; nothing where he may now."""
        with self._lock:
            known = self._failures.get(_digest(name))
        if known is None or known.count <= FREE:
            return timedelta()
        doubled = FIRST * (1 << min(known.count - FREE - 1, 20))
        until = known.last + min(doubled, LONGEST)
        return max(until - clock.now(), timedelta())

    def failed(self, name: str, clock: Clock) -> bool:
        """Count a wrong password; tell whether from now on somebody must wait."""
        now, key = clock.now(), _digest(name)
        with self._lock:
            known = self._failures.pop(key, None)
            if known is None or now - known.last > FORGOTTEN:
                known = _Failures(0, now)
            known.count, known.last = known.count + 1, now
            self._failures[key] = known
            while len(self._failures) > MOST:
                del self._failures[next(iter(self._failures))]
            return known.count > FREE

    def passed(self, name: str) -> None:
        """Forget the wrong ones."""
        with self._lock:
            self._failures.pop(_digest(name), None)


def install(app: Flask) -> None:
    """Let an application count."""
    services = app.extensions["longeva"]
    services.setdefault(LIMITER, MovingWindowRateLimiter(MemoryStorage()))
    services.setdefault(LOCKOUT, Lockout())


def spend(what: str, rate: str, who: str = "") -> None:
    """Count one request, and refuse it where there were too many.

    Args:
        what: Name of the allowance.
        rate: Such as `60/minute`.
        who: Whose; by default the address of who asks.

    Raises:
        TooManyRequests: With the seconds to wait.
    """
    limiter, allowance = cast("MovingWindowRateLimiter", service(LIMITER)), _rate(rate)
    key = (what, who or request.remote_addr or "")
    if not limiter.hit(allowance, *key):
        reset = limiter.get_window_stats(allowance, *key).reset_time
        seconds = max(1, math.ceil(reset - time.time()))
        raise TooManyRequests(f"too many requests: try again in {seconds} s", retry_after=seconds)


def lockout() -> Lockout:
    """Return what remembers wrong passwords."""
    return cast("Lockout", service(LOCKOUT))


def waiting(name: str) -> timedelta:
    """Return how long nobody may try to enter with a name."""
    return lockout().wait(name, current_home().clock)


@cache
def _rate(rate: str) -> RateLimitItem:
    return parse(rate)


def _digest(name: str) -> str:
    return hashlib.sha256(name.strip().lower().encode(errors="replace")).hexdigest()
