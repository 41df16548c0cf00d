# SPDX-License-Identifier: EUPL-1.2
"""Which keys are known to be free, so that nobody needs to ask again before writing them.

Whoever holds the guard over a prefix and lists it knows, until the guard is let go, every key that is there:
nobody else writes meanwhile. `archive.objects` does just that before it commits an object.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Hold:
    names: tuple[str, ...]
    listed: dict[str, set[str]] = field(default_factory=dict)
    """Prefix, and the keys that were there."""


class Vacancies:
    """What the holders of a guard have seen. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holds: dict[int, list[_Hold]] = {}

    @contextmanager
    def during(self, names: Collection[str]) -> Iterator[None]:
        """Remember what this thread lists in the block, which holds the guard over these prefixes.

        Args:
            names: As `ObjectStore.exclusive` has them: none for everything.
        """
        me, hold = threading.get_ident(), _Hold(tuple(names) or ("",))
        with self._lock:
            self._holds.setdefault(me, []).append(hold)
        try:
            yield
        finally:
            with self._lock:
                self._holds[me].remove(hold)
                if not self._holds[me]:
                    del self._holds[me]

    def listed(self, prefix: str, keys: Collection[str]) -> None:
        """Note all keys under a prefix, as this thread has just seen them."""
        with self._lock:
            for hold in self._holds.get(threading.get_ident(), ()):
                if prefix.startswith(hold.names):
                    hold.listed[prefix] = set(keys)

    def free(self, key: str) -> bool:
        """Tell whether a key is known not to be there."""
        with self._lock:
            return any(
                key.startswith(prefix) and key not in keys
                for holds in self._holds.values()
                for hold in holds
                for prefix, keys in hold.listed.items()
            )

    def changed(self, key: str) -> None:
        """Note that a key was written, or may have been: it is no longer known to be free."""
        with self._lock:
            for holds in self._holds.values():
                for hold in holds:
                    for prefix, keys in hold.listed.items():
                        if key.startswith(prefix):
                            keys.add(key)
