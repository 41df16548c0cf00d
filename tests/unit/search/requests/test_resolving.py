# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from archived import decree
from copy_askers import ARCHIVIST, CITIZEN, COLLEAGUE

from archive.catalog import INSTALLATION
from archive.errors import ConflictError, InvalidRequest, NotFound, TimestampUnavailable
from archive.identity import Kind, Principal, Role
from search.holds import Hold, add_hold
from search.redaction import Redaction
from search.requests import resolving
from search.requests.entry import ask
from search.requests.model import State
from search.requests.register import read, write
from search.requests.resolving import (
    Part,
    answer,
    ask_back,
    assign,
    expire,
    fresh,
    issue_copy,
    may_expire,
    refuse,
    seen,
    withdraw,
)

PART = Part(Redaction(frozenset({2})), "15.1")


class Death(BaseException):
    """The process is gone: nothing after it runs."""


@pytest.fixture
def asked(archived, record):
    """A request for the record."""
    return ask(archived.home, "villar", CITIZEN, record.eni_id, agent="account:cit-1")


def copies(archived, request):
    """The copies in force of what was asked for."""
    with archived.home.catalog.reading(INSTALLATION) as tx:
        return [one for one in tx.copies_of(request.object_id) if one.revoked_at is None]


def test_archivist_issues_and_the_copy_says_who(archived, asked, issue):
    """The act of a habilitado: entry, position and resolution stand in the copy's own record."""
    done = issue_copy(archived.home, asked, ARCHIVIST, issue, words="Puede recogerla")
    assert (done.state, done.outcome.issuer) == (State.ISSUED, "la Archivera municipal")
    with archived.home.catalog.reading(INSTALLATION) as tx:
        told = tx.object(done.outcome.copy_object_id).metadata["copy"]
    assert told["issuer"]
    assert told["resolution"] == "Decreto 12/2026, de 9 de enero"


def test_part_is_issued_with_its_ground(archived, asked, issue):
    """EE04, and the request says why it is only a part."""
    done = issue_copy(archived.home, asked, ARCHIVIST, issue, part=PART)
    assert (done.state, done.outcome.ground) == (State.PARTIALLY_ISSUED, "15.1")
    with archived.home.catalog.reading(INSTALLATION) as tx:
        assert tx.documents(done.outcome.copy_object_id)[0].estado_elaboracion == "EE04"


@pytest.mark.parametrize(
    "part",
    [Part(Redaction(frozenset({2})), ""), Part(ground="15.1"), Part(Redaction(frozenset({2})), "18.1.e")],
)
def test_part_without_its_reason_is_refused(archived, asked, issue, part):
    """Something left out for a ground that allows it, or nothing at all."""
    with pytest.raises(InvalidRequest):
        issue_copy(archived.home, asked, ARCHIVIST, issue, part=part)
    assert not copies(archived, asked)


def test_who_is_no_habilitado_issues_nothing(archived, asked, issue):
    """Every right in the program is not enough (Ley 39/2015 art. 27.1)."""
    other = Principal(Kind.ACCOUNT, "acc-9", "x", {"villar": frozenset({Role.ARCHIVIST})})
    with pytest.raises(ConflictError) as refused:
        issue_copy(archived.home, asked, other, issue)
    assert refused.value.place == "not-habilitado"
    assert not copies(archived, asked)


def test_second_of_two_archivists_is_told_so(archived, asked, issue):
    """While the first is at it the second gets words, and no second copy exists."""
    told = []

    def slowly(*args):
        with pytest.raises(ConflictError) as refused:
            issue_copy(archived.home, read(archived.home, "villar", asked.request_id), COLLEAGUE, issue)
        told.append(refused.value.place)
        return issue(*args)

    done = issue_copy(archived.home, asked, ARCHIVIST, slowly)
    assert told == ["claimed"]
    assert done.state is State.ISSUED
    assert len(copies(archived, asked)) == 1


def test_page_shown_before_somebody_else_resolved_does_nothing(archived, asked, issue):
    """The version on the page is old: words, and one resolution."""
    refuse(archived.home, asked, "15.1", "Datos de salud de terceros", agent="account:acc-1")
    with pytest.raises(ConflictError) as refused:
        fresh(archived.home, "villar", asked.request_id, asked.version)
    assert refused.value.place == "changed"
    with pytest.raises(ConflictError):
        issue_copy(archived.home, asked, COLLEAGUE, issue)
    assert not copies(archived, asked)


