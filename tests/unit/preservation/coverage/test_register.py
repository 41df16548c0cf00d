# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest
from stamping_authorities import stamping_authority

from archive.catalog import INSTALLATION
from preservation.coverage.register import CoverageRegister
from preservation.coverage.spans import Lack, Period
from preservation.coverage.table import COLUMNS, object_table, tenant_table
from preservation.evidence.sealing import seal_due


def _at(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def _record(world, object_id):
    with world.home.catalog.reading(INSTALLATION) as tx:
        return tx.object(object_id)


@pytest.fixture
def sealed(world):
    """Two municipalities; a batch of Alfa's in May 2026 and one of Beta's in July, kept in March."""
    world.home.add_tenant("puebla", "Ayuntamiento de Puebla", "L01990020")
    alfa = stamping_authority("Alfa", world.clock, unit_until=_at(2029))
    beta = stamping_authority("Beta", world.clock, unit_until=_at(2035))
    world.first = world.keep("uno", {"received/a": b"1"})
    world.foreign = world.keep("dos", {"received/a": b"2"}, tenant="puebla")
    world.travel(2026, 5)
    world.alfa = seal_due(world.home, alfa)
    world.second = world.keep("tres", {"received/a": b"3"})
    world.travel(2026, 7)
    world.beta = seal_due(world.home, beta)
    return world


def test_an_object_has_what_covered_it_and_what_did_not(sealed):
    """Kept in March, sealed in May, the authority's unit ends in 2029: two gaps and a term between."""
    found = CoverageRegister(sealed.home, _at(2030)).of_object(_record(sealed, sealed.first))
    (version,) = found.versions
    (span,) = version.spans
    assert (span.batch_id, span.since, span.until) == (sealed.alfa.batch_id, _at(2026, 5), _at(2029))
    assert [(gap.since, gap.until, gap.lack) for gap in version.gaps] == [
        (_at(2026, 3), _at(2026, 5), Lack.UNSEALED),
        (_at(2029), None, Lack.ENDED),
    ]


def test_an_object_that_waits_is_covered_by_nothing(sealed):
    """Not sealed yet: one gap that lasts."""
    waiting = sealed.keep("cuatro", {"received/a": b"4"})
    found = CoverageRegister(sealed.home, _at(2026, 8)).of_object(_record(sealed, waiting))
    assert [(each.spans, [gap.until for gap in each.gaps]) for each in found.versions] == [((), [None])]


def test_the_period_chooses(sealed):
    """Of 2027 only terms that have a day in it; of the spring of 2026 only the wait."""
    register = CoverageRegister(sealed.home, _at(2030))
    of_2027 = register.of_object(_record(sealed, sealed.first), Period(_at(2027), _at(2028))).versions[0]
    assert (len(of_2027.spans), of_2027.gaps) == (1, ())
    spring = register.of_object(_record(sealed, sealed.first), Period(_at(2026, 3), _at(2026, 5))).versions[0]
    assert (spring.spans, [gap.lack for gap in spring.gaps]) == ((), [Lack.UNSEALED])
    assert [each.batch_id for each in register.of_tenant(None, Period(None, _at(2026, 6)))] == [
        sealed.alfa.batch_id
    ]


def test_a_tenant_sees_its_own_objects_alone(sealed):
    """Two municipalities share a batch: each is told of its one object."""
    register = CoverageRegister(sealed.home, _at(2026, 8))
    assert [each.versions for each in register.of_tenant(None)] == [2, 1]
    assert [each.versions for each in register.of_tenant("puebla")] == [1]
    told = b"".join(tenant_table(register, "puebla")).decode()
    assert sealed.foreign in told
    assert sealed.first not in told


def test_the_table_has_a_row_for_each_object_and_mechanism(sealed):
    """The wait, then the seal, of each object; what a spreadsheet would calculate is disarmed."""
    register = CoverageRegister(sealed.home, _at(2026, 8))
    rows = list(csv.DictReader(io.StringIO(b"".join(tenant_table(register, "villa")).decode())))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["object"], row["mechanism"]) for row in rows] == [
        (sealed.first, "none (unsealed)"),
        (sealed.first, "seal"),
        (sealed.second, "none (unsealed)"),
        (sealed.second, "seal"),
    ]
    one = b"".join(object_table(register.of_object(_record(sealed, sealed.first)))).decode()
    assert one.splitlines()[1:] == b"".join(tenant_table(register, "villa")).decode().splitlines()[1:3]


def test_a_digest_that_is_retired_ends_the_term(sealed):
    """The operator retires SHA-256 in 2028: the seal of 2035 covers until then and no longer."""
    told = sealed.home.engines.settings
    evidence = told.evidence.model_copy(update={"retired": {"sha256": date(2028, 1, 1)}})
    sealed.home.engines.settings = told.model_copy(update={"evidence": evidence})
    entries = list(CoverageRegister(sealed.home, _at(2030)).of_tenant("villa"))
    assert [each.spans[-1].ends for each in entries] == [_at(2028), _at(2028)]
    assert all(each.gap is not None and each.gap.lack is Lack.ENDED for each in entries)


def test_what_waits_stands_at_the_end_of_the_table(sealed):
    """Objects that nothing covers yet are rows too: the register would seem whole without them."""
    waiting = sealed.keep("cuatro", {"received/a": b"4"})
    rows = b"".join(tenant_table(CoverageRegister(sealed.home, _at(2026, 8)), "villa")).decode().splitlines()
    assert waiting in rows[-1]
    assert "none (unsealed)" in rows[-1]
    early = tenant_table(CoverageRegister(sealed.home, _at(2026, 8)), "villa", Period(None, _at(2026, 6)))
    assert waiting not in b"".join(early).decode()
