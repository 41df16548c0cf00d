# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import timedelta

import pytest

from preservation.evidence.policy import change_policy
from preservation.evidence.sealing import seal_due
from preservation.evidence.waiting import groups_waiting, queues


@pytest.fixture
def towns(world):
    """Three municipalities; two wait an hour at most, the third has no patience."""
    for name, dir3 in (("aldea", "L01990020"), ("otra", "L01990021")):
        world.home.add_tenant(name, name, dir3)
    for name in ("villa", "otra"):
        change_policy(world.home, name, {"interval": 3600, "batch": 5}, agent="ana")
    return world


def later(world, seconds):
    world.clock.instant += timedelta(seconds=seconds)
    return world.clock.now()


def test_tenants_with_equal_policies_are_one_group(towns):
    """The longest waiting group first."""
    towns.keep("a", {"received/a": b"1"}, "otra")
    later(towns, 10)
    towns.keep("b", {"received/a": b"2"}, "aldea")
    towns.keep("c", {"received/a": b"3"}, "villa")
    first, second = groups_waiting(towns.home)
    assert (sorted(first.tenants), first.count) == (["otra", "villa"], 2)
    assert (second.tenants, second.count, second.since) == (("aldea",), 1, towns.clock.now())


def test_a_group_is_due_before_its_interval_is_over_or_when_a_batch_is_full(towns):
    """One round of the worker before, so that it is sealed within the interval."""
    since = towns.clock.now()
    towns.keep("a", {"received/a": b"1"}, "villa")
    (group,) = groups_waiting(towns.home)
    assert not group.is_due(since + timedelta(seconds=3539), 60)
    assert group.is_due(since + timedelta(seconds=3540), 60)
    for number in range(4):
        towns.keep(f"n{number}", {"received/a": b"n%d" % number}, "otra")
    (group,) = groups_waiting(towns.home)
    assert group.is_due(since, 60)


def test_who_waits_longer_than_the_interval_is_overdue(towns):
    """Each against its own; with none, two rounds of the worker are forgiven."""
    for tenant in ("villa", "aldea"):
        towns.keep(f"a-{tenant}", {"received/a": tenant.encode()}, tenant)
    early = {each.tenant_id: each for each in queues(towns.home, later(towns, 100))}
    assert [(name, each.count, each.age, each.overdue) for name, each in early.items()] == [
        ("aldea", 1, 100.0, False),
        ("otra", 0, 0.0, False),
        ("villa", 1, 100.0, False),
    ]
    assert [each.tenant_id for each in queues(towns.home, later(towns, 100)) if each.overdue] == ["aldea"]
    late = [each.tenant_id for each in queues(towns.home, later(towns, 3500)) if each.overdue]
    assert late == ["aldea", "villa"]
    while seal_due(towns.home, towns.tsa):
        pass
    assert not any(each.count for each in queues(towns.home, towns.clock.now()))
