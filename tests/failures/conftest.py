# SPDX-License-Identifier: EUPL-1.2
"""Hostile files are signed in the test PKI; what is harmed stands on archives that are made for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dying import compiler
from lives import Stage, whole_life
from pki_fixture import pki
from town import NOW, Town, found_town

from archive.clock import FixedClock, SystemClock
from archive.home import Home
from preservation.installation import archive_seal

__all__ = ["pki"]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The archives, or a loud skip where nothing can be compiled."""
    if compiler() is None:
        pytest.skip("NO C COMPILER: nobody was killed and no disk failed (install gcc or clang)")
    with whole_life(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A home of two municipalities with every kind of thing in it."""
    clock = FixedClock(NOW)
    with Home.create(tmp_path / "home", clock) as home:
        yield found_town(home, clock)


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """A home with a municipality and an authority, to be copied."""
    path = tmp_path_factory.mktemp("template") / "home"
    with Home.create(path, SystemClock()) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        archive_seal(home)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where a home is to be, its catalogue in a file or on a server."""
    path = tmp_path / "home"
    path.mkdir()
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres_catalog")
        settings = f'[catalog]\nurl = "{database.url}"\nowner_url = "{database.owner_url}"\n'
        (path / "longeva.toml").write_text(settings)
    return path
