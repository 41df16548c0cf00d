# SPDX-License-Identifier: EUPL-1.2
"""Trusted lists as states published them, sound and wrapped."""

from __future__ import annotations

import certificates_to_order as orders
import pytest

from preservation.trusted_lists.parse import parse_list
from preservation.trusted_lists.services import anchors_of
from preservation.trusted_lists.verify import verify_list

pytestmark = pytest.mark.corpus
DSS = "data/corpus/dss/dss-xades/validation"


@pytest.mark.parametrize(("name", "territory"), [("sk-tsl.xml", "SK"), ("xsw/TSL-CY-sign.xml", "CY")])
def test_published_list_is_believed_of_its_signer_long_after_his_certificate_ended(shared, name, territory):
    """Lists of old, whose operators' certificates are gone, verify at their own time."""
    data = (shared / DSS / name).read_bytes()
    signer = verify_list(data, ()).signer
    verdict = verify_list(data, [signer])
    assert verdict.believed, verdict.problem
    assert verdict.found.territory == territory
    assert not verify_list(data, [orders.party("OTRO").der]).believed


@pytest.mark.parametrize("name", ["XSW-enveloped-fake-content.xml", "XSW-enveloping-fake-object.xml"])
def test_wrapped_list_is_not_believed_of_anybody(shared, name):
    """A list wrapped around a sound signature of another is refused, whoever is named as its signer."""
    data = (shared / DSS / "xsw" / name).read_bytes()
    verdict = verify_list(data, [])
    assert not verify_list(data, [verdict.signer]).believed


def test_published_list_keeps_its_history(shared):
    """Statuses are told from the oldest on, and authorities of the list are anchors."""
    found, _ = parse_list((shared / DSS / "sk-tsl.xml").read_bytes())
    assert anchors_of(found)
    with_past = [each for each in found.services if len(each.history) > 1]
    assert with_past
    for each in with_past:
        assert [status.since for status in each.history] == sorted(status.since for status in each.history)
