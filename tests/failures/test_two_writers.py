# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from archive.catalog import INSTALLATION
from archive.clock import SystemClock
from archive.home import Home

EACH = 12

WRITER = """
import sys
from archive.clock import SystemClock
from archive.home import Home
from archive.model import ObjectKind, ObjectRecord
from pathlib import Path

clock = SystemClock()
name, count, locked = sys.argv[2], int(sys.argv[3]), sys.argv[4] == "locked"

def deposit(home, number):
    record = ObjectRecord(
        f"urn:longeva:villa:{name}-{number}:0", "villa", ObjectKind.DOCUMENT, f"{name}-{number}", "t", 1,
        f"{name}{number}", clock.now(),
    )
    with home.catalog.transaction("villa") as tx:
        tx.add_object(record)
        home.ledger.append(tx, "villa", "object.stored", record.object_id, name)
    home.ledger.flush("villa")

with Home.open(Path(sys.argv[1]), clock) as home:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(count):
        if locked:
            with home.writing():
                deposit(home, number)
        else:
            deposit(home, number)
"""


def run_writers(path: Path, how: str) -> None:
    """Let two processes write at once and wait for both."""
    command = [sys.executable, "-c", WRITER, str(path)]
    root = Path(sys.modules["archive"].__path__[0]).parent
    writers = [
        subprocess.Popen(
            [*command, name, str(EACH), how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        for name in ("ana", "luis")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    results = []
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        results.append((writer.returncode, errors))
    assert results == [(0, ""), (0, "")]


def check_whole(path: Path) -> None:
    """Nothing is lost, every event stands once, and the chain holds in store and catalogue alike."""
    with Home.open(path, SystemClock()) as home:
        assert home.ledger.verify("villa") == []
        with home.catalog.reading(INSTALLATION) as tx:
            stored = [event for event in tx.tenant_events("villa") if event.kind == "object.stored"]
            assert tx.counts()["objects"] == len(stored) == 2 * EACH
            assert {event.agent for event in stored} == {"ana", "luis"}
            assert [event.position for event in tx.events()] == list(range(1, 2 * EACH + 3))


@pytest.fixture
def path(empty_home: Path) -> Path:
    """A home with one municipality, its catalogue in a file or on a server."""
    with Home.create(empty_home, SystemClock()) as home:
        home.add_tenant("villa", "Villaejemplo", "L01990019")
    return empty_home


def test_two_processes_that_take_turns_lose_nothing(path: Path) -> None:
    """Two deposits at once under the home's lock are both kept, in one chain."""
    run_writers(path, "locked")
    check_whole(path)


def test_two_processes_without_the_lock_lose_nothing_either(path: Path) -> None:
    """The catalogue alone keeps two writers apart, and their journals may overlap but agree."""
    run_writers(path, "free")
    check_whole(path)
