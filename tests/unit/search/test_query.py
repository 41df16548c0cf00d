# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from search.query import (
    MAX_CLAUSES,
    All,
    Either,
    Identifier,
    Not,
    OneOf,
    Person,
    Phrase,
    Prefix,
    Title,
    Word,
    parse,
    wanted,
)
from search.text import Analysis

SPANISH = Analysis()


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("licencia de obras", All((Word("licenci"), Word("obra")))),
        ('"licencia de obras"', Phrase(("licenci", "de", "obra"))),
        ("“licencia de obras”", Phrase(("licenci", "de", "obra"))),
        ('"sin cerrar', Phrase(("sin", "cerr"))),
        ("Urbanís*", Prefix("urbanis")),
        ("es_l0199*", Prefix("es_l0199")),
        ("licencia OR permiso", Either((Word("licenci"), Word("permis")))),
        ("-denegada", Not(Word("deneg"))),
        ("-de", Not(Word("de"))),
        ("tipo:td01", OneOf("tipo", ("TD01",))),
        ("Año:2025", OneOf("año", ("2025",))),
        ("year:2024..2026", OneOf("año", ("2024", "2025", "2026"))),
        ("año:2026..2024", OneOf("año", ())),
        ("organo:l0199*", OneOf("organo", ("L0199",), prefix=True)),
        ("csv:AB12-CD34", OneOf("csv", ("AB12CD34",))),
        ("nif:12.345.678-z", Person("12345678z")),
        ('interesado:"Pérez Peña"', All((Person("perez"), Person("peña")))),
        ("titulo:obras", Title("obra")),
        ("12345678Z", Identifier("12345678z")),
        ("2025/123", Either((Identifier("2025/123"), Phrase(("2025", "123"))))),
        ("asuntos:varios", Phrase(("asunt", "vari"))),
        ("de la", All((Word("de"), Word("la")))),
        ("", All()),
        (" \n", All()),
        ("?¿!", Either()),
        ("OR", Either()),
    ],
)
def test_a_question_becomes_its_tree(text, tree):
    """Each form of the page that explains questions is read as it says."""
    assert parse(text, SPANISH) == tree


def test_a_question_without_end_is_cut():
    """Ten thousand words make a small tree."""
    tree = parse(" ".join(f"a{n}" for n in range(10_000)), SPANISH)
    assert isinstance(tree, All)
    assert len(tree.parts) <= MAX_CLAUSES


def test_an_unending_range_of_years_is_cut():
    """A range is written out, but not a million years of it."""
    tree = parse("año:0000..9999", SPANISH)
    assert isinstance(tree, OneOf)
    assert len(tree.values) <= 201


def test_what_is_negated_is_not_highlighted():
    """Highlights show what was asked for, not what was not wanted."""
    stems, prefixes, keys = wanted(parse("licencia -obras urb* 12345678z", SPANISH))
    assert (stems, prefixes, keys) == ({"licenci"}, {"urb"}, {"12345678z"})
