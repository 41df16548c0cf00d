# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest
from copies_to_order import keep
from postgres_server import APPLICATION
from terminal import longeva

from archive.clock import SystemClock
from archive.errors import ConfigurationError
from archive.home import Home
from preservation.installation import development_authority


def test_an_archive_that_began_on_one_machine_has_its_authority_there(tmp_path, database):
    """After the move to a server a second machine makes none of its own: it says what to copy from where."""
    first, second = tmp_path / "first", tmp_path / "second"
    with Home.create(first, SystemClock()) as home:
        home.add_tenant("villa", "Villa", "L01990019")
        authority = development_authority(home)
        keep(home, "kept")
    assert (
        longeva("catalog", "move", database.owner_url, "--application", APPLICATION, "--home", first).code
        == 0
    )
    second.mkdir()
    for folder in (first, second):
        (folder / "longeva.toml").write_text(
            f'[stores.local]\nkind = "folder"\npath = "{first / "store"}"\n'
            f'[catalog]\nurl = "{database.url}"\nowner_url = "{database.owner_url}"\n'
        )
    with Home.open(first, SystemClock()) as home:
        assert development_authority(home).anchors() == authority.anchors()
    assert longeva("init", "--home", second, "--json").json["joined"] is True
    with Home.open(second, SystemClock()) as home, pytest.raises(ConfigurationError, match="copy authority/"):
        development_authority(home)
