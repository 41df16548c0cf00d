# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stamping_authorities import stamping_authority

from archive.catalog import INSTALLATION
from archive.settings.model import AuthoritySettings
from preservation.evidence.sealing import seal_due
from preservation.renewal.ends import End, Kind, due_from
from preservation.renewal.falls import Work, by_year
from preservation.renewal.forecast import Course, forecast
from preservation.renewal.prospect import Expected, Prospect
from preservation.renewal.renew import renew_due
from preservation.renewal.standing import Holding, Token
from preservation.retirement import decided_by
from preservation.trust.store import TrustStore

RENEWALS = {Work.TIME_STAMPS, Work.HASH_TREES}


def _at(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def with_evidence(home, *, prices=None, **evidence):
    """Let a home have other settings of evidence, and authorities with these prices."""
    told = home.engines.settings
    named = {
        name: AuthoritySettings(url="http://127.0.0.1/", price=each) for name, each in (prices or {}).items()
    }
    home.engines.settings = told.model_copy(
        update={
            "evidence": told.evidence.model_copy(update=evidence),
            "timestamps": told.timestamps.model_copy(update={"authorities": named}),
        }
    )
    return home


def _seal(world, tsa, name, objects=1):
    for number in range(objects):
        world.keep(f"{name}{number}", {"received/a": f"{name} {number}".encode() * 10})
    return seal_due(world.home, tsa)


@pytest.fixture
def three(world):
    """A home where three authorities sealed a batch each: 1, 2 and 3 objects."""
    made = {
        "Alfa": {"unit_until": _at(2029, 7)},
        "Beta": {"unit_until": _at(2038), "between_until": _at(2031)},
        "Gamma": {"unit_until": _at(2036), "bits": 2048},
    }
    world.others = [stamping_authority(name, world.clock, **told) for name, told in made.items()]
    for number, tsa in enumerate(world.others, 1):
        _seal(world, tsa, tsa.name.lower(), number)
    world.trust = TrustStore(tuple(tsa.root.der for tsa in world.others))
    return world


def test_each_authority_falls_due_for_its_own_reason(three):
    """A unit that ends, an authority above it that ends before its unit, and keys that a plan gives up."""
    found = forecast(three.home, three.clock.now(), trust=three.trust, years=6)
    said = [
        (fall.due_at.date(), fall.work, fall.records, fall.why[0].kind, fall.why[0].what)
        for fall in found.falls
    ]
    assert found.records == 6
    assert said[0] == (date(2026, 4, 1), Work.ADVICE, 3, Kind.SIGNATURE, "rsa 2048")
    assert said[1] == (date(2028, 7, 1), Work.TIME_STAMPS, 1, Kind.UNIT, "Unidad de Alfa")
    assert said[2] == (date(2030, 1, 1), Work.TIME_STAMPS, 2, Kind.AUTHORITY, "Autoridad de Beta")


def test_an_algorithm_that_the_operator_retires_needs_new_trees(three):
    """SHA-256 ends here in 2040: hash-tree renewal of everything in 2039 with SHA-512, and no byte is read."""
    home = with_evidence(three.home, retired={"sha256": date(2040, 1, 1)})
    found = forecast(home, three.clock.now(), trust=three.trust)
    (trees,) = [fall for fall in found.falls if fall.work is Work.HASH_TREES]
    assert (trees.due_at, trees.records, trees.to, trees.bytes) == (_at(2039), 6, "sha512", 0)
    assert ("sha256", False) in {(end.what, end.planned) for end in trees.why}
    assert "evidence.retired" in trees.why[-1].source


def test_a_digest_that_nobody_has_reads_the_whole_archive(three):
    """With SHA-512 retired as well, SHA3-512 is next, and every byte must be read for it."""
    retired = {"sha256": date(2040, 1, 1), "sha512": date(2040, 1, 1)}
    found = forecast(with_evidence(three.home, retired=retired), three.clock.now(), trust=three.trust)
    (trees,) = [fall for fall in found.falls if fall.work is Work.HASH_TREES]
    with three.home.catalog.reading(INSTALLATION) as tx:
        size = tx.totals().bytes
    assert (trees.to, trees.bytes) == ("sha3_512", size)


def test_two_authorities_for_each_tree_cost_twice(three):
    """The prices of today, for each token of each renewal; one unknown price makes the sum unknown."""
    prices = {"Alfa": "0.1", "Beta": "0.25"}
    home = with_evidence(three.home, tokens=2, prices=prices)
    first = next(fall for fall in forecast(home, three.clock.now(), trust=three.trust).falls if fall.tokens)
    assert (first.tokens, first.authorities, first.cost) == (2, ("Alfa", "Beta"), Decimal("0.35"))
    home = with_evidence(three.home, tokens=2, prices=prices | {"Beta": ""})
    first = next(fall for fall in forecast(home, three.clock.now(), trust=three.trust).falls if fall.tokens)
    assert first.cost is None


def test_what_is_overdue_comes_first_and_what_ended_is_lost(three):
    """In 2029 after Alfa's end: its record is lost and told first; Beta's renewal is not yet due."""
    at = three.travel(2029, 8)
    falls = forecast(three.home, at, trust=three.trust).falls
    assert (falls[0].work, falls[0].records) == (Work.ADVICE, 3)
    assert (falls[1].work, falls[1].records, falls[1].why[0].what) == (Work.LOST, 1, "Unidad de Alfa")
    overdue = [
        fall for fall in forecast(three.home, three.travel(2030, 6), trust=three.trust).falls if fall.tokens
    ]
    assert (overdue[0].overdue, overdue[0].due_at) == (True, _at(2030))


def test_a_plan_loses_nothing(three):
    """Years after a planned end the evidence still stands: only what is decided makes it fall."""
    at = three.travel(2027)
    lost = [fall for fall in forecast(three.home, at, trust=three.trust).falls if fall.work is Work.LOST]
    assert lost == []


def test_years_add_up(three):
    """The table of years holds every renewal, and no year is left out."""
    found = forecast(three.home, three.clock.now(), trust=three.trust)
    years = by_year(found.falls, found.at, found.until)
    assert [year.year for year in years] == list(range(2026, 2047))
    assert sum(year.tokens for year in years) == sum(fall.tokens for fall in found.falls)
    assert sum(year.renewed + year.rehashed for year in years) == sum(
        fall.records for fall in found.falls if fall.work in RENEWALS
    )


def test_an_empty_archive_has_nothing_due(world):
    """Nothing sealed, nothing falls."""
    found = forecast(world.home, world.clock.now())
    assert (found.falls, found.records) == ((), 0)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ages=st.lists(st.integers(20, 9000), min_size=1, max_size=4),
    retired=st.integers(2029, 2060),
    before=st.integers(1, 3650),
)
def test_what_is_renewed_as_forecast_never_has_a_gap(world_of_holdings, ages, retired, before):
    """Each renewal comes before the end of everything that it covers, whatever the lives of the tokens."""
    at = _at(2026, 3)
    for fall in world_of_holdings(at, ages, _at(retired), timedelta(days=before)):
        when = max(fall.due_at, at)
        assert fall.work in RENEWALS
        assert all(when <= end.at for end in fall.why), fall
        assert fall.why


