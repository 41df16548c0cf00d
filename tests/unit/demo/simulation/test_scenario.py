# SPDX-License-Identifier: EUPL-1.2
"""Scenario files: what is understood, and what is refused before anything is done."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from importlib import resources

import pytest

from archive.errors import ConfigurationError
from demo.simulation.misfortunes import MISFORTUNES
from demo.simulation.scenario import HAPPENINGS, read_scenario, scenario_of


def _said():
    return tomllib.loads(resources.files("demo.simulation").joinpath("thirty_years.toml").read_text("utf-8"))


def test_the_scenario_that_is_built_in_tells_of_every_kind_of_misfortune():
    """Thirty years with an authority compromised, an algorithm retired, files lost and a renewal killed."""
    scenario = read_scenario()
    assert {each.what for each in scenario.happenings} == set(HAPPENINGS) == set(MISFORTUNES)
    assert [each.at for each in scenario.happenings] == sorted(each.at for each in scenario.happenings)
    assert scenario.authorities[0].units[0].window.end == datetime(2035, 7, 1, 12, tzinfo=UTC)
    assert [custom.tokens for custom in scenario.municipalities[1].customs] == [1, 1, 2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"happening": [{"at": "2030-01-01", "what": "catalogue-lost"}]}, "a date such as"),
        ({"happening": [{"what": "catalogue-lost"}]}, "at"),
        ({"authority": []}, "describes no authority alba, boreal, cefiro"),
        ({"starts": "soon"}, "soon"),
    ],
)
def test_what_is_not_understood_is_refused(change, words):
    """Nothing is begun with a scenario that says something else than it seems to."""
    with pytest.raises(ConfigurationError, match=words):
        scenario_of({**_said(), **change})


def test_a_misfortune_says_all_that_it_needs_and_no_more():
    """A store that loses files without saying how many is a mistake of whoever wrote it."""
    said = _said()
    said["happening"] = [each for each in said["happening"] if each["what"] == "files-lost"]
    del said["happening"][0]["share"]
    with pytest.raises(ConfigurationError, match="files-lost needs share, store"):
        scenario_of(said)


def test_a_file_that_is_not_there_or_is_no_toml_is_refused(tmp_path):
    """With the error of settings, and its words."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_scenario(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("starts = = 1")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_scenario(tmp_path / "bad.toml")
