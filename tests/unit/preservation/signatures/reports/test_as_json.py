# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json
from dataclasses import fields

import pytest
from reported import EVERY, PASSED, UNREADABLE

from preservation.signatures.report import RevocationReport, TimestampReport, Weakness
from preservation.trust.signer import Signer

UNTOLD = {"evidence", "token"}
"""Octets: kept by the archive and written into the ETSI report, not into JSON."""


def names(kind):
    return {each.name for each in fields(kind)} - UNTOLD


def test_every_value_of_a_report_is_told():
    """A field that is added to the report and forgotten here would be lost to every caller."""
    body = PASSED.to_json()
    assert set(body) == (names(type(PASSED)) - {"policy_facts"}) | {"policy_details"}
    assert set(body["signer"]) == names(Signer)
    assert set(body["timestamps"][0]) == names(TimestampReport)
    assert set(body["weaknesses"][0]) == names(Weakness)
    assert set(body["revocations"][0]) == names(RevocationReport)


@pytest.mark.parametrize("report", EVERY)
def test_the_form_is_plain_json(report):
    """Texts, numbers, lists and objects alone, with instants in UTC."""
    assert json.loads(json.dumps(report.to_json())) == report.to_json()


def test_the_policy_is_told_with_what_is_known_of_it():
    """Name, and whether its digest is the published one."""
    told = PASSED.to_json()["policy_details"]
    assert told["digest_state"] == "differs"
    assert "1.9" in told["name"]
    assert UNREADABLE.to_json()["policy_details"] is None
