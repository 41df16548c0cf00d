# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from search.query import parse
from search.snippets import WIDTH, Highlighter
from search.text import Analysis, normalise

SPANISH = Analysis()


def shown(question: str, text: str) -> str:
    """Return the snippet with its highlights in brackets."""
    return Highlighter(parse(question, SPANISH), SPANISH).snippet(normalise(text)).marked("[", "]")


@pytest.mark.parametrize(
    ("question", "text", "snippet"),
    [
        ("resolucion", "La Resolución firme", "La [Resolución] firme"),
        ("jueces", "Ante el juez de guardia", "Ante el [juez] de guardia"),
        ("urban*", "Suelo urbanizable y urbano", "Suelo [urbanizable] y [urbano]"),
        ("12345678z", "NIF 12.345.678-Z, de", "NIF [12.345.678-Z], de"),
        ("ES_L01*", "el ES_L01990019_2025_a dice", "el [ES_L01990019_2025_a] dice"),
        ('"licencia de obras"', "la licencia de obras", "la [licencia] [de] [obras]"),
        ("licencia -obras", "licencia de obras", "[licencia] de obras"),
        ("nada", "Empieza\nasí el texto", "Empieza así el texto"),
        ("peña", "pen\u0303a y pena", "[peña] y pena"),
        ("", "", ""),
    ],
)
def test_the_answer_is_marked_in_its_own_spelling(question, text, snippet):
    """Whatever form of the word was asked for, the text is shown as it stands."""
    assert shown(question, text) == snippet


def test_the_window_with_most_answers_is_shown():
    """One place with both words is better than an earlier one with one of them."""
    text = "licencia " + "palabra " * 200 + "la licencia de demolición se concede " + "otra " * 200
    snippet = shown("demolicion licencia", text)
    assert "[licencia] de [demolición]" in snippet
    assert len(snippet) <= WIDTH + 8


def test_words_are_not_cut_in_two():
    """The window begins and ends at blanks where there are any."""
    snippet = shown("aguja", "pajar " * 500 + "aguja " + "pajar " * 500)
    assert set(snippet.split()) == {"pajar", "[aguja]"}


def test_a_long_text_costs_little():
    """Only the beginning of a very long text is looked at."""
    assert "aguja" not in shown("aguja", "pajar " * 500_000 + "aguja")
