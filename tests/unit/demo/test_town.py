# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import timedelta

from archive.identifiers import parse_eni_id
from demo import town


def test_identifiers_have_the_form_of_the_norm():
    """Identifiers of documents and expedientes parse as ENI identifiers of the town's organ."""
    for text in (town.EXPEDIENTE_ID, town.NESTED_ID, town.document_id("RES1")):
        identifier = parse_eni_id(text)
        assert (identifier.organo, identifier.year) == (town.DIR3, "2025")
        assert len(identifier.specific) == 30
        assert str(identifier) == text


def test_nif_letters_are_right():
    """The invented people's NIFs carry the control letter that their numbers ask for."""
    people = (town.MAYOR, town.SECRETARY, town.TECHNICIAN, town.CITIZEN, town.ARCHITECT, town.BUILDER)
    for person in people:
        assert person.nif[-1] == "TRWAGMYFPDXBNJZSQVHLCKE"[int(person.nif[:8]) % 23]


def test_csv_is_stable_and_unlike_others():
    """A document's CSV is the same on every call, carries at least 128 bits and is its own."""
    assert town.csv_of("RES1") == town.csv_of("RES1")
    assert len(town.csv_of("RES1").replace("-", "")) * 5 >= 128
    assert town.csv_of("RES1") != town.csv_of("RES2")


def test_instants_are_in_official_time():
    """Winter instants are written at +01:00 and summer ones at +02:00."""
    assert town.written(town.on("2025-01-13 10:22")) == "2025-01-13T10:22:00+01:00"
    assert town.on("2025-07-01 12:00").utcoffset() == timedelta(hours=2)
