# SPDX-License-Identifier: EUPL-1.2
"""Which mechanism covered which objects, from when to when: of one object, or of a tenant by batches."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive.catalog import INSTALLATION, Transaction
from archive.catalog.evidence_totals import Covered, Covering
from archive.catalog.rows import BatchRecord, Link
from archive.clock import format_instant
from archive.errors import NotFound
from archive.home import Home
from archive.model import ObjectRecord
from preservation.coverage.spans import Gap, Lack, Period, Span, gaps_in, span_of
from preservation.evidence.policy import policy_history
from preservation.installation import strength as decided

ANY_TIME = Period()


@dataclass(frozen=True, slots=True)
class VersionCoverage:
    """What protected one version of an object."""

    version: int
    kept_at: datetime
    spans: tuple[Span, ...]
    gaps: tuple[Gap, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        return {
            "version": self.version,
            "kept_at": format_instant(self.kept_at),
            "mechanisms": [span.to_json() for span in self.spans],
            "gaps": [gap.to_json() for gap in self.gaps],
        }


@dataclass(frozen=True, slots=True)
class ObjectCoverage:
    """What protected an object."""

    record: ObjectRecord
    versions: tuple[VersionCoverage, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        return {
            "object": self.record.object_id,
            "tenant": self.record.tenant_id,
            "versions": [each.to_json() for each in self.versions],
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """One batch of object versions with everything that protected them together."""

    batch_id: str
    versions: int
    kept_first: datetime
    """When the oldest of its objects was kept."""
    spans: tuple[Span, ...]
    gap: Gap | None
    """That lasts since the newest of them ended."""

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        return {
            "batch": self.batch_id,
            "versions": self.versions,
            "kept_first": format_instant(self.kept_first),
            "mechanisms": [span.to_json() for span in self.spans],
            "gap": None if self.gap is None else self.gap.to_json(),
        }


@dataclass(slots=True)
class CoverageRegister:
    """The register of one archive at one instant. One thread; policies of a tenant are read once."""

    home: Home
    at: datetime
    _policies: dict[str, tuple[list[datetime], list[int]]] = field(default_factory=dict)

    def of_object(self, record: ObjectRecord, period: Period = ANY_TIME) -> ObjectCoverage:
        """Return what protected every version of an object.

        Args:
            record: The object.
            period: Only what protected it, or lacked, within.

        Raises:
            NotFound: No such object.
            IntegrityError: Its inventory disagrees with its sidecar.
        """
        inventory = self.home.objects(record.tenant_id).inventory(record.object_id)
        with self.home.catalog.reading(INSTALLATION) as tx:
            lines = {line[0].leaf.version: line for line in tx.lines_of(record.object_id)}
            found = []
            for number, version in enumerate(inventory.versions, 1):
                spans = self._spans(tx, lines.get(number, []), record.tenant_id)
                if not spans and number < record.version:
                    continue  # replaced before it was sealed: nothing is missing any more
                found.append(self._version(number, version.created, spans, period))
        return ObjectCoverage(record, tuple(found))

    def of_tenant(self, tenant_id: str | None, period: Period = ANY_TIME) -> Iterator[Entry]:
        """Yield the batches that covered objects of a tenant (None: of any) within a period, oldest first.

        Memory does not grow with the objects.
        """
        with self.home.catalog.reading(INSTALLATION) as tx:
            for covering in tx.covering(tenant_id):
                entry = self._entry(tx, covering, tenant_id or "")
                spans = tuple(each for each in entry.spans if period.meets(each.since, each.until))
                gap = entry.gap if entry.gap and period.meets(entry.gap.since, entry.gap.until) else None
                if spans or gap:
                    yield Entry(entry.batch_id, entry.versions, entry.kept_first, spans, gap)

    def objects_in(self, batch_id: str, tenant_id: str | None) -> Iterator[Covered]:
        """Yield the object versions of a batch, in the order of its tree."""
        with self.home.catalog.reading(INSTALLATION) as tx:
            yield from tx.covered(batch_id, tenant_id)

    def waiting(self, tenant_id: str | None) -> Iterator[Covered]:
        """Yield the newest versions of objects that nothing covers yet, the longest waiting first."""
        with self.home.catalog.reading(INSTALLATION) as tx:
            yield from tx.uncovered(tenant_id)

    def _version(
        self, number: int, kept_at: datetime, spans: Sequence[Span], period: Period
    ) -> VersionCoverage:
        gaps = gaps_in(kept_at, spans, self.at)
        return VersionCoverage(
            number,
            kept_at,
            tuple(each for each in spans if period.meets(each.since, each.until)),
            tuple(each for each in gaps if period.meets(each.since, each.until)),
        )

    def _entry(self, tx: Transaction, covering: Covering, tenant_id: str) -> Entry:
        batch = tx.batch(covering.batch_id)
        line = [batch, *(link.batch for link in tx.chain_of(batch.batch_id))]
        spans = self._terms(tx, line, tenant_id)
        last = spans[-1]
        lasting = last.renewed_at is None and last.ends <= self.at
        gap = Gap(last.ends, None, Lack.ENDED) if lasting else None
        return Entry(batch.batch_id, covering.versions, covering.kept_first, tuple(spans), gap)

    def _spans(self, tx: Transaction, line: Sequence[Link], tenant_id: str) -> list[Span]:
        return self._terms(tx, [link.batch for link in line], tenant_id) if line else []

    def _terms(self, tx: Transaction, line: Sequence[BatchRecord], tenant_id: str) -> list[Span]:
        taken_over = [batch.sealed_at for batch in line[1:]]
        last = tx.renewed_at(line[-1].batch_id)
        strength = decided(self.home)
        return [
            span_of(batch, renewed, strength, self._policy(tenant_id, batch.sealed_at))
            for batch, renewed in zip(line, [*taken_over, last], strict=True)
        ]

    def _policy(self, tenant_id: str, at: datetime) -> int:
        """Return the version of a tenant's sealing policy that was in force; 0 where the settings were."""
        if tenant_id not in self._policies:
            told = [] if not tenant_id else self._told(tenant_id)
            self._policies[tenant_id] = [each[0] for each in told], [each[1] for each in told]
        since, versions = self._policies[tenant_id]
        place = bisect_right(since, at)
        return versions[place - 1] if place else 0

    def _told(self, tenant_id: str) -> list[tuple[datetime, int]]:
        try:
            return [(each.since, each.version) for each in policy_history(self.home, tenant_id)]
        except NotFound:
            return []
