# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import timedelta

import pytest
from kept import keep_objects, place_of

from archive.errors import StorageUnavailable
from archive.rebuild import rebuild_catalog
from preservation.audit.history import COMPLETED, past_audits
from preservation.audit.portions import audit_portion, current_pass, last_completed
from preservation.audit.run import AuditRun


def portions(home, portion=3, limit=100):
    """Read portions until the pass is complete; return their reports."""
    reports = []
    while len(reports) < limit:
        report, finished = audit_portion(home, trust=None, agent="test", portion=portion)
        reports.append(report)
        if finished:
            return reports
    raise AssertionError("the pass does not end")


def read_files(monkeypatch):
    """Collect what is read: (object, path)."""
    seen = []
    read = AuditRun._read

    def spy(self, workers, targets):
        seen.extend((target.object_id, target.path) for target in targets)
        return read(self, workers, targets)

    monkeypatch.setattr(AuditRun, "_read", spy)
    return seen


def test_a_pass_reads_everything_once_in_portions(world, monkeypatch):
    """Every file of every object exactly once, each portion with its event, the last one sums up."""
    objects = keep_objects(world.home, "villa", [f"E{n}" for n in range(10)])
    seen = read_files(monkeypatch)
    reports = portions(world.home)
    assert sorted(seen) == sorted((each, path) for each in objects for path in
                                  ("metadata/deposit.json", "received/0.xml", "received/1.xml"))  # fmt: skip
    assert len(list(past_audits(world.home))) == len(reports)
    last = next(past_audits(world.home))
    assert (last.kind, last.detail["done"], last.detail["pass_files"]) == (COMPLETED, 10, 30)
    assert last.detail["behind"] == 0
    with world.home.catalog.reading() as tx:
        assert current_pass(tx) is None
        assert last_completed(tx) is not None


def test_what_comes_in_meanwhile_is_read_in_the_same_pass(world, monkeypatch):
    """Objects deposited while the pass is under way stand at its end."""
    keep_objects(world.home, "villa", [f"E{n}" for n in range(6)])
    for _ in range(3):
        audit_portion(world.home, trust=None, agent="test", portion=3)
    later = keep_objects(world.home, "villa", ["A0", "A1"])  # before all others by name
    seen = read_files(monkeypatch)
    portions(world.home)
    assert {object_id for object_id, _ in seen} >= set(later)
    assert next(past_audits(world.home)).detail["done"] == 8


def test_a_pass_survives_the_rebuilding_of_the_catalogue(world, monkeypatch):
    """The place where it stands outlives the numbers of rows: what was read is not read again, nothing is skipped."""
    keep_objects(world.home, "villa", [f"E{n}" for n in range(9)])
    seen = read_files(monkeypatch)
    for _ in range(3):
        audit_portion(world.home, trust=None, agent="test", portion=3)
    with world.home.catalog.reading() as tx:
        before = current_pass(tx)
    rebuild_catalog(world.home)
    with world.home.catalog.reading() as tx:
        after = current_pass(tx)
    assert before is not None
    assert after is not None
    assert (after.step, after.after, after.done) == (before.step, before.after, before.done)
    assert len(seen) == 9


def test_damage_in_any_portion_is_in_the_sum(world):
    """Each problem is told by the portion that met it and counted by the whole."""
    objects = keep_objects(world.home, "villa", [f"E{n}" for n in range(7)])
    for number in (1, 5):
        place_of(world.home, "villa", objects[number], "received/0.xml").write_bytes(b"x")
    reports = portions(world.home)
    assert [problem.object_id for report in reports for problem in report.problems] == [
        objects[1],
        objects[5],
    ]
    assert next(past_audits(world.home)).detail["pass_problems"] == {"STORE-CONTENT-DIGEST": 2}


def test_objects_behind_a_clock_that_was_set_back_are_told(world):
    """What the order of instants stepped over is counted, so that the next pass follows at once."""
    keep_objects(world.home, "villa", [f"E{n}" for n in range(6)])
    for _ in range(4):
        audit_portion(world.home, trust=None, agent="test", portion=3)
    world.clock.instant -= timedelta(days=3)
    keep_objects(world.home, "villa", ["LATE"])
    portions(world.home)
    assert next(past_audits(world.home)).detail["behind"] == 1


def test_a_portion_that_another_worker_read_meanwhile_is_not_recorded_twice(world, monkeypatch):
    """The same portion twice leaves one event, and the pass goes on from there."""
    keep_objects(world.home, "villa", ["E1"])
    material = AuditRun.material

    def slow(self, *arguments):
        monkeypatch.setattr(AuditRun, "material", material)
        audit_portion(world.home, trust=None, agent="other")
        material(self, *arguments)

    monkeypatch.setattr(AuditRun, "material", slow)
    audit_portion(world.home, trust=None, agent="test")
    assert [past.agent for past in past_audits(world.home)] == ["other"]


def test_a_store_that_lets_nothing_be_read_is_no_audit(world, monkeypatch):
    """The portion stays to be done: nothing is recorded, the error says that it goes on by itself."""
    keep_objects(world.home, "villa", ["E1", "E2"])
    for _ in range(2):
        audit_portion(world.home, trust=None, agent="test")
    with monkeypatch.context() as down:

        def fail(*_):
            raise StorageUnavailable("503 Slow Down")

        down.setattr(world.home.store, "open", fail)
        down.setattr(world.home.store, "challenge", fail)
        down.setattr(world.home.store, "open_sound", fail)
        with pytest.raises(StorageUnavailable, match="goes on when the store answers"):
            audit_portion(world.home, trust=None, agent="test")
    assert len(list(past_audits(world.home))) == 2
    portions(world.home)
    assert next(past_audits(world.home)).detail["done"] == 2
