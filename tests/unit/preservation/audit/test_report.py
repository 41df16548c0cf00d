# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from archive.problems import Problem
from preservation.audit.report import AuditReport


def test_a_sample_says_in_both_languages_which_damage_it_would_have_met():
    """Numbers of files and shares at 95 and 99 %, as each language writes them."""
    report = AuditReport("", 0, 46_050, 0, (), 10_000_000, 1)
    assert "had 650 or more of 10,000,000 files" in report.statement().lower()
    assert "0.0065 %" in report.statement()
    assert "650 ficheros dañados o más entre 10.000.000 (0,0065 %)" in report.statement("es")
    assert [(each["probability"], each["damaged"]) for each in report.to_json()["found_with"]] == [
        (0.95, 650),
        (0.99, 998),
    ]


def test_everything_and_nothing_have_their_own_words():
    """A full audit would have found any damage; an empty archive had none to find."""
    assert "any damaged file" in AuditReport("", 0, 9, 0, (), 9).statement()
    assert "cualquier fichero" in AuditReport("", 0, 9, 0, (), 9).statement("es")
    assert "nothing to read" in AuditReport("", 0, 0, 0, (), 0).statement()


def test_codes_are_counted_without_names():
    """What goes into the ledger says which problems there were, and names no file."""
    problem = Problem("STORE-CONTENT-DIGEST", "urn:x", "received/DNI de alguien.pdf", "", "k")
    report = AuditReport("", 0, 9, 0, (problem, problem), 9)
    assert report.codes() == {"STORE-CONTENT-DIGEST": 2}
