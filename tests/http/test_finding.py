# SPDX-License-Identifier: EUPL-1.2
"""The search page, exports, saved searches and the classification tree, through Flask's own client."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import urljoin

import pytest
from archived import BASE_URL, make_archive

from archive.identity import ANONYMOUS, Kind, Principal, Right, Role
from archive.regime import Access
from archive.web.access import AUTHENTICATORS
from archive.web.app import WebSettings, create_app
from search.classification import Series, import_scheme
from search.indexer import follow
from search.memory_index import MemoryIndex
from search.regimes import Rule, close_rule, rules_of, set_rule
from search.regimes.register import entries
from search.web.finding import INDEX
from search.web.finding_places import blueprint

PAGE = "/archivo/villar/buscar"


def somebody(
    *roles: Role, name: str = "a1", rights: frozenset[Right] | None = None, **others: Role
) -> Principal:
    """Return somebody with roles in villar, and one in each other municipality named."""
    known = {"villar": frozenset(roles), **{tenant: frozenset({role}) for tenant, role in others.items()}}
    return Principal(Kind.ACCOUNT, name, "Persona de prueba", known, rights=rights)


ARCHIVIST = somebody(Role.ARCHIVIST)
CLERK = somebody(Role.ARCHIVIST, rights=frozenset({Right.SEARCH, Right.READ}))
"""Finds and reads, but neither what is reserved nor people."""
AUDITOR = somebody(Role.AUDITOR)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Documents in two municipalities, one of them reserved."""
    archived = make_archive(tmp_path_factory.mktemp("finding"))
    archived.home.add_tenant("otro", "Ayuntamiento de Otro Lugar", "L01990020")
    archived.deposit(
        b"La licencia de obra mayor de la calle urbanistica", name="Licencia de obra", media_type="text/plain"
    )
    archived.deposit(b"licencia <b>hostil</b>", number=2, name="<script>alert(1)</script>", tipo="TD13",
                     media_type="text/plain")  # fmt: skip
    secret = archived.deposit(
        b"licencia reservada", number=3, name="Denuncia reservada", media_type="text/plain"
    )
    archived.secret = secret.object_id
    set_rule(
        archived.home,
        "villar",
        Rule(Access.RESERVED, "prueba", "norma", object_id=secret.object_id),
        agent="test",
    )
    yield archived
    archived.home.close()


@pytest.fixture(scope="module")
def index(kept):
    """What may be searched."""
    index = MemoryIndex()
    follow(kept.home, index)
    return index


@pytest.fixture
def ask(kept, index):
    """Give a client of whoever is said."""

    def client_of(principal: Principal):
        services = {INDEX: index, AUTHENTICATORS: [lambda _request: principal]}
        return create_app(
            lambda: kept.home, [blueprint], WebSettings(BASE_URL), services=services
        ).test_client()

    return client_of


def test_hits_are_shown_with_marked_words(ask):
    """Words are found without accents, marked in their snippet, and lead to the document."""
    page = ask(ARCHIVIST).get(PAGE, query_string={"q": "urbanistica"}).text
    assert "<mark>urbanistica</mark>" in page
    assert "1 resultado<" in page
    assert "/archivo/villar/expediente/" in page or "/archivo/villar/buscar/documento?" in page


def test_what_was_deposited_cannot_act_on_the_page(ask):
    """Hostile titles and texts are words."""
    page = ask(ARCHIVIST).get(PAGE, query_string={"q": "hostil"}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    "address", [PAGE, "/archivo/villar/cuadro", "/archivo/villar/busquedas", f"{PAGE}/csv?todo=1"]
)
@pytest.mark.parametrize(("who", "status"), [(ANONYMOUS, 401), (somebody(Role.DEPOSITOR), 404), (Principal(
    Kind.ACCOUNT, "x", "", {"otro": frozenset({Role.ARCHIVIST})}), 404)])  # fmt: skip
def test_only_who_may_search_sees_the_pages(ask, address, who, status):
    """Not identified, without the right, or of another municipality: the page is not there."""
    answer = ask(who).get(address, headers={"Accept": "application/json"})
    assert answer.status_code == status


def test_a_municipality_that_is_not_there_looks_like_one_that_may_not_be_seen(ask):
    """The same answer, byte for byte."""
    both = [ask(ARCHIVIST).get(f"/archivo/{name}/buscar?q=x") for name in ("otro", "nada")]
    assert both[0].status_code == both[1].status_code == 404
    assert both[0].data.replace(b"otro", b"nada") == both[1].data


def test_facets_narrow_and_are_taken_away(ask):
    """Each value is a link that adds it; a filter in use is a link that takes it off."""
    client = ask(ARCHIVIST)
    page = client.get(PAGE, query_string={"q": "licencia"}).text
    assert "f=tipo%3ATD13" in page
    page = client.get(PAGE, query_string={"q": "licencia", "f": "tipo:TD13"}).text
    assert "1 resultado<" in page
    assert "Quitar el filtro" in page


