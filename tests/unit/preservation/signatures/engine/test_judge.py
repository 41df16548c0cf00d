# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from preservation.indications import Check, Indication, Outcome
from preservation.signatures.cms.read import read_cms
from preservation.signatures.content import BytesContent
from preservation.signatures.engine.judge import judge
from preservation.signatures.engine.poe import Proofs
from preservation.signatures.facts import Doubt, SignatureFacts
from preservation.signatures.sign import sign_cms
from preservation.strength import Algorithm
from preservation.trust.store import TrustStore

DATA = b"decreto de alcaldia"


@pytest.fixture(scope="module")
def basic(world) -> SignatureFacts:
    """A sound CAdES B-B."""
    signature = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)
    return read_cms(signature, BytesContent(DATA))[0]


@pytest.fixture(scope="module")
def stamped(world) -> SignatureFacts:
    """A sound CAdES B-T."""
    signature = sign_cms(
        DATA, world.seal, detached=True, signing_time=world.signed_at, authority=world.stamper()
    )
    return read_cms(signature, BytesContent(DATA))[0]


def test_judge_sound_signature_passes_with_its_evidence(world, basic):
    """Chain, validity and revocation known: TOTAL_PASSED, and the evidence is handed out to be kept."""
    report = judge(basic, world.trust(), world.at)
    assert (report.indication, report.sub_indication) == (Indication.TOTAL_PASSED, "")
    assert world.seal.certificate in report.evidence
    assert set(world.trust().crls) & set(report.evidence)
    assert report.best_signature_time == world.at
    assert report.signer.identifier == "P0000000J"


def test_judge_without_anchor_finds_no_chain(world, basic):
    """Nobody is trusted by default."""
    report = judge(basic, TrustStore(), world.at)
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
    assert report.intact


def test_judge_without_revocation_data_says_try_later(world, basic):
    """A chain without revocation data is not believed, and is not failed either."""
    trust = replace(world.trust(), crls=())
    assert judge(basic, trust, world.at).sub_indication == "TRY_LATER"


def test_judge_with_stale_revocation_data_says_try_later(world, basic):
    """A list that was not current at the time proves nothing of it."""
    report = judge(basic, world.trust(world.signed_at), world.signed_at + timedelta(days=400))
    assert report.sub_indication == "TRY_LATER"


def test_judge_expired_signer_without_proof_never_passes(world, basic):
    """An expired certificate with no proof of the time is out of bounds, whatever the claimed time.

    The authority's lists remember the expired, so it is known that it was not revoked.
    """
    later = datetime(2029, 6, 1, tzinfo=UTC)
    report = judge(basic, world.trust(later), later)
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "OUT_OF_BOUNDS_NOT_REVOKED")
    report = judge(basic, replace(world.trust(later), crls=()), later)
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")


def test_judge_expired_signer_with_a_stamp_from_before_is_judged_at_that_time(world, stamped):
    """The time stamp moves the control time into the certificate's life; old lists then settle it."""
    later = datetime(2029, 6, 1, tzinfo=UTC)
    trust = world.trust(later).joined(world.trust(world.at))
    report = judge(stamped, trust, later)
    assert report.best_signature_time == world.signed_at
    assert (report.indication, report.sub_indication) == ("TOTAL_PASSED", "")


def test_judge_stamped_after_the_expiry_never_passes(world, basic):
    """A signature stamped after its certificate had expired is not believed (a false pass of others)."""
    late = datetime(2029, 6, 1, tzinfo=UTC)
    signature = sign_cms(
        DATA, world.seal, detached=True, signing_time=world.signed_at, authority=world.stamper(late)
    )
    facts = read_cms(signature, BytesContent(DATA))[0]
    trust = world.trust(late).joined(world.trust(world.at))
    report = judge(facts, trust, late + timedelta(days=1))
    assert report.timestamps[0].indication is Indication.TOTAL_PASSED
    assert report.sub_indication == "OUT_OF_BOUNDS_NOT_REVOKED"


def test_judge_with_the_archives_own_proof_uses_its_time(world, basic):
    """An evidence record of the archive stands for a time stamp."""
    later = datetime(2029, 6, 1, tzinfo=UTC)
    trust = world.trust(later).joined(world.trust(world.at))
    proofs = Proofs().with_everything(world.at, "evidence record")
    report = judge(basic, trust, later, proofs=proofs)
    assert report.indication is Indication.TOTAL_PASSED
    assert (report.best_signature_time, report.proven_by) == (world.at, "evidence record")


def test_judge_expired_time_stamping_authority_proves_nothing(world, stamped):
    """When the stamp's own certificate is over and nothing younger covers it, the time is open again."""
    later = datetime(2033, 1, 1, tzinfo=UTC)
    report = judge(stamped, world.trust(later).joined(world.trust(world.at)), later)
    assert report.timestamps[0].sub_indication == "OUT_OF_BOUNDS_NOT_REVOKED"
    assert report.timestamps[0].intact
    assert report.indication is Indication.INDETERMINATE


