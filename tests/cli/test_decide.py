# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest
from terminal import longeva, problem

from demo.loads import plain_package


@pytest.fixture
def waiting(empty, tmp_path):
    """An archive with a deposit that an archivist must decide: the index lists a document that did not come."""
    longeva("tenant", "add", "villa", "--name", "Villa", "--dir3", "L01990019", "--home", empty)
    package = plain_package(tmp_path / "paquete", 2, 500, seed=3)
    (package.folder / package.document_names[0]).unlink()
    ran = longeva("deposit", package.folder, "--tenant", "villa", "--home", empty, "--json")
    assert (ran.code, ran.json["receipts"][0]["state"]) == (1, "WAITING")
    return empty, ran.json["receipts"][0]


@pytest.mark.parametrize(("choice", "state"), [("--admit", "ACCEPTED"), ("--refuse", "REJECTED")])
def test_an_archivist_settles_what_waits_once(waiting, choice, state):
    """The decision stands; a second one contradicts it; the object stays in either case."""
    home, receipt = waiting
    ran = longeva("decide", receipt["deposit"], choice, "--reason", "visto", "--home", home, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json == {"deposit": receipt["deposit"], "state": state}
    again = longeva("decide", receipt["deposit"], "--admit", "--reason", "x", "--home", home, "--json")
    problem(again, "conflict", 30)
    assert longeva("show", receipt["object"], "--home", home, "--json").code == 0


def test_unknown_deposits_and_missing_words_are_told(waiting):
    """Exit 11 and exit 2."""
    home, receipt = waiting
    problem(longeva("decide", "nope", "--admit", "--reason", "x", "--home", home, "--json"), "not-found", 11)
    problem(longeva("decide", receipt["deposit"], "--home", home, "--json"), "invalid-request", 2)
    problem(longeva("decide", receipt["deposit"], "--admit", "--home", home, "--json"), "invalid-request", 2)


def test_what_waits_is_listed(waiting):
    """By state, with why; counts are of all states; another state has none."""
    home, receipt = waiting
    ran = longeva("deposits", "--tenant", "villa", "--state", "WAITING", "--home", home, "--json")
    assert [each["deposit"] for each in ran.json["deposits"]] == [receipt["deposit"]]
    assert ran.json["states"] == {"WAITING": 1}
    assert "archivist must decide" in ran.json["deposits"][0]["why"]
    none = longeva("deposits", "--tenant", "villa", "--state", "ERROR", "--home", home)
    assert "no deposits" in none.out
    problem(longeva("deposits", "--tenant", "nadie", "--home", home, "--json"), "not-found", 11)
