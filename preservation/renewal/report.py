# SPDX-License-Identifier: EUPL-1.2
"""What a renewal of either kind did."""

from __future__ import annotations

from dataclasses import dataclass

from archive.catalog.rows import BatchRecord
from archive.findings import Finding


@dataclass(frozen=True, slots=True)
class RenewalReport:
    """New batches, or none. Reports add up."""

    batches: tuple[BatchRecord, ...] = ()
    """The new batches; none where nothing was due or nothing could be renewed."""
    renewed: tuple[str, ...] = ()
    """Batches that they cover."""
    findings: tuple[Finding, ...] = ()
    """What was due and could not be renewed, and why."""

    @property
    def batch(self) -> BatchRecord | None:
        """The last one of the new batches."""
        return self.batches[-1] if self.batches else None

    def __add__(self, other: RenewalReport) -> RenewalReport:
        """Return both as one."""
        return RenewalReport(
            self.batches + other.batches, self.renewed + other.renewed, self.findings + other.findings
        )
