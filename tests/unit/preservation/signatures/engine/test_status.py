# SPDX-License-Identifier: EUPL-1.2
"""Which revocation data may be used, and what is missing where it may not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from certificates_to_order import authority, party
from cryptography import x509
from facts_to_order import World, answer, crl, kept, on, responder, said, signature, stamp

from preservation.signatures.engine.judge import judge
from preservation.trust.store import TrustStore

AT = on(2026, 7)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def world() -> World:
    """Thirty years of parties."""
    return World.made()


def judged(world, *crls, ocsps=(), at=AT, stamps=(), **more):
    """Judge a bare signature by lists and answers."""
    return judge(signature(world.signer, *stamps), world.trust(*crls, ocsps=ocsps), at, **more)


def test_data_is_fresh_until_its_next_update(world):
    """5.2.5: current data passes, older data is TRY_LATER with the date of what is at hand."""
    root = crl(world.root, AT)
    assert said(judged(world, root, crl(world.ca, AT - 7 * DAY))) == "TOTAL_PASSED"
    stale = judged(world, root, crl(world.ca, AT - 8 * DAY))
    assert said(stale) == "INDETERMINATE TRY_LATER"
    assert "2026-06-23" in stale.reasons[0]


def test_data_without_next_update_is_fresh_for_a_day(world):
    """An answer that promises nothing is good for its day."""
    root = crl(world.root, AT)
    for age, verdict in ((1, "TOTAL_PASSED"), (2, "INDETERMINATE TRY_LATER")):
        said_by_ca = answer(world.signer, world.ca, AT - age * DAY, days=None)
        assert said(judged(world, root, ocsps=[said_by_ca])) == verdict


def test_stale_data_that_was_fresh_at_the_proven_time_suffices(world):
    """5.5.4 step 6: freshness is asked for the time at which the signature is proven."""
    signed = on(2026, 6, 1, 10)
    trust = world.trust(crl(world.root, AT), crl(world.tsca, AT), crl(world.ca, signed - DAY))
    facts = signature(world.signer, stamp(world.tsa1, signed))
    assert said(judge(facts, trust, AT)) == "TOTAL_PASSED"
    assert said(judge(signature(world.signer), trust, AT)) == "INDETERMINATE TRY_LATER"


def test_data_from_the_future_does_not_exist_yet(world):
    """Judged as of a day, what was issued later is not at hand."""
    lists = world.lists(AT + DAY, revoked=[(world.signer, AT - DAY, "")])
    assert said(judged(world, *lists)) == "INDETERMINATE TRY_LATER"


def test_answer_that_was_produced_later_is_not_at_hand(world):
    """What an answer speaks of may be older than the answer: it exists since it was produced."""
    root = crl(world.root, AT)
    told = answer(world.signer, world.ca, AT - DAY, produced=AT + DAY)
    assert said(judged(world, root, ocsps=[told])) == "INDETERMINATE TRY_LATER"
    assert said(judged(world, root, ocsps=[told], at=AT + DAY)) == "TOTAL_PASSED"


def test_answer_with_something_critical_that_is_not_understood_says_nothing_good(world):
    """RFC 6960 4.4: it may take back what it says; a revocation is heard all the same."""
    root, odd = crl(world.root, AT), {"critical": "1.2.3.4"}
    good = answer(world.signer, world.ca, AT, **odd)
    gone = answer(world.signer, world.ca, AT, revoked=(AT - DAY, "superseded"), **odd)
    assert said(judged(world, root, ocsps=[good])) == "INDETERMINATE TRY_LATER"
    assert said(judged(world, root, ocsps=[gone])) == "INDETERMINATE REVOKED_NO_POE"


def test_suspended_signer_is_to_be_tried_later_and_freed_by_the_next_list(world):
    """CertificateHold is TRY_LATER; a later list without it lifts it."""
    root = crl(world.root, AT)
    held = crl(world.ca, AT - DAY, revoked=[(world.signer, AT - 3 * DAY, "certificateHold")])
    report = judged(world, root, held)
    assert said(report) == "INDETERMINATE TRY_LATER"
    assert "suspended" in report.reasons[0]
    assert said(judged(world, root, held, crl(world.ca, AT))) == "TOTAL_PASSED"


def test_revocation_stays_whatever_a_later_list_says(world):
    """Only a suspension can be lifted."""
    gone = crl(world.ca, AT - DAY, revoked=[(world.signer, AT - 3 * DAY, "superseded")])
    report = judged(world, crl(world.root, AT), gone, crl(world.ca, AT))
    assert said(report) == "INDETERMINATE REVOKED_NO_POE"
    assert report.revocations[0].reason == "superseded"
    assert report.revocations[0].revoked_at == AT - 3 * DAY


def test_answer_of_a_delegated_responder_counts_while_its_certificate_stands(world):
    """id-pkix-ocsp-nocheck: good for the responder's own life; afterwards only with proof from within it."""
    by = responder(world.ca, on(2026, 6), on(2026, 8))
    root = crl(world.root, AT, days=400)
    said_then = answer(world.signer, world.ca, AT, days=300, by=by)
    assert said(judged(world, root, ocsps=[said_then])) == "TOTAL_PASSED"
    report = judged(world, root, ocsps=[said_then], at=on(2026, 9))
    assert said(report) == "INDETERMINATE TRY_LATER"
    proofs = kept(said_then, since=AT)
    assert said(judged(world, root, ocsps=[said_then], at=on(2026, 9), proofs=proofs)) == "TOTAL_PASSED"


