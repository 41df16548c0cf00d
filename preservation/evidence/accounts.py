# SPDX-License-Identifier: EUPL-1.2
"""What evidence cost: tokens and euros of each authority and month, and the share of each tenant.

A batch costs what its tokens cost on the day they were had, as the settings said then. What it cost is shared
among the tenants by leaves; renewals, and batches that prove ledgers alone, are the installation's own.

Limits: tokens that a sealer threw away because another one was faster, or that a death lost, are on the
authority's invoice and not here; nor are those of copies, signatures and `config check`.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from archive.catalog import INSTALLATION
from archive.catalog.rows import SEAL
from archive.catalog.token_costs import BatchPaid
from archive.home import Home
from archive.model import SYSTEM_TENANT

CENT = Decimal("0.0001")
"""To which shares are rounded: a token may cost less than a cent for each object."""


@dataclass(slots=True)
class AuthorityAccount:
    """One authority in one month."""

    month: str
    """`2026-03`, UTC."""
    authority: str
    tokens: int = 0
    cost: Decimal = Decimal(0)
    """Euros."""
    unpriced: int = 0
    """Tokens whose price nobody said: they are not in the cost."""


@dataclass(slots=True)
class TenantAccount:
    """One tenant in the whole period."""

    tenant_id: str
    objects: int = 0
    """Leaves of its own."""
    cost: Decimal = Decimal(0)


@dataclass(slots=True)
class Accounts:
    """Everything of a period."""

    batches: int = 0
    objects: int = 0
    """Object versions sealed."""
    authorities: list[AuthorityAccount] = field(default_factory=list)
    tenants: list[TenantAccount] = field(default_factory=list)

    @property
    def tokens(self) -> int:
        """Tokens of all authorities."""
        return sum(each.tokens for each in self.authorities)

    @property
    def unpriced(self) -> int:
        """Tokens whose price nobody said."""
        return sum(each.unpriced for each in self.authorities)

    @property
    def cost(self) -> Decimal:
        """Euros."""
        return sum((each.cost for each in self.authorities), Decimal(0))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON: euros as texts, for they are decimals."""
        return {
            "batches": self.batches,
            "objects": self.objects,
            "tokens": self.tokens,
            "cost": euros(self.cost),
            "unpriced": self.unpriced,
            "authorities": [
                {
                    "month": each.month,
                    "authority": each.authority,
                    "tokens": each.tokens,
                    "cost": euros(each.cost),
                    "unpriced": each.unpriced,
                }
                for each in self.authorities
            ],
            "tenants": [
                {"tenant": each.tenant_id, "objects": each.objects, "cost": euros(each.cost)}
                for each in self.tenants
            ],
        }

    def to_csv(self) -> str:
        """Return the authorities' lines for a spreadsheet (RFC 4180)."""
        table = io.StringIO()
        writer = csv.writer(table)
        writer.writerow(("month", "authority", "tokens", "cost", "unpriced"))
        for each in self.authorities:
            writer.writerow((each.month, each.authority, each.tokens, euros(each.cost), each.unpriced))
        return table.getvalue()


def accounts(home: Home, first: datetime | None = None, last: datetime | None = None) -> Accounts:
    """Return the accounts of a period.

    Args:
        home: The archive.
        first: Not before, aware; None for the beginning.
        last: Before, aware; None for no end.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        return summed(tx.batches_paid(first, last))


def summed(batches: Iterable[BatchPaid]) -> Accounts:
    """Add up batches."""
    told = Accounts()
    months: dict[tuple[str, str], AuthorityAccount] = {}
    shares: defaultdict[str, list[Decimal]] = defaultdict(list)
    objects: defaultdict[str, int] = defaultdict(int)
    for batch in batches:
        told.batches += 1
        cost = Decimal(0)
        for token in batch.tokens:
            key = (f"{token.at:%Y-%m}", token.authority)
            account = months.setdefault(key, AuthorityAccount(*key))
            account.tokens += 1
            account.unpriced += not token.price
            account.cost += Decimal(token.price or 0)
            cost += Decimal(token.price or 0)
        leaves = batch.shares or {SYSTEM_TENANT: 1}
        for tenant_id, count in leaves.items():
            shares[tenant_id].append(cost * count / max(1, sum(leaves.values())))
            if batch.kind == SEAL and tenant_id != SYSTEM_TENANT:
                objects[tenant_id] += count
    told.objects = sum(objects.values())
    told.authorities = [months[key] for key in sorted(months)]
    told.tenants = [
        TenantAccount(tenant_id, objects[tenant_id], sum(parts, Decimal(0)))
        for tenant_id, parts in sorted(shares.items())
    ]
    return told


def euros(amount: Decimal) -> str:
    """Write an amount: four decimals, no more, no exponent.

    >>> euros(Decimal("0.04"))
    '0.0400'
    """
    return f"{amount.quantize(CENT):f}"
