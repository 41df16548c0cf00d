# SPDX-License-Identifier: EUPL-1.2
"""What evidence stands and whom it covers, summed: for who must say so without looking at every object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from archive.catalog.evidence import EvidenceRows
from archive.catalog.rows import RENEWAL, BatchRecord, Stamp, read_stamp
from archive.catalog.tables import batches, due_seals, files, leaves, objects


@dataclass(frozen=True, slots=True)
class Standing:
    """Live batches on one algorithm, whose tokens are of the same authorities and end together."""

    sample: BatchRecord
    """One of them, the first that was made."""
    batches: int
    records: int
    """Evidence records behind them: one for each object version."""


@dataclass(frozen=True, slots=True)
class Covering:
    """A batch whose tree has versions of objects, and how many of a tenant's."""

    batch_id: str
    versions: int
    """Of the objects that the catalogue holds; what was disposed of since is not counted."""
    kept_first: datetime
    """When the oldest of the objects was kept."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A version of an object in the tree of a batch."""

    object_id: str
    tenant_id: str
    version: int
    kept_at: datetime
    """When the object was kept first."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What one authority gave."""

    authority: str
    tokens: int
    last_at: datetime
    valid_until: datetime
    """Of the last one."""


@dataclass(slots=True)
class _Sum:
    first: str
    batches: int = 0
    records: int = 0


