# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import re

import pytest
from inhabited import HERE, PASSWORD, Browser

from archive.identity.totp import code_at

NEW = "cuatro perros y una parra"


def change(browser, **given):
    data = {"clave": PASSWORD, "nueva": NEW, "repetida": NEW, **given}
    return browser.post("/cuenta/clave", data, page="/cuenta")


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(app, inside):
    """What was open elsewhere is over; the old password opens nothing."""
    here, elsewhere = inside("archivera"), inside("archivera")
    assert change(here).headers["Location"] == "/cuenta?hecho=clave"
    assert here.get("/cuenta").status_code == 200
    assert elsewhere.get("/cuenta").status_code == 302
    assert Browser(app).enter("archivera").status_code == 403
    assert Browser(app).enter("archivera", NEW).status_code == 303


@pytest.mark.parametrize(
    "given",
    [
        {"clave": "no es esta"}, {"repetida": NEW + "x"}, {"nueva": "corta", "repetida": "corta"},
        {"nueva": PASSWORD, "repetida": PASSWORD},
    ],
)  # fmt: skip
def test_a_password_is_not_changed_without_the_old_one_and_care(app, inside, given):
    """A wrong old one, two that differ, a weak one, the same one: told in words, and nothing changes."""
    browser = inside("archivera")
    answer = change(browser, **given)
    assert answer.status_code == 400
    assert "Hay algo que corregir" in answer.text
    assert Browser(app).enter("archivera").status_code == 303


def test_guessing_the_old_password_makes_one_wait(inside):
    """A session that was left open is no place to try passwords."""
    browser = inside("archivera")
    for _ in range(5):
        change(browser, clave="no es esta")
    assert "Espere unos minutos" in change(browser).text


def test_a_handed_password_must_be_changed_first(town, browser):
    """Until then nothing else is open, and afterwards everything is."""
    town.accounts.set_password(town.people["auditora"], NEW, "cli", must_change=True)
    assert browser.enter("auditora", NEW).headers["Location"] == "/cuenta"
    assert browser.get(f"/archivo/{HERE}/registro").status_code == 302
    assert "se la dio otra persona" in browser.get("/cuenta").text
    change(browser, clave=NEW, nueva=PASSWORD, repetida=PASSWORD)
    assert browser.get(f"/archivo/{HERE}/registro").status_code == 200


@pytest.mark.parametrize("around", ["/cuenta/telefono", "/cuenta/telefono/quitar", "/cuenta/sesiones"])
def test_nothing_else_frees_from_changing_a_handed_password(town, browser, around):
    """Neither a telephone, enrolled or taken away, nor closing other sessions: who handed it still knows it."""
    town.accounts.set_password(town.people["auditora"], NEW, "cli", must_change=True)
    browser.enter("auditora", NEW)
    if around == "/cuenta/telefono":
        answer = enrol(town, browser, password=NEW)[1]
    else:
        answer = browser.post(around, {"clave": NEW}, page="/cuenta")
    assert answer.status_code == 303
    assert browser.get("/cuenta").status_code == 200
    assert browser.get(f"/archivo/{HERE}/registro").status_code == 302


def test_all_other_sessions_can_be_closed(inside):
    """With a button."""
    here, elsewhere = inside("archivera"), inside("archivera")
    assert here.post("/cuenta/sesiones", page="/cuenta").status_code == 303
    assert here.get("/cuenta").status_code == 200
    assert elsewhere.get("/cuenta").status_code == 302


def test_the_page_tells_the_last_entries(town, inside):
    """When, by the clock of the peninsula, and how."""
    browser = inside("archivera")
    town.later(minutes=5)
    inside("archivera")
    page = browser.get("/cuenta").text
    assert "21/11/2026 10:00" in page
    assert "21/11/2026 10:05" in page


def enrol(town, browser, code=None, password=PASSWORD):
    page = browser.get("/cuenta/telefono").text
    import base64

    letters = "".join(re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].split())
    secret = base64.b32decode(letters)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[-1]
    answer = browser.client.post(
        "/cuenta/telefono", base_url=browser.base_url,
        data={"codigo": code or code_at(secret, town.clock.now()), "clave": password, "csrf_token": token},
    )  # fmt: skip
    return secret, answer


def test_a_telephone_that_proved_itself_is_asked_from_then_on(town, app, inside):
    """By its QR or letters; other sessions end."""
    browser, elsewhere = inside("archivera"), inside("archivera")
    page = browser.get("/cuenta/telefono").text
    assert "<svg" in page
    assert "style=" not in page
    secret, answer = enrol(town, browser)
    assert answer.headers["Location"] == "/cuenta?hecho=telefono"
    assert browser.get("/cuenta").status_code == 200
    assert elsewhere.get("/cuenta").status_code == 302
    assert Browser(app).enter("archivera").headers["Location"] == "/entrar/codigo"
    assert secret not in town.accounts.by_login("archivera").totp.encode()


def test_a_telephone_needs_its_code_and_the_password(town, inside):
    """Either one wrong: nothing is kept."""
    browser = inside("archivera")
    assert enrol(town, browser, code="000000")[1].status_code == 400
    assert enrol(town, browser, password="no es esta")[1].status_code == 400
    assert town.accounts.by_login("archivera").totp == ""


def test_where_a_telephone_is_needed_one_enrols_it_first(town):
    """Until then nothing else is open; and it cannot be taken away."""
    browser = Browser(town.app(second_factor=True))
    assert browser.enter("archivera").headers["Location"] == "/cuenta"
    assert browser.get(f"/archivo/{HERE}/registro").status_code == 302
    enrol(town, browser)
    assert browser.get(f"/archivo/{HERE}/registro").status_code == 200
    answer = browser.post("/cuenta/telefono/quitar", {"clave": PASSWORD}, page="/cuenta")
    assert answer.status_code == 403


def test_a_telephone_can_be_taken_away_with_the_password(town, app, inside):
    """Where none is needed."""
    browser = inside("archivera")
    enrol(town, browser)
    assert browser.post("/cuenta/telefono/quitar", {"clave": "mal"}, page="/cuenta").status_code == 400
    assert browser.post("/cuenta/telefono/quitar", {"clave": PASSWORD}, page="/cuenta").status_code == 303
    assert Browser(app).enter("archivera").headers["Location"] == "/"


@pytest.mark.parametrize("act", ["clave", "telefono", "telefono/quitar", "sesiones", "accesos"])
def test_no_form_of_the_account_comes_from_elsewhere(inside, act):
    """Without the session's token: 403, and nothing changed."""
    browser = inside("tecnica")
    answer = browser.client.post(f"/cuenta/{act}", base_url=browser.base_url, data={"clave": PASSWORD})
    assert answer.status_code == 403
    assert browser.get("/cuenta").status_code == 200
