# SPDX-License-Identifier: EUPL-1.2
"""The audit's look at the clock: each time that a ledger went back in time is told, and weighs little."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archive.catalog import INSTALLATION
from archive.clock_steps import ClockStep, clock_steps
from archive.home import Home
from archive.model import LedgerEvent
from archive.problems import Problem

CLOCK: Final = "AUDIT-CLOCK"
_PAGE: Final = 1000


def clock_problems(home: Home) -> Iterator[Problem]:
    """Tell of each step back of the clock in every ledger.

    Raises:
        CatalogUnavailable: The catalogue cannot be read.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        tenants = tx.ledger_tenants()
    for tenant_id in tenants:
        yield from (_problem(step) for step in clock_steps(_events(home, tenant_id)))


def _events(home: Home, tenant_id: str) -> Iterator[LedgerEvent]:
    after = 0
    while True:
        with home.catalog.reading(INSTALLATION) as tx:
            page = tx.tenant_events(tenant_id, after, _PAGE)
        if not page:
            return
        yield from page
        after = page[-1].sequence


def _problem(step: ClockStep) -> Problem:
    return Problem(CLOCK, "", "", str(step), "", step.tenant_id)
