# SPDX-License-Identifier: EUPL-1.2
"""An expired signer, and what the archive has of its time: who is believed, and who is not any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from certificates_to_order import authority, party
from cryptography.hazmat.primitives import hashes
from facts_to_order import World, crl, kept, on, said, signature, stamp, unit

from preservation.signatures.engine.judge import judge
from preservation.signatures.engine.poe import Proofs
from preservation.strength import STRENGTH
from preservation.trust.store import TrustStore

SIGNED = on(2026, 6, 1, 10)
SECOND = timedelta(seconds=1)
AFTERWARDS = SIGNED + timedelta(days=1)
LATER = on(2029)
"""The signer ended in 2028; the first time-stamping unit lasts until 2030."""


@pytest.fixture(scope="module")
def world() -> World:
    """Thirty years of parties."""
    return World.made()


def test_expired_signer_with_nothing_else_is_out_of_bounds(world):
    """B-B of an expired certificate, and nothing at hand."""
    assert said(judge(signature(world.signer), world.trust(), LATER)) == "INDETERMINATE OUT_OF_BOUNDS_NO_POE"


def test_expired_signer_stamped_in_time_with_nothing_else_lacks_proof(world):
    """B-T in validity without revocation data of that time is NO_POE, and no pass (a false pass of others)."""
    facts = signature(world.signer, stamp(world.tsa1, SIGNED))
    report = judge(facts, world.trust(*world.lists(LATER)), LATER)
    assert said(report) == "INDETERMINATE NO_POE"
    assert report.best_signature_time == SIGNED
    assert report.timestamps[0].indication == "TOTAL_PASSED"


def test_expired_signer_with_lists_of_that_time_that_the_archive_kept_passes(world):
    """B-T, lists of that time, the archive's proof of them, roots: TOTAL_PASSED."""
    facts = signature(world.signer, stamp(world.tsa1, SIGNED))
    old = world.lists(AFTERWARDS)
    trust = world.trust(*old, *world.lists(LATER))
    report = judge(facts, trust, LATER, proofs=kept(*old, since=AFTERWARDS))
    assert said(report) == "TOTAL_PASSED"
    assert (report.best_signature_time, report.proven_by) == (SIGNED, "signature time stamp")
    assert any(each.about == "signer" and each.this_update == AFTERWARDS for each in report.revocations)


def test_expired_signer_with_the_same_lists_unproven_lacks_proof(world):
    """Lists of that time that nobody proves to be of that time do not count."""
    facts = signature(world.signer, stamp(world.tsa1, SIGNED))
    trust = world.trust(*world.lists(AFTERWARDS), *world.lists(LATER))
    assert said(judge(facts, trust, LATER)) == "INDETERMINATE NO_POE"
    too_late = kept(*trust.crls, since=on(2028, 6))
    assert said(judge(facts, trust, LATER, proofs=too_late)) == "INDETERMINATE NO_POE"


def test_expired_signer_stamped_after_its_end_is_out_of_bounds_whatever_lists_say(world):
    """Stamped after the expiry, with proven old lists: refused (a false pass of others)."""
    late = on(2028, 3)
    old = world.lists(AFTERWARDS)
    facts = signature(world.signer, stamp(world.tsa1, late))
    trust = world.trust(*old, *world.lists(LATER))
    report = judge(facts, trust, LATER, proofs=kept(*old, since=AFTERWARDS))
    assert said(report) == "INDETERMINATE OUT_OF_BOUNDS_NO_POE"
    assert report.best_signature_time == late


def test_signer_revoked_after_an_archived_signature_passes(world):
    """Revoked later, B-LTA from before: TOTAL_PASSED, before the signer's end and after it."""
    old = world.lists(AFTERWARDS)
    first = stamp(world.tsa1, SIGNED)
    archive = stamp(world.tsa1, AFTERWARDS + SECOND, first, *old, kind="archive")
    facts = signature(world.signer, first, archive, crls=old)
    revoked = [(world.signer, on(2027), "keyCompromise")]
    for at in (on(2027, 6), LATER):
        assert said(judge(facts, world.trust(*world.lists(at, revoked=revoked)), at)) == "TOTAL_PASSED"


