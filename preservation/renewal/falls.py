# SPDX-License-Identifier: EUPL-1.2
"""What falls due, as values: what must be done, for whom, and what it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from archive.clock import format_instant
from archive.findings import Finding, finding
from preservation.renewal.ends import End, Kind


class Work(StrEnum):
    """What is to be done."""

    TIME_STAMPS = "time-stamps"
    """Time-stamp renewal (RFC 4998 5.2): new tokens over the old ones."""
    HASH_TREES = "hash-trees"
    """Hash-tree renewal (RFC 4998 5.2): new trees with another digest."""
    ADVICE = "advice"
    """Nothing that the archive could do: the authority must change what it signs with."""
    LOST = "lost"
    """It ended without being renewed; nothing mends it."""


_CODES: Final = {
    Kind.UNIT: "EVIDENCE-UNIT-ENDS",
    Kind.AUTHORITY: "EVIDENCE-AUTHORITY-ENDS",
    Kind.DIGEST: "EVIDENCE-DIGEST-ENDS",
    Kind.SIGNATURE: "EVIDENCE-SIGNATURE-ENDS",
}


_PLANNED: Final = {
    Kind.DIGEST: "EVIDENCE-DIGEST-ENDS-PLANNED",
    Kind.SIGNATURE: "EVIDENCE-SIGNATURE-ENDS-PLANNED",
}
"""Only algorithms have ends that are planned; certificates have theirs."""


def algorithm_name(what: str) -> str:
    """Write an algorithm as people do: `SHA-256`, `SHA3-512`, `RSA 2048`, `RSA PKCS #1 v1.5`."""
    if what == "rsassa_pkcs1v15":
        return "RSA PKCS #1 v1.5"
    name = what.upper()
    if name.startswith("SHA3_"):
        return name.replace("_", "-")
    return f"SHA-{name[3:].replace('_', '/')}" if name.startswith("SHA") else name


def shown(end: End) -> str:
    """Return what ends as people call it."""
    return algorithm_name(end.what) if end.kind in {Kind.DIGEST, Kind.SIGNATURE} else end.what


def reason(end: End) -> Finding:
    """Say in words why something falls due."""
    code = _PLANNED[end.kind] if end.planned else _CODES[end.kind]
    return finding(
        code, what=shown(end), authority=end.authority, at=end.at.date().isoformat(), source=end.source
    )


@dataclass(frozen=True, slots=True)
class Fall:
    """Evidence that falls due on one day."""

    due_at: datetime
    """From when on it should be done; of what is lost, or only advised, when it ends."""
    work: Work
    why: tuple[End, ...]
    """The soonest first."""
    records: int
    """Evidence records behind it."""
    batches: int
    """Trees that it covers."""
    overdue: bool = False
    to: str = ""
    """Digest of the new tree."""
    authorities: tuple[str, ...] = ()
    """Who will be asked for a token each."""
    cost: Decimal | None = None
    """Euros at today's prices; None where they are not known."""
    bytes: int = 0
    """To be read again from the store."""

    @property
    def tokens(self) -> int:
        """Return how many time stamps it takes."""
        return len(self.authorities)

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        return {
            "due_at": format_instant(self.due_at),
            "overdue": self.overdue,
            "work": self.work,
            "why": [
                reason(end).to_json() | {"kind": end.kind, "at": format_instant(end.at)} for end in self.why
            ],
            "records": self.records,
            "batches": self.batches,
            "algorithm": self.to,
            "authorities": list(self.authorities),
            "tokens": self.tokens,
            "cost": None if self.cost is None else str(self.cost),
            "bytes": self.bytes,
        }


@dataclass(slots=True)
class Year:
    """What one year takes."""

    year: int
    renewed: int = 0
    """Records that time-stamp renewals cover."""
    rehashed: int = 0
    """Records that hash-tree renewals cover."""
    tokens: int = 0
    cost: Decimal | None = field(default_factory=Decimal)
    bytes: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        return {
            "year": self.year,
            "renewed": self.renewed,
            "rehashed": self.rehashed,
            "tokens": self.tokens,
            "cost": None if self.cost is None else str(self.cost),
            "bytes": self.bytes,
        }


def by_year(falls: Iterable[Fall], at: datetime, until: datetime) -> list[Year]:
    """Return what each year takes, those with nothing too; what is overdue counts in the present one."""
    years = {number: Year(number) for number in range(at.year, until.year + 1)}
    for fall in falls:
        if fall.work in {Work.LOST, Work.ADVICE}:
            continue
        year = years[max(fall.due_at.year, at.year)]
        if fall.work is Work.HASH_TREES:
            year.rehashed += fall.records
        else:
            year.renewed += fall.records
        year.tokens += fall.tokens
        year.cost = None if year.cost is None or fall.cost is None else year.cost + fall.cost
        year.bytes += fall.bytes
    return list(years.values())
