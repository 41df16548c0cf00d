# SPDX-License-Identifier: EUPL-1.2
"""`longeva simulate`: what it says and leaves; what it lives through is a journey (tests/journeys)."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import longeva, problem

SCENARIO = Path(__file__).parents[1] / "journeys" / "seven_years.toml"


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """One quiet year, lived by the command."""
    home = tmp_path_factory.mktemp("simulate") / "home"
    return home, longeva("simulate", "--years", 1, "--scenario", SCENARIO, "--home", home, "--json")


def test_it_tells_the_account_and_where_it_lies(lived):
    """Exit 0; one document on stdout, the same as account.json; page and picture exist."""
    home, ran = lived
    assert ran.code == 0, ran.err
    assert (ran.json["objects"], ran.json["proven"], ran.json["losses"]) == (2, 2, [])
    assert all(Path(path).is_file() for path in ran.json["files"].values())
    assert Path(ran.json["files"]["account"]) == home / "simulation" / "account.json"
    assert [each["verdict"] for each in ran.json["kits"]] == ["VALID", "VALID"]


def test_its_archive_can_be_looked_at_with_the_other_commands(lived):
    """The evidence of its objects passes in the year in which it was made."""
    home, ran = lived
    name = ran.json["verdicts"][0]["object"]
    assert longeva("evidence", "show", name, "--at", "2027-01-01", "--home", home).code == 0
    assert longeva("tenant", "list", "--home", home, "--json").json["tenants"]


def test_a_scenario_that_is_not_understood_is_an_error_of_configuration(tmp_path):
    """Nothing is made."""
    (tmp_path / "bad.toml").write_text('starts = "soon"\n')
    ran = longeva("simulate", "--scenario", tmp_path / "bad.toml", "--home", tmp_path / "home", "--json")
    problem(ran, "configuration", 70)
    assert not (tmp_path / "home").exists()
