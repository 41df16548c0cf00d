# SPDX-License-Identifier: EUPL-1.2
"""What is told of objects that are not proven any more: how many, whose, since when, why, in two languages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.model import ObjectKind, ObjectRecord
from demo.simulation.account import Account, Loss
from demo.simulation.chronicle import Chronicle, Kind, Words
from demo.simulation.report import page
from demo.simulation.scenario import read_scenario
from demo.simulation.verdicts import ObjectVerdict
from demo.simulation.years import Fall

THEFT = datetime(2033, 5, 20, 12, tzinfo=UTC)
TOWNS = read_scenario().municipalities


def _lost(number, year):
    record = ObjectRecord(
        f"urn:{number}",
        "penaclara",
        ObjectKind.EXPEDIENTE,
        f"ES_{number}",
        "",
        1,
        "",
        datetime(year, 3, 1, tzinfo=UTC),
    )
    return ObjectVerdict(record, None, "gone")


def _account(*verdicts):
    chronicle = Chronicle()
    chronicle.tell(THEFT, Kind.MISFORTUNE, ("robo", "theft"), ("Hay un robo.", "There is a theft."))
    fallen = {each.record.object_id: Fall(THEFT, Words("revocado", "revoked")) for each in verdicts}
    costs = {"batches": 1, "tokens": 2, "cost": "0.14"}
    at = datetime(2056, 1, 1, tzinfo=UTC)
    return Account(2026, at, TOWNS, verdicts, fallen, chronicle, (), costs)


@pytest.mark.parametrize(
    ("years", "es", "en"),
    [
        ((2029, 2033), "2 expedientes de Peñaclara depositados entre 2029 y 2033 no se pueden", "between 2029 and 2033 are"),
        ((2029, 2029), "2 expedientes de Peñaclara depositados en 2029 no se pueden", "deposited in 2029 are"),
        ((2029,), "Un expediente de Peñaclara depositado en 2029 no se puede", "One expediente of Peñaclara deposited in"),
    ],
)  # fmt: skip
def test_a_loss_is_told_with_its_day_its_cause_and_its_reason(years, es, en):
    """One sentence for all objects that fell together."""
    account = _account(*(_lost(number, year) for number, year in enumerate(years)))
    (loss,) = account.losses
    assert loss.told.es.startswith(f"{es} probar desde el 2033-05-20. Hay un robo. ")
    assert "El verificador dijo ese día: revocado." in loss.told.es
    assert en in loss.told.en
    assert "There is a theft. The verifier said on that day: revoked." in loss.told.en
    assert "intactos" not in loss.told.es


def test_those_who_fell_on_other_days_or_for_other_reasons_are_told_apart():
    """Two losses, the second without a misfortune on its day."""
    account = _account(_lost(1, 2029), _lost(2, 2030))
    account.fallen["urn:2"] = Fall(datetime(2040, 12, 31, tzinfo=UTC), Words("caducado", "ended"))
    first, second = account.losses
    assert isinstance(first, Loss)
    assert (first.cause is None, second.cause is None) == (False, True)
    body = account.to_json()
    assert (body["objects"], body["proven"], body["unproven"]) == (2, 0, 2)
    assert [each["since"] for each in body["losses"]] == ["2033-05-20T12:00:00Z", "2040-12-31T00:00:00Z"]
    assert body["verdicts"][1]["why"] == {"es": "caducado", "en": "ended"}


def test_a_page_names_every_object_that_is_not_proven_and_says_so_where_there_is_none():
    """In the language asked for."""
    told = page(_account(_lost(1, 2029)), "linea.svg")
    assert "- `ES_1`" in told
    assert "De 1 expedientes se prueban 0." in told
    assert "Nothing: everything is proven." in page(_account(), "timeline.svg", "en")
