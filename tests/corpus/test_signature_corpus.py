# SPDX-License-Identifier: EUPL-1.2
"""Other people's signatures with their verdicts: nothing broken may be called intact, and nothing may crash us.

The whole corpus takes a few seconds. Floors below are what was reached, rounded down; what is missing is known:
encodings refused by the XML door, and PDF updates that cannot be explained, which are told as `modified`.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from preservation.signatures.batch import validate_row
from preservation.trust.store import TrustStore

pytestmark = pytest.mark.corpus
AT = datetime(2026, 11, 21, tzinfo=UTC)
FLOORS = {
    "dss:ASiC-CAdES": 0.9,
    "dss:ASiC-XAdES": 0.98,
    "dss:CAdES": 0.95,
    "dss:XAdES": 0.97,
    "dss:PAdES": 0.88,
    "spanish": 0.93,
    "xades4j": 0.98,
    "pyhanko": 0.82,
}
"""Least integrity accuracy of each group."""


@pytest.fixture(scope="module")
def score(shared):
    """The reference scorer, as a module."""
    path = shared / "tools" / "score.py"
    if not path.is_file() or not (shared / "data" / "corpus" / "dss_expected.csv").is_file():
        pytest.skip(f"SIGNATURE CORPUS ABSENT: {path}; no foreign signature was checked")
    spec = importlib.util.spec_from_file_location("score", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def verdicts(score, shared):
    """Our verdict on every case, by file and detached content."""
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    root = shared / "data" / "corpus"
    return {key: validate_row("\t".join(key), root, TrustStore(), AT) for key in score.cases()}


def test_no_broken_signature_is_called_intact(score, verdicts):
    """The false-accept rate is zero: the figure that matters most."""
    broken = {"no", "mixed", "modified"}
    accepted = [
        key
        for key, case in score.cases().items()
        if case["intact"] in broken and verdicts[key]["intact"] == "yes"
    ]
    assert accepted == []


def test_integrity_accuracy_of_each_group_stays_at_its_floor(score, verdicts):
    """What was reached is not lost."""
    good: dict[str, list[bool]] = {}
    for key, case in score.cases().items():
        if case["intact"] in score.ACCEPTED and not (case["intact"] == "n/a" and case["er"]):
            right = verdicts[key]["intact"] in score.ACCEPTED[case["intact"]]
            good.setdefault(case["group"], []).append(right)
    reached = {group: sum(each) / len(each) for group, each in good.items()}
    assert {group: reached[group] for group, floor in FLOORS.items() if reached[group] < floor} == {}


def test_nothing_passes_without_a_trust_anchor(verdicts):
    """No signature of strangers is TOTAL_PASSED: nobody was trusted."""
    passed = [
        key
        for key, verdict in verdicts.items()
        if any(each["indication"] == "TOTAL_PASSED" for each in verdict["signatures"])
    ]
    assert passed == []


def test_every_file_of_the_corpus_gives_a_verdict(shared):
    """No file crashes us, signed or not, whatever it is."""
    root = shared / "data" / "corpus"
    files = [
        path
        for folder in ("dss", "spanish", "pyhanko", "xades4j")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and path.stat().st_size < 1 << 20
    ]
    assert files
    for path in files[::3]:
        row = validate_row(f"{path.relative_to(root)}\t\t", root, TrustStore(), AT)
        assert row["intact"] in {"yes", "no", "mixed", "modified", "n/a", "reject"}


@pytest.mark.slow
def test_scorer_accepts_our_lines(shared, verdicts, tmp_path):
    """The contract's own tool reads what the batch writes and finds no false accept."""
    lines = tmp_path / "verdicts.jsonl"
    lines.write_text("\n".join(json.dumps(each) for each in verdicts.values()))
    command = [sys.executable, str(shared / "tools" / "score.py"), str(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "false-accept rate 0.000" in done.stdout
    assert "no verdict 0 of" in done.stdout
