# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from archived import decree
from copy_askers import ARCHIVIST, CITIZEN

from archive.catalog import INSTALLATION
from archive.errors import InvalidRequest, NotFound, TimestampUnavailable
from archive.model import DepositState, SignatureRecord
from archive.regime import Access
from search.holds import Hold, add_hold, end_hold
from search.regimes import Rule, close_rule, set_rule
from search.requests.enabling import Resolution, add_resolution, end_resolution
from search.requests.entry import ask, identified
from search.requests.hurdles import find_targets
from search.requests.model import State
from search.requests.register import queue, read, set_days_off
from search.requests.resolving import issue_copy


def asked(archived, reference, **options):
    """A citizen asks."""
    return ask(
        archived.home, "villar", options.pop("asker", CITIZEN), reference, agent="account:cit-1", **options
    )


@pytest.fixture
def opened(archived, record):
    """The record is open to everybody."""
    rule = Rule(Access.OPEN, "tablón", object_id=record.object_id)
    kept = set_rule(archived.home, "villar", rule, agent="test")
    yield record
    close_rule(archived.home, "villar", kept.entry_id, agent="test")


@pytest.fixture
def enabled(archived):
    """The municipality recorded the resolution that lets the machine issue."""
    kept = add_resolution(
        archived.home, "villar", Resolution("Alcaldía", "Decreto 40/2026", date(2026, 2, 1)), agent="test"
    )
    yield kept
    end_resolution(archived.home, "villar", kept.entry_id, agent="test")


def test_open_document_is_issued_at_once_where_a_resolution_allows_it(archived, opened, enabled, issue):
    """The copy says which resolution, and the request which copy."""
    done = asked(archived, opened.eni_id, issue=issue)
    assert done.state is State.ISSUED
    assert read(archived.home, "villar", done.request_id) == done
    with archived.home.catalog.reading(INSTALLATION) as tx:
        kept = tx.copy_by_csv(done.outcome.csv)
        told = tx.object(done.outcome.copy_object_id).metadata["copy"]
    assert kept is not None
    assert kept.source_object_id == opened.object_id
    assert (told["request"], told["issuer"]) == (done.request_id, "")
    assert "Decreto 40/2026" in told["resolution"]


def test_without_resolution_nothing_is_automatic(archived, opened, issue):
    """Ley 40/2015 art. 41.2: the queue, and the archivist sees why."""
    done = asked(archived, opened.eni_id, issue=issue)
    assert (done.state, done.hurdles) == (State.REQUESTED, ("not-enabled",))


def test_resolution_of_other_series_or_of_tomorrow_enables_nothing(archived, opened, issue):
    """Only within its scope and from its date on."""
    home = archived.home
    for one in (
        Resolution("Alcaldía", "D 1", date(2026, 1, 1), scope="9.9"),
        Resolution("Alcaldía", "D 2", date(2027, 1, 1)),
    ):
        kept = add_resolution(home, "villar", one, agent="test")
        assert asked(archived, opened.eni_id, issue=issue).state is State.REQUESTED
        end_resolution(home, "villar", kept.entry_id, agent="test")


def test_limited_document_waits_for_an_archivist(archived, record, enabled, issue):
    """What nobody classified is limited: also the machine's resolution does not open it."""
    done = asked(archived, record.eni_id, issue=issue)
    assert (done.state, done.access, done.hurdles) == (State.REQUESTED, Access.LIMITED, ("limited",))


def test_what_is_not_there_is_asked_for_like_anything_else(archived, issue):
    """The same answer to who asks; only the archivist sees that nothing was found."""
    done = asked(archived, "la licencia del molino de 1998", issue=issue)
    assert (done.state, done.object_id, done.hurdles) == (State.REQUESTED, "", ("not-found",))


