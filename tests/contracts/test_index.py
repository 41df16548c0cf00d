# SPDX-License-Identifier: EUPL-1.2
"""What every index promises: one suite over the embedded index and its memory twin."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from functools import partial

import pytest
from spanish_records import Questions, records

from archive.errors import IndexBusy, IndexUnavailable, InvalidRequest
from search import find as finding
from search.index import FacetValue, IndexedDocument, Mark, SearchResult
from search.memory_index import MemoryIndex
from search.sight import NARROWEST, WHOLE, Sight
from search.tantivy_index import TantivyIndex, rebuilding
from search.text import Analysis

search = partial(finding.search, sight=WHOLE)
"""Asked by who may see all, where a test does not say otherwise."""

DOCUMENT = IndexedDocument("villa", "o1", "d1", "documento", "ES_L01990019_2025_res1", "Resolución")
DOCUMENTS = (
    IndexedDocument(
        tenant_id="villa",
        object_id="o1",
        path="",
        kind="expediente",
        eni_id="ES_L01990019_2025_EXP_lic42",
        title="Licencia de obras en la calle de la Peña",
        estado="E03",
        organos=("L01990019",),
        interesados=("María Pérez García", "12.345.678-Z"),
        year="2025",
        verdict="TOTAL_PASSED",
        extraction="full",
    ),
    replace(
        DOCUMENT,
        text="RESOLUCIÓN por la que se concede licencia de obras para el año siguiente. Núm. 2025/000123. "
        + "Otras consideraciones. " * 40
        + "Contra las resoluciones urbanísticas cabe recurso.",
        tipo_documental="TD01",
        organos=("L01990019", "L01990020"),
        year="2025",
        date="2025-03-14T10:00:00",
        media_type="application/pdf",
        verdict="TOTAL_PASSED",
        csv=("AB12-CD34-EF56",),
        extraction="full",
    ),
    replace(
        DOCUMENT,
        path="d2",
        eni_id="ES_L01990019_2024_inf2",
        title="Informe técnico",
        text="Informe sobre la obra: los técnicos obraron con pena.",
        tipo_documental="TD13",
        year="2024",
        media_type="application/pdf",
        verdict="INDETERMINATE",
        extraction="none",
        extraction_reason="no-text",
    ),
    replace(
        DOCUMENT,
        tenant_id="otra",
        object_id="o2",
        eni_id="ES_L01990020_2025_sec9",
        title="Resolución secreta de la otra villa",
        text="RESOLUCIÓN secreta: licencia de obras, jueces y voces. unicornio",
        tipo_documental="TD99",
        organos=("L01990020",),
        year="1999",
        verdict="TOTAL_FAILED",
        csv=("ZZ99-ZZ99",),
        interesados=("Zacarías Zafra",),
    ),
)


@pytest.fixture(params=["tantivy", "memory"])
def empty(request, tmp_path):
    """Each implementation, without documents."""
    index = TantivyIndex(tmp_path / "index") if request.param == "tantivy" else MemoryIndex()
    yield index
    index.close()


@pytest.fixture
def index(empty):
    """Each implementation with the same documents of two tenants."""
    with empty.writing() as writer:
        for document in DOCUMENTS:
            writer.add(document)
        writer.commit(7)
    return empty


def found(index, text: str, **options: object) -> list[str]:
    """Return the paths that a question of `villa` gives, sorted."""
    return sorted(hit.path for hit in search(index, text, "villa", **options).hits)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("resolucion", ["d1"]),
        ("RESOLUCIONES", ["d1"]),
        ("licencia", ["", "d1"]),
        ("obra licencias", ["", "d1"]),
        ("año", ["d1"]),
        ("años", ["d1"]),
        ("ano", []),
        ("peña", [""]),
        ("pena", ["d2"]),
        ('"licencia de obras"', ["", "d1"]),
        ('"obras de licencia"', []),
        ("urbani*", ["d1"]),
        ("licenc*", ["", "d1"]),
        ("informe OR resolucion", ["d1", "d2"]),
        ("obras -resolucion", ["", "d2"]),
        ("-resolucion", ["", "d2"]),
        ("", ["", "d1", "d2"]),
        ("¿?", []),
        ("de la", ["", "d1"]),
        ("tipo:td13", ["d2"]),
        ("obra tipo:TD13", ["d2"]),
        ("año:2025", ["", "d1"]),
        ("año:2020..2024", ["d2"]),
        ("fecha:2025-03*", ["d1"]),
        ("organo:L01990020", ["d1"]),
        ("organo:L0199*", ["", "d1"]),
        ("id:es_l01990019_2025_RES1", ["d1"]),
        ("ES_L01990019_2025_res1", ["d1"]),
        ("ES_L01990019_2025*", ["", "d1"]),
        ("12345678Z", [""]),
        ("nif:12345678-z", [""]),
        ('interesado:"perez garcia"', [""]),
        ("interesado:zafra", []),
        ("csv:ab12cd34ef56", ["d1"]),
        ("AB12CD34EF56", ["d1"]),
        ("2025/000123", ["d1"]),
        ("titulo:informe", ["d2"]),
        ("titulo:recurso", []),
        ("firma:indeterminate", ["d2"]),
        ("texto:none", ["d2"]),
        ("unicornio", []),
    ],
)
def test_a_question_finds_what_it_means(index, text, paths):
    """Words in any form, phrases, prefixes, fields, identifiers and negation, alike in every engine."""
    assert found(index, text) == paths


def test_the_best_answer_comes_first(index):
    """A word of the title weighs more than one of the text."""
    assert [hit.path for hit in search(index, "informe OR recurso", "villa").hits] == ["d2", "d1"]


def test_facets_count_all_hits_of_the_tenant(index):
    """Counts do not depend on the page, have several values, and come most frequent first."""
    result = search(index, "", "villa", facets=["tipo", "year", "organo", "clase", "firma"], limit=1)
    assert result.total == 3
    assert len(result.hits) == 1
    assert result.facets == {
        "tipo": (FacetValue("TD01", 1), FacetValue("TD13", 1)),
        "year": (FacetValue("2025", 2), FacetValue("2024", 1)),
        "organo": (FacetValue("L01990019", 2), FacetValue("L01990020", 1)),
        "clase": (FacetValue("documento", 2), FacetValue("expediente", 1)),
        "firma": (FacetValue("TOTAL_PASSED", 2), FacetValue("INDETERMINATE", 1)),
    }


def test_filters_narrow(index):
    """The same field twice means either value; different fields must both hold."""
    assert found(index, "", filters=[("tipo", "td01"), ("tipo", "TD13")]) == ["d1", "d2"]
    assert found(index, "", filters=[("tipo", "td01"), ("tipo", "TD13"), ("año", "2024")]) == ["d2"]
    assert found(index, "", filters={"kind": "Expediente"}) == [""]
    assert found(index, "obras", filters={"organo": "nada"}) == []


def test_pages_follow_each_other(index):
    """Limit and offset cut one ordered list."""
    whole = [hit.path for hit in search(index, "licencia OR informe", "villa").hits]
    pages = [search(index, "licencia OR informe", "villa", limit=1, offset=n) for n in range(4)]
    assert [hit.path for page in pages for hit in page.hits] == whole
    assert {page.total for page in pages} == {3}
    assert search(index, "licencia OR informe", "villa", limit=0).hits == ()


@pytest.mark.parametrize("options", [{"facets": ["nif"]}, {"facets": ["x"]}, {"filters": {"x": "y"}}, {"limit": -1},
                                     {"limit": 10**6}, {"offset": 10**9}])  # fmt: skip
def test_a_senseless_request_is_refused(index, options):
    """The message names what there is; personal data are never counted."""
    with pytest.raises(InvalidRequest):
        search(index, "", "villa", **options)


def test_a_search_without_tenant_is_refused(index):
    """There is no search over everybody."""
    with pytest.raises(InvalidRequest):
        search(index, "licencia", "")


def test_the_snippet_is_the_original_text(index):
    """It shows the window that answers, with accents and capitals, highlights in place."""
    (hit,) = search(index, "urbanisticas recurso", "villa").hits
    assert "las resoluciones [urbanísticas] cabe [recurso]" in hit.snippet.marked("[", "]")
    (hit,) = search(index, "resolucion licencia", "villa").hits
    assert hit.snippet.marked("<b>", "</b>").startswith(
        "<b>RESOLUCIÓN</b> por la que se concede <b>licencia</b>"
    )


def test_marks_escape_every_piece(empty):
    """What a document says is never markup of ours."""
    with empty.writing() as writer:
        writer.add(replace(DOCUMENT, text="<script>licencia</script> & obras"))
        writer.commit(1)
    (hit,) = search(empty, "licencia obras", "villa").hits
    shown = hit.snippet.marked(
        "<mark>", "</mark>", lambda piece: piece.replace("&", "&amp;").replace("<", "&lt;")
    )
    assert shown == "&lt;script><mark>licencia</mark>&lt;/script> &amp; <mark>obras</mark>"


@pytest.mark.parametrize("text", ["resolucion", "", "licencia OR unicornio", "secret*", "-informe", "año:1990..2030",
                                  "organo:L0199*", "id:ES_*", "csv:zz*", '"licencia de obras"', "interesado:zafra"])  # fmt: skip
def test_nothing_of_another_tenant_shows(empty, text):
    """With or without the other tenant: same totals, counts, order, snippets."""
    facets = ["tipo", "year", "organo", "clase", "firma", "formato", "estado", "serie", "texto"]

    def answer() -> SearchResult:
        result = search(empty, text, "villa", facets=facets)
        return replace(result, position=0, hits=tuple(replace(hit, score=0.0) for hit in result.hits))

    for tenant, position in (("villa", 1), ("otra", 2)):
        with empty.writing() as writer:
            for document in DOCUMENTS:
                if document.tenant_id == tenant:
                    writer.add(document)
            writer.commit(position)
        if tenant == "villa":
            alone = answer()
    assert answer() == alone
    assert "secreta" not in json.dumps(answer().to_json())


def several(index, documents) -> None:
    """Give an index documents of ours."""
    with index.writing() as writer:
        for number, document in enumerate(documents):
            writer.add(replace(DOCUMENT, path=f"p{number}", **document))
        writer.commit(1)


ORDERED = (
    {"title": "Zanja", "text": "licencia licencia licencia", "date": "2026-01-01"},
    {"title": "Ñandú", "text": "licencia", "date": "2024-05-01T10:00:00+02:00"},
    {"title": "licencia de obra", "text": "", "date": "2020-01-01"},
    {"title": "Licencia", "text": "", "date": "2021-01-01"},
    {"title": "Álamo", "text": "la licencia", "date": ""},
)


@pytest.mark.parametrize(
    ("sort", "paths"),
    [
        ("relevancia", ["p3", "p2", "p0", "p1", "p4"]),
        ("recientes", ["p0", "p1", "p3", "p2", "p4"]),
        ("antiguos", ["p4", "p2", "p3", "p1", "p0"]),
        ("titulo", ["p4", "p3", "p2", "p0", "p1"]),
    ],
)
def test_hits_come_in_the_order_asked_for(empty, sort, paths):
    """Words in the title first, or by date, or by title without accents; page by page the same."""
    several(empty, ORDERED)
    assert [hit.path for hit in search(empty, "licencia", "villa", sort=sort).hits] == paths
    pages = [search(empty, "licencia", "villa", sort=sort, limit=2, offset=n) for n in (0, 2, 4, 6)]
    assert [hit.path for page in pages for hit in page.hits] == paths


def test_equal_hits_have_an_order_of_their_own(empty):
    """Same title and date: the order is of the documents, not of when they came in or were laid down."""
    alike = [replace(DOCUMENT, path=f"p{number}", text="licencia") for number in range(40)]
    orders = []
    for step in (1, -1):
        for document in alike[::step]:
            with empty.writing() as writer:
                if document is alike[::step][0]:
                    writer.delete_object("o1")
                writer.add(document)
                writer.commit(1)
        orders.append([hit.path for hit in search(empty, "licencia", "villa", limit=100).hits])
    assert orders[0] == orders[1]
    assert len(set(orders[0])) == 40


def test_all_of_a_result_is_gone_through(empty):
    """In pages, without a limit, each document once, an object's documents together and after it."""
    documents = [
        {"object_id": f"o{number}", "path": path, "text": "licencia"}
        for number in range(30)
        for path in ("", "b", "a")
    ]
    with empty.writing() as writer:
        for document in documents:
            writer.add(replace(DOCUMENT, **document))
        writer.commit(1)
    seen, after = [], None
    while True:
        page = search(empty, "licencia", "villa", limit=7, sort="lugar", after=after)
        assert page.total == 90
        seen += [(hit.object_id, hit.path) for hit in page.hits]
        after = page.after
        if after is None:
            break
    assert sorted(seen) == sorted((document["object_id"], document["path"]) for document in documents)
    assert [path for _, path in seen[::3]] == [""] * 30
    assert all(seen[n][0] == seen[n + 1][0] == seen[n + 2][0] for n in range(0, 90, 3))
    request = finding.request_for(empty, "licencia", {"villa": WHOLE})
    assert [(hit.object_id, hit.path) for hit in finding.everything(empty, request)] == seen


