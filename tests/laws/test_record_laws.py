# SPDX-License-Identifier: EUPL-1.2
"""Laws of evidence records: whatever we write verifies, and one bit elsewhere in it or its documents does not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_building import RecordInMaking

from preservation.evidence.reading import parse_record
from preservation.evidence.record import encode_chain, encode_record
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.trust.store import TrustStore

YEARS = (2026, 2031, 2044, 2050, 2062)
"""One for each step: every unit of the development authority is renewed while it lives."""
GROUPS = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6, unique=True)
SIBLINGS = st.lists(st.binary(max_size=8), max_size=5)
STEPS = st.lists(st.sampled_from(["", "sha384", "sha512", "sha3_512"]), max_size=len(YEARS) - 1)
LAW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def trust(authority):
    """The development authority."""
    return TrustStore(authority.anchors())


def _made(authority, group, siblings, steps):
    """Return a record of a group: an empty step renews the time stamp, a name the hash tree under it."""
    making = RecordInMaking(authority, group).sealed(YEARS[0], siblings)
    for year, step in zip(YEARS[1:], steps, strict=False):
        making = making.rehashed(year, step, siblings) if step else making.renewed(year, siblings)
    return making.record


def _judged(record, documents, trust, steps, *, group=False):
    at = datetime(YEARS[len(steps)], 6, 1, tzinfo=UTC)
    return verify_record(record, documents, at=at, trust=trust, group=group)


@given(GROUPS, SIBLINGS, STEPS)
@LAW
def test_whatever_we_write_verifies_as_a_group_and_for_each_document(
    authority, trust, group, siblings, steps
):
    """Any group, any tree, any line of renewals of both kinds; every step of the verdict passes."""
    record = _made(authority, group, siblings, steps)
    verdict = _judged(record, group, trust, steps, group=True)
    assert verdict.indication is Indication.TOTAL_PASSED, verdict.reasons
    assert verdict.codes == ()
    assert verdict.proven_since == datetime(YEARS[0], 1, 1, tzinfo=UTC)
    for each in group:
        assert _judged(record, [each], trust, steps).indication is Indication.TOTAL_PASSED


@given(GROUPS, SIBLINGS, STEPS, st.data())
@LAW
def test_one_bit_of_a_document_is_enough(authority, trust, group, siblings, steps, data):
    """Any bit of any document: the record proves it no longer."""
    record = _made(authority, group, siblings, steps)
    place = data.draw(st.integers(0, len(group) - 1))
    bit = data.draw(st.integers(0, 8 * len(group[place]) - 1))
    changed = bytearray(group[place])
    changed[bit // 8] ^= 1 << bit % 8
    other = [*group[:place], bytes(changed), *group[place + 1 :]]
    verdict = _judged(record, other, trust, steps, group=True)
    assert verdict.indication is Indication.TOTAL_FAILED
    assert "EVIDENCE-RECORD-HASH" in verdict.codes or "EVIDENCE-RECORD-GROUP" in verdict.codes
    assert bytes(changed) in group or not _judged(record, [bytes(changed)], trust, steps).intact


@given(GROUPS, SIBLINGS, STEPS, st.data())
@LAW
def test_one_bit_of_a_listed_hash_is_enough(authority, trust, group, siblings, steps, data):
    """Any bit of any hash of any reduced hash tree: nothing is proven."""
    record = _made(authority, group, siblings, steps)
    stamps = [stamp for chain in parse_record(record).chains for stamp in chain.stamps]
    listed = sorted({value for stamp in stamps for one in stamp.lists for value in one})
    if not listed:
        return
    value = data.draw(st.sampled_from(listed))
    bit = data.draw(st.integers(0, 8 * len(value) - 1))
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    verdict = _judged(record.replace(value, bytes(changed), 1), group, trust, steps)
    assert verdict.indication is Indication.TOTAL_FAILED
    assert not verdict.intact


@given(GROUPS, STEPS.filter(bool), st.data())
@LAW
def test_a_record_without_one_of_its_renewals_is_another_record(authority, trust, group, steps, data):
    """A time stamp taken out of the beginning, or before a hash-tree renewal, leaves a line that does not hold.

    Between two time-stamp renewals one may be spared: the next covers every token before it.
    """
    parsed = parse_record(_made(authority, group, (), steps))
    older = [stamp.encoded for chain in parsed.chains[:-1] for stamp in chain.stamps]
    gone = data.draw(st.sampled_from(older or [parsed.chains[0].stamps[0].encoded]))
    chains = [[one.encoded for one in chain.stamps if one.encoded != gone] for chain in parsed.chains]
    cut = encode_record(parsed.algorithms, [encode_chain(one) for one in chains if one])
    assert _judged(cut, group, trust, steps).indication is not Indication.TOTAL_PASSED
