# SPDX-License-Identifier: EUPL-1.2
"""Over every address of the whole application: a municipality's pages are, to others, what is not there."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from inhabited import ELSEWHERE, HERE, Browser, hashed

from archive.identity import Right, Role
from archive.identity.accounts import Account
from archive.identity.consents import Consents
from archive.identity.keys import Keys
from service.serving import application

NOBODYS = "nadie-nunca"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def served(town):
    """The application as it is served, with everything that is in it."""
    every = frozenset(role for role in Role if role is not Role.CITIZEN)
    whole = Account("", "De otro sitio", "forastera", ELSEWHERE, {ELSEWHERE: every})
    town.accounts.add(replace(whole, password=hashed()), "cli")
    tech, reason = town.people["tecnica"], "Revisión de firmas"
    consent = Consents(town.home).ask(HERE, tech, [Role.AUDITOR], reason, timedelta(days=1), "cli")
    key, _ = Keys(town.home).make(HERE, "Gestor", [Right.SEARCH], "cli")
    town.home.close()
    app = application(town.home.path, "https://sede.example")
    app.theirs = {
        "account_id": town.people["archivera"].account_id, "key_id": key.key_id, "consent_id": consent.consent_id,
    }  # fmt: skip
    return app


def routes(app):
    """Every rule with a municipality in its address, and each of its methods."""
    for rule in app.url_map.iter_rules():
        if "tenant_id" not in rule.arguments:
            continue
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            yield rule, method


def filled(rule, **known):
    """Return the address of a rule, its arguments filled with what there is, or with what could be."""
    values = {}
    for name, converter in rule._converters.items():
        allowed = sorted(getattr(converter, "items", ()) or ("x",))
        number = type(converter).__name__ in {"IntegerConverter", "FloatConverter"}
        values[name] = known.get(name, 1 if number else allowed[0])
    return rule.build(values)[1]


def ask(browser, method, place, token):
    headers = {"X-CSRFToken": token, "Accept": "text/html"}
    return browser.client.open(place, method=method, base_url=browser.base_url, headers=headers)


def plain(answer, tenant_id):
    """Return an answer without what differs by its nature: the address itself, tokens, the request's id."""
    text = answer.text.replace(tenant_id, "T")
    text = re.sub(r'value="[^"]{20,}"', "", text)
    headers = {
        name: value.replace(tenant_id, "T")
        for name, value in answer.headers.items()
        if name not in {"X-Request-ID", "Set-Cookie", "Content-Length"}
    }
    return answer.status_code, headers, text


def test_every_address_of_a_municipality_is_covered(served):
    """The test would be worth nothing over an empty list."""
    rules = {rule.rule for rule, _ in routes(served)}
    assert len(rules) >= 12
    assert "/archivo/<tenant_id>/personas" in rules


def test_another_municipality_and_none_answer_alike(served):
    """Somebody who is everything elsewhere: the same status, headers and words as for a place that is not."""
    browser = Browser(served)
    assert browser.enter("forastera").status_code == 303
    token = browser.token("/cuenta")
    told = []
    for rule, method in routes(served):
        theirs = plain(ask(browser, method, filled(rule, tenant_id=HERE, **served.theirs), token), HERE)
        nobodys = plain(
            ask(browser, method, filled(rule, tenant_id=NOBODYS, **served.theirs), token), NOBODYS
        )
        if theirs != nobodys or theirs[0] < 400 or theirs[0] >= 500:
            told.append((method, rule.rule, theirs[0], nobodys[0]))
    assert told == []


def test_a_visitor_learns_nothing_of_what_is_there(served):
    """Whoever has not entered is sent to enter, or told 401 or 404, for both alike."""
    browser = Browser(served)
    told = []
    for rule, method in routes(served):
        theirs = plain(ask(browser, method, filled(rule, tenant_id=HERE, **served.theirs), ""), HERE)
        nobodys = plain(ask(browser, method, filled(rule, tenant_id=NOBODYS, **served.theirs), ""), NOBODYS)
        if theirs != nobodys or theirs[0] < 300 or theirs[0] >= 500:
            told.append((method, rule.rule, theirs[0], nobodys[0]))
    assert told == []


def test_no_changing_page_is_open_to_forms_from_elsewhere(served):
    """With a session and without its token, every address that changes something refuses, whatever it is."""
    browser = Browser(served)
    browser.enter("forastera")
    told = []
    for rule in served.url_map.iter_rules():
        for method in sorted(set(rule.methods) & set(UNSAFE)):
            place = filled(rule)
            status = ask(browser, method, place, "").status_code
            if status not in {403, 404, 405}:
                told.append((method, rule.rule, status))
    assert told == []
