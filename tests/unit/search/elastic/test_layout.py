# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json

import pytest

from archive.settings import ElasticsearchSettings
from search.elastic.layout import definition, document_of, identifier, source_of
from search.elastic.questions import body_of
from search.fields import KEYWORDS
from search.index import MAX_OFFSET, MAX_PAGE, IndexedDocument, Request, read_facets, read_filters
from search.prepared import prepare
from search.query import parse
from search.sight import WHOLE, Compartment, Sight
from search.text import Analysis

DOCUMENT = IndexedDocument(
    "villa", "o1", "d1", "documento", "ES_1", "Título", "La Peña, 2025/0001\ud800", interesados=("Zoe", "12345678Z")
)  # fmt: skip


def test_a_document_comes_back_as_it_is_shown():
    """What is needed to show it is kept beside its words, and words are marked as their tenant's."""
    body = json.loads(source_of(prepare(DOCUMENT, Analysis())))
    shown = document_of(body)
    assert (shown.object_id, shown.path, shown.title, shown.text) == (
        "o1",
        "d1",
        "Título",
        "La Peña, 2025/0001 ",
    )
    mark = Compartment("villa").mark
    assert all(word.startswith(mark) for name in ("stems", "titles", "names") for word in body[name].split())
    assert all(
        word.startswith(mark) for name in ("exact", "known", "people", "suggested") for word in body[name]
    )
    assert f"{mark}peñ" in body["stems"].split()


def test_identifiers_are_of_thing_and_not_of_time():
    """The same object and path, the same identifier; others, others."""
    assert identifier("o1", "d1") == identifier("o1", "d1")
    assert (
        len({identifier("o1", "d1"), identifier("o1d", "1"), identifier("o1", ""), identifier("", "o1")}) == 4
    )


def test_an_index_is_made_durable_and_shows_nothing_by_itself():
    """Every acknowledged document is on disk, and nothing is seen before the commit says so."""
    made = definition(ElasticsearchSettings(kind="elasticsearch", urls=("http://x",), shards=3, replicas=2))
    settings, mapping = made["settings"], made["mappings"]
    assert settings["translog.durability"] == "request"
    assert settings["refresh_interval"] == "-1"
    assert settings["max_result_window"] >= MAX_OFFSET + MAX_PAGE
    assert (settings["number_of_shards"], settings["number_of_replicas"]) == (3, 2)
    assert mapping["dynamic"] == "strict"
    assert mapping["_routing"] == {"required": True}
    assert {known.name for known in KEYWORDS} <= set(mapping["properties"])


@pytest.mark.parametrize("text", ["", "-licencia", "licencia OR -obra", "¿?", "tipo:TD01 -nif:1Z", '"licencia de obras" poda*'])  # fmt: skip
def test_every_question_is_of_its_compartments(text):
    """Where it may look is a filter of the whole, and of every negation in it; every word bears its mark."""
    for sight, reserved in ((WHOLE, True), (Sight(content=True), False)):
        asked = parse(text, Analysis())
        request = Request((("villa", sight),), asked, read_facets(["tipo"]), read_filters([("año", "2025")]))
        (within, held) = body_of(request)["query"]["bool"]["filter"]
        assert held == {"terms": {"año": ["2025"]}}
        each = within["bool"]["should"] if reserved else [within]
        places = [Compartment("villa"), Compartment("villa", reserved=True)][: len(each)]
        assert len(each) == 1 + reserved
        for query, place in zip(each, places, strict=True):
            look(query, place)


def look(node: object, place: Compartment) -> None:
    """Look at every part of a query."""
    if isinstance(node, list):
        for each in node:
            look(each, place)
    if not isinstance(node, dict):
        return
    if "must_not" in node:
        assert {"term": {"compartment": place.name}} in node["filter"]
    for field in ("stems", "titles", "names", "exact", "known", "people"):
        if field in node:
            said = node[field]["value"] if isinstance(node[field], dict) else node[field]
            assert all(word.startswith(place.mark) for word in said.split())
    for each in node.values():
        look(each, place)
