# SPDX-License-Identifier: EUPL-1.2
"""The page about verdicts on evidence explains every code that one can have, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from archive.findings import finding_kinds
from preservation.evidence.record import MAX_CHAINS, MAX_HASHES, MAX_RECORD, MAX_STAMPS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "evidence-verdicts.md").read_text("utf-8")
PREFIXES = ("EVIDENCE-RECORD-", "EVIDENCE-STEP-", "TOKEN-")


def test_each_code_of_a_verdict_is_explained():
    """A code that the catalogue has and the page has not, or the other way round, is a mistake of one of them."""
    told = {code for code in re.findall(r"`([A-Z]+(?:-[A-Z]+)+)`", PAGE) if code.startswith(PREFIXES)}
    assert told == {code for code in finding_kinds() if code.startswith(PREFIXES)}


def test_the_limits_are_those_of_the_code():
    """Chains, time stamps, hashes and bytes as the page says them."""
    row = next(line for line in PAGE.splitlines() if "`EVIDENCE-RECORD-LIMIT`" in line)
    for number in (MAX_CHAINS, MAX_STAMPS, MAX_HASHES, MAX_RECORD >> 20):
        assert f"{number:,}" in row
