# SPDX-License-Identifier: EUPL-1.2
"""What an audit read and found, and what a sample of its size is worth.

With `k` damaged files among `N`, a sample of `n` meets at least one with probability 1 - C(N-k, n) / C(N, n)
(drawing without replacement). The report says it for one file, one in 10,000 and one in 100: a sample finds
epidemics, only a full pass finds the single file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from archive.findings import Severity
from archive.problems import Problem
from preservation.evidence.examination import EvidenceCounts


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit read and what it found."""

    started_at: str
    objects: int
    """Objects looked at."""
    files: int
    """Files read to their end, or tried."""
    bytes: int
    problems: tuple[Problem, ...]
    population: int
    """Files that there were to choose from; equals `files` for a full audit."""
    seed: int | None = None
    """Repeats the same sample; None for a full audit."""
    evidence: EvidenceCounts | None = None
    """None where evidence was not looked at."""

    @property
    def ok(self) -> bool:
        """Whether nothing of weight was found."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)

    def detection(self, damaged: int) -> float:
        """Return the probability that this audit met at least one of `damaged` files (hypergeometric)."""
        read = min(self.files, self.population)
        if damaged <= 0 or read == 0:
            return 0.0
        if read + damaged > self.population:
            return 1.0
        few, many = sorted((read, damaged))
        return -math.expm1(math.fsum(math.log1p(-many / (self.population - step)) for step in range(few)))

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        damaged = sorted({1, max(1, self.population // 10_000), max(1, self.population // 100)})
        return {
            "started": self.started_at,
            "objects": self.objects,
            "files": self.files,
            "bytes": self.bytes,
            "population": self.population,
            "seed": self.seed,
            "detection": [{"damaged": k, "probability": round(self.detection(k), 6)} for k in damaged],
            "evidence": None if self.evidence is None else self.evidence.to_json(),
            "problems": [problem.to_json() for problem in self.problems],
        }
