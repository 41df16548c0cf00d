# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import tempfile
import unicodedata
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spanish_records import Questions, records

from search.find import search as find
from search.index import IndexedDocument
from search.memory_index import MemoryIndex
from search.query import parse
from search.sight import WHOLE
from search.snippets import WIDTH, Highlighter
from search.tantivy_index import TantivyIndex
from search.text import Analysis, fold, normalise

search = partial(find, sight=WHOLE)
"""Asked by who may see all."""

SPANISH = Analysis()
PIECES = st.sampled_from(
    ["licencia", "Peña", "obras", "-", '"', ":", "*", " ", " OR ", "tipo:", "año:", "nif:", "id:", "2025..", "..",
     "ES_L01", "(", ")", "\\", "/", "~", "[", "]", "{1,9}", "&&", "+", "^2", "?", "ñ", "ç", "·", "\u0303", "\x00"]
)  # fmt: skip
QUESTIONS = st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join))


@given(st.text())
def test_normalising_twice_is_normalising_once(text):
    """The kept spelling is stable."""
    once = normalise(text)
    assert normalise(once) == once
    once.encode()


@given(st.text())
def test_folding_keeps_every_place(text):
    """A place in the folded text is a place in the original; folding twice changes nothing."""
    folded = fold(normalise(text))
    assert len(folded) == len(normalise(text))
    assert fold(folded) == folded


@given(st.text(alphabet="abcñçáéíóúüÑÇ ·lL", max_size=40))
def test_words_do_not_depend_on_composition_or_case(text):
    """Decomposed, upper-case and plain spellings of a text have the same words."""
    assert SPANISH.stems(unicodedata.normalize("NFD", text)) == SPANISH.stems(text)
    assert SPANISH.stems(text.upper()) == SPANISH.stems(text.lower())


@given(QUESTIONS)
def test_no_question_is_an_error(text):
    """Whatever is typed gives a tree, and the same tree twice."""
    assert parse(text, SPANISH) == parse(text, SPANISH)


@given(QUESTIONS, st.text(max_size=2000))
def test_a_snippet_is_a_piece_of_the_text(question, text):
    """Its length is bounded and its highlights are ordered, apart and inside."""
    kept = normalise(text)
    snippet = Highlighter(parse(question, SPANISH), SPANISH).snippet(kept)
    assert len(snippet.text) <= WIDTH
    assert snippet.text in "".join(" " if char.isspace() else char for char in kept)
    ends = [0, *(place for span in snippet.highlights for place in span), len(snippet.text)]
    assert ends == sorted(ends)
    assert snippet.marked("", "") == snippet.text


TEXTS = [
    "Licencia de obras en la Peña, año 2025",
    "La pena del ano",
    "NIF 12345678Z y ES_L01990019_2025_a",
    "ç·ñ",
]


def _documents() -> list[IndexedDocument]:
    return [
        IndexedDocument(
            "villa" if n % 2 else "otra", f"o{n}", "d", "documento", f"ES_L01_2025_{n}", text, text
        )
        for n, text in enumerate(TEXTS * 2)
    ]


@pytest.fixture(scope="module")
def both():
    """The two engines over the same documents."""
    with tempfile.TemporaryDirectory() as folder:
        engines = (TantivyIndex(Path(folder)), MemoryIndex())
        for engine in engines:
            with engine.writing() as writer:
                for document in _documents():
                    writer.add(document)
                writer.commit(1)
        yield engines


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(question=QUESTIONS)
def test_both_engines_find_the_same(both, question):
    """Any question whatever finds the same documents of one tenant in both, and never fails."""
    tantivy, memory = (search(engine, question, "villa", facets=["clase"]) for engine in both)
    assert tantivy == memory
    assert {hit.object_id for hit in tantivy.hits} <= {"o1", "o3", "o5", "o7"}


@pytest.fixture(scope="module")
def furnished():
    """The two engines over many records, laid down in different pieces."""
    with tempfile.TemporaryDirectory() as folder:
        engines = (TantivyIndex(Path(folder)), MemoryIndex())
        for engine, piece in zip(engines, (90, 10_000), strict=True):
            with engine.writing() as writer:
                for number, document in enumerate(records(600, 20261121), 1):
                    writer.add(document)
                    if number % piece == 0:
                        writer.commit(number)
                writer.commit(600)
        yield engines


def test_any_tree_is_answered_the_same(furnished):
    """Totals, hits, their order, snippets and facets of random trees, for any sight and in any order."""
    tantivy, memory = furnished
    questions = Questions(20261122, SPANISH)
    some = 0
    for _ in range(400):
        request = questions.request()
        expected = memory.search(request)
        assert tantivy.search(request) == expected, request
        some += bool(expected.total)
    assert some > 100
