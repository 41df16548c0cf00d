# SPDX-License-Identifier: EUPL-1.2
"""What every index promises to whoever asks: orders, dates, identifiers, and what each may see."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from indexed import DOCUMENT, DOCUMENTS, found, search, several
from spanish_records import Questions, records

from archive.errors import InvalidRequest
from search import find as finding
from search.index import FacetValue
from search.memory_index import MemoryIndex
from search.sight import NARROWEST, WHOLE, Sight
from search.tantivy_index import TantivyIndex
from search.text import Analysis


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

    def filled(self, index, *, reserved: bool, base: int = 0) -> None:
        """Give an index documents, some of them reserved, in several commits."""
        documents = list(records(300, 7))
        with index.writing() as writer:
            for number, document in enumerate(documents):
                if reserved or document.acceso != "reservado":
                    writer.add(document)
                if number % 50 == 49:
                    writer.commit(base + number)
            writer.commit(base + 300)

    @pytest.mark.parametrize("sight", [NARROWEST, Sight(content=True), Sight(people=True, content=True)])
    def test_what_is_reserved_never_was(self, empty, sight):
        """Every part of every answer is that of an archive that never had it; suggestions too."""
        requests = [replace(one, sights=(("villa", sight),)) for one in Questions(5, Analysis()).several(120)]
        self.filled(empty, reserved=False)
        without = [replace(empty.search(request), position=0) for request in requests]
        words = [
            empty.suggest(start, request) for start, request in zip("abcdelmprs" * 12, requests, strict=True)
        ]
        with empty.writing() as writer:
            for document in records(300, 7):
                writer.delete_object(document.object_id)
            writer.commit(301)
        self.filled(empty, reserved=True, base=1_000)
        assert [replace(empty.search(request), position=0) for request in requests] == without
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
