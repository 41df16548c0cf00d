# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import timedelta

import pytest
from inhabited import ELSEWHERE, HERE, inhabit

from archive.errors import ConflictError, InvalidRequest, NotFound, Refused
from archive.identity import LOCAL, Kind, Right, Role
from archive.identity.consents import Consents, State
from archive.identity.resolving import principal_of

WEEK = timedelta(days=7)
REASON = "Revisión de firmas, a petición de Secretaría"


@pytest.fixture
def town(tmp_path):
    """Two municipalities and their people."""
    town = inhabit(tmp_path)
    yield town
    town.home.close()


@pytest.fixture
def consents(town):
    """What they consent to."""
    return Consents(town.home)


def who(town, login):
    return principal_of(town.home, town.people[login], Kind.ACCOUNT, "password")


def ask(town, consents, roles=(Role.ARCHIVIST,), reason=REASON, lasts=WEEK, login="tecnica"):
    return consents.ask(HERE, town.people[login], roles, reason, lasts, who(town, login).agent)


def test_nobody_of_the_province_is_inside_without_a_consent(town, consents):
    """Asking is not enough."""
    assert who(town, "tecnica").tenants() == []
    ask(town, consents)
    assert who(town, "tecnica").tenants() == []


def test_a_consent_counts_while_it_lasts_and_not_a_second_longer(town, consents):
    """From the granting to its end, in that municipality alone."""
    consents.grant(ask(town, consents), who(town, "archivera"))
    assert who(town, "tecnica").may(Right.READ, HERE)
    assert not who(town, "tecnica").may(Right.READ, ELSEWHERE)
    town.later(days=7, seconds=-1)
    assert who(town, "tecnica").may(Right.READ, HERE)
    town.later(seconds=1)
    assert not who(town, "tecnica").may(Right.READ, HERE)


def test_the_municipality_ends_it_when_it_likes(town, consents):
    """At once; and whoever was let in may leave."""
    granted = consents.grant(ask(town, consents), who(town, "secretario"))
    consents.end(granted, who(town, "archivera"))
    assert who(town, "tecnica").tenants() == []
    again = consents.grant(ask(town, consents), who(town, "secretario"))
    assert consents.end(again, who(town, "tecnica")).state is State.ENDED


def test_nobody_lets_himself_in(town, consents):
    """Neither by asking, nor as the archivist that an earlier consent made of him."""
    asked = ask(town, consents)
    with pytest.raises(Refused):
        consents.grant(asked, who(town, "tecnica"))
    consents.grant(asked, who(town, "archivera"))
    assert who(town, "tecnica").may(Right.CONSENT, HERE)
    town.later(days=8)
    with pytest.raises(Refused):
        consents.grant(ask(town, consents), who(town, "tecnica"))


@pytest.mark.parametrize("login", ["operadora", "auditora", "vecina"])
def test_only_who_may_lets_in(town, consents, login):
    """An operator, an auditor and somebody of elsewhere find nothing there."""
    asked = ask(town, consents)
    for act in (consents.grant, consents.refuse, consents.end):
        with pytest.raises(NotFound):
            act(asked, who(town, login))


def test_the_one_who_was_let_in_lets_in_no_colleague(town, consents):
    """A lent role does not carry the municipality's consent."""
    from archive.identity.accounts import Account

    consents.grant(ask(town, consents), who(town, "archivera"))
    colleague = town.accounts.add(Account("", "Colega", "colega"), "cli")
    asked = consents.ask(HERE, colleague, [Role.ARCHIVIST], REASON, WEEK, "account:x")
    with pytest.raises(Refused):
        consents.grant(asked, who(town, "tecnica"))


def test_what_cannot_be_asked_for(town, consents):
    """No reason, too long, the Secretary's faith, nothing at all, or by somebody of a municipality."""
    for change in (
        {"reason": "  porque  "}, {"lasts": timedelta(days=91)}, {"lasts": timedelta()}, {"roles": ()},
        {"roles": (Role.SECRETARY,)}, {"roles": (Role.OPERATOR,)}, {"login": "vecina"},
    ):  # fmt: skip
        with pytest.raises(InvalidRequest):
            ask(town, consents, **change)


def test_there_is_one_at_a_time(town, consents):
    """A second is refused while one is asked for or lasts, and welcome after its end."""
    asked = ask(town, consents)
    with pytest.raises(ConflictError):
        ask(town, consents)
    consents.grant(asked, LOCAL)
    with pytest.raises(ConflictError):
        ask(town, consents)
    town.later(days=8)
    assert ask(town, consents).state is State.ASKED
    assert [each.state for each in consents.of_tenant(HERE)] == [State.ASKED, State.ENDED]


def test_what_was_settled_stays_so(town, consents):
    """Refused is refused."""
    refused = consents.refuse(ask(town, consents), who(town, "archivera"))
    for act in (consents.grant, consents.refuse, consents.end):
        with pytest.raises(ConflictError):
            act(refused, who(town, "archivera"))
    assert ask(town, consents).consent_id != refused.consent_id


def test_the_municipalitys_ledger_tells_all_but_the_reason(town, consents):
    """Who, as what, until when; a reason may name people, so it is kept where it can be taken away."""
    granted = consents.grant(ask(town, consents), who(town, "archivera"))
    with town.home.catalog.reading(HERE) as tx:
        told = [event for event in tx.tenant_events(HERE) if event.subject == granted.consent_id]
    assert [event.kind for event in told] == ["consent.asked", "consent.granted"]
    assert told[1].agent == who(town, "archivera").agent
    assert told[1].detail["account"] == town.people["tecnica"].account_id
    assert told[1].detail["ends_at"].startswith("2026-11-28")
    assert "firmas" not in str(told)
