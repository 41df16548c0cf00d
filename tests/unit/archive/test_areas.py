# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import os
import signal
from pathlib import Path

from archive.areas import Area, lock_file


def areas(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir() if each.is_dir()]


def test_an_area_is_made_when_asked_for_and_goes_with_its_owner(tmp_path):
    """One folder, the same each time, with nothing left when it is left or forgotten."""
    first, second = Area(str(tmp_path / "work")), Area(str(tmp_path / "work"))
    assert not (tmp_path / "work").exists()
    (Path(first.path()) / "half").write_bytes(b"x")
    assert first.path() == first.path() != second.path()
    assert len(areas(tmp_path / "work")) == 2
    first.leave()
    first.leave()
    assert areas(tmp_path / "work") == [Path(second.path()).name]
    del second
    assert areas(tmp_path / "work") == []
    assert Path(first.path()).is_dir()


def test_the_areas_of_the_dead_are_swept_and_those_of_the_living_stay(tmp_path):
    """A process that was killed left personal data in its area: the next one removes it, folders and all."""
    living = Area(str(tmp_path))
    living.path()
    (tmp_path / "spool").mkdir()
    child = os.fork()
    if child == 0:
        mine = Area(str(tmp_path))
        inner = Path(mine.path()) / "unpack"
        inner.mkdir()
        (inner / "padron.xml").write_bytes(b"x")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(list(tmp_path.rglob("padron.xml"))) == 1
    other = Area(str(tmp_path))
    expected = {"spool", Path(living.path()).name, Path(other.path()).name}
    assert set(areas(tmp_path)) == expected
    assert not list(tmp_path.rglob("padron.xml"))


def test_a_fork_does_not_tidy_its_parents_area_away(tmp_path):
    """The area is the parent's until the parent leaves it."""
    area = Area(str(tmp_path))
    Path(area.path(), "file").write_bytes(b"x")
    child = os.fork()
    if child == 0:
        area.leave()
        os._exit(0)
    os.waitpid(child, 0)
    assert Path(area.path(), "file").exists()


def test_a_lock_that_is_held_is_not_waited_for_unless_asked(tmp_path):
    """Whoever sweeps must not wait for the living."""
    held = lock_file(str(tmp_path / "lock"))
    try:
        lock_file(str(tmp_path / "lock"), wait=False)
    except BlockingIOError:
        told = True
    assert told
    os.close(held)
    os.close(lock_file(str(tmp_path / "lock"), wait=False))
