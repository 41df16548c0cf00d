# SPDX-License-Identifier: EUPL-1.2
"""A writer that dies at any instant: the repeat gives the same object and fsck has nothing to say."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.fsck import check_root
from archive.objects import NewVersion, Objects
from archive.store.folder import FolderStore

PROJECT = Path(__file__).resolve().parents[2]
ROOT = "tenants/villa/ocfl/"
WHEN = datetime(2026, 11, 21, tzinfo=UTC)
FIRST = {f"received/{n}.xml": b"%d" % n * 20_000 for n in range(3)} | {"metadata/deposit.json": b"{}"}
SECOND = {"received/0.xml": FIRST["received/0.xml"], "evidence/record.er": b"er" * 5_000}

SYSTEM_CALLS = ("open", "mkdir", "replace", "unlink", "rmdir", "close")
"""Before any of these, and before each of durable's own, the writer may die."""


def write(objects, contents, message, record=b""):
    """Make one version; `record` makes a repeat's own record differ, as a repeated deposit's does."""
    state = {path: data + (record if "metadata" in path else b"") for path, data in contents.items()}
    files = {path: objects.stage("urn:x:1", path, [data]) for path, data in state.items()}
    objects.commit([NewVersion("urn:x:1", files, message, "longeva", WHEN)])
    return state


def die_at(count, home):
    """Run both versions in a fork that ends, without a goodbye, at the `count`th system call."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    left = [count]

    def counted(call):
        def run(*args, **kwargs):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return run

    from archive.store import durable

    for name in SYSTEM_CALLS:
        setattr(os, name, counted(getattr(os, name)))
    durable.rename_new = counted(durable.rename_new)
    durable.sync_file_system = counted(lambda descriptor: None)  # nobody cuts the power here
    try:
        objects = Objects(FolderStore(home), ROOT)
        objects.prepare()
        write(objects, FIRST, "first")
        write(objects, SECOND, "second")
    finally:
        os._exit(0)


def errors(home):
    return [problem.detail for problem in check_root(FolderStore(home), ROOT)]


def read(objects, path):
    return b"".join(objects.read_verified("urn:x:1", path))


def test_death_at_every_system_call_is_repeatable(tmp_path):
    """Killed at each call in turn, the repeat leaves exactly what an undisturbed writer leaves."""
    seen = set()
    for count in range(1000):
        home = tmp_path / str(count)
        status = die_at(count, home)
        objects = Objects(FolderStore(home), ROOT)
        ids = list(objects.object_ids()) if home.exists() else []
        head = objects.inventory("urn:x:1").head if ids else 0
        seen.add(head)
        objects.prepare()
        for version in range(1, head + 1):  # whoever can see a version can read all of it
            for path in objects.inventory("urn:x:1").version(version).state:
                assert b"".join(objects.read_verified("urn:x:1", path, version))
        if head < 1:
            write(objects, FIRST, "first", record=b" ")
            assert read(objects, "metadata/deposit.json") == b"{} "
        if head < 2:
            write(objects, SECOND, "second")
        assert objects.inventory("urn:x:1").head == 2
        assert read(objects, "evidence/record.er") == SECOND["evidence/record.er"]
        assert objects.sweep() in {0, 1}
        assert errors(home) == []
        if os.WIFEXITED(status):
            break
    else:
        pytest.fail("the writer never came to its end")
    assert seen == {0, 1, 2}
    assert count > 80


def test_sweep_after_death_leaves_only_whole_objects(tmp_path):
    """Without a repeat, sweeping alone makes the store clean, and keeps each version that was there."""
    for count in range(0, 400, 7):
        home = tmp_path / str(count)
        status = die_at(count, home)
        objects = Objects(FolderStore(home), ROOT)
        before = objects.inventory("urn:x:1").head if home.exists() and list(objects.object_ids()) else 0
        objects.prepare()
        objects.sweep()
        assert errors(home) == []
        after = objects.inventory("urn:x:1").head if list(objects.object_ids()) else 0
        assert after == before
        if os.WIFEXITED(status):
            return
    pytest.fail("the writer never came to its end")


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from archive.objects import NewVersion, Objects
from archive.store.folder import FolderStore

objects = Objects(FolderStore(Path(sys.argv[1])), "ocfl/")
objects.prepare()
for number in range(int(sys.argv[2]), 1_000_000):
    files = {f"received/{n}": objects.stage(f"urn:x:{number}", f"received/{n}", [b"x" * 50_000]) for n in range(5)}
    objects.commit([NewVersion(f"urn:x:{number}", files, "m", "u", datetime(2026, 1, 1, tzinfo=UTC))])
    print(number, flush=True)
"""


def test_what_was_acknowledged_outlives_sigkill(tmp_path):
    """Processes killed at random instants: every acknowledged object is whole, and nothing else is there."""
    home = tmp_path / "store"
    chance = random.Random(7)
    acknowledged = set()
    for life in range(6):
        start = life * 1000
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(home), str(start)],
            stdout=subprocess.PIPE,
            cwd=PROJECT,
            text=True,
        )
        first = writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.2))
        writer.kill()
        acknowledged |= {int(line) for line in [first, *writer.stdout.read().splitlines()] if line.strip()}
        writer.stdout.close()
        writer.wait()
    objects = Objects(FolderStore(home), "ocfl/")
    objects.sweep()
    there = {int(object_id.rsplit(":", 1)[1]) for object_id in objects.object_ids()}
    assert acknowledged
    assert acknowledged <= there
    assert len(there - acknowledged) <= 6
    assert list(check_root(FolderStore(home), "ocfl/")) == []


def test_the_dead_leave_no_bytes_behind(tmp_path):
    """The next writer sweeps the areas of writers that died, and not those of the living."""
    living = FolderStore(tmp_path)
    living.put("kept", [b"1"])
    child = os.fork()
    if child == 0:
        dead = FolderStore(tmp_path)
        dead.put("lost", [b"2" * 1000])
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len([area for area in (tmp_path / ".pending").iterdir() if area.is_dir()]) == 2
    FolderStore(tmp_path).put("other", [b"3"])
    areas = [area for area in (tmp_path / ".pending").iterdir() if area.is_dir()]
    assert not any((area / "0").exists() and (area / "0").read_bytes() == b"2" * 1000 for area in areas)
    living.sync()
    assert living.read("kept") == b"1"
    assert list(living.keys()) == ["kept"]


def test_a_fork_does_not_take_its_parents_pending_writes(tmp_path):
    """A child neither publishes nor removes what the parent staged."""
    store = FolderStore(tmp_path)
    store.put("parent", [b"1"])
    child = os.fork()
    if child == 0:
        store.put("child", [b"2"])
        store.sync()
        os._exit(0 if list(store.keys()) == ["child"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.pending("parent")
    store.sync()
    assert list(store.keys()) == ["child", "parent"]
