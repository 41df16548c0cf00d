# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest
from terminal import longeva, problem


def add(home, tenant="villa", name="Ayuntamiento de Villa", dir3="L01990019"):
    return longeva("tenant", "add", tenant, "--name", name, "--dir3", dir3, "--home", home, "--json")


def test_a_municipality_is_added_and_listed(empty):
    """What was added is what is listed."""
    ran = add(empty)
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["tenant"]["id"] == "villa"
    assert longeva("tenant", "list", "--home", empty, "--json").json["tenants"] == [ran.json["tenant"]]
    assert "Ayuntamiento de Villa" in longeva("tenant", "list", "--home", empty).out


def test_an_identifier_is_taken_once(empty):
    """The second municipality of the same name is refused; the first stays as it was."""
    add(empty)
    problem(add(empty, name="Otro"), "conflict", 30)
    assert [
        each["name"] for each in longeva("tenant", "list", "--home", empty, "--json").json["tenants"]
    ] == ["Ayuntamiento de Villa"]


@pytest.mark.parametrize(
    ("tenant", "dir3"),
    [("Villa X", "L01990019"), ("v", "L01990019"), ("villa", "nope"), ("longeva", "L01990019")],
)
def test_what_cannot_be_a_municipality_is_told(empty, tenant, dir3):
    """A bad identifier or DIR3 code is the caller's to mend."""
    problem(add(empty, tenant=tenant, dir3=dir3), "invalid-request", 2)


def test_a_missing_option_has_its_json_too(empty):
    """Misuse: usage for people on stderr, a problem on stdout."""
    ran = longeva("tenant", "add", "villa", "--home", empty, "--json")
    assert "--name" in problem(ran, "invalid-request", 2)["detail"]
    assert "Usage: longeva tenant add" in ran.err
