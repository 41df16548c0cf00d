# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import date

import pytest
from archived import decree

from archive.catalog import INSTALLATION
from archive.errors import InvalidRequest, NotFound
from archive.model import DepositState, LedgerEvent
from archive.regime import Access
from search.regimes import (
    NOT_ADMITTED,
    REGIME_EVENTS,
    Rule,
    close_rule,
    regime_of,
    rules_of,
    set_rule,
    touched_by,
)


def events(home):
    """The events of regimes."""
    with home.catalog.reading(INSTALLATION) as tx:
        return [one for one in tx.events(0, 10_000) if one.kind in REGIME_EVENTS]


def test_rule_is_kept_told_and_taken_back(archived, resolution):
    """A rule counts from the moment it is set, and its end brings back what was before."""
    home = archived.home
    kept = set_rule(home, "villar", Rule(Access.OPEN, "tablón", "Resolución 3/2026"), agent="test")
    assert regime_of(home, resolution).access is Access.OPEN
    close_rule(home, "villar", kept.entry_id, agent="test")
    assert regime_of(home, resolution).access is Access.LIMITED
    assert [one.kind for one in events(home)] == ["regime.changed", "regime.ended"]


def test_event_names_what_has_to_be_indexed_again(archived, resolution, issued):
    """The object of a ruling and its copies are touched, nothing else."""
    other = archived.deposit(decree(), number=7)
    died = Rule(Access.RESERVED, "menores", object_id=resolution.object_id, deceased_on=date(2020, 1, 1))
    kept = set_rule(archived.home, "villar", died, agent="test")
    touched = set(touched_by(archived.home, events(archived.home)[-1]))
    assert touched == {resolution.object_id, issued.object_id}
    assert other.object_id not in touched
    with archived.home.catalog.reading("villar") as tx:
        assert regime_of(archived.home, tx.object(issued.object_id)).access is Access.RESERVED
    assert rules_of(archived.home, "villar").rulings[resolution.object_id] == died
    close_rule(archived.home, "villar", kept.entry_id, agent="test")


def test_ledger_says_nothing_of_a_death(archived, resolution):
    """When somebody died is in the register; the ledger has the class alone."""
    rule = Rule(Access.LIMITED, "personal-data", object_id=resolution.object_id, personal_data=True,
                deceased_on=date(1999, 9, 9))  # fmt: skip
    set_rule(archived.home, "villar", rule, agent="test")
    assert "1999" not in str(events(archived.home)[-1].detail)


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        (Rule(Access.OPEN, " "), InvalidRequest),
        (Rule(Access.OPEN, "x" * 501), InvalidRequest),
        (Rule(Access.LIMITED, "x", opens_after=-1), InvalidRequest),
        (Rule(Access.LIMITED, "x", deceased_on=date(2020, 1, 1)), InvalidRequest),
        (Rule(Access.OPEN, "x", object_id="urn:longeva:villar:nada:0"), NotFound),
    ],
)
def test_rule_that_makes_no_sense_is_refused(archived, rule, error):
    """Nothing is written for it."""
    before = len(events(archived.home))
    with pytest.raises(error):
        set_rule(archived.home, "villar", rule, agent="test")
    assert len(events(archived.home)) == before


@pytest.mark.parametrize("state", [DepositState.WAITING, DepositState.REJECTED])
def test_what_was_not_admitted_is_reserved_whatever_the_rules_say(archived, resolution, state):
    """A rule that opens all, or a ruling on the record of the same identifier, does not reach its twin."""
    number = int(resolution.eni_id[-27:])
    twin = archived.deposit(decree() + b"\n", number=number, state=state)
    assert twin.eni_id == resolution.eni_id
    set_rule(archived.home, "villar", Rule(Access.OPEN, "tablón"), agent="test")
    for ruled in (resolution, twin):
        rule = Rule(Access.OPEN, "tablón", object_id=ruled.object_id)
        set_rule(archived.home, "villar", rule, agent="test")
    assert regime_of(archived.home, resolution).access is Access.OPEN
    assert regime_of(archived.home, twin) == NOT_ADMITTED
    assert NOT_ADMITTED.access is Access.RESERVED


@pytest.mark.parametrize("kind", ["deposit.admitted", "deposit.refused"])
def test_decision_touches_its_object_alone(archived, resolution, kind):
    """Whoever follows the ledger looks at it again."""
    with archived.home.catalog.transaction(INSTALLATION) as tx:
        archived.home.ledger.append(tx, "villar", kind, resolution.object_id, "test", {})
        event: LedgerEvent = list(tx.events(0, 10_000))[-1]
    assert kind in REGIME_EVENTS
    assert list(touched_by(archived.home, event)) == [resolution.object_id]


def test_object_of_another_municipality_is_not_found(archived, resolution):
    """Nobody rules over what is another's."""
    archived.home.add_tenant("lejos", "Ayuntamiento de Lejos", "L01990021")
    with pytest.raises(NotFound):
        set_rule(archived.home, "lejos", Rule(Access.OPEN, "x", object_id=resolution.object_id), agent="t")
