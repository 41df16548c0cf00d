# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
import reported

from archive.errors import IntegrityError
from preservation.indications import Indication
from preservation.signatures.report import SignatureReport
from preservation.signatures.reports.as_json import report_to_json
from preservation.signatures.reports.from_json import report_from_json
from preservation.signatures.reports.page_text import text_of

REPORTS = [value for value in vars(reported).values() if isinstance(value, SignatureReport)]


def kept(report):
    """As the catalogue gives it back."""
    return json.loads(json.dumps(report_to_json(report)))


@pytest.mark.parametrize("report", REPORTS)
def test_what_was_kept_is_said_again_in_the_same_words(report):
    """JSON, back to a value and to JSON again is the same JSON, and the Spanish text is the same."""
    back = report_from_json(kept(report))
    assert kept(back) == kept(report)
    assert text_of(back) == text_of(report)


def test_every_field_with_words_comes_back():
    """Only what JSON never held is missing: tokens and certificates."""
    full = reported.PASSED
    back = report_from_json(kept(full))
    lost = {each.name for each in fields(full) if getattr(back, each.name) != getattr(full, each.name)}
    assert lost <= {"timestamps", "evidence"}
    assert replace(full.timestamps[0], token=b"") == back.timestamps[0]


def test_empty_report_comes_back():
    """Nothing known is nothing known."""
    empty = SignatureReport("unknown", "", Indication.INDETERMINATE, "FORMAT_FAILURE", intact=False)
    assert report_from_json(kept(empty)) == empty


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"csv": "X"},
        {"format": "XAdES"},
        kept(reported.PASSED) | {"indication": "MAYBE"},
        kept(reported.PASSED) | {"timestamps": [1]},
        kept(reported.PASSED) | {"signing_time": "ayer"},
        kept(reported.PASSED) | {"signer": {"nombre": "X"}},
    ],
)
def test_what_is_no_report_is_refused(body):
    """Another form, an unknown verdict, broken parts: IntegrityError, nothing else."""
    with pytest.raises(IntegrityError):
        report_from_json(body)
