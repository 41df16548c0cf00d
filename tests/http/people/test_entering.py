# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import re
from datetime import timedelta

import pytest
from inhabited import HERE, PASSWORD, Browser

from archive.identity.totp import code_at, new_secret, seal
from archive.model import SYSTEM_TENANT
from archive.web import limits
from archive.web.session import SessionRules

WRONG = "El nombre o la contraseña no son correctos."


def test_the_right_password_opens_a_session(browser):
    """One is sent to the first page, and its frame knows who one is."""
    answer = browser.enter("archivera")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Archivera" in browser.get("/cuenta").text


def test_a_visitor_gets_no_cookie_before_he_enters(browser):
    """Pages that need no session set none; the page to enter sets the one its form needs."""
    for address in ("/nada", "/cuenta", f"/archivo/{HERE}/personas"):
        assert "Set-Cookie" not in browser.get(address).headers, address
    assert "Set-Cookie" in browser.get("/entrar").headers


def test_the_cookie_is_for_us_alone(browser):
    """Over TLS, hidden from scripts, for this host, not with requests from elsewhere, gone with the browser."""
    told = browser.enter("archivera").headers["Set-Cookie"]
    assert told.startswith("__Host-longeva=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in told
    assert "Domain" not in told
    assert "Expires" not in told


def test_on_ones_own_machine_the_cookie_goes_without_tls(town):
    """Where the public address is plain http there is no other way; the other flags stay."""
    browser = Browser(town.app(secure=False), "http://127.0.0.1")
    told = browser.enter("archivera").headers["Set-Cookie"]
    assert told.startswith("longeva=")
    assert "Secure" not in told
    assert "HttpOnly" in told


def test_what_was_in_the_cookie_before_is_gone(browser):
    """A token that somebody planted before the entry is good for nothing after it (session fixation)."""
    planted = browser.token("/entrar")
    before = browser.cookie
    browser.enter("archivera")
    assert browser.cookie != before
    browser.client.set_cookie("__Host-longeva", before, domain="sede.example", secure=True)
    assert browser.get("/cuenta").status_code == 302
    browser.enter("archivera")
    answer = browser.client.post("/salir", base_url=browser.base_url, data={"csrf_token": planted})
    assert answer.status_code == 403


def test_unknown_and_closed_accounts_answer_as_a_wrong_password(town, browser):
    """The same status and the same page but for what was typed and the form's token."""
    town.accounts.close(town.people["vecina"], "cli")
    answers = [
        browser.enter(*pair)
        for pair in (("archivera", "no es esta"), ("nadie", PASSWORD), ("vecina", PASSWORD))
    ]
    pages = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert {answer.status_code for answer in answers} == {403}
    assert len(pages) == 1
    assert WRONG in pages.pop()


def test_after_some_wrong_passwords_one_waits_and_then_longer(town, browser):
    """Four cost nothing, the fifth half a minute, the next a whole one; not even the right one opens meanwhile."""
    for _ in range(4):
        assert browser.enter("archivera", "no es esta").status_code == 403
    assert browser.enter("archivera", "no es esta").status_code == 429
    answer = browser.enter("archivera")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert "Espere un minuto" in answer.text
    town.later(seconds=31)
    assert int(browser.enter("archivera", "tampoco").headers["Retry-After"]) == 60
    town.later(seconds=59)
    assert browser.enter("archivera").status_code == 429
    town.later(seconds=2)
    assert browser.enter("archivera").status_code == 303


def test_a_name_that_is_nobodys_waits_alike(browser):
    """Waiting tells nothing of who is there; others do not wait."""
    answers = [browser.enter("nadie", "no es esta") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 429, 429]
    assert browser.enter("archivera").status_code == 303


def test_the_wait_has_an_end(town):
    """Doubling stops at half an hour, whatever was tried before."""
    lockout = limits.Lockout()
    for _ in range(60):
        lockout.failed("archivera", town.clock)
    assert lockout.wait("archivera", town.clock) == limits.LONGEST
    town.later(hours=25)
    lockout.failed("archivera", town.clock)
    assert lockout.wait("archivera", town.clock) == timedelta()


def test_one_address_may_not_try_without_end(browser):
    """However many names it tries."""
    answers = [browser.enter(f"nadie{number}", "x").status_code for number in range(32)]
    assert answers[:30] == [403] * 30
    assert answers[30:] == [429, 429]


def test_the_lockout_is_told_where_he_works_without_his_name(town, browser):
    """One event by his id; a name that is nobody's is the installation's, and costs as much."""
    for _ in range(5):
        browser.enter("archivera", "no es esta")
        browser.enter("nadie", "no es esta")
    with town.home.catalog.reading(HERE) as tx:
        told = [event for event in tx.tenant_events(HERE) if event.kind == "account.locked"]
    assert [event.subject for event in told] == [town.people["archivera"].account_id]
    with town.home.catalog.reading() as tx:
        nobodys = [event for event in tx.tenant_events(SYSTEM_TENANT) if event.kind == "account.locked"]
    assert [(event.subject, event.detail) for event in nobodys] == [(SYSTEM_TENANT, {})]


@pytest.mark.parametrize("forged", ["", "nada", "IjEyMyI.abc.def"])
def test_a_form_from_elsewhere_does_not_enter(browser, forged):
    """Without the token of the page, or with another's, nobody is let in (login CSRF)."""
    browser.get("/entrar")
    answer = browser.client.post(
        "/entrar", base_url=browser.base_url,
        data={"nombre": "archivera", "clave": PASSWORD, "csrf_token": forged},
    )  # fmt: skip
    assert answer.status_code == 403
    assert browser.get("/cuenta").status_code == 302


def test_a_browser_that_says_another_site_sent_it_is_believed(inside):
    """Even with the right token."""
    browser = inside("archivera")
    for site in ("cross-site", "same-site"):
        answer = browser.post("/salir", page="/cuenta", headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403
    assert (
        browser.post("/salir", page="/cuenta", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 302
    )


def test_leaving_ends_the_session_and_copies_of_its_cookie(app, inside):
    """A copy that somebody took is good for nothing."""
    browser = inside("archivera")
    copied = browser.cookie
    assert browser.post("/salir", page="/cuenta").status_code == 302
    assert browser.get("/cuenta").status_code == 302
    thief = Browser(app)
    thief.client.set_cookie("__Host-longeva", copied, domain="sede.example", secure=True)
    assert thief.get("/cuenta").status_code == 302


def test_a_session_ends_when_it_is_idle(town, inside):
    """Half an hour without use; each use counts anew."""
    browser = inside("archivera")
    for _ in range(4):
        town.later(minutes=29)
        assert browser.get("/cuenta").status_code == 200
    town.later(minutes=31)
    assert browser.get("/cuenta").status_code == 302


def test_a_session_ends_after_the_working_day(town, inside):
    """However busy it was."""
    browser = inside("archivera")
    for _ in range(30):
        town.later(minutes=20)
        assert browser.get("/cuenta").status_code == 200
    town.later(minutes=1)
    assert browser.get("/cuenta").status_code == 302


def test_a_cookie_signed_by_nobody_is_none(town, browser, inside):
    """A changed letter, another installation's secret: a visitor."""
    cookie = inside("archivera").cookie
    for forged in (cookie[:-2] + ("AA" if cookie[-2:] != "AA" else "BB"), "e30." + cookie.partition(".")[2]):
        browser.client.set_cookie("__Host-longeva", forged, domain="sede.example", secure=True)
        assert browser.get("/cuenta").status_code == 302
    other = Browser(town.app(services={"session-rules": SessionRules(b"y" * 32)}))
    other.client.set_cookie("__Host-longeva", cookie, domain="sede.example", secure=True)
    assert other.get("/cuenta").status_code == 302


@pytest.mark.parametrize(
    ("told", "back"),
    [
        (f"/archivo/{HERE}/personas?a=1&b=2", f"/archivo/{HERE}/personas?a=1&b=2"),
        ("https://malo.example/", "/"), ("//malo.example/", "/"), ("/\\malo.example", "/"),
        ("\\\\malo.example", "/"), ("/\t/malo.example", "/"), ("javascript:alert(1)", "/"), ("", "/"),
        ("/entrar?volver=/entrar", "/"), ("/salir", "/"), ("/ok\r\nSet-Cookie: x=1", "/"), ("/" * 3000, "/"),
    ],
)  # fmt: skip
def test_one_comes_back_only_to_us(browser, told, back):
    """An address of ours as it was; whatever leads elsewhere is the first page."""
    assert browser.enter("archivera", back=told).headers["Location"] == back


def test_who_is_inside_is_not_asked_again(inside):
    """The page to enter sends him on."""
    answer = inside("archivera").get("/entrar?volver=/cuenta")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/cuenta")


def test_a_page_asks_who_it_is_and_comes_back(browser):
    """Where somebody must be known, a visitor is sent to enter, with the way back; a machine gets 401."""
    answer = browser.get(f"/archivo/{HERE}/registro?hecho=object.read")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/entrar?volver=%2Farchivo%2Fvilla%2Fregistro%3Fhecho%3Dobject.read"
    answer = browser.get(f"/archivo/{HERE}/registro", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


class TestTelephone:
    @pytest.fixture
    def secret(self, town, app):
        """The archivist's telephone."""
        secret = new_secret()
        key = app.extensions["longeva"]["session-rules"].sealing_key
        town.people["archivera"] = town.accounts.change(
            town.people["archivera"], "cli", "account.telephone", totp=seal(secret, key)
        )
        return secret

    def test_the_password_alone_is_not_enough(self, browser, secret):
        """One is asked for the code, and is nobody until it is given."""
        answer = browser.enter("archivera", back=f"/archivo/{HERE}/registro")
        assert answer.headers["Location"].startswith("/entrar/codigo?volver=")
        assert browser.get("/cuenta").status_code == 302

    def test_the_code_of_now_opens_and_only_once(self, town, app, browser, secret):
        """The same code in another browser does not."""
        code = code_at(secret, town.clock.now())
        browser.enter("archivera")
        answer = browser.post("/entrar/codigo", {"codigo": code, "volver": "/cuenta"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/cuenta")
        other = Browser(app)
        other.enter("archivera")
        assert other.post("/entrar/codigo", {"codigo": code}).status_code == 403
        town.later(seconds=30)
        assert other.post("/entrar/codigo", {"codigo": code_at(secret, town.clock.now())}).status_code == 303

    def test_wrong_codes_make_one_wait(self, browser, secret):
        """As wrong passwords do."""
        browser.enter("archivera")
        statuses = [browser.post("/entrar/codigo", {"codigo": "000000"}).status_code for _ in range(5)]
        assert statuses[:4] == [403] * 4
        assert browser.enter("archivera").status_code == 429

    def test_the_half_way_ends_soon(self, town, browser, secret):
        """Five minutes after the password it must be typed again."""
        browser.enter("archivera")
        town.later(minutes=6)
        answer = browser.get("/entrar/codigo")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/entrar")

    def test_nobody_gets_to_the_code_without_the_password(self, browser, secret):
        """The page of the code is not a way in."""
        assert browser.get("/entrar/codigo").status_code == 302
        assert browser.post("/entrar/codigo", {"codigo": "1"}, page="/entrar").status_code == 302