def test_people_are_no_facet_for_who_may_not_see_them(ask):
    """The filter is not there for him either: he gets what he would get without it."""
    plain = ask(CLERK).get(PAGE, query_string={"q": "licencia"}).text
    assert "Persona interesada" not in plain
    tried = ask(CLERK).get(PAGE, query_string={"q": "licencia", "f": "persona:x"}).text
    assert "2 resultados<" in plain
    assert "2 resultados<" in tried


def test_wrong_links_are_answered(ask):
    """Mistyped filters, orders and pages are left out."""
    wrong = {"q": "licencia", "f": ["x:y", "tipo"], "desde": "-4", "orden": "x", "en": ["otro", "nada"]}
    page = ask(ARCHIVIST).get(PAGE, query_string=wrong)
    assert page.status_code == 200
    assert "3 resultados<" in page.text


def test_a_word_typed_wrong_is_mended(ask):
    """What titles have is offered; what only the reserved one has is not."""
    assert "q=licencia" in ask(ARCHIVIST).get(PAGE, query_string={"q": "lisencia"}).text
    assert "denuncia" in ask(ARCHIVIST).get(PAGE, query_string={"q": "denumcia"}).text
    assert "denuncia" not in ask(CLERK).get(PAGE, query_string={"q": "denumcia"}).text


def test_descriptions_alone_are_shown_without_the_right_to_read(ask):
    """An auditor finds by title and sees no snippet."""
    page = ask(AUDITOR).get(PAGE, query_string={"q": "licencia"}).text
    assert "1 resultado<" in page
    assert "<mark>" not in page
    assert "Nada responde" in ask(AUDITOR).get(PAGE, query_string={"q": "urbanistica"}).text


def test_several_municipalities_are_searched_where_one_may(ask, kept):
    """Others are offered and found only for who has the right there too."""
    both = somebody(Role.ARCHIVIST, otro=Role.ARCHIVIST)
    page = ask(both).get(PAGE, query_string={"q": "licencia", "en": "otro"}).text
    assert "Ayuntamiento de Otro Lugar" in page
    assert "Otro Lugar" not in ask(ARCHIVIST).get(PAGE, query_string={"q": "licencia", "en": "otro"}).text
    with kept.home.catalog.reading("otro") as tx:
        assert "search.made" in {event.kind for event in tx.events_about("otro")}


def test_a_search_is_told_to_the_ledger_without_its_words(ask, kept):
    """Who and how many, never what."""
    ask(ARCHIVIST).get(PAGE, query_string={"q": "hostil"})
    with kept.home.catalog.reading("villar") as tx:
        told = [event for event in tx.events_about("villar") if event.kind == "search.made"][-1]
    assert (told.agent, told.detail) == ("account:a1", {"hits": 1})


def test_old_links_lead_to_the_municipality(ask):
    """`/buscar` was the page before there were accounts."""
    answer = ask(ARCHIVIST).get("/buscar", query_string={"archivo": "villar", "q": "licencia"})
    assert (answer.status_code, answer.location) == (302, "/archivo/villar/buscar?q=licencia")
    assert (
        ask(ARCHIVIST)
        .get("/buscar", query_string={"archivo": "//evil.example", "q": "x"})
        .location.startswith("/")
    )
    split = ask(ARCHIVIST).get("/buscar", query_string={"archivo": "a\r\nSet-Cookie: b", "q": "x"})
    assert split.location == "/archivo/a%0D%0ASet-Cookie%3A%20b/buscar?q=x"


def test_a_document_is_led_to_by_its_path(ask, index):
    """A result knows paths, addresses have numbers; what may not be seen is not there."""
    hit = next(
        one for one in index._entries.values() if one.document.path and one.document.acceso != "reservado"
    )
    short = hit.document.object_id.rsplit(":", 1)[-1]
    going = {"objeto": short, "ruta": hit.document.path}
    assert (
        ask(CLERK).get(f"{PAGE}/documento", query_string=going).location
        == f"/archivo/villar/expediente/{short}/documento/1"
    )
    secret = next(
        one.document
        for one in index._entries.values()
        if one.document.acceso == "reservado" and one.document.path
    )
    hidden = {"objeto": secret.object_id.rsplit(":", 1)[-1], "ruta": secret.path}
    assert ask(CLERK).get(f"{PAGE}/documento", query_string=hidden).status_code == 404
    assert ask(ARCHIVIST).get(f"{PAGE}/documento", query_string=hidden).status_code == 302