def test_signed_after_the_revocation_is_revoked(world):
    """A signature proven only after the revocation is REVOKED_NO_POE, expired signer or not."""
    revoked = [(world.signer, on(2026), "keyCompromise")]
    old = world.lists(AFTERWARDS, revoked=revoked)
    facts = signature(world.signer, stamp(world.tsa1, SIGNED))
    assert said(judge(facts, world.trust(*old), AFTERWARDS + SECOND)) == "INDETERMINATE REVOKED_NO_POE"
    trust = world.trust(*old, *world.lists(LATER))
    report = judge(facts, trust, LATER, proofs=kept(*old, since=AFTERWARDS))
    assert said(report) == "INDETERMINATE REVOKED_NO_POE"


def test_registry_date_of_the_whole_file_stands_for_a_time_stamp(world):
    """B-B with its lists inside, whose file an earlier archive holds since then: TOTAL_PASSED."""
    facts = signature(world.signer, crls=world.lists(SIGNED))
    proofs = Proofs().with_everything(SIGNED + SECOND, "registry date")
    report = judge(facts, world.trust(*world.lists(LATER)), LATER, proofs=proofs)
    assert said(report) == "TOTAL_PASSED"
    assert report.proven_by == "registry date"


def test_proof_of_the_file_says_nothing_of_lists_beside_it(world):
    """What the archive holds beside the file is not as old as the file."""
    facts = signature(world.signer)
    proofs = Proofs().with_everything(SIGNED, "registry date")
    trust = world.trust(*world.lists(AFTERWARDS), *world.lists(LATER))
    assert said(judge(facts, trust, LATER, proofs=proofs)) == "INDETERMINATE NO_POE"


def test_control_time_starts_at_the_end_of_each_certificate_and_not_now(world):
    """A later list of the same authority does not slide the control time past an older unit's end (defect)."""
    first = stamp(world.tsa1, SIGNED)
    old = world.lists(AFTERWARDS)
    one = stamp(world.tsa1, AFTERWARDS + SECOND, first, *old, kind="archive")
    second_lists = world.lists(on(2029, 6))
    two = stamp(world.tsa2, on(2029, 6, 2), first, one, *old, *second_lists, kind="archive")
    third_lists = world.lists(on(2036, 6))
    three = stamp(
        world.tsa3, on(2036, 6, 2), first, one, two, *old, *second_lists, *third_lists, kind="archive"
    )
    facts = signature(world.signer, first, one, two, three, crls=(*old, *second_lists, *third_lists))
    report = judge(facts, world.trust(*world.lists(on(2038))), on(2038))
    assert said(report) == "TOTAL_PASSED"
    assert [each.indication for each in report.timestamps] == ["TOTAL_PASSED"] * 4
    assert report.best_signature_time == SIGNED
    late = judge(facts, world.trust(*world.lists(on(2046))), on(2046))
    assert said(late) == "INDETERMINATE OUT_OF_BOUNDS_NO_POE"


def test_expired_authority_is_out_of_bounds_and_the_past_decides(world):
    """An intermediate that ended does not stop the judgement before the past is looked at (defect)."""
    short = authority("short", world.root, since=on(2010), until=on(2028, 2))
    signer = party("signer", short, since=on(2024), until=on(2028))
    old = (crl(world.root, AFTERWARDS), crl(short, AFTERWARDS), *world.lists(AFTERWARDS)[2:])
    facts = signature(signer, stamp(world.tsa1, SIGNED), certificates=(short,), crls=old)
    trust = world.trust(*world.lists(LATER))
    assert said(judge(signature(signer, certificates=(short,)), trust, LATER)).endswith(
        "OUT_OF_BOUNDS_NO_POE"
    )
    assert said(judge(facts, trust, LATER)) == "INDETERMINATE NO_POE"
    proofs = Proofs().with_everything(AFTERWARDS, "evidence record")
    assert said(judge(facts, trust, LATER, proofs=proofs)) == "TOTAL_PASSED"


