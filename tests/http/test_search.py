# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from archived import BASE_URL

from archive.web.app import WebSettings, create_app
from search.pages import blueprint


def test_search_shows_hits_with_marked_words(client):
    """Words are found without accents and marked in their snippet."""
    page = client.get("/buscar", query_string={"archivo": "villar", "q": "urbanistica"}).text
    assert "<mark>urbanística</mark>" in page
    assert "Resolución (TD01)" in page


def test_search_warns_that_it_asks_for_no_identity(client):
    """Until there are accounts the page says where it may be served."""
    assert "127.0.0.1" in client.get("/buscar").text


def test_hostile_title_and_text_are_escaped(client):
    """What was deposited cannot act on the archivist's page."""
    page = client.get("/buscar", query_string={"archivo": "villar", "q": "hostil"}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "<b>" not in page


def test_tenant_sees_nothing_of_another(client):
    """Neither hits nor counts cross from one municipality to another."""
    page = client.get("/buscar", query_string={"archivo": "otro", "q": "licencia"}).text
    assert "0 resultados" in page
    assert "Resolución (TD01)" not in page


def test_facet_narrows_and_can_be_taken_away(client):
    """A chosen facet filters and its link takes it off again."""
    chosen = {"archivo": "villar", "q": "licencia", "f": "tipo:TD13"}
    page = client.get("/buscar", query_string=chosen).text
    assert "1 resultado<" in page
    assert "(quitar)" in page


def test_unknown_filter_and_page_are_ignored(client):
    """An old or mistyped link still gives an answer."""
    wrong = {"archivo": "villar", "q": "licencia", "f": ["x:y", "tipo"], "desde": "-4"}
    assert client.get("/buscar", query_string=wrong).status_code == 200


def test_search_answers_machines(client):
    """The same result as JSON."""
    asked = {"archivo": "villar", "q": "licencia"}
    told = client.get("/buscar", query_string=asked, headers={"Accept": "application/json"}).get_json()
    assert told["total"] >= 2
    assert {"hits", "facets", "position"} <= set(told)


def test_missing_index_is_said(archived):
    """An installation without its index answers 503, not nothing."""
    app = create_app(lambda: archived.home, [blueprint], WebSettings(BASE_URL))
    answer = app.test_client().get("/buscar", query_string={"archivo": "villar", "q": "x"})
    assert answer.status_code == 503