def test_answer_of_a_responder_of_somebody_else_or_before_its_time_does_not_count(world):
    """Nobody answers before being entitled to, nor for another authority."""
    root = crl(world.root, AT)
    early = answer(world.signer, world.ca, AT, by=responder(world.ca, AT + DAY, on(2026, 8)))
    foreign = answer(world.signer, world.ca, AT, by=responder(world.tsca, on(2026, 6), on(2026, 8)))
    for each in (early, foreign):
        assert said(judged(world, root, ocsps=[each], at=AT + 2 * DAY)) == "INDETERMINATE TRY_LATER"


def test_answer_with_an_archive_cutoff_speaks_of_the_expired(world):
    """archiveCutoff: an answer of after the end counts where its issuer keeps what ended."""
    later = on(2028, 6)
    facts = signature(world.signer, stamp(world.tsa1, on(2026, 6)))
    for cutoff, verdict in ((on(2020), "TOTAL_PASSED"), (None, "INDETERMINATE NO_POE")):
        said_late = answer(world.signer, world.ca, later, cutoff=cutoff)
        trust = world.trust(crl(world.root, later), crl(world.tsca, later), ocsps=[said_late])
        assert said(judge(facts, trust, later)) == verdict


def test_later_revocation_told_by_who_may_not_answer_any_more_is_no_status(world):
    """Who stole the key of an ended responder cannot replace a good status by a revocation of tomorrow."""
    by = responder(world.ca, on(2026, 6), on(2026, 8))
    at = on(2026, 9)
    told = answer(world.signer, world.ca, on(2026, 7), by=by, revoked=(on(2026, 6, 30), "superseded"))
    facts = signature(world.signer, stamp(world.tsa1, on(2026, 6, 1)))
    lists = (crl(world.root, at), crl(world.tsca, at))
    assert said(judge(facts, world.trust(*lists, ocsps=[told]), at)) == "INDETERMINATE TRY_LATER"
    trust = world.trust(*lists, crl(world.ca, at, revoked=[(world.signer, on(2026, 6, 30), "superseded")]))
    assert said(judge(facts, trust, at)) == "TOTAL_PASSED"


def test_one_responder_does_not_vouch_for_another(world):
    """The status of a responder comes from its authority alone."""
    one = responder(world.ca, on(2026, 6), on(2026, 12), excused=False, lists_at="http://crl.example/ca.crl")
    two = responder(world.ca, on(2026, 6), on(2026, 12))
    answers = [answer(world.signer, world.ca, AT, by=one), answer(one, world.ca, AT, by=two)]
    assert said(judged(world, crl(world.root, AT), ocsps=answers)) == "INDETERMINATE TRY_LATER"


def test_responder_that_is_not_excused_must_be_known_not_to_be_revoked(world):
    """Without nocheck the responder's own status is asked: missing is TRY_LATER, good passes, revoked does not."""
    by = responder(world.ca, on(2026, 6), on(2026, 12), excused=False, lists_at="http://crl.example/ca.crl")
    root = crl(world.root, AT)
    of_signer = answer(world.signer, world.ca, AT, by=by)
    of_responder = answer(by, world.ca, AT)
    gone = answer(by, world.ca, AT, revoked=(AT - DAY, "keyCompromise"))
    verdicts = [said(judged(world, root, ocsps=[of_signer, *more])) for more in ([], [of_responder], [gone])]
    assert verdicts == ["INDETERMINATE TRY_LATER", "TOTAL_PASSED", "INDETERMINATE TRY_LATER"]


def test_certificate_that_is_never_revoked_needs_no_data(world):
    """Validity assured, short term (EN 319 412-1 5.2): no list is asked for the certificate itself."""
    oid = x509.ObjectIdentifier("0.4.0.194121.2.1")
    extension = (x509.UnrecognizedExtension(oid, b"\x05\x00"), False)
    short = party("short", world.ca, extensions=[extension], since=AT - DAY, until=AT + DAY)
    assert said(judge(signature(short), world.trust(crl(world.root, AT)), AT)) == "TOTAL_PASSED"
    assert said(judge(signature(world.signer), world.trust(crl(world.root, AT)), AT)).endswith("TRY_LATER")


def test_of_several_chains_the_one_that_passes_is_taken(world):
    """A crossed authority whose first path is revoked does not spoil the second (5.2.6, loop of step 2)."""
    other = authority("other root", since=on(2000), until=on(2080))
    crossed = authority("ca", other, key=world.ca.key, since=on(2005), until=on(2050))
    trust = TrustStore(
        (world.root.der, other.der),
        (world.ca.der, crossed.der),
        (
            crl(world.root, AT, revoked=[(world.ca, on(2026), "cACompromise")]),
            crl(other, AT),
            crl(world.ca, AT),
        ),
    )
    report = judge(signature(world.signer), trust, AT)
    assert said(report) == "TOTAL_PASSED"
    assert report.certificates[-1].name == "other root"
    one_way = TrustStore(trust.anchors[:1], trust.certificates, trust.crls)
    assert said(judge(signature(world.signer), one_way, AT)) == "INDETERMINATE REVOKED_CA_NO_POE"
