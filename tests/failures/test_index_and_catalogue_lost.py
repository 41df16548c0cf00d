# SPDX-License-Identifier: EUPL-1.2
"""What derives from the store is lost, rots or grows old: told in a coded word, and it comes back."""

from __future__ import annotations

import random
import shutil

import pytest
from rotting import filled_home, flip
from survival import Survived
from terminal import longeva, problem

from archive.clock import SystemClock
from archive.home import Home
from demo.loads import plain_package
from ingest.deposit import deposit


@pytest.fixture
def home(tmp_path):
    """An archive that was searched, so that it has an index."""
    made = filled_home(tmp_path / "home", tmp_path / "in", 200)
    search(made)
    return made


def search(home):
    """Find everything of a municipality, as a user does."""
    return longeva("search", "", "--tenant", "villa", "--limit", "1000", "--home", home, "--json")


def found(home):
    """Return what is found, by object and file, where finding works."""
    ran = search(home)
    assert ran.code == 0, (ran.out, ran.err)
    return sorted(map(str, ran.json["hits"]))


def rebuilt(home):
    """Make catalogue and index anew; the archive is whole afterwards."""
    assert longeva("rebuild", "--home", home, "--json").code == 0
    return longeva("audit", "--all", "--home", home, "--json").code == 0


def test_an_index_that_is_gone_is_made_again_by_whoever_searches(home):
    """Nobody has to do anything."""
    before, row = found(home), Survived("index folder deleted", "embedded")
    shutil.rmtree(home / "index")
    row.tries = row.found = 1
    assert found(home) == before
    row.healed = 1
    row.record()


@pytest.mark.parametrize("harm", ["a flipped bit", "cut in half", "deleted"])
def test_a_damaged_file_of_the_index_is_told_or_does_no_harm(home, tmp_path, harm):
    """Whichever file it is: the search answers, or says what to do; a rebuilding brings all of it back."""
    before, dice = found(home), random.Random(1)
    shutil.copytree(home / "index", tmp_path / "sound")
    row = Survived(f"file of the index: {harm}", "embedded")
    paths = sorted(each.relative_to(tmp_path / "sound") for each in (tmp_path / "sound").rglob("*"))
    for path in paths:
        victim = home / "index" / path
        if not (tmp_path / "sound" / path).is_file() or not (tmp_path / "sound" / path).stat().st_size:
            continue
        shutil.rmtree(home / "index")
        shutil.copytree(tmp_path / "sound", home / "index")
        if harm == "a flipped bit":
            flip(dice, victim)
        elif harm == "cut in half":
            victim.write_bytes(victim.read_bytes()[: victim.stat().st_size // 2])
        else:
            victim.unlink()
        ran = search(home)
        row.tries += 1
        if ran.code:
            assert "longeva rebuild" in problem(ran, "index-unavailable", 60)["detail"]
            row.found += 1
            assert rebuilt(home), path
        else:
            shutil.rmtree(home / "index")
        row.healed += found(home) == before
    assert row.healed == row.tries
    row.record()


def test_a_catalogue_that_is_gone_damaged_or_older_is_told_and_rebuilt(home, tmp_path):
    """Every command says which file, and what to do; a rebuilding gives all back that the store has."""
    catalog, row = home / "catalog.sqlite3", Survived("catalogue gone, cut, zeroed, older", "embedded")
    older = catalog.read_bytes()
    with Home.open(home, SystemClock()) as opened:
        package = plain_package(tmp_path / "later", 3, 700, seed=9_999).folder
        deposit(opened, "villa", [package], seal=None)
    before, sound = found(home), catalog.read_bytes()
    for harm in (None, sound[: len(sound) // 2], bytes(len(sound)), older):
        for left in home.glob("catalog.sqlite3*"):
            left.unlink()
        if harm is not None:
            catalog.write_bytes(harm)
        for command in (["search", "", "--tenant", "villa"], ["audit", "--all"], ["evidence", "seal"]):
            told = problem(longeva(*command, "--home", home, "--json"), "catalog-unavailable", 60)
            assert "longeva rebuild" in told["detail"]
        assert catalog.exists() == (harm is not None), "no empty catalogue is made in its place"
        row.tries, row.found = row.tries + 1, row.found + 1
        assert rebuilt(home)
        row.lost += len(set(before) - set(found(home)))
        row.healed += 1
    row.record()
