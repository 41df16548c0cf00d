# SPDX-License-Identifier: EUPL-1.2
"""What people come to do, with a keyboard and nothing else, and without scripts."""

from __future__ import annotations

import pytest
from browsing import reading
from furnished import TENANT
from looking import violations
from served import EVERYTHING, NOBODY, PASSWORD

MOST = 80
"""Tabs from the top of a page to whatever is wanted on it."""


@pytest.fixture
def keyboard(chromium, served):
    """Somebody who has not said who he is, at a browser that runs no script; he has no mouse."""
    with reading(chromium, served, NOBODY) as window:
        yield window


def tab_to(page, name, role=None):
    """Press Tab until what has this name is reached; its focus must be seen."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
              const label = e.labels && e.labels.length ? e.labels[0].innerText : '';
              return {name: (label || e.innerText || e.value || '').trim(), tag: e.tagName.toLowerCase(),
                      seen: b.width > 0 && b.height > 0,
                      shown: s.outlineStyle !== 'none' || s.boxShadow !== 'none'}; }"""
        )
        if told["name"].startswith(name) and role in {None, told["tag"]}:
            assert told["seen"], f"{name}: it has the focus and cannot be seen"
            assert told["shown"], f"{name}: nothing shows that it has the focus"
            return
    raise AssertionError(f"no Tab leads to {name}")


def press(page):
    """Press Enter and wait for the page that it brings."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def enter(window, login):
    """Say who one is."""
    window.open("/entrar")
    tab_to(window.page, "Nombre de la cuenta")
    window.page.keyboard.type(login)
    tab_to(window.page, "Contraseña")
    window.page.keyboard.type(PASSWORD)
    press(window.page)
    assert "/entrar" not in window.page.url


def test_first_tab_skips_to_the_content(keyboard):
    """The first thing that Tab reaches goes past the navigation."""
    keyboard.open("/ayuda")
    keyboard.page.keyboard.press("Tab")
    assert keyboard.page.evaluate("document.activeElement.innerText") == "Ir al contenido"
    keyboard.page.keyboard.press("Enter")
    assert keyboard.page.evaluate("document.activeElement.id") == "contenido"


def test_code_is_verified(keyboard, furnished):
    """From the first page: the box, the code, Enter, and the answer in plain words."""
    keyboard.open("/")
    tab_to(keyboard.page, "Código seguro de verificación")
    keyboard.page.keyboard.type(furnished.copy_csv.lower())
    press(keyboard.page)
    assert "Es una copia auténtica" in keyboard.page.inner_text("main")
    assert violations(keyboard.page) == []
    tab_to(keyboard.page, "Descargar", "button")


def test_archivist_enters_searches_and_opens_a_record(keyboard):
    """Enter, search, open the first hit, leave."""
    page = keyboard.page
    enter(keyboard, "archivera")
    keyboard.open(f"/archivo/{TENANT}/")
    tab_to(page, "Buscar", "a")
    press(page)
    tab_to(page, "Palabras")
    page.keyboard.type("licencia")
    press(page)
    assert violations(page) == []
    first = page.locator("ol.hits a").first.inner_text()
    tab_to(page, first, "a")
    press(page)
    assert first in page.inner_text("h1")
    tab_to(page, "Salir", "button")
    press(page)
    assert page.get_by_role("link", name="Entrar").count() > 0


def test_citizen_asks_for_a_copy(keyboard, furnished):
    """Enter, say what is wanted, send, and read that it was taken in."""
    page = keyboard.page
    enter(keyboard, "interesada")
    keyboard.open("/solicitar")
    if page.locator("select[name=archivo]").count():
        tab_to(page, "Archivo")
        page.keyboard.type("Ayuntamiento de Villanueva")
    tab_to(page, "Qué documento pide")
    page.keyboard.type("La licencia de obra mayor de la calle del Olmo, de 2025")
    tab_to(page, "Enviar la solicitud", "button")
    press(page)
    assert "/mis-solicitudes/" in page.url
    assert violations(page) == []


def test_forms_sent_empty_say_what_is_missing(chromium, served, reached):
    """Whatever form asks for something answers a blank one with a page that says so, and that axe accepts."""
    blank, wrong = 0, []
    with reading(chromium, served, EVERYTHING) as window:
        for address in {page.rule: page.address for page in reached[EVERYTHING] if page.is_page}.values():
            window.open(address)
            forms = window.page.locator("main form[method=post]:has([required])")
            for number in range(forms.count()):
                window.open(address)
                form = window.page.locator("main form[method=post]:has([required])").nth(number)
                with window.page.expect_navigation() as told:
                    form.evaluate("form => { form.noValidate = true; form.reset(); form.requestSubmit(); }")
                blank += 1
                if told.value.status >= 500:
                    wrong.append(f"{address}: {told.value.status}")
                wrong += [f"{address}, sent empty: {each}" for each in violations(window.page)]
    assert wrong == []
    assert blank > 3


def test_everything_works_without_scripts(chromium, served, furnished):
    """With JavaScript off a code is verified and somebody enters: no page has a script to miss."""
    with reading(chromium, served, NOBODY, java_script_enabled=False) as window:
        window.open("/")
        window.page.get_by_label("Código seguro de verificación").fill(furnished.copy_csv)
        with window.page.expect_navigation():
            window.page.get_by_label("Código seguro de verificación").press("Enter")
        assert "Es una copia auténtica" in window.page.inner_text("main")
        window.open("/entrar")
        window.page.get_by_label("Nombre de la cuenta").fill("archivera")
        window.page.get_by_label("Contraseña").fill(PASSWORD)
        with window.page.expect_navigation():
            window.page.get_by_label("Contraseña").press("Enter")
        assert "Archivera municipal" in window.page.inner_text("header")
        assert window.page.locator("script").count() == 0
