# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import re
from dataclasses import replace

import pytest
from reported import BROKEN, CHANGED, EVERY, EXPIRED, PASSED, UNREADABLE

from archive.findings import finding_kinds
from preservation.signatures.findings import finding_for, findings_for
from preservation.signatures.validate import validate_pdf, validate_xml
from preservation.trust.store import TrustStore


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (PASSED, "SIG-PASSED"),
        (EXPIRED, "SIG-INDETERMINATE"),
        (BROKEN, "SIG-TOTAL-FAILED"),
        (CHANGED, "SIG-CHANGED-AFTER"),
        (UNREADABLE, "SIG-MALFORMED"),
        (replace(EXPIRED, sub_indication="SIGNED_DATA_NOT_FOUND"), "SIG-CONTENT-MISSING"),
    ],
)
def test_each_verdict_has_its_finding(report, code):
    """What the admission policy reads."""
    assert finding_for(report).code == code


@pytest.mark.parametrize("report", EVERY)
def test_words_are_whole_in_both_languages(report):
    """No blank is left open, and the Spanish sentence has no English reason in it."""
    found = finding_for(report, "decreto.xml")
    assert "{" not in found.message("es") + found.message("en")
    assert not any(reason in found.message("es") for reason in report.reasons)


def test_a_change_is_told_even_when_another_reason_comes_first():
    """The finding of a change speaks of the change, not of the chain that was not found either."""
    reasons = ("no certificate chain leads to a trust anchor", *CHANGED.reasons)
    found = finding_for(replace(CHANGED, reasons=reasons))
    assert found.message("es").endswith("de ANA EJEMPLO UNO: se cambió /Contents de una página.")
    assert found.message("en").endswith("of ANA EJEMPLO UNO: /Contents of a page was changed.")


def test_findings_for_maps_each_verdict_to_its_weight(world, signed_files):
    """Passed informs, indeterminate warns, failed asks for a decision."""
    trust, at = world.trust(), world.at
    data = (signed_files / "a.pdf").read_bytes()
    passed = findings_for(validate_pdf(data, trust, at), "a.pdf")
    unknown = findings_for(validate_pdf(data, TrustStore(), at))
    xml = (signed_files / "a.xml").read_bytes().replace("cigüeña".encode(), b"")
    failed = findings_for(validate_xml(xml, trust, at))
    assert [each.code for each in (*passed, *unknown, *failed)] == [
        "SIG-PASSED",
        "SIG-INDETERMINATE",
        "SIG-TOTAL-FAILED",
    ]
    assert [str(each.severity) for each in (*passed, *unknown, *failed)] == ["info", "warning", "decision"]
    assert passed[0].place == "a.pdf#Signature1"
    assert "SELLO" in passed[0].message("es")


def test_findings_catalogue_has_both_languages_with_the_same_values():
    """Every code of this area names the same values in Spanish and in English."""
    for code, kind in finding_kinds().items():
        if code.startswith("SIG-"):
            assert set(re.findall(r"{(\w+)}", kind.es)) == set(re.findall(r"{(\w+)}", kind.en)), code
