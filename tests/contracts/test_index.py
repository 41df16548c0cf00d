# SPDX-License-Identifier: EUPL-1.2
"""What every index promises: one suite over the embedded index and its memory twin."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
from indexed import DOCUMENT, DOCUMENTS, found, search

from archive.errors import IndexBusy, IndexUnavailable, InvalidRequest
from search.index import FacetValue, Mark, SearchResult
from search.memory_index import MemoryIndex
from search.tantivy_index import TantivyIndex, rebuilding
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
