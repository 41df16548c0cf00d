# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace

import pytest
from reported import BROKEN, CHANGED, EVERY, EXPIRED, PASSED, UNREADABLE

from preservation.signatures.findings import finding_for


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
