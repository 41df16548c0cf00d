# SPDX-License-Identifier: EUPL-1.2
"""What stands around every page, by who looks at it."""

from __future__ import annotations

import pytest
from furnished import OTHER, TENANT, known_as, somebody

from archive.clock import SystemClock
from archive.home import Home
from archive.identity import ANONYMOUS, Role
from archive.web.app import WebSettings, create_app
from archive.web.troubles import OTHER as ANY_TROUBLE
from archive.web.troubles import TROUBLES

NAME = "Ayuntamiento de Villanueva del Encinar"


@pytest.fixture(scope="module")
def home(furnished):
    """The furnished archive, read by the frame alone."""
    with Home.open(furnished.path, SystemClock()) as home:
        yield home


@pytest.fixture
def seen_by(home):
    """Give the text of a page as somebody sees it."""

    def look(principal, address):
        app = create_app(lambda: home, [], WebSettings("https://sede.example"), services=known_as(principal))
        return app.test_client().get(address)

    return look


def test_municipality_is_named_to_who_is_somebody_there(seen_by):
    """Its name stands in the header of its pages."""
    page = seen_by(somebody(Role.ARCHIVIST), f"/archivo/{TENANT}/")
    assert page.status_code == 200
    assert page.text.count(NAME) >= 2


def test_municipality_of_others_is_not_there(seen_by):
    """One where he is nothing, and one that does not exist, are the same bytes; neither name is in them."""
    pages = [seen_by(somebody(Role.ARCHIVIST), f"/archivo/{tenant}/") for tenant in (OTHER, "ninguno")]
    assert [page.status_code for page in pages] == [404, 404]
    assert pages[0].text == pages[1].text
    assert "Otro Lugar" not in pages[0].text


def test_error_says_nothing_of_the_address(seen_by):
    """The links to other languages lead home from an error, back to the page from a page."""
    assert "volver" not in seen_by(ANONYMOUS, "/no/hay/nada").text
    assert "volver=%2Fayuda" in seen_by(ANONYMOUS, "/ayuda").text


def test_navigation_offers_only_what_answers(seen_by):
    """An application without rooms has nothing to offer but its own pages."""
    page = seen_by(somebody(*Role), f"/archivo/{TENANT}/").text
    assert f"/archivo/{TENANT}/buscar" not in page
    assert "Todavía no puede hacer nada aquí" in page


def test_name_of_who_entered_is_shown_and_escaped(seen_by):
    """A name with markup in it is text."""
    hostile = somebody(Role.ARCHIVIST)
    object.__setattr__(hostile, "name", "<script>alert(1)</script> l·l ñ")
    page = seen_by(hostile, "/ayuda").text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; l·l ñ" in page


@pytest.mark.parametrize("status", sorted(TROUBLES))
def test_every_trouble_says_what_to_do_next(status):
    """A title, a sentence and at least one step."""
    title, words, steps = TROUBLES[status]
    assert title != ANY_TROUBLE.title
    assert words.endswith(".")
    assert steps
    assert all(step.endswith(".") for step in steps)
