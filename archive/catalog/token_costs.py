# SPDX-License-Identifier: EUPL-1.2
"""What time stamps were had: of whom, for what price, and whose objects they cover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import String, cast, func, select

from archive.catalog.rows import read_stamp
from archive.catalog.session import Session
from archive.catalog.tables import batches, events

_KINDS: Final = ("evidence.sealed", "evidence.renewed")


@dataclass(frozen=True, slots=True)
class TokenPaid:
    """One token."""

    authority: str
    at: datetime
    """genTime."""
    price: str
    """Euros; empty where it is not known."""


@dataclass(frozen=True, slots=True)
class BatchPaid:
    """One batch with what it cost."""

    batch_id: str
    kind: str
    tokens: tuple[TokenPaid, ...]
    shares: dict[str, int]
    """Leaves of each tenant, as the ledger tells; renewals are the installation's own."""


class TokenCosts(Session):
    """Reads batches with their events; as many steps as there are batches in the period."""

    def batches_paid(
        self, first: datetime | None = None, last: datetime | None = None
    ) -> Iterator[BatchPaid]:
        """Yield the batches sealed in a period, oldest first.

        Args:
            first: Not before; None for the beginning.
            last: Before; None for no end.
        """
        asked = select(
            batches.c.batch_id,
            batches.c.kind,
            batches.c.authority,
            batches.c.sealed_at,
            batches.c.price,
            batches.c.others,
        )
        if first is not None:
            asked = asked.where(batches.c.sealed_at >= first)
        if last is not None:
            asked = asked.where(batches.c.sealed_at < last)
        for row in self._connection.execute(asked.order_by(batches.c.batch_no)).all():
            others = (read_stamp(each) for each in row.others)
            tokens = (
                TokenPaid(row.authority, row.sealed_at, row.price),
                *(TokenPaid(each.authority, each.sealed_at, each.price) for each in others),
            )
            yield BatchPaid(row.batch_id, row.kind, tokens, self._shares(row.batch_id))

    def tokens_had(self) -> dict[str, int]:
        """Return how many tokens of each authority there are, since ever."""
        asked = select(batches.c.authority, func.count().label("tokens")).group_by(batches.c.authority)
        found = Counter({row.authority: row.tokens for row in self._rows(asked)})
        several = select(batches.c.others).where(cast(batches.c.others, String) != "[]")
        for row in self._rows(several):
            found.update(str(each["authority"]) for each in row.others)
        return dict(found)

    def tokens_missed(self, since: datetime) -> dict[str, int]:
        """Return how many batches, sealed since an instant, each authority was asked to stamp and did not."""
        asked = (
            select(batches.c.batch_id, events.c.detail)
            .join(events, events.c.subject == batches.c.batch_id)
            .where(batches.c.sealed_at >= since, events.c.kind.in_(_KINDS))
        )
        failed = {row.batch_id: row.detail.get("failed", {}) for row in self._rows(asked)}
        return dict(Counter(name for names in failed.values() for name in names))

    def _shares(self, batch_id: str) -> dict[str, int]:
        asked = select(events.c.tenant_id, events.c.detail).where(
            events.c.subject == batch_id, events.c.kind.in_(_KINDS)
        )
        return {row.tenant_id: int(row.detail.get("count", 0)) for row in self._rows(asked)}
