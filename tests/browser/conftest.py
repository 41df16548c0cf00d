# SPDX-License-Identifier: EUPL-1.2
"""A real Chromium without a window, before a real server with the furnished archive."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from crawling import Page as Reached
from crawling import crawl
from furnished import TENANT, Furnished
from served import EVERYTHING, Served, serve

from search.viewing.address import short_id


@pytest.fixture(scope="session")
def served(furnished: Furnished, tmp_path_factory) -> Iterator[Served]:
    """The archive, served, with somebody of each role inside."""
    with serve(furnished, tmp_path_factory.mktemp("browsed")) as served:
        yield served


@pytest.fixture(scope="session")
def chromium():
    """The machine's own Chromium, or a loud skip where it is absent."""
    program = (
        os.environ.get("LONGEVA_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if program is None:
        pytest.skip("CHROMIUM ABSENT: no page was looked at in a browser (set LONGEVA_CHROMIUM)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Walks(dict[str, list[Reached]]):
    """What each reader comes to, walked when it is first asked for."""

    def __init__(self, served: Served, seeds: tuple[str, ...]) -> None:
        self._served, self._seeds = served, seeds

    def __missing__(self, reader: str) -> list[Reached]:
        """Walk."""
        seeds = self._seeds if reader == EVERYTHING else self._seeds[:-1]
        self[reader] = crawl(self._served.app, reader, self._served.cookies[reader], seeds, of_a_kind=1)
        return self[reader]


@pytest.fixture(scope="session")
def reached(served: Served, furnished: Furnished) -> Walks:
    """What a reader comes to by the links, from the first page, from codes and from a whole history."""
    history = f"/archivo/{TENANT}/expediente/{short_id(furnished.expediente)}/historia"
    seeds = ("/", f"/verificar?csv={furnished.copy_csv}", "/verificar?csv=AAAA-BBBB", history)
    return Walks(served, seeds)
