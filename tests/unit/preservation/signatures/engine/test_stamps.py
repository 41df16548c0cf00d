# SPDX-License-Identifier: EUPL-1.2
"""Time stamps judged from the youngest to the oldest, and units whose certificate was revoked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from facts_to_order import World, on, said, signature, stamp

from preservation.indications import Check, Outcome
from preservation.signatures.engine.judge import judge

SIGNED = on(2026, 6, 1, 10)
HOUR = timedelta(hours=1)
AT = on(2026, 7)


@pytest.fixture(scope="module")
def world() -> World:
    """Thirty years of parties."""
    return World.made()


def revoked_unit(world: World, reason: str):
    """Return trust in which the first unit was revoked."""
    return world.trust(*world.lists(AT, revoked=[(world.tsa1, on(2026, 6, 15), reason)]))


@pytest.mark.parametrize("reason", ["keyCompromise", "cACompromise", ""])
def test_tokens_of_a_compromised_unit_prove_nothing(world, reason):
    """Compromise, or no reason at all: every token of the unit is worthless by itself (RFC 3161 4)."""
    facts = signature(world.signer, stamp(world.tsa1, SIGNED))
    report = judge(facts, revoked_unit(world, reason), AT)
    assert said(report.timestamps[0]) == "INDETERMINATE REVOKED_NO_POE"
    assert report.best_signature_time == AT
    assert report.proven_by == ""


@pytest.mark.parametrize(
    "reason", ["superseded", "cessationOfOperation", "affiliationChanged", "unspecified"]
)
def test_tokens_older_than_the_end_of_a_retired_unit_stay_good(world, reason):
    """A unit revoked for a harmless reason: older tokens hold, younger ones do not (RFC 3161 4)."""
    trust = revoked_unit(world, reason)
    assert judge(signature(world.signer, stamp(world.tsa1, SIGNED)), trust, AT).best_signature_time == SIGNED
    late = judge(signature(world.signer, stamp(world.tsa1, on(2026, 6, 20))), trust, AT)
    assert said(late.timestamps[0]) == "INDETERMINATE REVOKED_NO_POE"


def test_token_of_a_compromised_unit_that_was_covered_before_stays_good(world):
    """A younger stamp from before the compromise proves that the token existed: it still holds."""
    first = stamp(world.tsa1, SIGNED)
    young = stamp(world.tsa2, on(2028, 6), first, *world.lists(SIGNED + HOUR), kind="archive")
    facts = signature(world.signer, first, young, crls=world.lists(SIGNED + HOUR))
    at = on(2029)
    lists = world.lists(at, revoked=[(world.tsa1, on(2028, 9), "keyCompromise")])
    report = judge(facts, world.trust(*lists), at)
    assert report.timestamps[0].indication == "TOTAL_PASSED"
    assert report.best_signature_time == SIGNED
    uncovered = replace(facts, stamps=(first, replace(young, covered=frozenset())))
    assert said(judge(uncovered, world.trust(*lists), at).timestamps[0]) == "INDETERMINATE REVOKED_NO_POE"


def test_stamp_that_does_not_cover_the_older_token_does_not_carry_it(world):
    """Only what an imprint really covers is proven: an uncovered token of an ended unit stays ended."""
    first = stamp(world.tsa1, SIGNED)
    old = world.lists(on(2029, 6))
    young = stamp(world.tsa2, on(2029, 6, 2), *old, kind="archive")
    facts = signature(world.signer, first, young, crls=old)
    report = judge(facts, world.trust(*world.lists(on(2031))), on(2031))
    assert said(report.timestamps[0]) == "INDETERMINATE OUT_OF_BOUNDS_NO_POE"
    assert report.best_signature_time == on(2029, 6, 2)


def test_stamp_that_fails_proves_nothing_of_what_it_covers(world):
    """A token with a wrong imprint extracts no proof, whatever it says to cover."""
    first = stamp(world.tsa1, SIGNED)
    old = world.lists(on(2029, 6))
    young = stamp(world.tsa2, on(2029, 6, 2), first, *old, kind="archive")
    young = replace(young, imprint=Check("imprint", Outcome.FAILED))
    facts = signature(world.signer, first, young, crls=old)
    report = judge(facts, world.trust(*world.lists(on(2031))), on(2031))
    assert [each.intact for each in report.timestamps] == [True, False]
    assert report.proven_by == ""


def test_stamps_of_the_same_second_are_judged_in_the_order_of_what_they_cover(world):
    """The one that covers the other is the younger, however they are stored."""
    first = stamp(world.tsa1, SIGNED)
    young = stamp(world.tsa1, SIGNED, first, *world.lists(SIGNED), kind="archive")
    for stamps in ((first, young), (young, first)):
        facts = signature(world.signer, *stamps, crls=world.lists(SIGNED))
        report = judge(facts, world.trust(*world.lists(AT)), AT)
        assert {each.indication for each in report.timestamps} == {"TOTAL_PASSED"}


def test_token_younger_than_what_covers_it_is_out_of_order(world):
    """A token that says a later time than the stamp that covers it was not there to be covered."""
    first = stamp(world.tsa1, SIGNED + 2 * HOUR)
    young = stamp(world.tsa1, SIGNED + 3 * HOUR, first, kind="archive")
    facts = signature(world.signer, replace(first, time=SIGNED + 2 * HOUR), replace(young, time=SIGNED))
    report = judge(facts, world.trust(*world.lists(AT)), AT)
    assert report.timestamps[0].indication == "TOTAL_PASSED"  # judged first, by its time
    facts = replace(facts, stamps=(first, replace(young, time=SIGNED + 2 * HOUR)))
    assert judge(facts, world.trust(*world.lists(AT)), AT).timestamps[0].indication == "TOTAL_PASSED"


def test_unit_that_stamps_after_its_own_end_proves_nothing(world):
    """A token that says a time after its unit's certificate had ended is refused."""
    facts = signature(world.signer, stamp(world.tsa1, on(2030, 6)))
    at = on(2030, 7)
    report = judge(facts, world.trust(*world.lists(at)), at)
    assert said(report.timestamps[0]) == "INDETERMINATE OUT_OF_BOUNDS_NO_POE"


