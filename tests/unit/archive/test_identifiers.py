# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import InvalidRequest
from archive.identifiers import (
    CSV_LENGTH,
    Dir3,
    EniId,
    check_eni_id,
    document_id,
    expediente_id,
    format_eni_id,
    new_csv,
    normalise_csv,
    object_id,
    parse_eni_id,
    uuid7,
)


def codes(found):
    return [one.code for one in found]


def test_the_specific_part_may_hold_separators():
    """A specific part with underscores stays whole."""
    assert parse_eni_id("ES_E04975701_2017_2047_dcdc.d-c") == EniId("E04975701", "2017", "2047_dcdc.d-c")


def test_an_expediente_is_told_by_its_mark():
    """EXP after the year makes an expediente."""
    parsed = parse_eni_id("ES_L01990019_2024_EXP_00012345")
    assert parsed == EniId("L01990019", "2024", "00012345", is_expediente=True)


@pytest.mark.parametrize(
    "text", ["", "ES", "ES_L01990019_25_A", "L01990019_2024_A", "ES_L01990019_2024_", "x" * 99]
)
def test_other_texts_are_no_identifiers(text):
    """What lacks the form gives None, not an error."""
    assert parse_eni_id(text) is None


@pytest.mark.parametrize(
    "broken",
    [
        EniId("NOEXISTE", "2024", "A"),
        EniId("L01990019", "24", "A"),
        EniId("L01990019", "2024", "A" * 31),
        EniId("L01990019", "2024", ""),
        EniId("L01990019", "2024", "á"),
        EniId("L01990019", "2024", "EXP_A"),
    ],
)
def test_writing_is_strict(broken):
    """What breaks the norm is not written."""
    with pytest.raises(InvalidRequest):
        format_eni_id(broken)


def test_makers_write_the_norm_form():
    """Documents and expedientes get the form of the norm."""
    assert document_id("L01990019", 2025, "A1") == "ES_L01990019_2025_A1"
    assert expediente_id("L01990019", 2025, "A1") == "ES_L01990019_2025_EXP_A1"


def test_checks_name_each_slip():
    """Pattern, length, characters and kind have a finding each."""
    assert codes(check_eni_id("ES_XX_25_1", expediente=False)) == ["ENI-ID-PATTERN"]
    assert codes(check_eni_id("ES_NOEXISTE_2025_1", expediente=False)) == ["ENI-ID-PATTERN"]
    assert codes(check_eni_id("ES_L01990019_2025_" + "A" * 31, expediente=False)) == ["ENI-ID-LENGTH"]
    assert codes(check_eni_id("ES_L01990019_2025_a b", expediente=False)) == ["ENI-ID-CHARACTERS"]
    assert codes(check_eni_id("ES_L01990019_2025_EXP_1", expediente=False)) == ["ENI-ID-KIND"]
    assert codes(check_eni_id("ES_L01990019_2025_1", expediente=True)) == ["ENI-ID-KIND"]
    assert check_eni_id("ES_L01990019_2025_EXP_" + "1" * 30, expediente=True) == []


def test_historical_dir3_codes_are_well_formed():
    """Only the shape counts, also of units that no longer exist."""
    assert Dir3("L01990019").is_well_formed
    assert Dir3("EA9999999").is_well_formed
    assert not Dir3("l01990019").is_well_formed
    assert not Dir3("L0199001").is_well_formed


def test_object_ids_cannot_be_confused():
    """Separators in an ENI identifier are escaped, so that parts cannot run into each other."""
    assert object_id("villa", "ES_A_2024_x:y", "ab" * 32) == "urn:longeva:villa:ES_A_2024_x%3Ay:" + "ab" * 16


def test_uuid7_carries_version_variant_and_time():
    """The text is a version 7 UUID whose first 48 bits are the milliseconds."""
    made = uuid.UUID(uuid7(datetime(2026, 11, 21, tzinfo=UTC), b"\xff" * 10))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == int(datetime(2026, 11, 21, tzinfo=UTC).timestamp() * 1000)


def test_uuid7_sorts_by_time():
    """A later instant gives a greater text whatever the random part is."""
    first = uuid7(datetime(2026, 1, 1, tzinfo=UTC), b"\xff" * 10)
    assert first < uuid7(datetime(2026, 1, 1, 0, 0, 0, 1000, tzinfo=UTC), b"\x00" * 10)


def test_a_csv_is_read_as_people_type_it():
    """Case, spaces, hyphens and the look-alikes O, I and L do not matter."""
    csv = "0123-456H-JKMN-PQ1R-STVW-XYZ0-0011"
    assert normalise_csv("o123 456h jkmn PQLR stvw-xyzO.oOi1") == csv
    assert normalise_csv(csv) == csv


def test_csvs_are_long_and_differ():
    """A fresh CSV has at least 128 bits and is its own normal form."""
    made = {new_csv() for _ in range(50)}
    assert len(made) == 50
    assert all(len(csv.replace("-", "")) * 5 >= 128 and normalise_csv(csv) == csv for csv in made)


def test_a_csv_is_read_with_what_stands_around_it():
    """People paste the label, the whole address of the QR, typographic hyphens and full-width signs."""
    csv = new_csv()
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign != "-" else "\u2011" for sign in csv)
    for typed in (f"CSV: {csv}", f"https://sede.example/verificar?csv={csv}", wide, f"\u00ab{csv}\u00bb"):
        assert normalise_csv(typed) == csv


CODES = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=CSV_LENGTH, max_size=CSV_LENGTH)


@given(CODES, st.data())
def test_every_slip_that_our_alphabet_tells_is_mended(code, data):
    """Lower case, spaces and signs that we never write, each at random, give the same code."""
    csv = normalise_csv(code)
    slips = {"0": "0Oo", "1": "1IilL", "V": "VvUu", "-": ["-", " ", "", ".", " - ", "\u2013"]}
    typed = "".join(data.draw(st.sampled_from(slips.get(sign, [sign, sign.lower()]))) for sign in csv)
    assert normalise_csv(typed) == csv


def test_codes_use_every_sign_at_every_place_alike():
    """Measured over 20,000 codes: no sign is rarer or likelier at any place, so 28 of them are 140 bits."""
    made = [new_csv().replace("-", "") for _ in range(20_000)]
    assert len(set(made)) == len(made)
    for place in range(CSV_LENGTH):
        counted = Counter(code[place] for code in made)
        assert len(counted) == 32
        assert sum((seen - 625) ** 2 / 625 for seen in counted.values()) < 90  # chi-squared, p = 1e-7
        entropy = -sum(seen / 20_000 * log2(seen / 20_000) for seen in counted.values())
        assert entropy * CSV_LENGTH > 139


@pytest.mark.parametrize("text", ["", "ABCD", "CSV: ABCD", "0" * 27, "0" * 29, "Ñ" * 28])
def test_other_texts_are_no_csv(text):
    """What cannot be one of ours is refused."""
    with pytest.raises(InvalidRequest):
        normalise_csv(text)
