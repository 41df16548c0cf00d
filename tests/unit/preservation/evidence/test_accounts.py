# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

from archive.catalog.token_costs import BatchPaid, TokenPaid
from archive.model import SYSTEM_TENANT
from preservation.evidence.accounts import accounts, summed
from preservation.evidence.sealing import seal_due
from preservation.stamping import TimestampAuthorities


def token(name, month, price="0.04"):
    return TokenPaid(name, datetime(2026, month, 9, tzinfo=UTC), price)


def test_tokens_and_euros_are_added_up_by_authority_and_month():
    """A batch with two tokens costs both; a price that nobody said is counted apart."""
    told = summed(
        [
            BatchPaid("1", "seal", (token("a", 3), token("b", 3, "0.5")), {"villa": 3, "otra": 1}),
            BatchPaid("2", "seal", (token("a", 3),), {"villa": 1}),
            BatchPaid("3", "renewal", (token("a", 4, ""),), {SYSTEM_TENANT: 2}),
        ]
    )
    assert [
        (each.month, each.authority, each.tokens, each.cost, each.unpriced) for each in told.authorities
    ] == [
        ("2026-03", "a", 2, Decimal("0.08"), 0),
        ("2026-03", "b", 1, Decimal("0.5"), 0),
        ("2026-04", "a", 1, Decimal(0), 1),
    ]
    assert (told.batches, told.objects, told.tokens, told.unpriced, told.cost) == (
        3,
        5,
        4,
        1,
        Decimal("0.58"),
    )


def test_a_batch_is_shared_by_leaves():
    """Three of four leaves pay three quarters; renewals are the installation's own."""
    told = summed(
        [
            BatchPaid("1", "seal", (token("a", 3, "1"),), {"villa": 3, "otra": 1}),
            BatchPaid("2", "renewal", (token("a", 3, "2"),), {SYSTEM_TENANT: 1}),
        ]
    )
    shares = {each.tenant_id: (each.objects, each.cost) for each in told.tenants}
    assert shares == {
        "villa": (3, Decimal("0.75")),
        "otra": (1, Decimal("0.25")),
        SYSTEM_TENANT: (0, Decimal(2)),
    }
    assert sum((each.cost for each in told.tenants), Decimal(0)) == told.cost


def test_the_accounts_come_from_the_batches_themselves(world):
    """Prices are those of the day of the token; a period takes what was sealed in it."""
    world.home.add_tenant("otra", "Otro Ayuntamiento", "L01990020")
    for number, tenant in enumerate(("villa", "villa", "otra")):
        world.keep(f"e{number}", {"received/a": b"%d" % number}, tenant)
    name = world.tsa.name
    seal_due(world.home, TimestampAuthorities([world.tsa], prices={name: "0.09"}))
    world.travel(2026, 4)
    world.keep("later", {"received/a": b"later"})
    seal_due(world.home, TimestampAuthorities([world.tsa], prices={name: "0.12"}))
    body = accounts(world.home).to_json()
    assert (body["batches"], body["objects"], body["cost"]) == (2, 4, "0.2100")
    assert body["tenants"] == [
        {"tenant": "otra", "objects": 1, "cost": "0.0300"},
        {"tenant": "villa", "objects": 3, "cost": "0.1800"},
    ]
    march = accounts(world.home, None, world.clock.now())
    assert list(csv.reader(io.StringIO(march.to_csv()))) == [
        ["month", "authority", "tokens", "cost", "unpriced"],
        ["2026-03", name, "1", "0.0900", "0"],
    ]
    assert accounts(world.home, world.clock.now()).tokens == 1
