# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest
from terminal import longeva, problem


def search(home, *arguments, tenant="villa"):
    return longeva("search", *arguments, "--tenant", tenant, "--home", home, "--json")


def test_hits_facets_and_total(sample):
    """Without accents; the resolution is among them; facets count."""
    ran = search(sample.home, "resolucion licencia", "--facet", "tipo", "--facet", "año")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json.keys() >= {"total", "hits", "facets"}
    assert ran.json["total"] >= len(ran.json["hits"]) > 0
    assert sample.resolution in {hit["path"] for hit in ran.json["hits"]}
    assert ran.json["facets"].keys() == {"tipo", "año"}


def test_words_need_no_quotes(sample):
    """What a newcomer types finds the same."""
    loose = search(sample.home, "licencia", "de", "obra").json
    assert loose["total"] == search(sample.home, "licencia de obra").json["total"] > 0


def test_filters_and_limits_narrow(sample):
    """A filter keeps its value only; a limit cuts the hits and not the total."""
    ran = search(sample.home, "licencia", "--filter", "tipo=TD01", "--limit", 1)
    assert len(ran.json["hits"]) == 1 < ran.json["total"]
    assert ran.json["hits"][0]["tipo_documental"] == "TD01"
    rest = search(sample.home, "licencia", "--filter", "tipo=TD01", "--offset", 1)
    assert ran.json["hits"][0]["path"] not in {hit["path"] for hit in rest.json["hits"]}


@pytest.mark.parametrize(
    "query",
    [
        "",
        '"unclosed',
        "foo:bar",
        "((((",
        "OR",
        "-",
        "*",
        "tipo:",
        "a OR",
        "\\",
        "[bold]",
        "año:20*",
        "x" * 5000,
    ],
)
def test_odd_queries_are_answered(sample, query):
    """Nothing that people type is a crash."""
    ran = search(sample.home, query)
    assert (ran.code, ran.err) == (0, "")
    assert longeva("search", query, "--tenant", "villa", "--home", sample.home).code == 0


@pytest.mark.parametrize(
    "wrong", [("--limit", 10**8), ("--limit", 0), ("--filter", "k"), ("--filter", "k=v"), ("--facet", "nope")]
)
def test_misuse_says_what_there_is(sample, wrong):
    """Exit 2, and the names that would do."""
    told = problem(search(sample.home, "x", *wrong), "invalid-request", 2)
    if wrong[-1] in {"nope", "k=v"}:
        assert "tipo" in told["detail"]


def test_an_unknown_municipality_is_not_found(sample):
    """The same words whether it exists or not."""
    problem(search(sample.home, "x", tenant="nadie"), "not-found", 11)


def test_hits_are_shown_with_what_the_next_command_asks_for(sample):
    """Object and path, whole, to copy from the screen."""
    ran = longeva("search", "resolucion", "--tenant", "villa", "--home", sample.home)
    assert f"{sample.object_id} {sample.resolution}" in ran.out