@pytest.mark.parametrize("options", [{"sort": "x"}, {"after": 3}, {"sort": "lugar", "offset": 1}, {"sort": "lugar", "limit": 0}])  # fmt: skip
def test_a_senseless_order_is_refused(index, options):
    """Going through all of a result knows no offset; other orders no place."""
    with pytest.raises(InvalidRequest):
        search(index, "", "villa", **options)


DATED = (
    {"date": "2025-03-12T23:00:00+01:00"},
    {"date": "2025-03-31"},
    {"date": "2024-11-02"},
    {"date": "", "text": "firmado el 12/03/2025 en la villa"},
)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("12/03/2025", ["p0", "p3"]),
        ("12-3-2025", ["p0"]),
        ("2025-03-12", ["p0"]),
        ("2025-03", ["p0", "p1"]),
        ("03/2025", ["p0", "p1", "p3"]),
        ("2024-11..2025-03-12", ["p0", "p2"]),
        ("01/11/2024..30/11/2024", ["p2"]),
        ("..2024-12", ["p2"]),
        ("2025-03-13..", ["p1"]),
        ("fecha:2025", ["p0", "p1"]),
        ("fecha:2025-03-31", ["p1"]),
        ("31/02/2025", []),
        ("-2025-03", ["p2", "p3"]),
    ],
)
def test_dates_are_understood(empty, text, paths):
    """Days, months and spans, as Spain and as ISO write them, of the document or in its text."""
    several(empty, DATED)
    assert found(empty, text) == paths


