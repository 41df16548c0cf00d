# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import certificates_to_order as orders
import pytest
from lists_to_order import ISSUED, lotl, signed, unsigned

from preservation.trusted_lists.verify import verify_list, verify_list_of_lists


def test_verify_list_at_its_own_time(operator):
    """The operator's certificate ended long ago; the list was right when it was issued."""
    verdict = verify_list(signed(unsigned(), operator), [operator.der])
    assert (verdict.believed, verdict.signer, verdict.found.sequence) == (True, operator.der, 7)


def test_verify_list_accepts_another_certificate_of_the_named_key(operator):
    """A pointer names a key; a renewed certificate of it is the same signer."""
    renewed = orders.party("OPERADOR", key=operator.key)
    assert verify_list(signed(unsigned(), operator), [renewed.der]).believed


def test_verify_list_of_a_stranger_is_not_believed(operator):
    """Everybody can sign a list: it is believed from whom somebody named."""
    stranger = orders.party("OPERADOR")
    verdict = verify_list(signed(unsigned(), stranger), [operator.der])
    assert (verdict.believed, verdict.signer) == (False, stranger.der)
    assert not verify_list(signed(unsigned(), operator), []).believed
    assert not verify_list(signed(unsigned(), operator), [b"", b"\x30\x00"]).believed


def test_verify_list_signed_out_of_its_certificates_days_is_not_believed():
    """A key that was not in force when the list was issued does not speak for it."""
    late = orders.party("OPERADOR", since=datetime(2025, 1, 1, tzinfo=UTC))
    assert "not valid when" in verify_list(signed(unsigned(), late), [late.der]).problem


def _other(_):
    return b"<?xml version='1.0'?><otra/>"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda whole: whole.replace(b">7<", b">8<"), "does not hold"),
        (
            lambda whole: whole.replace(b"<ds:Signature ", b"<x><ds:Signature ").replace(
                b"</ds:Signature>", b"</ds:Signature></x>"
            ),
            "",
        ),
        (lambda whole: whole + b"<", "well-formed"),
        (_other, "not a TrustServiceStatusList"),
        (lambda _: unsigned(), "0 signatures"),
        (lambda _: b"", ""),
    ],
)
def test_verify_list_altered_or_unsigned_is_not_believed(operator, change, words):
    """Whatever is not one sound signature over the whole list is no reason to trust anybody."""
    verdict = verify_list(change(signed(unsigned(), operator)), [operator.der])
    assert not verdict.believed
    assert words in verdict.problem


def test_verify_list_signed_in_part_or_twice_is_not_believed(operator):
    """A signature over one element, or two signatures, are not what the standard asks for."""
    from lists_to_order import Signer

    from preservation.signatures.xml.sign import sign_xml

    part = unsigned().replace(b"<SchemeInformation>", b'<SchemeInformation Id="PARTE">')
    half = sign_xml(part, Signer.of(operator), signing_time=ISSUED, ids=["PARTE"])
    assert "does not cover" in verify_list(half, [operator.der]).problem
    twice = sign_xml(
        signed(unsigned(), operator), Signer.of(operator), signing_time=ISSUED, signature_id="Otra"
    )
    assert "2 signatures" in verify_list(twice, [operator.der]).problem


def test_verify_list_of_lists_over_its_pivots(operator):
    """Journal's key -> pivot -> pivot -> present edition; without a pivot the way is broken."""
    first, second, third = (orders.party(f"COMISION {number}") for number in range(3))
    pivots = [
        lotl(first, [second], sequence=10),
        lotl(second, [second, third], sequence=20),
    ]
    present = lotl(third, [third], sequence=21)
    verdict, told = verify_list_of_lists(present, reversed(pivots), [first.der])
    assert verdict.believed
    assert [each.found.sequence for each in told] == [10, 20]
    assert not verify_list_of_lists(present, pivots[:1], [first.der])[0].believed
    assert not verify_list_of_lists(present, pivots[1:], [first.der])[0].believed
    assert not verify_list_of_lists(present, (), [first.der])[0].believed
    assert verify_list_of_lists(present, (b"", unsigned()), [third.der])[0].believed


def test_verify_list_of_lists_is_asked_of_one_only(operator):
    """The list of a state cannot stand for the list of the lists."""
    verdict, _ = verify_list_of_lists(signed(unsigned(), operator), (), [operator.der])
    assert "no list of the lists" in verdict.problem


def test_verify_list_of_lists_forged_pivot_changes_nothing(operator):
    """A pivot of a stranger's hand does not hand the key over."""
    stranger = orders.party("EXTRAÑO")
    forged = lotl(stranger, [stranger], sequence=10)
    verdict, told = verify_list_of_lists(lotl(stranger, [stranger], sequence=11), [forged], [operator.der])
    assert not verdict.believed
    assert not told[0].believed
