# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from archive.model import ObjectKind, ObjectRecord
from archive.regime import Access
from search.regimes import Rule, Rules, regime_by

TODAY = date(2026, 11, 21)
PERSONAL = Rule(Access.LIMITED, "personal-data", "LPH 57.1.c", prefix="2.3", personal_data=True)


def record(series: str = "2.3.1", opened: str = "1980-05-04", **additional: str) -> ObjectRecord:
    """An expediente of a series."""
    metadata = {"clasificacion": series, "fecha_apertura": opened, "adicionales": additional}
    return ObjectRecord("urn:longeva:v:x", "v", ObjectKind.EXPEDIENTE, "ES_x", "t", 1, "0" * 64,
                        datetime(2026, 1, 1, tzinfo=UTC), metadata)  # fmt: skip


def access(rules: Rules, of: ObjectRecord, on: date = TODAY) -> Access:
    """The class alone."""
    return regime_by(rules, of, on=on).access


def test_what_nobody_classified_is_limited():
    """No rule, nothing declared: not given to anybody who asks."""
    assert regime_by(Rules(), record(), on=TODAY).cause == "not-classified"
    assert access(Rules(), record()) is Access.LIMITED


@pytest.mark.parametrize(
    ("series", "covered"), [("2.3", True), ("2.3.1", True), ("2.31", False), ("2", False)]
)
def test_series_is_covered_by_whole_parts_of_its_code(series, covered):
    """`2.3` is the parent of `2.3.1` and has nothing to do with `2.31`."""
    assert PERSONAL.covers(series) is covered


def test_longest_prefix_decides():
    """A sub-series may be more open, or less, than the series above it."""
    rules = Rules((Rule(Access.RESERVED, "all"), Rule(Access.OPEN, "tablón", prefix="2.3.1")))
    assert access(rules, record("2.3.1")) is Access.OPEN
    assert access(rules, record("2.4")) is Access.RESERVED


def test_personal_data_open_the_day_after_fifty_years():
    """Counted from date to date: the anniversary itself still belongs to the term."""
    rules = Rules((PERSONAL,))
    of = record(opened="1976-11-20")
    assert regime_by(rules, of, on=date(2026, 11, 20)).until == date(2026, 11, 21)
    assert access(rules, of, date(2026, 11, 20)) is Access.LIMITED
    assert access(rules, of, date(2026, 11, 21)) is Access.OPEN


def test_known_death_counts_twenty_five_years_instead():
    """A ruling with the date of death decides alone, also for the end of February."""
    of = record(opened="2000-01-01")
    ruling = Rule(Access.LIMITED, "personal-data", object_id=of.object_id, personal_data=True,
                  deceased_on=date(2000, 2, 29))  # fmt: skip
    rules = Rules((PERSONAL,), {of.object_id: ruling})
    assert regime_by(rules, of, on=date(2025, 2, 28)).until == date(2025, 3, 1)
    assert access(rules, of, date(2025, 3, 1)) is Access.OPEN


def test_the_stricter_of_rule_and_declaration_counts():
    """An open series does not open what its own metadata limit, nor the other way round."""
    opened = Rules((Rule(Access.OPEN, "tablón"),))
    limited = Rules((Rule(Access.LIMITED, "x"),))
    assert access(opened, record(**{"eEMGDE.TipoAcceso": "Limitado"})) is Access.LIMITED
    assert access(limited, record(**{"eEMGDE.Acceso.Tipo_Acceso": "LIBRE"})) is Access.LIMITED
    assert access(Rules(), record(TipoAcceso="Libre")) is Access.OPEN


def test_declared_personal_data_limit_an_open_series_for_fifty_years():
    """e-EMGDE 8.4 says that there are such data: the series' rule does not know of this file."""
    rules = Rules((Rule(Access.OPEN, "tablón"),))
    of = record(opened="1980-05-04", SensibilidadDatosPersonales="Alto")
    assert regime_by(rules, of, on=TODAY).until == date(2030, 5, 5)
    assert access(rules, of, date(2030, 5, 5)) is Access.OPEN


def test_end_of_the_file_counts_where_it_is_declared():
    """FechaFin is the date of the documents, not the day on which somebody made the index."""
    of = record(opened="2020-01-01", FechaFin="1950-12-31")
    assert access(Rules((PERSONAL,)), of) is Access.OPEN


def test_copy_is_as_open_as_its_original():
    """A copy has no series of its own; what it shows is the original's content."""
    copy = ObjectRecord(
        "urn:c", "v", ObjectKind.COPY, "ES_c", "c", 1, "0" * 64, datetime(2026, 1, 1, tzinfo=UTC)
    )
    rules = Rules((Rule(Access.RESERVED, "menores", prefix="2.3"),))
    assert regime_by(rules, copy, on=TODAY, source=record()).access is Access.RESERVED


@pytest.mark.parametrize("metadata", [{}, {"clasificacion": 3, "adicionales": [], "fecha_apertura": None}])
def test_metadata_of_any_shape_are_limited(metadata):
    """What cannot be read opens nothing."""
    odd = ObjectRecord("urn:c", "v", ObjectKind.DOCUMENT, "ES_c", "c", 1, "0" * 64,
                       datetime(2026, 1, 1, tzinfo=UTC), metadata)  # fmt: skip
    assert access(Rules(), odd) is Access.LIMITED