@pytest.mark.parametrize(
    "text",
    ["12345678Z", "12.345.678-Z", "12 345 678 Z", "AB12-CD34-EF56-GH78", "AB12 CD34 EF56 GH78", "ab12cd34ef56gh78",
     "REGAGE24e00012345678", "REGAGE 24 e 00012345678", "2025-E-RC-1234", "ES_L01990019_2025_res1"],
)  # fmt: skip
def test_identifiers_are_found_however_they_are_typed(empty, text):
    """Whole, with hyphens and dots, or in groups as they are read from paper."""
    said = "Doña X, 12345678-Z, registro REGAGE24e00012345678 y 2025-E-RC-1234"
    several(empty, [{"text": said, "csv": ("AB12-CD34-EF56-GH78",)}, {"text": "otra cosa", "eni_id": "ES_2"}])
    assert found(empty, text) == ["p0"]


class TestSight:
    """What is not to be seen is not there."""

    def filled(self, index, *, reserved: bool) -> None:
        """Give an index documents, some of them reserved, in several commits."""
        documents = list(records(300, 7))
        with index.writing() as writer:
            for number, document in enumerate(documents):
                if reserved or document.acceso != "reservado":
                    writer.add(document)
                if number % 50 == 49:
                    writer.commit(number)
            writer.commit(300)

    @pytest.mark.parametrize("sight", [NARROWEST, Sight(content=True), Sight(people=True, content=True)])
    def test_what_is_reserved_never_was(self, empty, sight):
        """Every part of every answer is that of an archive that never had it; suggestions too."""
        requests = [replace(one, sights=(("villa", sight),)) for one in Questions(5, Analysis()).several(120)]
        self.filled(empty, reserved=False)
        without = [empty.search(request) for request in requests]
        words = [
            empty.suggest(start, request) for start, request in zip("abcdelmprs" * 12, requests, strict=True)
        ]
        with empty.writing() as writer:
            for document in records(300, 7):
                writer.delete_object(document.object_id)
            writer.commit(301)
        self.filled(empty, reserved=True)
        assert [empty.search(request) for request in requests] == without
        assert [
            empty.suggest(start, request) for start, request in zip("abcdelmprs" * 12, requests, strict=True)
        ] == words
        assert sum(result.total for result in without) > 100
        everything = finding.request_for(empty, "", {"villa": WHOLE}, facets=["acceso"])
        assert {value.value for value in empty.search(everything).facets["acceso"]} >= {"reservado"}

    def test_a_regime_that_is_not_known_is_taken_for_reserved(self, empty):
        """Doubt hides."""
        several(empty, [{"acceso": "secreto"}, {"acceso": ""}, {"acceso": "libre"}, {"acceso": "limitado"}])
        assert [hit.path for hit in finding.search(empty, "", "villa", sort="titulo").hits] != []
        assert finding.search(empty, "", "villa").total == 2
        assert search(empty, "", "villa").total == 4

    @pytest.mark.parametrize("text", ["María", "perez", '"Pérez García"', "12345678Z", "nif:12345678Z",
                                      "interesado:perez", "persona:garcia", "garc*"])  # fmt: skip
    def test_people_are_found_by_those_allowed(self, index, text):
        """Names and identifiers answer nobody else, in whatever way they are asked for."""
        assert found(index, text) == [""]
        assert finding.search(index, text, "villa", sight=Sight(reserved=True, content=True)).total == 0

    def test_people_are_counted_for_those_allowed(self, index):
        """The facet and the filter are unknown to everybody else, in the words of any unknown one."""
        counted = search(index, "", "villa", facets=["persona"]).facets["persona"]
        assert counted == (FacetValue("12.345.678-Z", 1), FacetValue("María Pérez García", 1))
        assert found(index, "", filters={"persona": "María Pérez García"}) == [""]
        for options in ({"facets": ["persona"]}, {"filters": {"persona": "María Pérez García"}}):
            with pytest.raises(InvalidRequest) as refused:
                finding.search(index, "", "villa", sight=Sight(reserved=True, content=True), **options)
            unknown = json.loads(json.dumps(options).replace("persona", "xyz"))
            with pytest.raises(InvalidRequest) as other:
                finding.search(index, "", "villa", **unknown)
            assert str(refused.value) == str(other.value).replace("xyz", "persona")

    def test_descriptions_alone_are_searched_without_the_right_to_read(self, index):
        """Titles and identifiers answer, the text does not, and no snippet gives it away."""
        result = finding.search(index, "resolucion", "villa")
        assert [(hit.path, hit.snippet.text) for hit in result.hits] == [("d1", "")]
        assert finding.search(index, "urbanisticas", "villa").total == 0
        assert finding.search(index, '"licencia de obras"', "villa").total == 1
        assert finding.search(index, "AB12CD34EF56", "villa").total == 1

    def test_several_municipalities_are_searched_each_with_its_own_sight(self, index):
        """The facet tells them apart; what may be seen of one says nothing of the other."""
        request = finding.request_for(index, "licencia", {"villa": WHOLE, "otra": Sight(content=True)},
                                      facets=["municipio"])  # fmt: skip
        result = index.search(request)
        assert result.facets["municipio"] == (FacetValue("villa", 2), FacetValue("otra", 1))
        assert {hit.tenant_id for hit in result.hits} == {"villa", "otra"}
        asked = finding.request_for(index, "Zacarías OR María", {"villa": WHOLE, "otra": Sight(content=True)})
        assert [hit.tenant_id for hit in index.search(asked).hits] == ["villa"]


