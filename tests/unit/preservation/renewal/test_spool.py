# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.errors import ConflictError
from preservation.renewal.spool import LEAVES, PROGRESS, Progress, held, sweep


def _folder(world):
    return world.home.path / "work" / "renewal"


def _begun(world, plan=b"plan"):
    """Write three leaves, two of them before a checkpoint, and let go."""
    with held(world.home, plan) as spool:
        spool.append(b"0\tone\n1\ttwo\n")
        spool.checkpoint(Progress(step=1, place=2, leaves=2, left=(("o", "1", "gone", "k"),), partly=("b",)))
        spool.keep("stamps.json", b"[]")
        spool.append(b"2\tthree\n")


def test_work_goes_on_from_its_last_checkpoint(world):
    """What was written after it is written again; small files are there."""
    _begun(world)
    with held(world.home, b"plan") as spool:
        assert (spool.progress.step, spool.progress.place, spool.progress.leaves) == (1, 2, 2)
        assert (spool.progress.left, spool.progress.partly) == ((("o", "1", "gone", "k"),), ("b",))
        assert spool.kept("stamps.json") == b"[]"
        assert spool.kept("other") is None
        spool.append(b"2\tother\n")
        spool.checkpoint(spool.progress)
        assert list(spool.lines()) == [b"0\tone", b"1\ttwo", b"2\tother"]
    with held(world.home, b"plan") as spool:
        assert len(list(spool.lines())) == 3


@pytest.mark.parametrize(
    ("name", "data"),
    [(LEAVES, b"0\tone\n1\tTWO\n"), (LEAVES, b"0\tone\n"), (PROGRESS, b"{"), (PROGRESS, b'{"step": 9}')],
)
def test_workings_that_are_not_what_the_checkpoint_says_begin_anew(world, name, data):
    """Bytes that rotted, or are gone, are never the leaves of a batch."""
    _begun(world)
    (file,) = _folder(world).glob(f"*/{name}")
    file.write_bytes(data)
    with held(world.home, b"plan") as spool:
        assert spool.progress == Progress()
        assert list(spool.lines()) == []


def test_another_plan_throws_the_workings_away(world):
    """Somebody sealed meanwhile: what was done is of no use."""
    _begun(world)
    with held(world.home, b"other plan") as spool:
        assert spool.progress == Progress()
    assert len([each for each in _folder(world).iterdir() if each.is_dir()]) == 1
    sweep(world.home)
    assert [each.name for each in _folder(world).iterdir()] == ["lock"]


def test_two_renewals_at_once_are_refused(world):
    """The second one is told; and sweeping leaves alone what is being worked on."""
    with held(world.home, b"plan") as spool:
        with pytest.raises(ConflictError), held(world.home, b"plan"):
            pass
        spool.append(b"0\tone\n")
        sweep(world.home)
        spool.checkpoint(Progress(leaves=1))
    with held(world.home, b"plan") as spool:
        assert spool.progress.leaves == 1