@pytest.mark.parametrize(
    ("content", "verdict"),
    [(on(2026, 6, 10), "TOTAL_FAILED REVOKED"), (on(2026, 5), "INDETERMINATE REVOKED_NO_POE")],
)
def test_content_stamped_after_the_revocation_proves_a_signature_by_a_revoked_certificate(
    world, content, verdict
):
    """Only a proof that it was signed after the revocation makes it fail for good (table 5, REVOKED)."""
    revoked = [(world.signer, on(2026, 6, 5), "superseded")]
    facts = signature(world.signer, stamp(world.tsa1, content, kind="content"))
    assert said(judge(facts, world.trust(*world.lists(AT, revoked=revoked)), AT)) == verdict


def test_content_stamped_after_the_expiry_proves_a_signature_by_an_expired_certificate(world):
    """Table 5, EXPIRED."""
    at = on(2029)
    facts = signature(world.signer, stamp(world.tsa1, on(2028, 6), kind="content"))
    assert said(judge(facts, world.trust(*world.lists(at)), at)) == "TOTAL_FAILED EXPIRED"


def test_signature_proven_before_its_certificate_is_not_yet_valid(world):
    """Table 5, NOT_YET_VALID: proven to be older than the certificate that made it."""
    at = on(2026)
    facts = signature(world.signer, stamp(world.tsa1, on(2024), kind="signature"))
    early = replace(world, signer=world.signer)
    report = judge(facts, early.trust(*world.lists(at)), at)
    assert said(report) == "TOTAL_PASSED"
    from certificates_to_order import party

    young = party("young", world.ca, since=on(2025), until=on(2028))
    facts = signature(young, stamp(world.tsa1, on(2024, 6)))
    assert said(judge(facts, world.trust(*world.lists(at)), at)) == "TOTAL_FAILED NOT_YET_VALID"


def test_content_stamped_after_the_proven_time_is_out_of_order(world):
    """5.5.4 step 4 e."""
    stamps = (stamp(world.tsa1, SIGNED), stamp(world.tsa1, SIGNED + HOUR, kind="content"))
    report = judge(signature(world.signer, *stamps), world.trust(*world.lists(AT)), AT)
    assert said(report) == "INDETERMINATE TIMESTAMP_ORDER_FAILURE"


def test_report_tells_what_a_stamp_is_and_how_long_it_lasts(world):
    """Authority, imprint's digest, end of its unit, reasons where it fails."""
    facts = signature(world.signer, stamp(world.tsa1, SIGNED, digest="sha512"))
    told = judge(facts, world.trust(*world.lists(AT)), AT).timestamps[0]
    assert (told.authority, told.algorithm, told.reasons) == ("tsa1", "sha512", ())
    assert told.valid_until == on(2030)
    assert told.signer.name == "tsa1"
    untrusted = judge(facts, replace(world.trust(), anchors=()), AT).timestamps[0]
    assert "no certificate chain" in untrusted.reasons[0]


def test_imprint_with_an_ended_digest_needs_a_younger_stamp(world):
    """A SHA-1 imprint of 2015 that nothing younger covers proves nothing in 2026."""
    facts = signature(world.signer, stamp(world.tsa1, SIGNED, digest="sha1"))
    report = judge(facts, world.trust(*world.lists(AT)), AT)
    assert said(report.timestamps[0]) == "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    assert any(each.where == "signature time stamp" and not each.protected for each in report.weaknesses)