@pytest.fixture
def world_of_holdings():
    """Follow the renewals of made-up holdings and give what falls due."""

    def follow(at, ages, retired, before):
        def token(days):
            until = at + timedelta(days=days)
            return Token("A", at, until, (End(until, Kind.UNIT, "unit", "A"),))

        digest = (End(retired, Kind.DIGEST, "sha256"),)
        holdings = [Holding("sha256", (token(days),), 1, 1, digest, before) for days in ages]
        expected = Expected("A", timedelta(days=max(ages)), True, "")
        table = decided_by([("sha256", retired.date())])
        course = Course(at, at + timedelta(days=7300), Prospect((expected,)), table, (), before, 0, len(ages))
        return list(course.renewals(holdings))

    return follow


def test_a_short_life_is_renewed_at_its_half():
    """A year before the end, but not in the first half of a life: a month's tokens wait a fortnight."""
    year = timedelta(days=365)
    assert due_from(End(_at(2036), Kind.UNIT, "u"), _at(2026), year) == _at(2035)
    assert due_from(End(_at(2026, 1, 31), Kind.UNIT, "u"), _at(2026), year) == _at(2026, 1, 16)
    assert due_from(End(_at(2026, 1, 31), Kind.DIGEST, "sha256"), _at(2026), year) == _at(2025, 1, 31)
    assert due_from(End(_at(2030), Kind.SIGNATURE, "rsa", planned=True), _at(2026), year) is None


def test_a_tenant_is_told_of_its_own_records(three):
    """Of a batch that two municipalities share each is told its own; who has none is told nothing."""
    three.home.add_tenant("puebla", "Ayuntamiento de Puebla", "L01990020")
    for tenant in ("villa", "puebla"):
        three.keep("shared", {"received/a": tenant.encode()}, tenant=tenant)
    seal_due(three.home, three.others[0])
    at, trust = three.clock.now(), three.trust
    told = {
        name: forecast(three.home, at, trust=trust, tenant_id=name, years=4) for name in ("villa", "puebla")
    }
    assert {name: found.records for name, found in told.items()} == {"villa": 7, "puebla": 1}
    assert forecast(three.home, at, trust=trust).records == 8
    (due,) = told["puebla"].falls
    assert (due.records, due.bytes) == (1, 0)


def test_what_was_renewed_counts_its_records_once(world):
    """Behind a renewal stand the records of all its lines; the material that it keeps is no record."""
    tsa = stamping_authority("Alfa", world.clock, unit_until=_at(2036))
    for number in range(2):
        _seal(world, tsa, f"e{number}", number + 1)
    trust = TrustStore((tsa.root.der,))
    report = renew_due(world.home, tsa, world.travel(2026, 9), trust=trust, force=True)
    assert len(report.renewed) == 2
    told = [forecast(world.home, world.clock.now(), trust=trust, tenant_id=name) for name in (None, "villa")]
    assert [each.records for each in told] == [3, 3]
