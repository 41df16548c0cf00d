# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.trust import nif


@pytest.mark.parametrize(
    "text", ["12345678Z", "00000000T", "X0000000T", "Y0000000Z", "Z1234567R", "K0000000T"]
)
def test_a_persons_number_holds_by_its_letter(text):
    """DNI, NIE with its three first letters, and the numbers of those without DNI."""
    assert nif.is_person(text)
    wrong = text[:-1] + ("A" if text[-1] != "A" else "B")
    assert not nif.is_person(wrong)


@pytest.mark.parametrize(
    "text", ["S2833002E", "Q2826004J", "A82743287", "B12345674", "G63287510", "P2800000H"]
)
def test_an_entitys_number_holds_by_its_control(text):
    """Digit for companies, letter for public bodies."""
    assert nif.is_entity(text)
    assert not nif.is_entity(text[:-1] + ("0" if text[-1] != "0" else "1"))


def test_the_form_is_told_apart_from_the_control():
    """A number of the right form with a wrong control has the form and does not hold."""
    assert nif.has_form("B12345678")
    assert not nif.is_valid("B12345678")


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("IDCES-12345678Z", "12345678Z"),
        ("VATES-Q2826004J", "Q2826004J"),
        ("G-63287510", "G63287510"),
        ("12345678-z", "12345678Z"),
        ("NTRSK-36061701", "NTRSK-36061701"),
        ("PNOEE-38001085718", "PNOEE-38001085718"),
        ("1.3.6.1.4.1.21528", "1.3.6.1.4.1.21528"),
    ],
)
def test_semantics_prefixes_of_spain_are_taken_off_and_others_kept(written, plain):
    """A foreign number keeps the prefix that says what it is (ETSI EN 319 412-1 5.1.3)."""
    assert nif.plain(written) == plain


def test_numbers_inside_a_text_are_taken_only_if_they_hold():
    """A common name may carry numbers of any kind: only what checks is a NIF."""
    text = "EJEMPLO UNO - NIF 12345678Z (R: B12345674) EXP 12345678A 87654321"
    assert nif.persons_in(text) == ["12345678Z"]
    assert nif.entities_in(text) == ["B12345674"]


@given(st.text(max_size=60))
def test_any_text_is_read_without_falling_over(text):
    """Whatever is found inside a text is valid."""
    nif.plain(text)
    assert all(map(nif.is_valid, (*nif.persons_in(text), *nif.entities_in(text))))
