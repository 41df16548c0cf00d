# SPDX-License-Identifier: EUPL-1.2
"""What waits to be sealed, by policy: which group is due, and who waits longer than its interval says.

Sealed within its interval means: begun one round of the worker before the interval is over. Who waits longer
than the interval is overdue, and is told; with an interval of nothing, who waits longer than two rounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.catalog import INSTALLATION
from archive.catalog.waiting import Waiting
from archive.home import Home
from preservation.evidence.policy import SealingPolicy, default_policy, policies


@dataclass(frozen=True, slots=True)
class Group:
    """Tenants with one policy, whose objects go into one tree."""

    policy: SealingPolicy
    tenants: tuple[str, ...]
    count: int
    """Objects that wait."""
    since: datetime
    """When the one was kept that waits longest."""

    def is_due(self, at: datetime, every: float) -> bool:
        """Tell whether it is to be sealed now.

        Args:
            at: The present.
            every: Seconds until somebody looks again.
        """
        full = self.count >= self.policy.batch
        return full or at + timedelta(seconds=every) >= self.since + timedelta(seconds=self.policy.interval)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits of one tenant."""

    tenant_id: str
    policy: SealingPolicy
    count: int
    since: datetime | None
    """When the object was kept that waits longest; None where nothing waits."""
    age: float
    """Seconds that it has waited."""
    overdue: bool
    """It has waited longer than it may."""


def groups_waiting(home: Home) -> list[Group]:
    """Return what waits, tenants with equal policies together, the longest waiting first."""
    with home.catalog.reading(INSTALLATION) as tx:
        waiting = tx.waiting()
    return grouped(waiting, home)


def grouped(waiting: Iterable[Waiting], home: Home) -> list[Group]:
    """Put tenants with equal policies together, the longest waiting first."""
    own, default = policies(home), default_policy(home)
    together: dict[SealingPolicy, list[Waiting]] = {}
    for each in waiting:
        together.setdefault(own.get(each.tenant_id, default), []).append(each)
    groups = [
        Group(
            policy,
            tuple(each.tenant_id for each in those),
            sum(each.count for each in those),
            min(each.since for each in those),
        )
        for policy, those in together.items()
    ]
    return sorted(groups, key=lambda each: each.since)


def queues(home: Home, at: datetime) -> Sequence[Queue]:
    """Return what waits of every tenant, those with nothing waiting too, in the order of their names.

    Args:
        home: The archive.
        at: The present, aware.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        waiting = {each.tenant_id: each for each in tx.waiting()}
        tenants = sorted(each.tenant_id for each in tx.tenants())
    own, default = policies(home), default_policy(home)
    patience = 2 * home.engines.settings.work.every
    found = []
    for tenant_id in tenants:
        policy, here = own.get(tenant_id, default), waiting.get(tenant_id)
        age = max(0.0, (at - here.since).total_seconds()) if here else 0.0
        overdue = age > max(policy.interval, patience)
        count, since = (here.count, here.since) if here else (0, None)
        found.append(Queue(tenant_id, policy, count, since, age, overdue))
    return found
