# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.identity.totp import address, code_at, new_secret, seal, spelled, step_of, unseal

SECRET = b"12345678901234567890"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_vectors_of_the_norm(seconds, code):
    """The last six digits of RFC 6238 Appendix B, SHA-1."""
    assert code_at(SECRET, datetime.fromtimestamp(seconds, UTC)) == code


def test_a_code_is_good_for_its_step_and_the_neighbours():
    """A telephone may be half a minute late or early; a minute is too much."""
    for offset, good in ((0, True), (-30, True), (30, True), (-60, False), (60, False)):
        code = code_at(SECRET, NOW + timedelta(seconds=offset))
        assert (step_of(SECRET, code, NOW) is not None) == good, offset


def test_the_step_says_which_code_was_taken():
    """Who takes each step once cannot be given the same code twice."""
    code = code_at(SECRET, NOW)
    assert step_of(SECRET, code, NOW) == step_of(SECRET, code, NOW + timedelta(seconds=29))
    assert step_of(SECRET, f"{code[:3]} {code[3:]}", NOW) == int(NOW.timestamp()) // 30


@pytest.mark.parametrize("wrong", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "000000\n1"])
def test_what_is_no_code_is_none(wrong):
    """Other lengths, letters, digits of other scripts."""
    assert step_of(SECRET, wrong, NOW) is None


def test_a_secret_is_kept_sealed():
    """Another installation's key, or a changed text, opens nothing."""
    secret, key = new_secret(), b"k" * 32
    sealed = seal(secret, key)
    assert unseal(sealed, key) == secret
    assert secret not in sealed.encode()
    assert unseal(sealed, b"q" * 32) is None
    assert unseal("", key) is None


def test_the_address_is_what_telephones_read():
    """Issuer and account are told twice, as the applications want it."""
    told = address(SECRET, "maria@villa.example", "Longeva")
    assert told.startswith("otpauth://totp/Longeva:maria%40villa.example?secret=")
    assert spelled(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert told.endswith("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Longeva")
