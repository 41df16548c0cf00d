# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from datetime import date

import pytest
from terminal import longeva, problem

from archive.clock import SystemClock
from archive.home import Home
from search.requests.enabling import Habilitado, add_habilitado

HABILITADO = Habilitado("acc-1", "Archivera", "la Archivera municipal", "Decreto 1/2026", date(2026, 1, 1))


@pytest.fixture
def asked(changing):
    """An archive of one's own with a request made at the counter."""
    sample = changing
    told = longeva(
        "request", "new", sample.object_id, "--tenant", sample.tenant, "--name", "Interesada", "--nif", "00000000T",
        "--home", sample.home, "--json",
    )  # fmt: skip
    assert told.code == 0, told.err
    return sample, told.json


def run(asked, *args):
    """A command on the archive of the request."""
    sample, _ = asked
    return longeva(*args, "--tenant", sample.tenant, "--home", sample.home, "--json")


def test_request_is_listed_shown_and_issued(asked):
    """By its number; the only habilitado in force is he who acts."""
    sample, told = asked
    listed = run(asked, "request", "list")
    assert [one["number"] for one in listed.json["requests"]] == [told["number"]]
    shown = run(asked, "request", "show", told["number"].lower())
    assert shown.json["hurdles"] == ["limited"]
    problem(run(asked, "request", "resolve", told["number"], "--issue"), "conflict", 30)
    with Home.open(sample.home, SystemClock()) as home:
        add_habilitado(home, sample.tenant, HABILITADO, agent="t")
    done = run(asked, "request", "resolve", told["number"], "--issue")
    assert (done.code, done.json["state"]) == (0, "ISSUED")
    assert longeva("verify", done.json["csv"], "--home", sample.home, "--json").code == 0
    problem(run(asked, "request", "resolve", told["number"], "--issue"), "conflict", 30)


def test_refusal_needs_its_ground_and_words(asked):
    """Exit 2 without; then it is refused and no longer waits."""
    _, told = asked
    number = told["number"]
    problem(run(asked, "request", "resolve", number, "--refuse"), "invalid-request", 2)
    problem(run(asked, "request", "resolve", number), "invalid-request", 2)
    problem(run(asked, "request", "resolve", number, "--issue", "--hide", "x"), "invalid-request", 2)
    done = run(
        asked, "request", "resolve", number, "--refuse", "--ground", "15.1", "--words", "Datos de salud"
    )
    assert done.json["state"] == "REFUSED"
    assert run(asked, "request", "list").json["requests"] == []
    assert len(run(asked, "request", "list", "--all").json["requests"]) == 1


def test_unknown_request_and_tenant_are_not_found(asked):
    """Exit 11."""
    problem(run(asked, "request", "show", "COP-1999-0001"), "not-found", 11)
    sample, _ = asked
    problem(longeva("request", "list", "--tenant", "nadie", "--home", sample.home, "--json"), "not-found", 11)


def test_hold_is_put_listed_and_ended(asked):
    """It stands in the way of the request meanwhile."""
    sample, told = asked
    added = run(
        asked,
        "hold",
        "add",
        "--object",
        sample.object_id,
        "--reason",
        "R 1",
        "--authority",
        "J",
        "--no-copies",
    )
    assert added.code == 0
    assert [one["hold"] for one in run(asked, "hold", "list").json["holds"]] == [added.json["hold"]]
    assert "hold-no-copies" in run(asked, "request", "show", told["number"]).json["hurdles"]
    assert run(asked, "hold", "apply").code == 0
    assert run(asked, "hold", "end", added.json["hold"], "--reason", "Firme").code == 0
    assert run(asked, "hold", "list").json["holds"] == []
    problem(run(asked, "hold", "end", added.json["hold"], "--reason", "x"), "conflict", 30)
    problem(run(asked, "hold", "add", "--reason", "x", "--authority", "y"), "invalid-request", 2)


def test_regime_is_set_shown_and_ended(asked):
    """Limited by default, open by a ruling, limited again."""
    sample, _ = asked

    def access():
        return longeva("regime", "show", sample.object_id, "--home", sample.home, "--json").json["access"]

    before = access()
    made = run(asked, "regime", "set", "reservado", "--object", sample.object_id, "--cause", "Menores")
    assert (made.code, access()) == (0, "reservado")
    assert run(asked, "regime", "list").json["rules"][0]["cause"] == "Menores"
    assert run(asked, "regime", "end", made.json["rule"]).code == 0
    assert access() == before
    problem(run(asked, "regime", "set", "libre", "--cause", "x"), "invalid-request", 2)