def test_what_became_reserved_is_hidden_before_the_index_has_followed(ask, kept, index):
    """A ruling counts from the moment it is made."""
    open_one = next(
        one.document for one in index._entries.values() if one.document.title == "Licencia de obra"
    )
    rule = Rule(Access.RESERVED, "prueba", "norma", object_id=open_one.object_id)
    set_rule(kept.home, "villar", rule, agent="test")
    try:
        assert "1 resultado<" in ask(CLERK).get(PAGE, query_string={"q": "licencia"}).text
        assert "3 resultados<" in ask(ARCHIVIST).get(PAGE, query_string={"q": "licencia"}).text
    finally:
        (entry,) = [e for e, r in entries(kept.home, "villar") if r.object_id == open_one.object_id]
        close_rule(kept.home, "villar", entry.entry_id, agent="test")
        follow(kept.home, index)
    assert open_one.object_id not in rules_of(kept.home, "villar").rulings
    assert "2 resultados<" in ask(CLERK).get(PAGE, query_string={"q": "licencia"}).text


class TestExports:
    """All of a result as a file."""

    def test_csv_and_lines_have_every_hit(self, ask):
        """The same hits as the page, with formulas made harmless."""
        answer = ask(ARCHIVIST).get(f"{PAGE}/csv?todo=1")
        assert answer.mimetype == "text/csv"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="busqueda-villar-')
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        lines = [json.loads(line) for line in ask(ARCHIVIST).get(f"{PAGE}/jsonl?todo=1").text.splitlines()]
        assert rows == lines
        assert {row["titulo"] for row in rows} >= {"Licencia de obra", "Denuncia reservada"}

    def test_who_may_not_see_gets_a_file_without_it(self, ask):
        """In every form."""
        for form in ("csv", "jsonl", "ead"):
            assert "Denuncia" not in ask(CLERK).get(f"{PAGE}/{form}?todo=1").text
            assert "Denuncia" in ask(ARCHIVIST).get(f"{PAGE}/{form}?todo=1").text

    @pytest.mark.parametrize("form", ["csv", "jsonl", "ead"])
    def test_links_lead_to_the_installation_whatever_host_was_asked(self, ask, form):
        """A file goes from hand to hand: its links are not what one request's Host header said."""
        told = ask(ARCHIVIST).get(f"{PAGE}/{form}?todo=1", headers={"Host": "evil.example"}).text
        assert "evil.example" not in told
        assert urljoin(BASE_URL, "/archivo/villar/expediente/") in told

    def test_an_export_without_a_search_is_refused(self, ask):
        """Everything is asked for in so many words."""
        assert ask(ARCHIVIST).get(f"{PAGE}/csv").status_code == 400


class TestSaved:
    """Searches that one keeps."""

    def test_a_search_is_kept_found_again_and_taken_away(self, ask):
        """By its name, by its owner alone."""
        client = ask(somebody(Role.ARCHIVIST, name="a7"))
        body = {"nombre": " Obras  <mayores> ", "busqueda": "q=obra&f=tipo%3ATD01&desde=40&evil=1"}
        assert client.post("/archivo/villar/busquedas", data=body).status_code == 303
        page = client.get("/archivo/villar/busquedas").text
        assert "Obras &lt;mayores&gt;" in page
        assert '/archivo/villar/buscar?q=obra&amp;f=tipo%3ATD01"' in page
        assert "Obras" not in ask(ARCHIVIST).get("/archivo/villar/busquedas").text
        remove = page.split("/quitar")[0].rsplit('"', 1)[-1] + "/quitar"
        assert ask(ARCHIVIST).post(remove).status_code == 404
        assert client.post(remove).status_code == 303
        assert client.post(remove).status_code == 404
        assert "No ha guardado ninguna" in client.get("/archivo/villar/busquedas").text

    @pytest.mark.parametrize("name", ["", "  ", "x" * 121])
    def test_a_name_that_is_none_is_said(self, ask, name):
        """Beside the box, and nothing is lost."""
        answer = ask(ARCHIVIST).post("/archivo/villar/busquedas", data={"nombre": name, "busqueda": "q=a"})
        assert answer.status_code == 400
        assert 'value="q=a"' in answer.text


def test_the_scheme_counts_what_may_be_seen(ask, kept):
    """Each series with its documents and those below it; what is reserved counts for those allowed only."""
    page = ask(ARCHIVIST).get("/archivo/villar/cuadro").text
    assert "Todavía no hay cuadro" in page
    import_scheme(kept.home, "villar", [Series("2", "Urbanismo"), Series("2.3", "Licencias")], agent="test")
    page = ask(ARCHIVIST).get("/archivo/villar/cuadro").text
    assert "Urbanismo" in page
    assert "3 en todo el archivo" in page
    assert "2 en todo el archivo" in ask(CLERK).get("/archivo/villar/cuadro").text


def test_an_installation_without_index_says_so(kept):
    """503, not nothing."""
    app = create_app(lambda: kept.home, [blueprint], WebSettings(BASE_URL),
                     services={AUTHENTICATORS: [lambda _request: ARCHIVIST]})  # fmt: skip
    assert app.test_client().get(f"{PAGE}?q=x").status_code == 503
