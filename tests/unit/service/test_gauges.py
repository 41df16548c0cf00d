# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import re
from datetime import timedelta

from terminal import PROJECT

from archive.errors import IndexUnavailable, TimestampUnavailable
from archive.web.metrics import Metrics
from preservation.evidence.policy import change_policy
from preservation.evidence.sealing import seal_all, seal_due
from preservation.stamping import TimestampAuthorities
from search.indexer import follow
from search.memory_index import MemoryIndex
from service.engine_states import EngineStates
from service.gauges import engine_gauges, gauges


def told(world, index):
    found = [*gauges(world.home, index), *engine_gauges(EngineStates(world.home, index).now())]
    return {gauge.name: gauge.values for gauge in found}


def test_what_is_kept_and_what_is_due_is_counted(world):
    """Two objects, one of them without evidence; the ages are those of the oldest."""
    index = MemoryIndex()
    world.keep("one", {"a": b"12345"})
    seal_due(world.home, world.tsa)
    world.keep("two", {"a": b"123", "b": b"1"})
    world.travel(2026, 3, 3)
    found = told(world, index)
    assert found["objects"] == {"": 2}
    assert found["unsealed_objects"] == {"": 1}
    assert found["unsealed_oldest_seconds"] == {"": 2 * 86400.0}
    assert found["renewal_due_timestamp_seconds"][""] > world.home.clock.now().timestamp()
    assert found["index_lag_events"][""] > 0
    assert found["index_lag_events"] == found["ledger_position"]
    assert found["queue_oldest_seconds"] == {"": 0.0}
    follow(world.home, index)
    assert told(world, index)["index_lag_events"] == {"": 0}


def test_who_waits_too_long_and_who_stamps_is_told(world):
    """Against each municipality's own interval; tokens by authority, and those that were not had."""
    index = MemoryIndex()
    world.home.add_tenant("otra", "Otro Ayuntamiento", "L01990020")
    change_policy(world.home, "otra", {"interval": 7200}, agent="ana")
    for tenant in ("villa", "otra"):
        world.keep(tenant, {"a": tenant.encode()}, tenant)
    world.clock.instant += timedelta(hours=1)
    found = told(world, index)
    assert found["seal_wait_seconds"] == {"villa": 3600.0, "otra": 3600.0}
    assert found["seal_interval_seconds"] == {"villa": 0.0, "otra": 7200.0}
    assert found["seal_overdue_objects"] == {"villa": 1.0, "otra": 0.0}
    assert (found["time_stamps"], found["time_stamps_missed"]) == ({}, {})

    class Down:
        name = "down"

        def stamp(self, imprint, algorithm):
            """Answer nobody."""
            raise TimestampUnavailable("down")

    seal_all(world.home, TimestampAuthorities([Down(), world.tsa]))
    found = told(world, index)
    assert found["seal_overdue_objects"] == {"villa": 0.0, "otra": 0.0}
    assert found["time_stamps"] == {world.tsa.name: 2.0}
    assert found["time_stamps_missed"] == {"down": 2.0, world.tsa.name: 0.0}
    world.clock.instant += timedelta(days=2)
    assert told(world, index)["time_stamps_missed"] == {world.tsa.name: 0.0}


def test_a_part_that_fails_hides_no_other(world, monkeypatch):
    """Without the index the rest is told, and the engine's gauge says 0."""

    class Gone(MemoryIndex):
        def mark(self):
            """Answer as a cluster that is away."""
            raise IndexUnavailable("gone")

    found = told(world, Gone())
    assert "index_lag_events" not in found
    assert found["objects"] == {"": 0}
    assert found["engine_up"]["index"] == 0
    assert found["engine_up"]["catalogue"] == found["engine_up"]["quorum"] == 1


def test_every_metric_is_documented_and_every_documented_one_is_there(world):
    """docs/deployment.md is what whoever sets alarms reads."""
    index = MemoryIndex()
    world.keep("one", {"a": b"1"})
    seal_due(world.home, world.tsa)
    metrics = Metrics(
        lambda: [*gauges(world.home, index), *engine_gauges(EngineStates(world.home, index).now())]
    )
    metrics.answered("GET", "/", 200, 0.1)
    metrics.failed("service")
    shown = set(re.findall(r"(?m)^# TYPE (longeva_\w+)", metrics.exposition().decode()))
    shown = {name for name in shown if not name.endswith("_created")}
    documented = set(re.findall(r"`(longeva_\w+)", (PROJECT / "docs" / "deployment.md").read_text("utf-8")))
    by_the_watch = {"longeva_count_seconds", "longeva_count_timestamp_seconds"}
    assert shown == documented - by_the_watch