@pytest.mark.parametrize("state", [DepositState.WAITING, DepositState.REJECTED])
def test_what_was_not_admitted_hides_nothing_of_the_same_identifier(archived, record, state):
    """Who deposits other bytes under an identifier in use does not make its document unreachable."""
    number = int(record.eni_id[-27:])
    other = archived.deposit(decree() + b"\n", number=number, state=state)
    assert other.eni_id == record.eni_id
    assert [one.record.object_id for one in find_targets(archived.home, "villar", record.eni_id)] == [
        record.object_id
    ]
    alone = archived.deposit(decree(), number=number + 1, state=state)
    assert asked(archived, alone.eni_id).hurdles == ("not-admitted",)


def test_reserved_document_looks_the_same_to_who_asks(archived, record, issue):
    """State, term and words say nothing; the hurdle is for the archivist."""
    rule = Rule(Access.RESERVED, "menores", object_id=record.object_id)
    kept = set_rule(archived.home, "villar", rule, agent="test")
    reserved, absent = asked(archived, record.eni_id, issue=issue), asked(archived, "nada", issue=issue)
    assert (reserved.state, reserved.due_on, reserved.why) == (absent.state, absent.due_on, absent.why)
    assert reserved.hurdles == ("reserved",)
    close_rule(archived.home, "villar", kept.entry_id, agent="test")


@pytest.mark.parametrize(("no_copies", "hurdle"), [(False, "hold"), (True, "hold-no-copies")])
def test_held_document_is_never_automatic(archived, opened, enabled, issue, no_copies, hurdle):
    """A hold overrides the open regime and the resolution."""
    hold = Hold("Recurso 12/2026", "Juzgado n.º 1", object_id=opened.object_id, no_copies=no_copies)
    kept, _ = add_hold(archived.home, "villar", hold, agent="test")
    assert asked(archived, opened.eni_id, issue=issue).hurdles == (hurdle,)
    end_hold(archived.home, "villar", kept.entry_id, "Sentencia firme", agent="test")
    assert asked(archived, opened.eni_id, issue=issue).state is State.ISSUED


def test_destroyed_document_is_told_to_the_archivist(archived, opened, enabled, issue):
    """The residual record is found, its content is not there."""
    with archived.home.catalog.transaction("villar") as tx:
        archived.home.ledger.append(tx, "villar", "object.disposed", opened.object_id, "test", {})
    assert asked(archived, opened.eni_id, issue=issue).hurdles == ("destroyed",)


def test_neither_original_nor_sound_is_automatic(archived, enabled, issue):
    """EE99 and a signature that failed each have their word."""
    home, failed = (
        archived.home,
        SignatureRecord("", "firmas/firma[1]", "TF06", "PAdES", "B", "TOTAL_FAILED", "", "", "", {}),
    )
    other = archived.deposit(decree(), number=91, estado="EE99")
    path = f"received/{archived.deposit(decree(), number=92).eni_id}.xml"
    broken = archived.deposit(
        decree(), number=93, signatures=(replace(failed, path=path.replace("92", "93")),)
    )
    for record, hurdle in ((other, "not-original"), (broken, "signature-failed")):
        set_rule(home, "villar", Rule(Access.OPEN, "tablón", object_id=record.object_id), agent="test")
        done = asked(archived, record.eni_id, issue=issue)
        assert (done.state, done.hurdles) == (State.REQUESTED, (hurdle,))


def test_seal_that_fails_leaves_the_request_in_the_queue(archived, opened, enabled):
    """The asker has his number; an archivist finds it, claimed by nobody."""

    def fail(*_: object):
        raise TimestampUnavailable("no authority answers")

    done = asked(archived, opened.eni_id, issue=fail)
    assert (done.state, done.claim) == (State.REQUESTED, None)
    assert done.request_id in {one.request_id for one in queue(archived.home, "villar")}


