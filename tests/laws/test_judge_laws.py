# SPDX-License-Identifier: EUPL-1.2
"""Laws of the judge: what was remembered changes nothing, order changes nothing, proof never harms."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from facts_to_order import World, answer, on, responder, sha, signature, stamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preservation.indications import Indication
from preservation.signatures.engine import known
from preservation.signatures.engine import material as material_module
from preservation.signatures.engine.judge import judge
from preservation.signatures.engine.poe import Proofs

SIGNED = on(2026, 6, 1, 10)
DAY = timedelta(days=1)
REASONS = ("", "keyCompromise", "superseded", "certificateHold")


@cache
def world() -> World:
    """One world for all examples."""
    return World.made()


@st.composite
def cases(draw):
    """Return facts, trust, an instant and proofs: stamped and revoked at any time, lists of any age."""
    w = world()
    moment = st.integers(min_value=-400, max_value=4000).map(lambda days: SIGNED + days * DAY)
    revoked = [
        (draw(st.sampled_from([w.signer, w.tsa1, w.ca])), draw(moment), draw(st.sampled_from(REASONS)))
        for _ in range(draw(st.integers(0, 1)))
    ]
    sets = [
        w.lists(
            draw(moment),
            days=draw(st.sampled_from([7, 200])),
            revoked=revoked if draw(st.booleans()) else (),
            remembers=draw(st.sampled_from([None, on(2020)])),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    lists = [each for one in sets for each in one]
    by = responder(w.ca, SIGNED - DAY, SIGNED + 90 * DAY)
    ocsps = (
        [answer(w.signer, w.ca, draw(moment), by=draw(st.sampled_from([None, by])))]
        if draw(st.booleans())
        else []
    )
    stamps, older = [], []
    for number in range(draw(st.integers(0, 3))):
        unit = draw(st.sampled_from([w.tsa1, w.tsa2, w.tsa3]))
        pieces = (
            draw(st.lists(st.sampled_from([*lists, *ocsps, *older]), max_size=6)) if lists or older else []
        )
        made = stamp(unit, draw(moment), *pieces, kind="archive" if number else "signature")
        stamps.append(made)
        older.append(made.token)
    facts = signature(w.signer, *stamps, crls=lists[: len(lists) // 2], ocsps=ocsps)
    proofs = Proofs()
    if lists and draw(st.booleans()):
        proofs = proofs.with_objects(map(sha, draw(st.lists(st.sampled_from(lists)))), draw(moment), "cache")
    if draw(st.booleans()):
        proofs = proofs.with_everything(draw(moment), "registry date")
    return facts, w.trust(*lists[len(lists) // 2 :]), draw(moment), proofs


_REMEMBERING = type(cache(len))


def forget() -> None:
    """Empty every memory of this process that a verdict could stand on."""
    known.forget()
    for name, module in list(sys.modules.items()):
        if name.startswith("preservation."):
            for each in vars(module).values():
                if isinstance(each, _REMEMBERING):
                    each.cache_clear()


class _Forgetful(dict):
    """Remembers nothing for longer than the answer takes."""

    def __contains__(self, key):
        return False


SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(cases())
def test_what_was_remembered_changes_no_verdict(case):
    """Cached and uncached, the whole report is the same."""
    facts, trust, at, proofs = case
    warm = [judge(facts, trust, at, proofs=proofs) for _ in range(2)]
    forget()
    made = material_module.Material.of
    try:
        material_module.Material.of = classmethod(lambda _, *given: _forgetful(made(*given)))
        cold = judge(facts, trust, at, proofs=proofs)
    finally:
        material_module.Material.of = made
    assert warm == [cold, cold]


def _forgetful(material):
    object.__setattr__(material, "memo", _Forgetful())
    return material


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(cases(), min_size=2, max_size=4))
def test_what_was_judged_before_changes_no_verdict(several):
    """The same certificates with other lists, answers, proofs and instants, judged in both orders."""

    def judged(order):
        forget()
        return [judge(facts, trust, at, proofs=proofs) for facts, trust, at, proofs in order]

    assert judged(several) == judged(several[::-1])[::-1]


@SETTINGS
@given(cases())
def test_the_order_in_which_things_are_stored_changes_no_verdict(case):
    """Stamps, lists and answers turned round: the same indication, the same proven time."""
    facts, trust, at, proofs = case
    turned = replace(
        facts, stamps=facts.stamps[::-1], crls=facts.crls[::-1], certificates=facts.certificates[::-1]
    )
    other = replace(trust, crls=trust.crls[::-1])
    first = judge(facts, trust, at, proofs=proofs)
    second = judge(turned, other, at, proofs=proofs)
    assert (first.indication, first.sub_indication) == (second.indication, second.sub_indication)
    assert first.best_signature_time == second.best_signature_time


@SETTINGS
@given(cases(), st.integers(min_value=0, max_value=2000))
def test_an_older_proof_of_what_is_proven_never_spoils_a_pass(case, days: int):
    """What passes by a proof of the file passes too by proofs of its lists from the same time."""
    facts, trust, at, proofs = case
    report = judge(facts, trust, at, proofs=proofs)
    if report.indication is not Indication.TOTAL_PASSED:
        return
    when: datetime = at - days * DAY
    more = proofs.with_objects(map(sha, (*facts.crls, *trust.crls, *facts.ocsps)), when, "cache")
    assert judge(facts, trust, at, proofs=more).indication is Indication.TOTAL_PASSED


@SETTINGS
@given(cases())
def test_nothing_passes_outside_the_life_of_its_certificate_or_after_its_revocation(case):
    """The guard that others lack: a pass is proven within the certificate's dates, before any revocation."""
    facts, trust, at, proofs = case
    report = judge(facts, trust, at, proofs=proofs)
    if report.indication is Indication.TOTAL_PASSED:
        assert report.signer.not_before <= report.best_signature_time <= report.signer.not_after
        for each in report.revocations:
            if each.about == "signer" and each.revoked_at is not None and each.reason != "certificateHold":
                assert report.best_signature_time < each.revoked_at
        if at > report.signer.not_after:
            assert report.proven_by


@cache
def honest() -> tuple[bytes, ...]:
    """Return one of each: certificates, a list, answers."""
    w = world()
    by = responder(w.ca, SIGNED - DAY, SIGNED + 90 * DAY)
    answers = (answer(w.signer, w.ca, SIGNED), answer(w.signer, w.ca, SIGNED, by=by))
    return (w.signer.der, w.ca.der, w.tsa1.der, *w.lists(SIGNED)[1:2], *answers)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_broken_certificates_lists_and_answers_never_raise_and_never_pass_alone(data):
    """Every byte of what came along may be broken: a verdict all the same."""
    w = world()
    broken = []
    for piece in honest():
        changed = bytearray(piece)
        for _ in range(data.draw(st.integers(0, 3))):
            changed[data.draw(st.integers(0, len(piece) - 1))] = data.draw(st.integers(0, 255))
        broken.append(bytes(changed[: data.draw(st.sampled_from([len(piece), len(piece) // 2]))]))
    signer, authority, unit, *lists, one, two = broken
    facts = replace(
        signature(w.signer, stamp(w.tsa1, SIGNED)),
        signer=signer,
        certificates=(signer, authority, unit),
        crls=tuple(lists),
        ocsps=(one, two),
    )
    token = replace(facts.stamps[0].signature, signer=unit, certificates=(unit, authority))
    facts = replace(facts, stamps=(replace(facts.stamps[0], signature=token),))
    report = judge(facts, w.trust(), SIGNED + DAY)
    assert report.indication is not Indication.TOTAL_PASSED  # no list of the root is at hand
