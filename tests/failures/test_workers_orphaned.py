# SPDX-License-Identifier: EUPL-1.2
"""kill -9 of the process that writes the rows, while its workers are at work."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.clock import SystemClock
from archive.fsck import check_root
from archive.home import Home
from demo.loads import plain_packages
from ingest import workers
from ingest.deposit import deposit
from preservation.installation import archive_seal

PATIENCE = 20.0
DEPOSIT = """
import os, signal, sys
from pathlib import Path
from archive.clock import SystemClock
from archive.home import Home
from ingest import workers
from ingest.deposit import deposit

if __name__ == "__main__":
    way, home_path, *paths = sys.argv[1:]
    workers.start_method = lambda: way
    with Home.open(Path(home_path), SystemClock()) as home:
        die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        deposit(home, "villa", [Path(each) for each in paths], seal=None, on_progress=die)
"""


@pytest.mark.parametrize("way", ["fork", pytest.param("forkserver", marks=pytest.mark.slow)])
def test_workers_do_not_outlive_the_deposit(tmp_path, way):
    """Nobody waits for ever for orders from the dead, and the deposit repeated is whole."""
    paths = [each.folder for each in plain_packages(tmp_path / "in", workers.WORTH_IT, 1, 500, seed=9)]
    path = tmp_path / "home"
    with Home.create(path, SystemClock()) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        archive_seal(home)
    # a program of its own: a fork of this one could not use the fork server that other tests have started
    done = subprocess.Popen(
        [sys.executable, "-c", DEPOSIT, way, str(path), *map(str, paths)], start_new_session=True
    )
    assert done.wait() == -signal.SIGKILL, "the deposit was not killed at its first group"
    child = done.pid
    deadline = time.monotonic() + PATIENCE
    while _working(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _working(child) == []
    with Home.open(path, SystemClock()) as home:
        assert len(deposit(home, "villa", paths, seal=None)) == len(paths)
        home.objects("villa").sweep()
        assert list(check_root(home.store, "tenants/villa/ocfl/")) == []


def _working(session: int) -> list[int]:
    """Return the processes of a session that are no zombies."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, _session, *_ = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(_session) == session and state != "Z":
            found.append(int(status.parent.name))
    return found
