# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json
from dataclasses import replace

import pytest

from archive.errors import ConflictError, InvalidRequest, NotFound
from search.verification_requests import (
    ANSWERED,
    MAX_TEXT,
    OPEN,
    Asked,
    answer_request,
    ask_certification,
    requests_of,
)

ASKED = Asked(
    "urn:longeva:villar:x:1", "received/x.xml", "ES_X", "Interesada", "correo@sede.example", "un trámite"
)


def test_request_waits_fifteen_working_days_and_is_answered_once(archived):
    """Asked on Saturday 21 November 2026, it entered on Monday 23; fifteen working days later is 15 December."""
    kept = ask_certification(archived.home, "villar", ASKED)
    assert kept.last_day is not None
    assert kept.last_day.isoformat() == "2026-12-15"
    assert [one.asked for one in requests_of(archived.home, "villar", state=OPEN)] == [ASKED]
    answered = answer_request(archived.home, "villar", kept.request_id, " Enviada la 12/2026 ", agent="t")
    assert (answered.state, answered.answer) == (ANSWERED, "Enviada la 12/2026")
    with pytest.raises(ConflictError):
        answer_request(archived.home, "villar", kept.request_id, "otra vez", agent="t")
    assert requests_of(archived.home, "villar", state=OPEN) == []


def test_ledger_names_nobody_who_asks(archived):
    """Name, address and reason stand in the register alone."""
    ask_certification(archived.home, "villar", ASKED)
    with archived.home.catalog.reading("villar") as tx:
        told = json.dumps([event.detail for event in tx.events()])
    assert ASKED.name not in told
    assert ASKED.contact not in told


@pytest.mark.parametrize("lacking", [{"name": " "}, {"contact": ""}, {"words": "x" * (MAX_TEXT + 1)}])
def test_request_without_a_name_or_an_address_is_refused(archived, lacking):
    """Nobody could answer it."""
    with pytest.raises(InvalidRequest):
        ask_certification(archived.home, "villar", replace(ASKED, **lacking))


def test_request_of_another_municipality_is_not_there(archived):
    """Whoever settles one archive's requests settles no other's."""
    archived.home.add_tenant("otra", "Ayuntamiento de Otra", "L01990031")
    kept = ask_certification(archived.home, "villar", ASKED)
    with pytest.raises(NotFound):
        answer_request(archived.home, "otra", kept.request_id, "hecho", agent="t")
