# SPDX-License-Identifier: EUPL-1.2
"""What a healing did, and what it could not mend."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from archive.problems import Problem


@dataclass(slots=True)
class HealReport:
    """Counts of one healing; it grows while the healing goes on."""

    compared: int = 0
    """Keys that were held against the other stores, counted once for each store."""
    copied: Counter[str] = field(default_factory=Counter)
    """Keys that a store lacked and has now, by store."""
    repaired: int = 0
    """Keys that held other bytes and were replaced; each is an event of the ledger."""
    removed: int = 0
    """Leftovers, of which no inventory speaks, that a store still had from before it was away."""
    bytes: int = 0
    """Bytes that were copied or replaced."""
    unrepairable: list[Problem] = field(default_factory=list)
    """What no store has as it should be; nothing was overwritten."""
    postponed: int = 0
    """Keys that no store that answered has as they should be, while one was away."""
    failed: dict[str, str] = field(default_factory=dict)
    """Stores that did not answer to the end, and why: they are healed when they do."""
    complete: list[str] = field(default_factory=list)
    """Stores that have now everything up to the last event of the ledger."""

    @property
    def ok(self) -> bool:
        """Whether every store answered and everything could be mended."""
        return not self.unrepairable and not self.failed

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        return {
            "compared": self.compared,
            "copied": dict(sorted(self.copied.items())),
            "repaired": self.repaired,
            "removed": self.removed,
            "postponed": self.postponed,
            "bytes": self.bytes,
            "complete": self.complete,
            "failed": self.failed,
            "unrepairable": [problem.to_json() for problem in self.unrepairable],
        }