def test_words_of_titles_are_suggested(empty):
    """As they are written most often, the most frequent first, only among what was asked for."""
    several(empty, [{"title": "Licencia de obra"}, {"title": "LICENCIAS y señales"}, {"title": "Licencia mayor"},
                    {"title": "licencia reservada", "acceso": "reservado"},
                    {"title": "licenciado", "tenant_id": "otra"}])  # fmt: skip
    seen = finding.request_for(empty, "", {"villa": Sight()})
    assert empty.suggest("lic", seen) == [("licencia", 2), ("licencias", 1)]
    assert empty.suggest("señ", seen) == [("señales", 1)]
    assert empty.suggest("reserv", seen) == []
    assert empty.suggest("lic", finding.request_for(empty, "mayor", {"villa": Sight()})) == [("licencia", 1)]
    assert empty.suggest("lic", seen, 1) == [("licencia", 2)]
    assert empty.suggest(".*", seen) == []


def test_an_object_is_replaced(index):
    """Deleting and adding an object in one commit leaves exactly the new documents, however often."""
    for position in (8, 9):
        with index.writing() as writer:
            writer.delete_object("o1")
            writer.add(replace(DOCUMENT, title="Nueva", text="nueva"))
            writer.commit(position)
    assert index.keys() == [("o1", "d1"), ("o2", "d1")]
    assert found(index, "nueva") == ["d1"]
    assert found(index, "informe") == []
    assert index.position() == 9


