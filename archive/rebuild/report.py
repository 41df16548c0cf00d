# SPDX-License-Identifier: EUPL-1.2
"""What a rebuilding found: counts, problems, and whether the catalogue before said the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RebuildProblem:
    """One thing in the store that could not be taken over as it stands."""

    kind: str
    """`object.unacknowledged`, `object.missing`, `object.damaged`, `object.disagrees`, `evidence.…`,
    `deposit.…`, `tenant.…`, `ledger.…`."""
    tenant_id: str
    subject: str
    """Object, deposit, batch or tenant id; what is known of it."""
    detail: str
    key: str = ""
    """Store key where one is to blame."""


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """The outcome of `rebuild_catalog`."""

    tenants: int
    deposits: int
    objects: int
    files: int
    documents: int
    signatures: int
    events: int
    batches: int
    copies: int
    problems: tuple[RebuildProblem, ...]
    equal: Mapping[str, bool] | None = field(hash=False, default=None)
    """For each topic, whether the catalogue before held the same; None where there was none to read."""
    seconds: float = field(compare=False, default=0.0)
    """What reading the store, writing the rows and comparing took."""

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        equal = None if self.equal is None else dict(self.equal)
        apart = {"problems", "equal", "seconds"}
        shown = {name: getattr(self, name) for name in self.__slots__ if name not in apart}
        rate = {
            "seconds": round(self.seconds, 3),
            "objects_per_second": self._rate(self.objects),
            "events_per_second": self._rate(self.events),
        }
        told = [asdict(problem) for problem in self.problems]
        return {**shown, **rate, "equal": equal, "problems": told}

    def _rate(self, count: int) -> float:
        return round(count / self.seconds, 1) if self.seconds else 0.0


class Notes:
    """Collects problems while a rebuilding goes on."""

    def __init__(self) -> None:
        self.problems: list[RebuildProblem] = []

    def add(self, kind: str, tenant_id: str, subject: str, detail: object, key: str = "") -> None:
        """Note one problem."""
        self.problems.append(RebuildProblem(kind, tenant_id, subject, str(detail), key))