def test_settled_request_is_not_resolved_again(archived, asked, issue):
    """Neither issued, refused, asked back nor withdrawn."""
    done = issue_copy(archived.home, asked, ARCHIVIST, issue)
    with pytest.raises(ConflictError):
        issue_copy(archived.home, done, ARCHIVIST, issue)
    for act in (
        lambda: refuse(archived.home, done, "15.1", "x", agent="a"),
        lambda: ask_back(archived.home, done, "x", agent="a"),
        lambda: withdraw(archived.home, done, agent="a"),
        lambda: answer(archived.home, done, "x", agent="a"),
        lambda: expire(archived.home, done, agent="a"),
    ):
        with pytest.raises(ConflictError):
            act()
    assert len(copies(archived, asked)) == 1


@pytest.mark.parametrize("died", ["before-claim", "before-copy", "before-telling"])
def test_death_at_any_step_leaves_one_copy_at_the_end(archived, asked, issue, monkeypatch, clock, died):
    """Whoever comes after resolves it, and the asker gets exactly one copy in force."""

    def dead_issue(*args):
        if died != "before-copy":
            issue(*args)
        raise Death

    def dead_write(home, request, *, kind, **rest):
        if died == "before-claim" or kind == "copy.released":
            raise Death
        return write(home, request, kind=kind, **rest)

    monkeypatch.setattr(resolving, "write", dead_write)
    with pytest.raises(Death):
        issue_copy(archived.home, asked, ARCHIVIST, dead_issue)
    monkeypatch.undo()
    left = read(archived.home, "villar", asked.request_id)
    assert left.state is State.REQUESTED
    assert len(copies(archived, asked)) == (1 if died == "before-telling" else 0)
    if died != "before-claim":
        with pytest.raises(ConflictError):
            issue_copy(archived.home, left, COLLEAGUE, issue)
        clock.instant += timedelta(minutes=11)
    done = issue_copy(archived.home, left, COLLEAGUE, issue)
    assert done.state is State.ISSUED
    assert [one.copy_object_id for one in copies(archived, asked)] == [done.outcome.copy_object_id]


def test_same_archivist_finds_the_copy_he_could_not_tell(archived, asked, issue, monkeypatch):
    """He repeats at once, and the copy that is there already is the one he gives."""

    def dead_issue(*args):
        issue(*args)
        raise Death

    monkeypatch.setattr(resolving, "_release", lambda *_: None)
    with pytest.raises(Death):
        issue_copy(archived.home, asked, ARCHIVIST, dead_issue)
    before = copies(archived, asked)[0]
    done = issue_copy(archived.home, read(archived.home, "villar", asked.request_id), ARCHIVIST, issue)
    assert (done.outcome.csv, len(copies(archived, asked))) == (before.csv, 1)


def test_refusal_after_a_death_withdraws_what_was_issued(archived, asked, issue, monkeypatch):
    """A copy that nobody was told of does not stay in force behind a refusal."""

    def dead_issue(*args):
        issue(*args)
        raise Death

    monkeypatch.setattr(resolving, "_release", lambda *_: None)
    with pytest.raises(Death):
        issue_copy(archived.home, asked, ARCHIVIST, dead_issue)
    left = read(archived.home, "villar", asked.request_id)
    refuse(archived.home, left, "15.1", "Datos de salud", agent=ARCHIVIST.agent)
    assert not copies(archived, asked)


def test_seal_that_fails_lets_the_request_go(archived, asked):
    """The error is told, and somebody may try again at once."""

    def fail(*_):
        raise TimestampUnavailable("no authority answers")

    with pytest.raises(TimestampUnavailable):
        issue_copy(archived.home, asked, ARCHIVIST, fail)
    assert read(archived.home, "villar", asked.request_id).claim is None


def test_hold_that_forbids_copies_stops_the_archivist_too(archived, asked, record, issue):
    """A hold overrides everything; its word is the error's."""
    hold = Hold("Secreto del sumario", "Juzgado n.º 1", object_id=record.object_id, no_copies=True)
    add_hold(archived.home, "villar", hold, agent="test")
    with pytest.raises(ConflictError) as refused:
        issue_copy(archived.home, asked, ARCHIVIST, issue)
    assert refused.value.place == "hold-no-copies"