class EvidenceTotals(EvidenceRows):
    """Sums over batches: as many steps as there are of them, whatever they hold; memory by kind alone."""

    def standing(self, tenant_id: str | None = None) -> list[Standing]:
        """Return what stands, the first to end first: everything, or the object versions of a tenant."""
        behind = self._records_behind() if tenant_id is None else self._versions_behind(tenant_id)
        columns = [each for each in batches.c if each.name != "token"]
        statement = select(*columns).where(batches.c.renewed_by.is_(None)).order_by(batches.c.batch_no)
        sums: dict[tuple[Any, ...], _Sum] = {}
        for row in self._connection.execute(statement.execution_options(yield_per=256)):
            records = behind.get(row.batch_no, 0)
            if tenant_id is not None and not records:
                continue
            found = sums.setdefault(_alike(row), _Sum(row.batch_id))
            found.batches += 1
            found.records += records
        standing = [
            Standing(self.batch(found.first), found.batches, found.records) for found in sums.values()
        ]
        return sorted(standing, key=lambda each: min(stamp.valid_until for stamp in each.sample.stamps))

    def last_stamps(self) -> dict[str, BatchRecord]:
        """Return the newest batch with a token of each authority."""
        newest: dict[str, str] = {}
        statement = select(batches.c.batch_id, batches.c.authority, batches.c.others)
        for row in self._connection.execute(
            statement.order_by(batches.c.batch_no).execution_options(yield_per=256)
        ):
            for name in (row.authority, *(str(each["authority"]) for each in row.others)):
                newest[name] = row.batch_id
        return {name: self.batch(batch_id) for name, batch_id in newest.items()}

    def stamped(self) -> list[Stamped]:
        """Return how many tokens each authority gave, and the last one's dates, by name."""
        found: dict[str, Stamped] = {}
        columns = (batches.c.authority, batches.c.sealed_at, batches.c.valid_until, batches.c.others)
        statement = select(*columns).order_by(batches.c.batch_no).execution_options(yield_per=256)
        for row in self._connection.execute(statement):
            first = Stamp(row.authority, row.sealed_at, row.valid_until, b"")
            for each in (first, *map(read_stamp, row.others)):
                tokens = found[each.authority].tokens if each.authority in found else 0
                found[each.authority] = Stamped(each.authority, tokens + 1, each.sealed_at, each.valid_until)
        return [found[name] for name in sorted(found)]

    def bytes_of(self, tenant_id: str | None) -> int:
        """Return how many bytes the files of head versions have: of a tenant, or of all."""
        statement = select(func.coalesce(func.sum(files.c.size), 0))
        if tenant_id is not None:
            statement = statement.select_from(
                files.join(objects, objects.c.object_no == files.c.object_no)
            ).where(objects.c.tenant_id == tenant_id)
        return int(self._connection.execute(statement).scalar_one())

    def covering(self, tenant_id: str | None) -> list[Covering]:
        """Return the batches that cover versions of objects, oldest first: of a tenant, or (None) of any.

        Those of time-stamp renewals are not among them: they go on with a line (`chain_of`).
        """
        statement = (
            select(
                batches.c.batch_id,
                func.count().label("versions"),
                func.min(objects.c.created_at).label("kept"),
            )
            .select_from(leaves)
            .join(batches, batches.c.batch_no == leaves.c.batch_no)
            .join(objects, objects.c.object_no == leaves.c.object_no)
            .group_by(batches.c.batch_no)
            .order_by(batches.c.batch_no)
        )
        if tenant_id is not None:
            statement = statement.where(objects.c.tenant_id == tenant_id)
        return [Covering(row.batch_id, row.versions, row.kept) for row in self._rows(statement)]

    def covered(self, batch_id: str, tenant_id: str | None) -> Iterator[Covered]:
        """Yield the versions of objects in the tree of a batch, in tree order: of a tenant, or of any."""
        statement = (
            select(objects.c.object_id, objects.c.tenant_id, leaves.c.version, objects.c.created_at)
            .select_from(leaves)
            .join(batches, batches.c.batch_no == leaves.c.batch_no)
            .join(objects, objects.c.object_no == leaves.c.object_no)
            .where(batches.c.batch_id == batch_id)
            .order_by(leaves.c.leaf_index)
        )
        if tenant_id is not None:
            statement = statement.where(objects.c.tenant_id == tenant_id)
        for row in self._connection.execute(statement.execution_options(yield_per=4096)):
            yield Covered(row.object_id, row.tenant_id, row.version, row.created_at)

    def uncovered(self, tenant_id: str | None) -> Iterator[Covered]:
        """Yield the newest versions that no evidence covers yet, the longest waiting first."""
        statement = (
            select(objects.c.object_id, objects.c.tenant_id, objects.c.version, objects.c.created_at)
            .select_from(due_seals)
            .join(objects, due_seals.c.object_no == objects.c.object_no)
            .order_by(due_seals.c.object_no)
        )
        if tenant_id is not None:
            statement = statement.where(objects.c.tenant_id == tenant_id)
        for row in self._connection.execute(statement.execution_options(yield_per=4096)):
            yield Covered(row.object_id, row.tenant_id, row.version, row.created_at)

    def renewed_at(self, batch_id: str) -> datetime | None:
        """Return when another batch went on with what a batch proves; None where none did."""
        later = batches.alias("later")
        row = self._first(
            select(later.c.sealed_at)
            .join(batches, batches.c.renewed_by == later.c.batch_no)
            .where(batches.c.batch_id == batch_id)
        )
        return None if row is None else row.sealed_at

    def _records_behind(self) -> dict[int, int]:
        """Return by number how many object versions stand behind each live batch."""
        own = select(leaves.c.batch_no, func.count().label("own")).where(leaves.c.version == 0)
        files_of = {row.batch_no: row.own for row in self._rows(own.group_by(leaves.c.batch_no))}
        statement = select(batches.c.batch_no, batches.c.batch_id, batches.c.count.label("leaves"))
        trees = self._rows(statement.where(batches.c.kind != RENEWAL))
        return self._behind(
            {row.batch_id: row.leaves - files_of.get(row.batch_no, 0) for row in trees},
        )

    def _versions_behind(self, tenant_id: str) -> dict[int, int]:
        """Return by number how many object versions of a tenant stand behind each live batch."""
        return self._behind({each.batch_id: each.versions for each in self.covering(tenant_id)})

    def _behind(self, versions: dict[str, int]) -> dict[int, int]:
        """Add up over the lines of time-stamp renewals what the batches have that they began with."""
        line = batches.alias("line")
        live = batches.c.renewed_by.is_(None)
        statement = select(batches.c.batch_no, batches.c.batch_id).where(live)
        behind = {row.batch_no: versions.get(row.batch_id, 0) for row in self._rows(statement)}
        lines = (
            select(batches.c.batch_no, line.c.batch_id.label("began"))
            .join(leaves, leaves.c.batch_no == batches.c.batch_no)
            .join(line, line.c.object_key == leaves.c.object_id)
            .where(live, batches.c.kind == RENEWAL)
        )
        for row in self._rows(lines):
            behind[row.batch_no] += versions.get(row.began, 0)
        return behind


def _alike(row: Row[Any]) -> tuple[Any, ...]:
    ends: list[tuple[str, datetime]] = [(row.authority, row.valid_until)]
    ends += [(stamp.authority, stamp.valid_until) for stamp in map(read_stamp, row.others)]
    return row.algorithm, *sorted(ends)
