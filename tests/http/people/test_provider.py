# SPDX-License-Identifier: EUPL-1.2
"""Entering through OpenID Connect, against a real provider (idpyoidc) in a process of its own; no mock."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from inhabited import ELSEWHERE, HERE, Browser
from ports import free_port
from pydantic import SecretStr

from archive.clock import SystemClock
from archive.errors import ConfigurationError, Refused, ServiceError
from archive.identity import Role
from archive.identity.accounts import Account
from archive.identity.provider import Attempt, Provider
from archive.settings import ProviderSettings
from archive.web.people.entering import PROVIDER
from archive.web.people.providing import CITIZENS

SECRET = "a secret that both of them know, no less"
BACK = "https://sede.example/entrar/vuelta"
LEDGER = f"/archivo/{HERE}/registro"

pytestmark = pytest.mark.skipif(
    find_spec("idpyoidc") is None, reason="idpyoidc is not installed: pip install -e .[dev]"
)


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    """A provider that runs."""
    port = free_port()
    script = Path(__file__).parents[2] / "support" / "openid_provider.py"
    log = (tmp_path_factory.mktemp("provider") / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, str(script), str(port), "longeva", SECRET, BACK], stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                requests.get(f"{address}/served", timeout=5)
                break
            except requests.ConnectionError:
                assert process.poll() is None, Path(log.name).read_text()
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(10)
        log.close()


@pytest.fixture
def settings(issuer):
    """How the archive knows it."""
    return ProviderSettings(
        issuer=issuer,
        client_id="longeva",
        client_secret=SecretStr(SECRET),
        nif_claim="nif",
        roles_claim="roles",
    )


@pytest.fixture
def app(town, settings):
    """Pages that have it, on the clock of everybody."""
    town.clock.instant = SystemClock().now()
    return town.app(services={PROVIDER: Provider(settings, BACK, town.clock), CITIZENS: True})


def be(issuer, user):
    requests.post(f"{issuer}/now", data={"user": user}, timeout=10).raise_for_status()


def away(browser, back="/"):
    """Go to the provider and return the address that it sends back to."""
    begun = browser.get(f"/entrar/proveedor?volver={back}")
    assert begun.status_code == 302
    answer = requests.get(begun.headers["Location"], allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def here(address):
    return address.removeprefix("https://sede.example")


def test_it_is_asked_as_the_norm_wants(browser, issuer):
    """Code flow, PKCE with S256, state and nonce that differ each time."""
    asked = [parse_qs(urlsplit(browser.get("/entrar/proveedor").headers["Location"]).query) for _ in range(2)]
    assert asked[0]["response_type"] == ["code"]
    assert asked[0]["code_challenge_method"] == ["S256"]
    assert asked[0]["redirect_uri"] == [BACK]
    assert set(asked[0]["scope"][0].split()) == {"openid", "profile"}
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name][0]) >= 32
        assert asked[0][name] != asked[1][name]


def test_a_citizen_enters_with_the_nif_that_is_vouched_for(town, browser, issuer):
    """He may ask for copies everywhere; the next time he is the same one."""
    be(issuer, "vecina")
    answer = browser.get(here(away(browser, "/cuenta")))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/cuenta")
    page = browser.get("/cuenta").text
    assert "Interesada" in page
    assert "00000000T" in page
    assert browser.get(LEDGER).status_code == 404
    browser.get(here(away(browser)))
    citizens = [each for each in town.accounts.every() if each.citizen]
    assert [(each.nif, each.version) for each in citizens] == [("00000000T", 1)]


def test_staff_have_the_roles_of_the_claim_where_there_is_such_a_place(town, browser, issuer):
    """Of one municipality; a role of a place that is not here is nothing."""
    be(issuer, "archivera")
    browser.get(here(away(browser)))
    assert browser.get(LEDGER).status_code == 200
    made = next(each for each in town.accounts.every() if each.name == "Archivera de fuera")
    assert (made.home, made.roles) == (HERE, {HERE: {Role.ARCHIVIST}})


def test_who_has_roles_in_several_is_of_the_province(town, browser, issuer):
    """A provider cannot give what only a municipality consents to."""
    be(issuer, "provincial")
    browser.get(here(away(browser)))
    made = next(each for each in town.accounts.every() if each.name == "Provincial")
    assert (made.home, made.roles) == ("", {ELSEWHERE: {Role.OPERATOR}})
    assert browser.get(LEDGER).status_code == 404


def test_a_person_added_with_his_nif_is_that_account(town, browser, issuer):
    """With the roles that people here gave."""
    town.accounts.change(town.people["auditora"], "cli", "account.proofs", known_by=("nif:11111111H",))
    be(issuer, "conocida")
    browser.get(here(away(browser)))
    assert "Auditora" in browser.get("/cuenta").text
    assert browser.get(LEDGER).status_code == 200


def test_who_is_nobody_here_stays_outside(town, browser, issuer):
    """Without role and NIF nothing is kept of him; a closed account stays closed."""
    before = len(list(town.accounts.every()))
    be(issuer, "nadie")
    assert browser.get(here(away(browser))).status_code == 403
    assert browser.get("/cuenta").status_code == 302
    assert len(list(town.accounts.every())) == before
    be(issuer, "archivera")
    browser.get(here(away(browser)))
    made = next(each for each in town.accounts.every() if each.name == "Archivera de fuera")
    town.accounts.close(made, "cli")
    assert browser.get(here(away(browser))).status_code == 403


def test_an_answer_is_good_once_and_in_the_browser_that_asked(app, browser, issuer):
    """A second time, or in another browser, it opens nothing (login CSRF, stolen codes)."""
    be(issuer, "archivera")
    address = here(away(browser))
    thief = Browser(app)
    assert thief.get(address).status_code == 403
    away(thief)
    assert thief.get(address).status_code == 403
    assert browser.get(address).status_code == 302
    assert browser.get(address).status_code == 403


def test_one_comes_back_to_a_page_of_ours(browser, issuer):
    """And nowhere else."""
    be(issuer, "archivera")
    assert browser.get(here(away(browser, LEDGER))).headers["Location"] == LEDGER
    assert browser.get(here(away(browser, "//malo.example"))).headers["Location"] == "/"


def finished(issuer, settings, clock=None, **attempt):
    """Go through the flow without a browser; `attempt` replaces what was remembered."""
    be(issuer, "archivera")
    provider = Provider(settings, BACK, clock or SystemClock())
    address, begun = provider.begin()
    answer = requests.get(address, allow_redirects=False, timeout=10)
    return provider.finish(replace(begun, **attempt), answer.headers["Location"])


def test_the_whole_flow_without_a_browser(issuer, settings):
    """What the provider vouches for, as a value."""
    vouched = finished(issuer, settings)
    assert vouched.issuer == issuer
    assert len(vouched.subject) > 10
    assert vouched.roles == (("villa", Role.ARCHIVIST), ("nada", Role.MAYOR))


@pytest.mark.parametrize("changed", [{"state": "x"}, {"nonce": "x" * 32}, {"verifier": "x" * 64}])
def test_nothing_that_was_remembered_may_differ(issuer, settings, changed):
    """State, nonce, and the verifier that the provider itself checks."""
    with pytest.raises(Refused):
        finished(issuer, settings, **changed)


def test_the_assurance_that_was_asked_for_is_required(issuer, settings):
    """Whoever takes it out of the address on his way to the provider comes back with less, and stays outside."""
    be(issuer, "archivera")
    given = "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword"
    enough = settings.model_copy(update={"acr_values": f"urn:high {given}"})
    assert finished(issuer, enough).assurance == given
    with pytest.raises(Refused, match="assurance"):
        finished(issuer, settings.model_copy(update={"acr_values": "urn:high"}))


def test_a_token_of_another_time_is_refused(issuer, settings):
    """Ended by our clock, or begun after it."""
    from datetime import timedelta

    for shift in (timedelta(days=1), -timedelta(hours=1)):

        class Shifted:
            def now(self, shift=shift):
                return SystemClock().now() + shift

        with pytest.raises(Refused):
            finished(issuer, settings, Shifted())


def test_a_wrong_secret_a_wrong_issuer_and_a_dead_provider(issuer, settings):
    """Refused, the settings' fault, and a service that failed: none of them a crash."""
    with pytest.raises(Refused):
        finished(issuer, settings.model_copy(update={"client_secret": SecretStr("wrong")}))
    other = settings.model_copy(update={"issuer": issuer.replace("127.0.0.1", "localhost")})
    with pytest.raises(ConfigurationError):
        Provider(other, BACK, SystemClock()).begin()
    dead = settings.model_copy(update={"issuer": "http://127.0.0.1:9"})
    with pytest.raises(ServiceError):
        Provider(dead, BACK, SystemClock()).begin()
    with pytest.raises(Refused):
        Provider(settings, BACK, SystemClock()).finish(
            Attempt("s", "n", "v"), f"{BACK}?error=access_denied&state=s"
        )


def test_without_a_provider_there_is_no_such_page(town):
    """Neither the button nor the addresses."""
    browser = Browser(town.app())
    assert "proveedor" not in browser.get("/entrar").text
    for address in ("/entrar/proveedor", "/entrar/vuelta?code=1&state=2", "/entrar/certificado"):
        assert browser.get(address).status_code == 404


def test_a_known_login_keeps_its_own_name(town, browser, issuer):
    """What the provider calls somebody does not rename an account that people here keep."""
    town.accounts.add(
        replace(Account("", "Nombre de aquí", "deaqui", HERE), known_by=("nif:11111111H",)), "cli"
    )
    be(issuer, "conocida")
    browser.get(here(away(browser)))
    assert town.accounts.by_login("deaqui").name == "Nombre de aquí"
