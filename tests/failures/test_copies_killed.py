# SPDX-License-Identifier: EUPL-1.2
"""kill -9 of a healing at every change that it makes to a store: the next one ends what it began."""

from __future__ import annotations

import os
import shutil
import signal
from datetime import UTC, datetime
from pathlib import Path

from copies_to_order import contents, empty, flaws, keep, make_home, settings

from archive.catalog import Catalog
from archive.clock import FixedClock
from archive.healing import heal
from archive.home import Home
from archive.store.folder import FolderStore

AT = datetime(2026, 11, 22, tzinfo=UTC)
STEP = int(os.environ.get("LONGEVA_KILL_STEP", "29"))
"""Every so many changes; 1 in `make test-failures`."""
CHANGES = ("put", "replace", "sync", "delete", "_publish")


def damaged(folder: Path) -> Path:
    """An archive of three stores: one lacks what came last, and has rot; one is empty; one is right."""
    home = make_home(folder)
    for number in range(3):
        keep(home, f"kept-{number}")
    heal(home)
    shutil.copytree(folder / "b", folder / "b-then")
    late = keep(home, "late")
    keep(home, "kept-1", {"received/one.xml": b"second version"}, version=2)
    key = home.objects("villa").locate(late, "received/one.xml")
    old = home.objects("villa").locate("urn:longeva:villa:kept-0", "received/one.xml")
    home.close()
    shutil.rmtree(folder / "b")
    (folder / "b-then").rename(folder / "b")
    (folder / "b" / old).write_bytes(b"rot")
    leftover = folder / "b" / key
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"of a deposit that died")
    empty(folder / "c")
    return folder


def copy_of(world: Path, folder: Path) -> Path:
    """Copy an archive to another place, settings included."""
    shutil.copytree(world, folder)
    settings(folder / "home", "abc")
    return folder / "home"


def heal_killed_after(home: Path, changes: int) -> int | None:
    """Heal in a process that is killed before it makes its next change; how many it made, None if it ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _count_changes(changes, writing)
            with Home.open(home, FixedClock(AT)) as opened:
                heal(opened, thorough=True)
        finally:
            os._exit(0)
    os.close(writing)
    made = os.read(reading, 1 << 20).count(b".")
    os.close(reading)
    _, status = os.waitpid(child, 0)
    return made if os.WIFSIGNALED(status) else None


def _count_changes(limit: int, pipe: int) -> None:
    made = 0

    def counted(kind, name):
        change = getattr(kind, name)

        def changing(*given, **named):
            nonlocal made
            if made >= limit:
                os.kill(os.getpid(), signal.SIGKILL)
            made += 1
            os.write(pipe, b".")
            return change(*given, **named)

        setattr(kind, name, changing)

    for name in CHANGES:
        counted(FolderStore, name)
    counted(Catalog, "transaction")


def test_a_healing_killed_at_any_change_is_ended_by_the_next(tmp_path):
    """Wherever it dies, healing again makes every copy whole by itself; nothing that was right is lost."""
    world = damaged(tmp_path / "world")
    right = contents(world / "a")
    total = 0
    while True:
        home = copy_of(world, tmp_path / "try")
        if heal_killed_after(home, total) is None:
            break
        assert contents(tmp_path / "try" / "a").items() >= right.items() - _rewritten(right)
        with Home.open(home, FixedClock(AT)) as opened:
            assert heal(opened, thorough=True).ok
            heal(opened)
        copies = [tmp_path / "try" / name for name in "abc"]
        assert [flaws(copy) for copy in copies] == [[], [], []], total
        assert all(contents(copy) == contents(copies[0]) for copy in copies), total
        shutil.rmtree(tmp_path / "try")
        total += STEP
    assert total > 60


def _rewritten(right: dict[str, bytes]) -> set[tuple[str, bytes]]:
    return {(key, data) for key, data in right.items() if key.endswith("/head.json")}
