# SPDX-License-Identifier: EUPL-1.2
"""What goes wrong in seventy years: revocations, a stolen time-stamping key, a broken digest, changed bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest
from pki import COMPROMISED_SINCE, REVOKED_SINCE, Pki
from pki_forms import FORMS, MADE, Traveller, signed, tampered

from archive.errors import LongevaError, TrustError
from preservation.indications import Indication
from preservation.strength import STRENGTH

EVERY_FORM = pytest.mark.parametrize("form", FORMS)


def on(year: int, month: int = 7, day: int = 1) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def verdict(pki: Pki, traveller: Traveller, at: datetime) -> str:
    report = traveller.judged(pki.trust(at), at)
    return f"{report.indication} {report.sub_indication}".strip()


@cache
def kept(pki: Pki, form: str, who: str = "rsa", tsa: str = "tsa1") -> Traveller:
    """Return a file made and brought to LTA on the same day of 2026."""
    return signed(pki, form, who).augmented(pki, MADE, tsa=tsa)


@EVERY_FORM
def test_a_signer_revoked_later_stays_good_with_a_stamp_from_before(pki, form):
    """A revocation of August does not reach what was time-stamped in June (EN 319 102-1 5.5.4)."""
    assert MADE < REVOKED_SINCE
    assert verdict(pki, kept(pki, form, "revoked"), on(2026, 10)) == "TOTAL_PASSED"
    assert verdict(pki, kept(pki, form, "revoked"), on(2029)) == "TOTAL_PASSED"


@EVERY_FORM
def test_without_a_stamp_a_revocation_takes_the_signature_with_it(pki, form):
    """Who signed in June and stamped nothing cannot show in October that it was June."""
    assert verdict(pki, signed(pki, form, "revoked"), on(2026, 7)) == "TOTAL_PASSED"
    assert verdict(pki, signed(pki, form, "revoked"), on(2026, 10)) == "INDETERMINATE REVOKED_NO_POE"


@EVERY_FORM
def test_a_stamp_after_the_revocation_saves_nothing(pki, form):
    """Signed and stamped after the revocation: the proven time is too late, whoever looks and whenever."""
    late = signed(pki, form, "revoked", on(2026, 9)).augmented(pki, on(2026, 9), level="T")
    for at in (on(2026, 10), on(2027)):
        report = late.judged(pki.trust(at), at)
        assert report.indication is not Indication.TOTAL_PASSED
        assert report.sub_indication in {"REVOKED", "REVOKED_NO_POE"}
    with pytest.raises(TrustError):
        late.augmented(pki, on(2026, 10), tsa="tsa1")


@EVERY_FORM
def test_a_compromised_unit_proves_nothing_by_itself(pki, form):
    """Whoever holds the key may write any date: all tokens of a unit fall with it (RFC 3161 section 4)."""
    alone = kept(pki, form, tsa="tsa-compromised")
    assert verdict(pki, alone, on(2026, 8)) == "TOTAL_PASSED"
    at = on(2027)
    assert at > COMPROMISED_SINCE
    report = alone.judged(pki.trust(at), at)
    assert report.timestamps
    assert all(each.indication is not Indication.TOTAL_PASSED for each in report.timestamps)
    assert report.best_signature_time == at


@EVERY_FORM
def test_a_compromised_unit_does_not_keep_an_ended_certificate(pki, form):
    """With its only proof gone, the signature cannot outlive its certificate."""
    assert verdict(pki, kept(pki, form, tsa="tsa-compromised"), on(2029)).startswith("INDETERMINATE ")


@EVERY_FORM
def test_a_stamp_of_another_unit_from_before_saves_the_compromised_one(pki, form):
    """What an honest unit covered before the key was stolen is older than the theft."""
    saved = kept(pki, form, tsa="tsa-compromised").augmented(pki, on(2026, 12), tsa="tsa1")
    for at in (on(2027), on(2029)):
        assert verdict(pki, saved, at) == "TOTAL_PASSED"


@EVERY_FORM
def test_a_stamp_from_after_the_theft_saves_nothing(pki, form):
    """Covered only afterwards, a token may be the thief's own: it is refused, and was not renewed either."""
    alone = kept(pki, form, tsa="tsa-compromised")
    with pytest.raises(TrustError):
        alone.augmented(pki, on(2029), tsa="tsa2")


@EVERY_FORM
def test_a_retired_digest_holds_where_a_better_one_came_before(pki, form):
    """SHA-256 falls in 2040: what was renewed in 2036 with SHA-512 is proven older than that."""
    renewed = kept(pki, form).augmented(pki, on(2029, 6), tsa="tsa2", digest="sha512")
    again = renewed.augmented(pki, on(2036, 6), tsa="tsa3", digest="sha512")
    table = STRENGTH.retiring("sha256", on(2040, 1))
    for at in (on(2038), on(2042)):
        report = again.judged(pki.trust(at), at, table)
        assert report.indication is Indication.TOTAL_PASSED, (report.sub_indication, report.reasons)
        assert report.best_signature_time == MADE


