# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archive.identifiers import CSV_LENGTH, new_csv, normalise_csv
from search.csv_typing import Slip, folded, look_at, variants

OURS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=CSV_LENGTH, max_size=CSV_LENGTH)
FOREIGN = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=10, max_size=40)


@given(OURS)
def test_the_code_itself_is_among_the_variants_of_each_of_its_variants(code):
    """Whoever took one sign for the one that looks alike finds the code that was meant."""
    meant = normalise_csv(code)
    for typed in variants(code):
        assert meant in set(variants(typed))
        assert sum(one != other for one, other in zip(typed, meant, strict=True)) == 1


def test_what_is_no_code_of_ours_has_no_variants():
    """Other lengths and other signs are left alone."""
    assert list(variants("B8")) == []
    assert list(variants("Ñ" * CSV_LENGTH)) == []


@given(FOREIGN, st.data())
def test_any_platforms_code_folds_as_its_slips_do(code, data):
    """Case, separators and signs that look alike, each at random, fold alike, whatever the alphabet."""
    alike = {
        "0": "0O",
        "O": "0O",
        "1": "1IL",
        "I": "1IL",
        "L": "1IL",
        "U": "UV",
        "V": "UV",
        "8": "8B",
        "B": "8B",
    }
    signs = [data.draw(st.sampled_from(alike.get(sign, sign))) for sign in code]
    typed = data.draw(st.sampled_from(["", "-", " ", ".", "/"])).join(signs)
    assert folded(typed) == folded(typed.lower()) == folded(code)


@given(st.text(max_size=60))
def test_any_text_can_be_looked_at(text):
    """Whatever people paste is counted, never a failure."""
    told = look_at(text)
    assert told.length >= 0
    assert (told.slip is Slip.NONE) == (told.length == CSV_LENGTH)


def test_a_wrong_length_is_told_apart_from_another_kind_of_code():
    """Up to four signs too few or too many look like a slip; more is another code."""
    code = new_csv().replace("-", "")
    assert look_at(code[:-2]).slip is Slip.SHORT
    assert look_at(code[:-2]).missing == 2
    assert look_at(code + "AA").slip is Slip.LONG
    assert look_at(code[:12]).slip is Slip.OTHER
