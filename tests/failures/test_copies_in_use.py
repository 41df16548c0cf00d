# SPDX-License-Identifier: EUPL-1.2
"""A store is added, drained and removed while another process deposits."""

from __future__ import annotations

import os
import shutil
import time
import traceback
from pathlib import Path

from copies_to_order import NOW, contents, flaws, keep, make_home, settings

from archive.clock import FixedClock
from archive.healing import heal_due, store_states
from archive.home import Home

PATIENCE = 60.0


def deposit_until_stopped(home: Path, told: Path, stop: Path) -> None:
    """Deposit as commands do, each in a home of its own with the settings of that moment; tell each object."""
    number = 0
    with told.open("w") as out:
        while not stop.exists():
            with Home.open(home, FixedClock(NOW)) as opened:
                for _ in range(2):
                    number += 1
                    print(keep(opened, f"other-{number}"), file=out, flush=True)


def until(home: Path, name: str, wanted: str, told: Path) -> None:
    """Heal round by round, as a worker does, until a store stands as wanted and some deposits were made."""
    deadline, before = time.monotonic() + PATIENCE, told.read_text().count("\n")
    while True:
        with Home.open(home, FixedClock(NOW)) as opened:
            heal_due(opened)
            state = {each.name: each.state for each in store_states(opened)}[name]
        if state == wanted and told.read_text().count("\n") > before + 2:
            return
        assert time.monotonic() < deadline, state


def test_stores_come_and_go_while_others_deposit(tmp_path):
    """From three stores to three others but for one, with deposits all the while: nothing is missing anywhere."""
    home = make_home(tmp_path)
    keep(home, "first")
    home.close()
    told, stop = tmp_path / "told", tmp_path / "stop"
    told.touch()
    child = os.fork()
    if child == 0:
        try:
            deposit_until_stopped(tmp_path / "home", told, stop)
        except BaseException:  # noqa: BLE001 - told to the parent by the exit code
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    try:
        settings(tmp_path / "home", "abcd")
        until(tmp_path / "home", "d", "whole", told)
        settings(tmp_path / "home", "abcd", draining="a")
        until(tmp_path / "home", "a", "removable", told)
        settings(tmp_path / "home", "bcd")
        until(tmp_path / "home", "b", "whole", told)
        shutil.rmtree(tmp_path / "a")
        until(tmp_path / "home", "b", "whole", told)
    finally:
        stop.touch()
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    with Home.open(tmp_path / "home", FixedClock(NOW)) as opened:
        heal_due(opened)
        heal_due(opened)
        kept = ["urn:longeva:villa:first", *told.read_text().split()]
        for object_id in kept:
            assert list(opened.objects("villa").read_verified(object_id, "received/one.xml"))
    assert len(kept) > 10
    copies = [tmp_path / name for name in "bcd"]
    assert [flaws(copy) for copy in copies] == [[], [], []]
    assert all(contents(copy) == contents(copies[0]) for copy in copies)
    assert not (tmp_path / "a").exists()
