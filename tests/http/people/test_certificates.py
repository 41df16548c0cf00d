# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from urllib.parse import quote

import pytest
from client_certificates import client_certificate
from flask import Blueprint
from inhabited import HERE, Browser

from archive.identity import Right
from archive.identity.certificates import read_certificate
from archive.web.access import AUTHENTICATORS, allowed, current_principal
from archive.web.authenticators import Certificates, key_principal
from archive.web.people.entering import CERTIFICATES
from archive.web.proxies import Proxied, networks
from archive.web.session import session_principal

PROOF = "what only the proxy knows, thirty-two"
PLACE = f"/api/v1/{HERE}/who"


@pytest.fixture
def pem(town):
    """The auditor's certificate."""
    pem = client_certificate("IDCES-11111111H", town.clock.now())
    proof = f"certificate:{read_certificate(pem).fingerprint}"
    town.accounts.change(town.people["auditora"], "cli", "account.proofs", known_by=(proof,))
    return pem


@pytest.fixture
def app(town):
    """Pages and one interface behind a proxy at 127.0.0.1."""
    certificates = Certificates("X-Client-Cert", "X-Longeva-Proxy", PROOF)
    machines = Blueprint("machines", __name__)

    @machines.route("/api/v1/<tenant_id>/who", methods=["GET", "POST"])
    @allowed(Right.INSPECT)
    def who(tenant_id):
        return current_principal().agent

    app = town.app(
        machines,
        services={
            CERTIFICATES: certificates,
            AUTHENTICATORS: [key_principal, session_principal, certificates.principal],
        },
    )
    guarded = ["X-Client-Cert", "X-Longeva-Proxy"]
    app.wsgi_app = Proxied(app.wsgi_app, networks(["127.0.0.1"]), guarded)
    return app


def headers(pem, proof=PROOF, **more):
    return {"X-Client-Cert": quote(pem), "X-Longeva-Proxy": proof, **more}


def test_a_person_enters_with_it_and_has_a_session(town, app, pem):
    """As the account that it leads to; afterwards the session is enough."""
    browser = Browser(app)
    answer = browser.get("/entrar/certificado?volver=/cuenta", headers=headers(pem))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/cuenta")
    assert "Auditora" in browser.get("/cuenta").text
    assert "Certificado" in browser.get("/cuenta").text


def test_a_machine_asks_with_it_each_time(town, app, pem):
    """Of interfaces only: a page needs a session."""
    client = app.test_client()
    agent = f"certificate:{town.people['auditora'].account_id}"
    assert client.get(PLACE, headers=headers(pem)).text == agent
    assert client.get(f"/archivo/{HERE}/registro", headers=headers(pem)).status_code == 302


@pytest.mark.parametrize(
    ("proof", "remote"),
    [("", "127.0.0.1"), (PROOF + "x", "127.0.0.1"), (PROOF, "203.0.113.9"), (PROOF, "10.0.0.1")],
)
def test_nobody_but_the_proxy_is_believed(app, pem, proof, remote):
    """The header from another address, or without the secret, is as if it were not there."""
    client = app.test_client()
    answer = client.get(PLACE, headers=headers(pem, proof), environ_overrides={"REMOTE_ADDR": remote})
    assert answer.status_code == 401
    answer = client.get(
        "/entrar/certificado", headers=headers(pem, proof), environ_overrides={"REMOTE_ADDR": remote}
    )
    assert answer.status_code == 403


def test_a_certificate_that_leads_nowhere_or_is_over(town, app, pem):
    """Another's, one after its end, and that of a closed account."""
    client = app.test_client()
    other = client_certificate("IDCES-22222222J", town.clock.now())
    assert client.get(PLACE, headers=headers(other)).status_code == 401
    town.later(days=366)
    assert client.get(PLACE, headers=headers(pem)).status_code == 401
    town.later(days=-366)
    town.accounts.close(town.accounts.by_login("auditora"), "cli")
    assert client.get(PLACE, headers=headers(pem)).status_code == 401


def test_another_site_cannot_borrow_a_browsers_certificate(app, pem):
    """What a browser says came from elsewhere is nobody's."""
    client = app.test_client()
    for site, status in (("cross-site", 401), ("same-site", 401), ("same-origin", 200), ("none", 200)):
        answer = client.post(PLACE, headers=headers(pem, **{"Sec-Fetch-Site": site}))
        assert answer.status_code == status, site


def test_a_session_needs_its_token_at_an_interface_too(app, inside):
    """A cookie goes wherever the browser is sent; the header with the token does not."""
    browser = inside("auditora")
    assert browser.get(PLACE).status_code == 200
    assert browser.client.post(PLACE, base_url=browser.base_url).status_code == 403
    token = browser.token("/cuenta")
    answer = browser.client.post(PLACE, base_url=browser.base_url, headers={"X-CSRFToken": token})
    assert answer.status_code == 200