def test_authority_that_nobody_proves_to_be_old_does_not_count_after_its_end(world):
    """Who breaks a root's key later could issue an old authority: its certificate must be proven too."""
    top = authority("top", world.root, since=on(2005), until=on(2027))
    forged = authority("forged", top, since=on(2010), until=on(2027))
    signer = party("signer", forged, since=on(2024), until=on(2027))
    old = (crl(world.root, AFTERWARDS), crl(top, AFTERWARDS), crl(forged, AFTERWARDS))
    facts = signature(signer, stamp(world.tsa1, SIGNED), certificates=(top, forged), crls=old)
    trust = world.trust(*world.lists(LATER))
    proofs = kept(*old, top.der, since=AFTERWARDS)
    assert said(judge(facts, trust, LATER, proofs=proofs)) == "INDETERMINATE NO_POE"
    proofs = proofs.joined(kept(forged.der, since=AFTERWARDS))
    assert said(judge(facts, trust, LATER, proofs=proofs)) == "TOTAL_PASSED"


def test_document_time_stamps_without_a_signature_time_stamp_prove_the_signature(world):
    """A B-B with document time stamps alone is judged by them (defect)."""
    old = world.lists(SIGNED)
    facts = signature(world.signer, stamp(world.tsa1, AFTERWARDS, *old, kind="document"), crls=old)
    report = judge(facts, world.trust(*world.lists(LATER)), LATER)
    assert said(report) == "TOTAL_PASSED"
    assert (report.best_signature_time, report.proven_by) == (AFTERWARDS, "document time stamp")


def test_authorities_with_lists_alone_are_found_in_the_past(world):
    """Under an intermediate that answers by lists alone, leaf and intermediate are both found (defect)."""
    middle = authority("middle", world.ca, since=on(2010), until=on(2040))
    signer = party("signer", middle, since=on(2024), until=on(2028))
    old = (*world.lists(AFTERWARDS), crl(middle, AFTERWARDS))
    facts = signature(signer, stamp(world.tsa1, SIGNED), certificates=(middle,), crls=old)
    report = judge(facts, world.trust(*world.lists(LATER)), LATER, proofs=kept(*old, since=AFTERWARDS))
    assert said(report) == "TOTAL_PASSED"
    assert [each.name for each in report.certificates] == ["signer", "middle", "ca", "root"]
    alone = replace(facts, crls=old[:-1])
    report = judge(alone, world.trust(*world.lists(LATER)), LATER, proofs=kept(*old, since=AFTERWARDS))
    assert said(report) == "INDETERMINATE NO_POE"


def test_roots_need_not_travel_in_the_file(world):
    """The anchors are the archive's: a file without its root is judged alike (defect)."""
    old = world.lists(SIGNED)
    facts = signature(world.signer, stamp(world.tsa1, AFTERWARDS, *old, kind="archive"), crls=old)
    trust = world.trust(*world.lists(LATER))
    without = judge(facts, trust, LATER)
    assert said(without) == "TOTAL_PASSED"
    carried = replace(facts, certificates=(*facts.certificates, world.root.der, world.ca.der))
    assert judge(carried, trust, LATER).indication == without.indication


def test_the_clock_of_the_machine_is_never_asked(world):
    """Yesterday's verdict and that of 2100 depend on the instant given and nothing else (defect)."""
    old = world.lists(SIGNED)
    facts = signature(world.signer, stamp(world.tsa1, AFTERWARDS, *old, kind="archive"), crls=old)
    trust = world.trust(*world.lists(LATER), *world.lists(SIGNED + timedelta(days=2)))
    assert said(judge(facts, trust, SIGNED + timedelta(days=2))) == "TOTAL_PASSED"
    assert said(judge(facts, trust, LATER)) == "TOTAL_PASSED"
    assert said(judge(facts, trust, on(2100))) == "INDETERMINATE OUT_OF_BOUNDS_NO_POE"


def test_a_pass_gives_no_reason_against_it(world):
    """What passes is not said to have failed (defect)."""
    old = world.lists(SIGNED)
    facts = signature(world.signer, stamp(world.tsa1, AFTERWARDS, *old, kind="archive"), crls=old)
    assert judge(facts, world.trust(*world.lists(LATER)), LATER).reasons == ()


