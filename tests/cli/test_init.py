# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from terminal import longeva, problem


def test_init_makes_an_empty_archive(tmp_path):
    """The answer names the home, and the home can be worked with at once."""
    home = tmp_path / "new" / "home"
    ran = longeva("init", "--home", home, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["home"] == str(home)
    assert longeva("tenant", "list", "--home", home, "--json").json == {"tenants": []}


def test_init_twice_is_a_conflict_and_changes_nothing(empty):
    """A home is never made over a home."""
    before = (empty / "longeva.json").read_bytes()
    problem(longeva("init", "--home", empty, "--json"), "conflict", 30)
    assert (empty / "longeva.json").read_bytes() == before


def test_init_keeps_out_of_a_folder_that_holds_other_things(tmp_path):
    """Somebody's documents are no home."""
    (tmp_path / "carta.txt").write_text("x")
    told = problem(longeva("init", "--home", tmp_path, "--json"), "conflict", 30)
    assert "carta.txt" in told["detail"]
    assert [each.name for each in tmp_path.iterdir()] == ["carta.txt"]


def test_init_where_a_file_is_or_bytes_are_no_utf8_is_told(tmp_path):
    """Neither is a traceback."""
    (tmp_path / "file").write_text("x")
    problem(longeva("init", "--home", tmp_path / "file", "--json"), "conflict", 30)
    problem(longeva("init", "--home", f"{tmp_path}/caf\udce9", "--json"), "invalid-request", 2)


def test_without_json_people_read_where_it_is(tmp_path):
    """One line, with the path whole however narrow the terminal."""
    ran = longeva("init", "--home", tmp_path / ("long" * 30))
    assert ran.code == 0
    assert str(tmp_path / ("long" * 30)) in ran.out
