# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import os
import shutil

import pytest

from archive.errors import IntegrityError
from preservation.evidence import sealing, trees
from preservation.evidence.batch import load_tree
from preservation.evidence.sealing import seal_due
from preservation.evidence.trees import FOLDER, IN_MEMORY, Trees

LEAVES = 5


@pytest.fixture
def batch(world, monkeypatch):
    """Return a seal of five objects, large enough for a file."""
    monkeypatch.setattr(trees, "KEPT_FROM", 2)
    monkeypatch.setattr(sealing, "roll_up", lambda *_args, **_named: None)  # no heads of ledgers beside them
    for number in range(LEAVES):
        world.keep(f"e{number}", {"received/a": b"%d" % number})
    return seal_due(world.home, world.tsa)


@pytest.fixture
def no_leaves(monkeypatch):
    """Return a function that makes every reading of leaves an error from now on."""

    def refuse(*_args):
        raise AssertionError("the leaves were read")

    return lambda: monkeypatch.setattr(trees, "load_tree", refuse)


def _all(world, batch):
    ready = Trees(world.home)
    return [ready.siblings(batch, index) for index in range(LEAVES)]


def _kept(world):
    (file,) = (world.home.path / "work" / FOLDER).iterdir()
    return file


def _expected(world, batch):
    tree = load_tree(world.home.evidence_objects(), batch)
    return [tree.siblings(index) for index in range(LEAVES)]


def test_a_tree_is_grown_once_and_found_again(world, batch, no_leaves):
    """The next process opens the file; it does not read the leaves."""
    expected = _expected(world, batch)
    assert _all(world, batch) == expected
    no_leaves()
    assert _all(world, batch) == expected


def test_no_octet_of_the_file_is_believed(world, batch):
    """Whatever changes in it, the paths are right: the file is noticed, thrown away and made anew."""
    expected = _all(world, batch)
    whole, asleep = _kept(world).read_bytes(), []
    for place in range(0, len(whole), 8):
        broken = bytearray(whole)
        broken[place] ^= 1
        _kept(world).write_bytes(broken)
        assert _all(world, batch) == expected
        if _kept(world).read_bytes() != whole:
            asleep.append(place // 32)
    assert set(asleep) == {7}  # the last leaf, carried up: nobody's sibling on that level


@pytest.mark.parametrize("length", [0, 1, 32, 300])
def test_a_file_of_another_size_is_none(world, batch, length):
    """Cut short, or grown over its end."""
    expected = _all(world, batch)
    whole = _kept(world).read_bytes()
    _kept(world).write_bytes((whole + whole)[:length] if length != 32 else whole + whole)
    assert _all(world, batch) == expected
    assert _kept(world).read_bytes() == whole


def test_leaves_that_are_damaged_leave_no_file(world, batch, monkeypatch):
    """What the token does not cover is an error and is kept nowhere."""
    leaves = b"".join(os.urandom(32) for _ in range(LEAVES))
    monkeypatch.setattr("preservation.evidence.batch._digests", lambda *_: iter([leaves]))
    with pytest.raises(IntegrityError, match="do not lead"):
        _all(world, batch)
    with pytest.raises(IntegrityError, match="do not lead"):
        _all(world, batch)


def test_a_folder_that_cannot_be_had_costs_time_only(world, batch):
    """A file stands where the folder should be: the tree grows in memory."""
    (world.home.path / "work" / FOLDER).write_bytes(b"")
    assert _all(world, batch) == _expected(world, batch)


def test_small_trees_are_not_kept(world, batch, monkeypatch):
    """They are grown again before anybody notices."""
    monkeypatch.setattr(trees, "KEPT_FROM", LEAVES + 1)
    _all(world, batch)
    assert not (world.home.path / "work" / FOLDER).exists()


def test_files_make_room_for_newer_ones(world, batch, monkeypatch):
    """Beyond the limit the one that was longest not used goes."""
    _all(world, batch)
    old = _kept(world)
    aside = old.with_name("used")
    shutil.copy(old, aside)
    os.utime(old, (1, 1))
    monkeypatch.setattr(trees, "KEPT_BYTES", old.stat().st_size)
    world.keep("late", {"received/a": b"late"})
    world.keep("later", {"received/a": b"later"})
    Trees(world.home).siblings(seal_due(world.home, world.tsa), 0)
    assert not old.exists()
    assert aside.exists()
    assert len(list(old.parent.iterdir())) == 2


def test_few_trees_are_held_in_memory(world, batch):
    """The others come back from their files or their leaves."""
    ready = Trees(world.home)
    expected = ready.siblings(batch, 0)
    for number in range(IN_MEMORY + 1):
        world.keep(f"late-{number}", {"received/a": b"late %d" % number})
        ready.siblings(seal_due(world.home, world.tsa), 0)
    assert batch.batch_id not in ready._ready
    assert len(ready._ready) == IN_MEMORY
    assert ready.siblings(batch, 0) == expected


def test_a_leaf_that_is_not_there_is_an_integrity_error(world, batch):
    """The catalogue may speak of any."""
    for index in (-1, LEAVES):
        with pytest.raises(IntegrityError, match="speaks of leaf"):
            Trees(world.home).siblings(batch, index)
