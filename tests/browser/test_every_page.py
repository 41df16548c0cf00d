# SPDX-License-Identifier: EUPL-1.2
"""Every page that anybody reaches: found by its links, looked at by axe, measured at every width."""

from __future__ import annotations

import pytest
from browsing import WIDTHS, reading
from crawling import page_rules
from looking import overflowing, violations
from served import EVERYTHING, NOBODY, READERS

from archive.web.i18n import DEFAULT, LANGUAGES

WHOLE = (EVERYTHING, NOBODY)
"""Who together see every page."""
READERS_AND_NOBODY = [*WHOLE, *(login for login in READERS if login != EVERYTHING)]
ISSUED = (
    "/mis-solicitudes/<request_id>/copia.pdf",
    "/archivo/<tenant_id>/copias/<request_id>/copia.pdf",
    "/archivo/<tenant_id>/copias/<request_id>/entrega",
    "/archivo/<tenant_id>/copias/<request_id>/codigo.svg",
)
NOT_LINKED = {
    "/healthz": "for machines",
    "/readyz": "for machines",
    "/entrar/proveedor": "only where a provider is set",
    "/entrar/vuelta": "where a provider sends people back to",
    "/entrar/certificado": "only behind a proxy that asks for certificates",
    "/csvbroker": "for machines",
    "/csvbroker/wss": "for machines",
    "/buscar": "the address of before, which leads on",
    **dict.fromkeys(ISSUED, "once a copy that was asked for has been issued: tests/http/test_copies.py"),
    "/entrar/codigo": "comes after a password, to who has a telephone",
}
"""Addresses that no link leads to, and why."""


@pytest.fixture(scope="module")
def one_of_each(reached):
    """Give what a reader sees, one page for each rule and way of being built."""
    return lambda reader: _first(reached[reader], lambda page: (page.rule, page.shape))


def _first(pages, kind):
    found = {}
    for page in pages:
        if page.is_page and page.status < 400:
            found.setdefault(kind(page), page)
    return list(found.values())


def test_links_lead_to_every_page(served, reached):
    """Whatever answers a GET can be reached from the first page by somebody, but for what is named here."""
    seen = {page.rule for reader in READERS_AND_NOBODY for page in reached[reader]}
    assert page_rules(served.app) - seen - set(NOT_LINKED) == set()


def test_no_link_is_dead(reached):
    """Nobody is offered what he is then refused, or what fails."""
    dead = [page for reader in READERS_AND_NOBODY for page in reached[reader] if page.status >= 400]
    assert dead == []


@pytest.mark.parametrize("reader", READERS_AND_NOBODY)
def test_axe_finds_nothing_wrong(chromium, served, one_of_each, reader):
    """No page has a violation of WCAG 2.2 A or AA or of axe's good practice: what each role sees otherwise too."""
    already = set() if reader in WHOLE else {page.shape for whole in WHOLE for page in one_of_each(whole)}
    wrong = []
    with reading(chromium, served, reader) as window:
        for page in one_of_each(reader):
            if page.shape not in already:
                window.open(page.address)
                wrong += [f"{reader} {page.address}: {each}" for each in violations(window.page)]
        assert window.troubles == []
    assert wrong == []


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag != DEFAULT])
def test_axe_finds_nothing_wrong_in_any_language(chromium, served, one_of_each, language):
    """Nor in the other languages; contrast hangs on colours, not on words, and was asked for already."""
    wrong = []
    for reader in WHOLE:
        with reading(chromium, served, reader, language) as window:
            for page in _first(one_of_each(reader), lambda page: page.rule):
                window.open(page.address)
                assert window.page.get_attribute("html", "lang") == language
                found = violations(window.page, without=("color-contrast",))
                wrong += [f"{reader} {page.address}: {each}" for each in found]
    assert wrong == []


@pytest.mark.parametrize("reader", WHOLE)
def test_no_page_scrolls_sideways(chromium, served, one_of_each, reader):
    """At 400 % zoom, on a phone, a tablet and a desk, the page fits its window; so does the longest language."""
    wide = []
    with reading(chromium, served, reader) as window:
        for page in one_of_each(reader):
            window.open(page.address)
            for width in WIDTHS:
                window.resize(width)
                wide += [f"{width} {page.address}: {each}" for each in overflowing(window.page)]
    assert wide == []


def test_dark_has_contrast_too(chromium, served, one_of_each):
    """Who prefers the dark gets colours that can be read."""
    wrong = []
    with reading(chromium, served, EVERYTHING, color_scheme="dark") as window:
        for page in _first(one_of_each(EVERYTHING), lambda page: page.rule):
            window.open(page.address)
            wrong += [f"{page.address}: {each}" for each in violations(window.page, ["color-contrast"])]
    assert wrong == []


def test_nothing_moves_for_who_asks_for_quiet(chromium, served, one_of_each):
    """With reduced motion no element has an animation or a transition."""
    with reading(chromium, served, EVERYTHING, reduced_motion="reduce") as window:
        for page in one_of_each(EVERYTHING):
            window.open(page.address)
            moving = window.page.evaluate(
                """() => [...document.querySelectorAll('*')].filter(e => {
                  const s = getComputedStyle(e);
                  return s.animationName !== 'none' || s.transitionDuration.split(', ').some(t => t !== '0s');
                }).map(e => e.outerHTML.slice(0, 80))"""
            )
            assert moving == [], page.address


def test_forced_colours_keep_every_word_and_edge(chromium, served, one_of_each):
    """With the reader's own colours, states do not hang on ours: what is tagged or answered keeps a border."""
    with reading(chromium, served, EVERYTHING, forced_colors="active") as window:
        for page in one_of_each(EVERYTHING):
            window.open(page.address)
            bare = window.page.evaluate(
                """() => [...document.querySelectorAll('.govuk-tag, .notice, .answer, .govuk-button')].filter(e => {
                  const s = getComputedStyle(e);
                  return s.display !== 'none' && parseFloat(s.borderTopWidth) === 0 && s.outlineStyle === 'none';
                }).map(e => e.outerHTML.slice(0, 80))"""
            )
            assert bare == [], page.address