def test_list_that_remembers_the_expired_speaks_of_them(world):
    """expiredCertsOnCRL: today's list says that a signer of long ago was never revoked (defect)."""
    facts = signature(world.signer, stamp(world.tsa1, SIGNED))
    trust = world.trust(*world.lists(LATER, remembers=on(2020)))
    assert said(judge(facts, trust, LATER)) == "TOTAL_PASSED"
    assert said(judge(signature(world.signer), trust, LATER)) == "INDETERMINATE OUT_OF_BOUNDS_NOT_REVOKED"
    forgetful = world.trust(*world.lists(LATER, remembers=on(2028, 6)))
    assert said(judge(facts, forgetful, LATER)) == "INDETERMINATE NO_POE"


def test_list_that_remembers_still_tells_of_a_revocation(world):
    """The same list, with the signer on it before the signature: refused."""
    facts = signature(world.signer, stamp(world.tsa1, SIGNED))
    revoked = [(world.signer, on(2026), "superseded")]
    trust = world.trust(*world.lists(LATER, remembers=on(2020), revoked=revoked))
    assert judge(facts, trust, LATER).indication == "INDETERMINATE"
    assert (
        "REVOKED"
        in judge(facts, trust, LATER).sub_indication + " ".join(judge(facts, trust, LATER).reasons).upper()
    )