@EVERY_FORM
def test_a_retired_digest_takes_what_was_not_renewed_with_a_better_one(pki, form):
    """Renewed in 2029 and 2036 with SHA-256 itself, it proves nothing once SHA-256 has fallen."""
    same = kept(pki, form).augmented(pki, on(2029, 6), tsa="tsa2").augmented(pki, on(2036, 6), tsa="tsa3")
    table = STRENGTH.retiring("sha256", on(2040, 1))
    report = same.judged(pki.trust(on(2042)), on(2042), table)
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication in {"CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "OUT_OF_BOUNDS_NO_POE"}
    assert "CRYPTO_CONSTRAINTS_FAILURE_NO_POE" in {each.sub_indication for each in report.timestamps}


@EVERY_FORM
def test_a_digest_that_falls_while_the_certificate_is_good_takes_the_signature(pki, form):
    """SHA-256 falls in 2027, nothing else does: the signature falls with it, and so do lists signed with it."""
    table = STRENGTH.retiring("sha256", on(2027, 1))
    assert kept(pki, form).judged(pki.trust(on(2026)), on(2026), table).indication is Indication.TOTAL_PASSED
    report = kept(pki, form).judged(pki.trust(on(2027)), on(2027), table)
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication in {"CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "TRY_LATER"}
    assert ("sha256", on(2027, 1)) in {(each.algorithm, each.since) for each in report.weaknesses}


@EVERY_FORM
def test_bytes_changed_after_renewal_are_found(pki, form):
    """Whoever changes the content after a renewal breaks the signature, not only the archive's stamp."""
    renewed = kept(pki, form).augmented(pki, on(2029, 6), tsa="tsa2")
    at = on(2031)
    assert verdict(pki, renewed, at) == "TOTAL_PASSED"
    report = tampered(renewed).judged(pki.trust(at), at)
    assert report.indication is not Indication.TOTAL_PASSED
    assert not report.intact


@EVERY_FORM
def test_what_was_changed_is_not_renewed(pki, form):
    """A time stamp on something broken would only hide it: the door refuses (EN 319 102-1 4.5)."""
    with pytest.raises(TrustError):
        tampered(kept(pki, form)).augmented(pki, on(2029, 6), tsa="tsa2")


@EVERY_FORM
def test_what_has_ended_is_not_renewed(pki, form):
    """A chain whose last time stamp ended unrenewed in 2030 cannot be mended in 2036."""
    with pytest.raises(TrustError):
        kept(pki, form).augmented(pki, on(2036, 6), tsa="tsa3")


@EVERY_FORM
def test_without_lists_the_youngest_stamp_waits(pki, form):
    """With the network cut and nothing held, whether the youngest unit was revoked is not known: no pass."""
    at = on(2027)
    report = kept(pki, form).judged(pki.trust(at, lists=False), at)
    assert report.indication is Indication.INDETERMINATE


@EVERY_FORM
def test_another_root_does_not_carry_it(pki, form):
    """Without the anchor of the time-stamping authorities no stamp holds, and without the signer's no signature."""
    at = on(2029)
    known = pki.trust(at)
    for anchor in known.anchors:
        alone = type(known)((anchor,), known.certificates, known.crls, known.ocsps)
        assert kept(pki, form).judged(alone, at).indication is Indication.INDETERMINATE


@pytest.mark.parametrize("who", ["rsa", "ec", "ed", "brainpool", "crl-only"])
@EVERY_FORM
def test_every_kind_of_signer_is_kept(pki, form, who):
    """RSA, NIST and Brainpool curves, Ed25519, and a signer whose authority publishes lists alone."""
    renewed = kept(pki, form, who).augmented(pki, on(2029, 6), tsa="tsa2")
    assert verdict(pki, renewed, on(2036)) == "TOTAL_PASSED"


@EVERY_FORM
def test_a_stamp_after_the_certificate_ended_proves_too_little(pki, form):
    """Signed with a certificate of 2014 to 2018 and stamped in 2026: nothing says that it was signed in time."""
    try:
        late = signed(pki, form, "expired").augmented(pki, MADE, level="T", tsa="tsa1")
    except LongevaError:
        late = signed(pki, form, "expired")
    assert verdict(pki, late, on(2026)) == "INDETERMINATE OUT_OF_BOUNDS_NO_POE"


@EVERY_FORM
def test_a_signer_of_the_second_generation_needs_no_first(pki, form):
    """Signed in 2044 under the authorities of 2040: it holds to the end of the last unit, and not beyond."""
    made = signed(pki, form, "second", on(2044, 6)).augmented(pki, on(2044, 6), tsa="tsa4")
    assert verdict(pki, made, on(2055)) == "TOTAL_PASSED"
    assert verdict(pki, made, on(2062)) == "INDETERMINATE OUT_OF_BOUNDS_NO_POE"