def test_deleting_what_is_not_there_is_fine(index):
    """Disposal may come twice."""
    with index.writing() as writer:
        writer.delete_object("o1")
        writer.delete_object("o1")
        writer.delete_object("o77")
        writer.commit(8)
    assert index.keys() == [("o2", "d1")]


def test_what_is_not_committed_is_not_there(index):
    """Neither documents nor position of an unfinished batch are seen, then or later."""
    with index.writing() as writer:
        writer.add(replace(DOCUMENT, object_id="o9", text="provisional"))
        writer.delete_object("o1")
        assert found(index, "provisional") == []
    with pytest.raises(RuntimeError), index.writing() as writer:
        writer.add(replace(DOCUMENT, object_id="o9", text="provisional"))
        raise RuntimeError
    assert found(index, "provisional OR resolucion") == ["d1"]
    assert index.position() == 7
    with index.writing() as writer:
        writer.commit(8)
    assert found(index, "provisional OR resolucion") == ["d1"]


def test_the_position_goes_with_the_documents(empty):
    """An empty index stands at zero; a commit without documents moves the position too."""
    assert empty.position() == 0
    assert search(empty, "", "villa").total == 0
    with empty.writing() as writer:
        writer.commit(5, "abcd")
    assert empty.mark() == Mark(5, "abcd")
    assert (empty.position(), search(empty, "", "villa").position, empty.keys()) == (5, 5, [])


