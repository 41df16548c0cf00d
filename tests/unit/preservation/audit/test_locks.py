# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from kept import keep_objects

from archive.store import Retention
from preservation.audit.locks import lock_fault
from preservation.audit.run import audit


class Locking:
    """A store that asks for locks, and says so of its keys."""

    caveats: tuple[str, ...] = ()

    def lock_fault(self, retention: Retention | None) -> str:
        """See `PlainStore.lock_fault`."""
        return "" if retention else "the service does not hold it locked"


def test_a_lock_that_is_gone_is_a_problem_of_a_sound_file(world, monkeypatch):
    """Every file whose lock the service dropped is named; its bytes, and the evidence over them, are sound."""
    keep_objects(world.home, "villa", ["E1"])
    monkeypatch.setattr(type(world.home.store), "lock_fault", Locking.lock_fault)
    report = audit(world.home)
    assert report.codes() == {"STORE-LOCK": 3}
    assert {problem.path for problem in report.problems} == {
        "metadata/deposit.json", "received/0.xml", "received/1.xml"
    }  # fmt: skip
    assert "no bloqueado" in report.problems[0].message("es")
    assert not report.ok


@pytest.mark.parametrize("caveats", [(), ("it does not keep versions",)])
def test_a_store_that_is_known_not_to_lock_is_told_once_and_not_for_each_file(caveats):
    """What the whole store does not do is told where it was found out."""
    store = Locking()
    store.caveats = caveats
    assert bool(lock_fault(store, None)) == (not caveats)
    assert lock_fault(store, Retention("COMPLIANCE", None, False, "1", None)) == ""
