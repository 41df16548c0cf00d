# SPDX-License-Identifier: EUPL-1.2
"""A small town whose people enter through their browsers."""

from __future__ import annotations

import pytest
from inhabited import CHEAP, Browser, inhabit

from archive.identity import passwords


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Hash cheaply: how it is done is tested elsewhere (tests/unit/archive/identity/test_passwords.py)."""
    monkeypatch.setattr(passwords, "_HASHER", CHEAP)
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


@pytest.fixture
def town(tmp_path):
    """Two municipalities and their people."""
    town = inhabit(tmp_path)
    yield town
    town.home.close()


@pytest.fixture
def app(town):
    """Its pages."""
    return town.app()


@pytest.fixture
def browser(app):
    """A visitor's."""
    return Browser(app)


@pytest.fixture
def inside(app):
    """Browsers of those who have entered."""

    def enter(login: str) -> Browser:
        browser = Browser(app)
        answer = browser.enter(login)
        assert answer.status_code == 303, answer.text
        return browser

    return enter
