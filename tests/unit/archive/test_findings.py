# SPDX-License-Identifier: EUPL-1.2
"""Findings speak two languages and survive a round trip."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from archive.findings import Severity, finding, finding_from_json, finding_kinds, worst

PROJECT = Path(__file__).resolve().parents[3]
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("code", sorted(finding_kinds()))
def test_both_languages_name_the_same_values(code):
    """The Spanish and the English sentence of a code name the same things."""
    kind = finding_kinds()[code]
    assert set(PLACEHOLDER.findall(kind.es)) == set(PLACEHOLDER.findall(kind.en))
    assert kind.es
    assert kind.en


def test_every_code_used_is_in_the_catalogue_and_every_entry_is_used():
    """No code is invented on the spot, and no sentence waits for a check that went away."""
    used = set()
    for room in ("archive", "ingest", "preservation", "search"):
        for path in (PROJECT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    used.update(re.findall(r"^[A-Z]{2,}(?:-[A-Z0-9]+)+$", node.value))
    known = set(finding_kinds())
    assert known <= used
    assert {
        code for code in used if code.split("-")[0] in {known_.split("-")[0] for known_ in known}
    } <= known | {
        "SHA-1",
        "SHA-256",
    }


def test_hostile_values_are_cut_and_cleaned():
    """A value from a hostile file cannot flood a report nor drive a terminal."""
    found = finding("PKG-NAME-UNSAFE", "p.zip", name="\x1b[31m" + "x" * 10_000)
    assert len(found.message()) < 500
    assert "\x1b" not in found.message("es")


def test_a_finding_survives_its_json():
    """What was written in a report is read back equal."""
    found = finding("PKG-TOO-BIG", "p.zip", members=3, bytes=9)
    assert finding_from_json(found.to_json()) == found


def test_an_unknown_code_is_a_programming_error():
    """A code without words cannot be made."""
    with pytest.raises(KeyError):
        finding("PKG-NO-SUCH-CODE")


def test_the_worst_of_nothing_is_info():
    """No findings weigh nothing."""
    assert worst(()) is Severity.INFO
    assert worst((finding("PKG-NOT-ENI"), finding("PKG-EMPTY"), finding("PKG-FILE-EMPTY"))) is Severity.ERROR


def test_a_value_may_have_its_own_spanish():
    """`reason_es` stands for `reason` in the Spanish sentence alone, and what has none is told as it is."""
    both = finding("SIG-MALFORMED", reason="cut short", reason_es="incompleto")
    assert (both.message("en"), both.message("es")) == (
        "The signature could not be read: cut short.",
        "La firma no se ha podido leer: incompleto.",
    )
    assert "cut short" in finding("SIG-MALFORMED", reason="cut short").message("es")
    assert finding_from_json(both.to_json()) == both
