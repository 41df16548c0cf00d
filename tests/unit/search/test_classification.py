# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.errors import InvalidRequest
from search.classification import Imported, Series, import_scheme, read_scheme, scheme_of, titles_of, tree

SCHEME = "codigo,titulo,padre\n2.10,Décima,\n2,Urbanismo,\n2.9,Novena,\nX,Aparte,2.9\n"


def shape(branches, deep=0):
    """Return codes with counts, indented by depth."""
    return [
        line
        for each in branches
        for line in (f"{'.' * deep}{each.series.code}={each.total}", *shape(each.below, deep + 1))
    ]


def test_a_scheme_is_a_tree_with_counts():
    """By parents that are said and by the beginnings of codes; 2.10 after 2.9; strangers at the end."""
    branches = tree(read_scheme(SCHEME.encode()), {"2.10": 3, "X": 2, "2": 1, "Z9": 4})
    assert shape(branches) == ["2=6", ".2.9=2", "..X=2", ".2.10=3", "Z9=4"]
    assert [branch.known for branch in branches] == [True, False]


@pytest.mark.parametrize("data", [SCHEME.replace(",", ";").encode("cp1252"), ("\ufeff" + SCHEME).encode()])
def test_spreadsheets_write_csv_in_their_ways(data):
    """Semicolons, Windows-1252, a mark at the beginning."""
    assert [one.title for one in read_scheme(data)][:2] == ["Décima", "Urbanismo"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "column"),
        ("codigo,titulo\n1,\n", "row 2"),
        ("codigo,titulo\n1,a\n1,b\n", "row 3"),
        ("codigo,titulo,padre\n1,a,9\n", "9"),
        ("codigo,titulo,padre\n1,a,2\n2,b,1\n", "itself"),
        ("codigo,titulo\n" + "x" * 201 + ",a\n", "at most"),
        ("", "column"),
    ],
)
def test_a_scheme_that_makes_no_sense_is_refused(text, says):
    """The message says where."""
    with pytest.raises(InvalidRequest, match=says):
        read_scheme(text.encode())


def test_an_import_is_repeated_without_harm(tmp_path):
    """New and changed lines are told apart from those that were there."""
    from archive.clock import SystemClock
    from archive.home import Home

    with Home.create(tmp_path / "home", SystemClock()) as home:
        home.add_tenant("villa", "Ayuntamiento", "L01990019")
        first = [Series("2", "Urbanismo"), Series("2.3", "Licencias")]
        assert import_scheme(home, "villa", first, agent="test") == Imported(added=2)
        again = [Series("2", "Urbanismo y vivienda"), Series("2.3", "Licencias"), Series("3", "Hacienda")]
        assert import_scheme(home, "villa", again, agent="test") == Imported(added=1, changed=1, same=1)
        assert titles_of(home, "villa") == {"2": "Urbanismo y vivienda", "2.3": "Licencias", "3": "Hacienda"}
        assert [one.code for one in scheme_of(home, "villa")] == ["2", "2.3", "3"]
