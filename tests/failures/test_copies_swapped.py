# SPDX-License-Identifier: EUPL-1.2
"""A store of another archive under the name of one of ours: a bucket mistaken, a disk in the wrong place."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from copies_to_order import NOW, contents, keep, make_home

from archive.clock import FixedClock
from archive.errors import ConfigurationError
from archive.healing import heal_due
from archive.home import Home
from archive.rebuild import rebuild_catalog


@pytest.fixture
def swapped(tmp_path):
    """An archive of three stores, the third of which is now one of another archive; and what that one holds."""
    home = make_home(tmp_path)
    for number in range(4):
        keep(home, f"ours-{number}")
    heal_due(home)
    (tmp_path / "other").mkdir()
    other = make_home(tmp_path / "other", "def", clock=FixedClock(NOW + timedelta(hours=2)))
    keep(other, "theirs")
    other.close()
    home.close()
    shutil.rmtree(tmp_path / "c")
    (tmp_path / "other" / "d").rename(tmp_path / "c")
    return home


def test_a_store_of_another_archive_is_neither_written_nor_believed(swapped, tmp_path):
    """The home does not open, and says which store it is; no byte moves in either direction."""
    before = {name: contents(tmp_path / name) for name in "abc"}
    with pytest.raises(ConfigurationError, match=r"^c: of another archive"):
        Home.open(swapped.path, swapped.clock)
    assert {name: contents(tmp_path / name) for name in "abc"} == before


def test_nor_are_two_archives_rebuilt_into_one_catalogue(swapped, tmp_path):
    """Without a catalogue the stores are held against each other."""
    swapped.catalog_path.unlink()
    before = {name: contents(tmp_path / name) for name in "abc"}
    with (
        Home.open_store(swapped.path, swapped.clock) as home,
        pytest.raises(ConfigurationError, match="another archive than the other stores"),
    ):
        rebuild_catalog(home)
    assert {name: contents(tmp_path / name) for name in "abc"} == before
