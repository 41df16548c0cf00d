# SPDX-License-Identifier: EUPL-1.2
"""The first commands of an archive, all at the same time: each needs an authority that nobody has made yet."""

from __future__ import annotations

import multiprocessing

import pytest

from archive.clock import SystemClock
from archive.errors import LongevaError
from archive.home import Home
from preservation.installation import development_authority


@pytest.fixture(params=["embedded", "postgresql"])
def settings(request, monkeypatch):
    """Where the catalogue is."""
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres_catalog")
        monkeypatch.setenv("LONGEVA_CATALOG__URL", database.url)
        monkeypatch.setenv("LONGEVA_CATALOG__OWNER_URL", database.owner_url)


def root_of(path, start, told):
    with Home.open(path, SystemClock()) as home:
        start.wait(30)
        try:
            told.put(development_authority(home).anchors()[0])
        except LongevaError as cause:
            told.put(repr(cause))


@pytest.mark.usefixtures("settings")
def test_the_development_authority_is_made_once(tmp_path):
    """Four processes that need it at once have the same one."""
    Home.create(tmp_path / "home", SystemClock()).close()
    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(4), context.Queue()
    processes = [context.Process(target=root_of, args=(tmp_path / "home", start, told)) for _ in range(4)]
    for process in processes:
        process.start()
    roots = [told.get(timeout=120) for _ in processes]
    for process in processes:
        process.join(30)
    assert len(set(roots)) == 1
    assert isinstance(roots[0], bytes), roots[0]