@pytest.mark.parametrize(
    ("proven", "verdict"),
    [
        (on(2015, 7), "TOTAL_PASSED"),
        (on(2016, 12, 31), "TOTAL_PASSED"),
        (on(2017, 6), "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
    ],
)
def test_sha1_of_2015_passes_with_a_proof_from_before_its_end(world, proven, verdict):
    """SHA-1 in the signature, another ended digest in its list: what existed before still proves (dated policy)."""
    table = STRENGTH.retiring("sha384", on(2017))  # nobody signs with SHA-1 any more, not even here
    signer = party("old signer", world.ca, since=on(2014), until=on(2018))
    made = on(2015, 6)
    old = [crl(world.ca, made, days=1000, digest=hashes.SHA384()), crl(world.root, made, days=1000)]
    facts = signature(signer, certificates=(world.ca,), crls=old, digest="sha1")
    proofs = Proofs().with_everything(proven, "registry date")
    report = judge(facts, world.trust(*world.lists(LATER)), LATER, proofs=proofs, strength=table)
    assert said(report) == verdict
    told = {(each.algorithm, each.where): each for each in report.weaknesses}
    assert told["sha1", "signature"].protected is (verdict == "TOTAL_PASSED")
    assert told["sha1", "signature"].since == on(2017)
    if verdict == "TOTAL_PASSED":
        assert told["sha384", "revocation data of the signature"].protected


def test_list_signed_with_an_ended_digest_must_be_older_than_that_end(world):
    """The signature is strong and proven; its list is proven too late for the digest that it is signed with."""
    table = STRENGTH.retiring("sha384", on(2027))
    weak = crl(world.ca, AFTERWARDS, digest=hashes.SHA384())
    old = (*world.lists(AFTERWARDS)[::2], weak)
    facts = signature(world.signer, stamp(world.tsa1, SIGNED))
    trust = world.trust(*old, *world.lists(LATER))
    for since, verdict in (
        (on(2026, 7), "TOTAL_PASSED"),
        (on(2027, 6), "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
    ):
        report = judge(facts, trust, LATER, proofs=kept(*old, since=since), strength=table)
        assert said(report) == verdict
    now = on(2027, 6)
    fresh = crl(world.ca, now, digest=hashes.SHA384())
    trust = world.trust(*world.lists(now)[::2], fresh)
    assert said(judge(signature(world.signer), trust, now, strength=table)) == "INDETERMINATE TRY_LATER"


def test_retired_digest_is_protected_by_an_archive_time_stamp_with_another(world):
    """SHA-256 ends in 2030: what a SHA-512 stamp of 2029 covers still proves, what nothing covers does not."""
    table = STRENGTH.retiring("sha256", on(2030))
    root = authority("root5", since=on(2000), until=on(2080))
    old = world.lists(SIGNED)
    facts = signature(world.signer, stamp(world.tsa1, SIGNED + SECOND, *old, kind="archive"), crls=old)
    trust = world.trust(*world.lists(on(2029, 6)))
    assert said(judge(facts, trust, on(2029, 6), strength=table)) == "TOTAL_PASSED"
    report = judge(facts, world.trust(*world.lists(on(2031))), on(2031), strength=table)
    assert report.indication == "INDETERMINATE"
    assert {each.since for each in report.weaknesses} == {on(2030)}
    assert not any(each.protected for each in report.weaknesses)
    assert root.der not in report.evidence


def test_revoked_authority_spoils_what_is_not_proven_to_be_older(world):
    """After a compromise of the authority only lists and signatures proven before it count (REVOKED_CA)."""
    fallen = [(world.ca, on(2027), "cACompromise")]
    at = on(2027, 6)
    old = world.lists(AFTERWARDS)
    first = stamp(world.tsa1, SIGNED)
    bare = signature(world.signer, first, crls=old)
    trust = world.trust(*world.lists(at, revoked=fallen))
    assert said(judge(bare, trust, at)) == "INDETERMINATE REVOKED_CA_NO_POE"
    archived = replace(bare, stamps=(first, stamp(world.tsa1, AFTERWARDS, first, *old, kind="archive")))
    assert said(judge(archived, trust, at)) == "TOTAL_PASSED"


def test_expired_authority_is_not_forgiven_by_lists_that_remember(world):
    """Lists that remember the expired excuse the signer's end, never that of the authority that signs them."""
    short = authority("short", world.root, since=on(2010), until=on(2028, 2))
    signer = party("signer", short, since=on(2024), until=on(2028))
    remembering = crl(short, LATER, remembers=on(2010))
    facts = signature(signer, stamp(world.tsa1, SIGNED), certificates=(short,))
    report = judge(facts, world.trust(*world.lists(LATER), remembering), LATER)
    assert report.indication == "INDETERMINATE"


def test_revocation_in_the_very_second_of_the_proof_comes_first(world):
    """What is revoked at the proven instant is not proven to be older, now and in the past."""
    for at in (AFTERWARDS + SECOND, LATER):
        revoked = [(world.signer, SIGNED, "superseded")]
        old = world.lists(AFTERWARDS, revoked=revoked)
        facts = signature(world.signer, stamp(world.tsa1, SIGNED))
        trust = world.trust(*old, *world.lists(at))
        report = judge(facts, trust, at, proofs=kept(*old, since=AFTERWARDS))
        assert said(report) == "INDETERMINATE REVOKED_NO_POE"


def test_anchor_that_stopped_being_trusted_is_good_for_what_is_older(world):
    """Sunset of an anchor: what is proven to be older passes, what is not finds its chain too late."""
    from preservation.trust.dated import Anchor, Period

    period = Period(None, on(2027), "granted", trusted=True)
    dated = Anchor(world.root.der, frozenset({"signing", "time stamping"}), (period,), "decision")
    at = on(2027, 6)
    lists = world.lists(SIGNED, days=3000)
    trust = TrustStore((), (world.ca.der, world.tsca.der), (*lists, *world.lists(at)), (), (dated,))
    facts = signature(world.signer, crls=lists)
    assert said(judge(facts, trust, at)) == "INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND_NO_POE"
    proofs = Proofs().with_everything(AFTERWARDS, "evidence record")
    assert said(judge(facts, trust, at, proofs=proofs)) == "TOTAL_PASSED"
    signed = replace(facts, crls=()), kept(facts.signature_value, since=AFTERWARDS, source="registry date")
    unproven = replace(trust, crls=(*lists, *world.lists(at)))
    report = judge(signed[0], unproven, at, proofs=signed[1])
    assert said(report) == "INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND_NO_POE"
    assert any(
        "no revocation data" in each for each in report.reasons
    )  # none that is older than the end of trust
    late = Proofs().with_everything(on(2027, 3), "evidence record")
    assert said(judge(facts, trust, at, proofs=late)) == "INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND_NO_POE"


def test_unit_is_made_as_ordered(world):
    """The kit's own promise: a unit is for time stamping alone, and ends when it should."""
    made = unit("tsa", world.tsca, on(2024), on(2025))
    assert made.certificate.not_valid_after_utc == on(2025)