def test_term_is_fifteen_working_days_from_entry(archived, record, clock):
    """Friday 20 November: until 14 December, and a local holiday that is recorded adds a day."""
    assert asked(archived, record.eni_id).due_on == date(2026, 12, 14)
    set_days_off(archived.home, "villar", 2026, frozenset({date(2026, 12, 7)}), agent="test")
    assert asked(archived, record.eni_id).due_on == date(2026, 12, 15)
    set_days_off(archived.home, "villar", 2026, frozenset(), agent="test")
    clock.instant = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert asked(archived, record.eni_id).due_on == date(2026, 12, 15), "Saturday enters on Monday"


def test_queue_begins_with_what_is_due_first_and_knows_what_is_late(archived, record, clock):
    """By due date; after it, overdue."""
    first = asked(archived, record.eni_id)
    clock.instant = datetime(2026, 12, 1, 9, tzinfo=UTC)
    later = asked(archived, record.eni_id)
    order = [one.request_id for one in queue(archived.home, "villar")]
    assert order.index(first.request_id) < order.index(later.request_id)
    assert not first.overdue(date(2026, 12, 14))
    assert first.overdue(date(2026, 12, 15))


def test_numbers_follow_without_gap(archived, record):
    """As people name them, by year."""
    first, second = asked(archived, record.eni_id), asked(archived, record.eni_id)
    assert first.number.startswith("COP-2026-")
    assert int(second.number[-4:]) == int(first.number[-4:]) + 1


def test_interested_party_is_known_by_the_number(archived, record):
    """As written in the expediente or not; without a number nobody knows."""
    parties = replace(record, metadata={"interesados": ["Persona interesada", "00.000.000-t"]})
    assert identified(CITIZEN, parties).interested is True
    assert identified(replace(CITIZEN, nif="11111111H"), parties).interested is False
    assert identified(replace(CITIZEN, nif=""), parties).interested is None
    assert identified(CITIZEN, record).interested is None


def test_ledger_has_nobody_s_name(archived, record):
    """Who asked, and for what purpose, is in the register alone (RGPD art. 17)."""
    done = asked(archived, record.eni_id, purpose="para mi herencia")
    with archived.home.catalog.reading(INSTALLATION) as tx:
        told = str(tx.events_about(done.request_id))
    assert "copy.requested" in told
    for private in ("00000000T", "Persona interesada", "herencia"):
        assert private not in told


@pytest.mark.parametrize("reference", ["", "   ", "x" * 301])
def test_empty_or_endless_reference_is_refused(archived, reference):
    """Nothing is numbered for it."""
    with pytest.raises(InvalidRequest):
        asked(archived, reference)


def test_unknown_municipality_is_not_found(archived):
    """Nothing is written anywhere."""
    with pytest.raises(NotFound):
        ask(archived.home, "nadie", CITIZEN, "x", agent="t")


def test_code_of_the_original_platform_finds_it(archived):
    """A citizen has a paper: its code is a reference too."""
    record = archived.deposit(decree(), number=95, csv="Q1W2E3R4T5Y6U7I8O9P0")
    assert asked(archived, "q1w2e3r4t5y6u7i8o9p0").object_id == record.object_id


def test_death_of_the_machine_after_issuing_leaves_the_archivist_one_copy(
    archived, opened, enabled, issue, clock
):
    """The copy it could not tell of is withdrawn when a person issues hers."""

    class Death(BaseException):
        """The process is gone."""

    def dead(*args):
        issue(*args)
        raise Death

    with pytest.raises(Death):
        asked(archived, opened.eni_id, issue=dead)
    left = next(one for one in queue(archived.home, "villar") if one.object_id == opened.object_id)
    clock.instant += timedelta(minutes=11)
    done = issue_copy(archived.home, left, ARCHIVIST, issue)
    with archived.home.catalog.reading(INSTALLATION) as tx:
        valid = [one for one in tx.copies_of(opened.object_id) if one.revoked_at is None]
    assert [one.csv for one in valid] == [done.outcome.csv]