def test_several_threads_may_ask(index):
    """Questions at once give each its answer."""
    answers: list[list[str]] = []
    threads = [threading.Thread(target=lambda: answers.append(found(index, "licencia"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [["", "d1"]] * 8


class TestTantivyOnDisk:
    """What only an index on disk can show."""

    def filled(self, path) -> TantivyIndex:
        """Return an index with one document."""
        index = TantivyIndex(path)
        with index.writing() as writer:
            writer.add(DOCUMENT)
            writer.commit(3)
        return index

    def test_another_process_sees_what_was_committed(self, tmp_path):
        """A reader that was open before sees later commits and rebuilt generations."""
        reader = TantivyIndex(tmp_path)
        self.filled(tmp_path)
        assert reader.position() == 3
        with rebuilding(tmp_path) as fresh:
            fresh.add(replace(DOCUMENT, object_id="o2"))
            fresh.commit(4)
            assert (reader.position(), reader.keys()) == (3, [("o1", "d1")])
        assert (reader.position(), reader.keys()) == (4, [("o2", "d1")])
        assert len(list(tmp_path.glob("g-*"))) == 1

    def test_a_rebuild_that_fails_leaves_the_old_index(self, tmp_path):
        """And the next one clears what it left behind."""
        index = self.filled(tmp_path)
        with pytest.raises(RuntimeError), rebuilding(tmp_path) as fresh:
            fresh.add(replace(DOCUMENT, object_id="o2"))
            fresh.commit(4)
            raise RuntimeError
        assert (index.position(), index.keys()) == (3, [("o1", "d1")])
        with rebuilding(tmp_path) as fresh:
            fresh.commit(5)
        assert (index.position(), len(list(tmp_path.glob("g-*")))) == (5, 1)

    def test_the_second_writer_waits_and_says_why(self, tmp_path):
        """One writer at a time; the other is told after a while."""
        first, second = self.filled(tmp_path), TantivyIndex(tmp_path, wait_seconds=0.1)
        with first.writing(), pytest.raises(IndexBusy, match="Another process is writing"):
            second.writing().__enter__()
        with second.writing() as writer:
            writer.commit(4)
        assert first.position() == 4

    @pytest.mark.parametrize("damage", ["meta", "current", "segments", "no meta", "garbage in segments"])
    def test_a_damaged_index_says_rebuild(self, tmp_path, damage, capfd):
        """Whatever is broken, the operator is told the one command that mends it."""
        self.filled(tmp_path).close()
        (folder,) = tmp_path.glob("g-*")
        segments = [path for path in folder.iterdir() if path.suffix in {".store", ".term", ".idx", ".fast"}]
        if damage == "meta":
            (folder / "meta.json").write_text("{")
        elif damage == "no meta":
            (folder / "meta.json").unlink()
        elif damage == "current":
            (tmp_path / "current.json").write_text("[]")
        else:
            for path in segments:
                path.unlink() if damage == "segments" else path.write_bytes(b"garbage" * 10)
        with pytest.raises(IndexUnavailable, match="longeva rebuild"):
            search(TantivyIndex(tmp_path), "resolucion", "villa")
        with rebuilding(tmp_path) as fresh:
            fresh.add(DOCUMENT)
            fresh.commit(3)
        assert search(TantivyIndex(tmp_path), "resolucion", "villa").total == 1

    def test_an_index_of_other_rules_says_rebuild(self, tmp_path):
        """Words made in another way would silently not be found."""
        self.filled(tmp_path).close()
        with pytest.raises(IndexUnavailable, match="longeva rebuild"):
            TantivyIndex(tmp_path, Analysis("catalan"))

    def test_a_folder_that_cannot_be_written_is_an_error_of_ours(self, tmp_path):
        """No foreign exception crosses the border."""
        (tmp_path / "file").write_text("x")
        with pytest.raises(IndexUnavailable):
            TantivyIndex(tmp_path / "file" / "index")
