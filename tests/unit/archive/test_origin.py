# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from datetime import timedelta

import pytest
from copies_to_order import NOW, make_home

from archive.clock import FixedClock
from archive.errors import ConfigurationError
from archive.journal import segment_key
from archive.model import SYSTEM_TENANT
from archive.origin import origin, require_one_origin
from archive.store.folder import FolderStore


def made(folder, later=0):
    """The stores of an archive made some seconds later than others."""
    folder.mkdir()
    make_home(folder, clock=FixedClock(NOW + timedelta(seconds=later))).close()
    return {name: FolderStore(folder / name) for name in "abc"}


def test_every_store_of_an_archive_has_its_origin_and_no_other_archive_has_it(tmp_path):
    """Made a second apart they differ."""
    ours, theirs = made(tmp_path / "ours"), made(tmp_path / "theirs", 1)
    assert len({origin(store) for store in ours.values()}) == 1
    assert origin(ours["a"]) != origin(theirs["a"]) != ""


def test_what_is_empty_or_damaged_is_of_no_archive(tmp_path):
    """A first event that rotted is the audit's to tell, and a new store has none: neither is a stranger."""
    store = made(tmp_path / "ours")["a"]
    key = segment_key(SYSTEM_TENANT, 1, 1)
    store.replace(key, store.read(key).replace(b"home.created", b"home.creatad"))
    store.sync()
    assert origin(store) == ""
    assert origin(FolderStore(tmp_path / "new")) == ""
    require_one_origin(store, "ours")


def test_a_store_of_another_archive_is_named(tmp_path):
    """One store alone is held against the catalogue."""
    store = made(tmp_path / "ours")["a"]
    require_one_origin(store)
    require_one_origin(store, origin(store))
    with pytest.raises(ConfigurationError, match="another archive than this catalogue"):
        require_one_origin(store, "of another")
