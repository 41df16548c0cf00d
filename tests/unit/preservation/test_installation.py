# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from datetime import date

import pytest
from copies_to_order import keep
from postgres_server import APPLICATION
from terminal import longeva

from archive.clock import SystemClock
from archive.errors import ConfigurationError
from archive.home import Home
from preservation.evidence.repository import verify_object
from preservation.evidence.sealing import seal_due
from preservation.indications import Indication
from preservation.installation import development_authority, strength
from preservation.trust.store import TrustStore


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


def test_what_the_operator_retired_enters_verdicts_from_its_day(world):
    """`evidence.retired`: until the eve an object is proven, from the day on nothing covers it."""
    object_id = world.keep("a", {"received/a": b"1"})
    seal_due(world.home, world.tsa)
    told = world.home.engines.settings
    evidence = told.evidence.model_copy(update={"retired": {"sha256": date(2028, 1, 1)}})
    world.home.engines.settings = told.model_copy(update={"evidence": evidence})
    trust = TrustStore(world.authority.anchors())
    said = [
        verify_object(world.home, object_id, at=at, trust=trust, strength=strength(world.home)).indication
        for at in (world.travel(2027, 12, 31), world.travel(2028))
    ]
    assert said == [Indication.TOTAL_PASSED, Indication.INDETERMINATE]
    assert strength(world.home) is strength(world.home)


def test_an_algorithm_that_nobody_knows_cannot_be_retired(world):
    """A slip of the pen would decide nothing: it is told instead."""
    told = world.home.engines.settings
    evidence = told.evidence.model_copy(update={"retired": {"sha255": date(2028, 1, 1)}})
    world.home.engines.settings = told.model_copy(update={"evidence": evidence})
    with pytest.raises(ConfigurationError, match="sha255"):
        strength(world.home)