def test_refusal_needs_a_ground_of_the_list_and_reasons(archived, asked):
    """Ley 19/2013 art. 20.2: motivated, always."""
    for ground, words in (("99.9", "x"), ("15.1", " "), ("15.1", "x" * 4001)):
        with pytest.raises(InvalidRequest):
            refuse(archived.home, asked, ground, words, agent="a")
    done = refuse(archived.home, asked, "14.1.e", "Hay un sancionador abierto", agent="a")
    assert (done.state, done.outcome.ground) == (State.REFUSED, "14.1.e")
    assert "Ley 19/2013, art. 14.1.e" in done.why


def test_clock_stands_still_while_the_asker_is_asked(archived, asked, clock):
    """Five days gone, ten left: from the day of the answer on."""
    clock.instant = datetime(2026, 11, 27, 9, tzinfo=UTC)
    waiting = ask_back(archived.home, asked, "Acredite la representación", agent="a")
    assert (waiting.state, waiting.due_on, waiting.days_left) == (State.WAITING, None, 10)
    assert not waiting.overdue(date(2030, 1, 1))
    clock.instant = datetime(2026, 12, 10, 9, tzinfo=UTC)
    back = answer(archived.home, waiting, "La acompaño", agent="account:cit-1")
    assert (back.state, back.due_on) == (State.REQUESTED, date(2026, 12, 24))
    clock.instant = datetime(2026, 12, 11, 9, tzinfo=UTC)
    again = ask_back(archived.home, back, "Falta una firma", agent="a")
    assert again.days_left == 9


def test_silence_for_ten_working_days_lets_it_expire(archived, asked, clock):
    """Not a day earlier (Ley 39/2015 art. 68.1)."""
    waiting = ask_back(archived.home, asked, "Acredite la representación", agent="a")
    clock.instant = datetime(2026, 12, 4, 12, tzinfo=UTC)
    assert not may_expire(archived.home, waiting)
    with pytest.raises(ConflictError):
        expire(archived.home, waiting, agent="a")
    clock.instant = datetime(2026, 12, 5, 12, tzinfo=UTC)
    assert expire(archived.home, waiting, agent="a").state is State.EXPIRED


def test_asker_may_withdraw_while_nothing_is_resolved(archived, asked):
    """His right at any moment (Ley 39/2015 art. 94)."""
    assert withdraw(archived.home, asked, agent="account:cit-1").state is State.WITHDRAWN


def test_first_look_at_the_resolution_is_noted_once(archived, asked, clock):
    """It counts as notified from then on."""
    assert seen(archived.home, asked, agent="x") == asked
    done = refuse(archived.home, asked, "15.1", "Datos de salud", agent="a")
    first = seen(archived.home, done, agent="account:cit-1")
    assert first.read_at == clock.instant
    clock.instant += timedelta(days=1)
    assert seen(archived.home, first, agent="account:cit-1").read_at == first.read_at
    assert seen(archived.home, done, agent="account:cit-1") == first, "a second window at the same moment"


def test_archivist_says_which_document_is_meant(archived, issue):
    """A request in words gets its document, and what stands in its way is looked up again."""
    request = ask(archived.home, "villar", CITIZEN, "el decreto del molino", agent="account:cit-1")
    with pytest.raises(InvalidRequest):
        issue_copy(archived.home, request, ARCHIVIST, issue)
    record = archived.deposit(decree(), number=81)
    found = assign(archived.home, request, record.object_id, "", agent="a")
    assert (found.object_id, found.hurdles) == (record.object_id, ("limited",))
    assert issue_copy(archived.home, found, ARCHIVIST, issue).state is State.ISSUED


def test_document_of_another_municipality_cannot_be_meant(archived, asked):
    """Neither can a document that is not in the object."""
    archived.home.add_tenant("ajeno", "Ayuntamiento Ajeno", "L01990033")
    other = ask(archived.home, "ajeno", CITIZEN, "x", agent="t")
    with pytest.raises(NotFound):
        assign(archived.home, other, asked.object_id, "", agent="a")
    with pytest.raises(NotFound):
        assign(archived.home, asked, asked.object_id, "received/nada.xml", agent="a")


def test_everything_comes_back_from_the_store(archived, asked, issue):
    """Register files alone give the request again, with its steps and outcome."""
    from archive.registers import stored_entries
    from search.requests.model import read_request

    done = issue_copy(archived.home, asked, ARCHIVIST, issue)
    kept = [
        one for _, one in stored_entries(archived.home.store, "villar") if one.entry_id == done.request_id
    ]
    last = max(kept, key=lambda one: one.version)
    assert read_request("villar", last.entry_id, last.version, last.state, last.body) == done
