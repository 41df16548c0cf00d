# SPDX-License-Identifier: EUPL-1.2
"""What evidence stands, summed: for whoever must say what comes due without looking at every object."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from archive.catalog.evidence import EvidenceRows
from archive.catalog.rows import RENEWAL, BatchRecord, read_stamp
from archive.catalog.tables import batches, leaves


@dataclass(frozen=True, slots=True)
class Standing:
    """Live batches on one algorithm, whose tokens are of the same authorities and end together."""

    sample: BatchRecord
    """One of them, the first that was made."""
    batches: int
    records: int
    """Evidence records behind them: one for each object version, and for each file of a batch itself."""


@dataclass(slots=True)
class _Sum:
    first: str
    batches: int = 0
    records: int = 0


class EvidenceTotals(EvidenceRows):
    """Sums over batches: as many steps as there are of them, whatever they hold; memory by kind alone."""

    def standing(self) -> list[Standing]:
        """Return what stands, the first to end first."""
        behind = self._records_behind()
        columns = [each for each in batches.c if each.name != "token"]
        statement = select(*columns).where(batches.c.renewed_by.is_(None)).order_by(batches.c.batch_no)
        sums: dict[tuple[Any, ...], _Sum] = {}
        for row in self._connection.execute(statement.execution_options(yield_per=256)):
            found = sums.setdefault(_alike(row), _Sum(row.batch_id))
            found.batches += 1
            # `count` is a method of Row: read through the mapping.
            count = row._mapping["count"]  # noqa: SLF001 - SQLAlchemy's public name
            found.records += behind.get(row.batch_no, count)
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

    def _records_behind(self) -> dict[int, int]:
        """Return by number how many records stand behind each live time-stamp renewal."""
        line = batches.alias("line")
        statement = (
            select(batches.c.batch_no, func.sum(func.coalesce(line.c.count, 1)))
            .join(leaves, leaves.c.batch_no == batches.c.batch_no)
            .outerjoin(line, line.c.object_key == leaves.c.object_id)
            .where(batches.c.renewed_by.is_(None), batches.c.kind == RENEWAL)
            .group_by(batches.c.batch_no)
        )
        return {row[0]: int(row[1]) for row in self._rows(statement)}


def _alike(row: Row[Any]) -> tuple[Any, ...]:
    ends: list[tuple[str, datetime]] = [(row.authority, row.valid_until)]
    ends += [(stamp.authority, stamp.valid_until) for stamp in map(read_stamp, row.others)]
    return row.algorithm, *sorted(ends)