def test_judge_revoked_before_the_proven_time_is_revoked_no_poe(world):
    """A revocation older than the proven time is INDETERMINATE/REVOKED_NO_POE."""
    identity = world.authority.identity_for("PRUEBA REVOCADA", "00000010X", "AYUNTAMIENTO")
    signature = sign_cms(
        DATA, identity, detached=True, signing_time=world.signed_at, authority=world.stamper()
    )
    facts = read_cms(signature, BytesContent(DATA))[0]
    world.authority.revoke(identity.certificate, world.signed_at - timedelta(days=1))
    assert judge(facts, world.trust(), world.at).sub_indication == "REVOKED_NO_POE"


def test_judge_revoked_after_the_proven_time_passes(world):
    """What was stamped before the revocation stays good."""
    identity = world.authority.identity_for("PRUEBA REVOCADA DESPUES", "00000011B", "AYUNTAMIENTO")
    signature = sign_cms(
        DATA, identity, detached=True, signing_time=world.signed_at, authority=world.stamper()
    )
    facts = read_cms(signature, BytesContent(DATA))[0]
    world.authority.revoke(identity.certificate, world.signed_at + timedelta(days=2))
    later = world.signed_at + timedelta(days=3)
    assert judge(facts, world.trust(later), later).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize(
    ("algorithm", "year", "weak"),
    [
        (Algorithm("sha1"), 2015, False),
        (Algorithm("sha1"), 2026, True),
        (Algorithm("md5"), 2009, True),
        (Algorithm("rsa", 1024), 2013, False),
        (Algorithm("rsa", 1024), 2026, True),
        (Algorithm("rsa", 512), 2005, True),
        (Algorithm("sha256"), 2050, False),
    ],
)
def test_judge_weak_algorithms_are_dated(basic, world, algorithm, year, weak):
    """An algorithm is weak from a date on, and a proof from before keeps what it proved."""
    facts = replace(basic, algorithms=(*basic.algorithms, algorithm))
    report = judge(facts, TrustStore(), datetime(year, 6, 1, tzinfo=UTC))
    assert (
        any("proves nothing since" in reason or "never proved" in reason for reason in report.reasons) is weak
    )


def test_judge_weak_algorithm_is_indeterminate_not_failed(basic, world):
    """SHA-1 today is INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE: older proof may come."""
    facts = replace(basic, algorithms=(*basic.algorithms, Algorithm("sha1")))
    report = judge(facts, world.trust(), world.at)
    assert (report.indication, report.sub_indication) == (
        "INDETERMINATE",
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    )
    assert report.intact


@pytest.mark.parametrize(
    ("change", "indication", "sub_indication"),
    [
        ({"references": (Check("x", Outcome.FAILED),)}, "TOTAL_FAILED", "HASH_FAILURE"),
        ({"references": (Check("x", Outcome.MISSING),)}, "INDETERMINATE", "SIGNED_DATA_NOT_FOUND"),
        ({"references": (Check("x", Outcome.UNSUPPORTED),)}, "INDETERMINATE", "SIGNED_DATA_NOT_FOUND"),
        ({"references": ()}, "TOTAL_FAILED", "FORMAT_FAILURE"),
        ({"value": Check("v", Outcome.FAILED)}, "TOTAL_FAILED", "SIG_CRYPTO_FAILURE"),
        ({"problems": ("dos elementos con el mismo Id",)}, "TOTAL_FAILED", "FORMAT_FAILURE"),
        ({"signer": None}, "INDETERMINATE", "NO_SIGNING_CERTIFICATE_FOUND"),
        ({"modified": "a page"}, "INDETERMINATE", "SIG_CONSTRAINTS_FAILURE"),
        ({"unreadable": "truncated"}, "INDETERMINATE", "FORMAT_FAILURE"),
        ({"signer": b"\x30\x00"}, "INDETERMINATE", "CERTIFICATE_CHAIN_GENERAL_FAILURE"),
    ],
)
def test_judge_each_fault_gives_the_standards_sub_indication(
    world, basic, change, indication, sub_indication
):
    """Faults map to EN 319 102-1 tables 5 and 6, one by one."""
    report = judge(replace(basic, **change), world.trust(), world.at)
    assert (report.indication, report.sub_indication) == (indication, sub_indication)


def test_judge_time_stamp_over_something_else_moves_nothing(world, stamped):
    """A token with another imprint neither proves a time nor breaks the signature."""
    wrong = replace(stamped.stamps[0], imprint=Check("imprint", Outcome.FAILED))
    report = judge(replace(stamped, stamps=(wrong,)), world.trust(), world.at)
    assert not report.timestamps[0].intact
    assert report.best_signature_time == world.at


@pytest.mark.parametrize(
    "change",
    [
        {"time": datetime(2010, 1, 1, tzinfo=UTC)},
        {"doubts": (Doubt("SIG_CONSTRAINTS_FAILURE", "it names another certificate"),)},
    ],
)
def test_judge_time_stamp_from_before_its_certificate_or_in_doubt_moves_nothing(world, stamped, change):
    """A token that says a time without a certificate, or whose signer is in doubt, proves no time."""
    stamp = stamped.stamps[0]
    if "doubts" in change:
        change = {"signature": replace(stamp.signature, **change)}
    report = judge(replace(stamped, stamps=(replace(stamp, **change),)), world.trust(), world.at)
    assert report.timestamps[0].indication is Indication.INDETERMINATE
    assert report.best_signature_time == world.at
