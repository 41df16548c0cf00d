# SPDX-License-Identifier: EUPL-1.2
"""Codes, requests for copies and holds for machines."""

from __future__ import annotations

import pytest
from archived import decree, make_archive
from machine_client import Asker

from archive.identity import Role
from search.api import blueprint
from search.viewing.address import short_id

COPIES = "/api/v1/tenants/villar/copy-requests"
HOLDS = "/api/v1/tenants/villar/holds"
VERIFY = "/api/v1/csv/verify"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A resolution, its copy, and the application."""
    archived = make_archive(tmp_path_factory.mktemp("copies"))
    archived.record = archived.deposit(decree())
    archived.copy = archived.certify(archived.record.object_id)
    archived.asker = Asker(archived.home, [blueprint])
    yield archived
    archived.home.close()


def test_code_is_verified_by_anybody_and_in_the_body_alone(town):
    """Authentic, with its facts; unknown and malformed alike; no address takes a code."""
    client = town.asker.as_nobody()
    told = client.post(VERIFY, json={"csv": town.copy.csv.lower()}).get_json()
    assert told["status"] == "authentic"
    assert "Huella SHA-256" in told["facts"]
    codes = ("ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ", "x")
    answers = [client.post(VERIFY, json={"csv": code}).get_json() for code in codes]
    assert [one.pop("csv") for one in answers] == list(codes)
    assert answers[0] == answers[1]
    assert client.get(VERIFY, query_string={"csv": town.copy.csv}).status_code == 405
    assert client.post(VERIFY, json={"csv": ""}).status_code == 422


def test_request_is_made_followed_and_refused(town):
    """201 with a place; the asker sees its state, the archive what stands in the way and resolves it."""
    asker = town.asker.as_somebody(Role.CITIZEN, number="c1")
    body = {"reference": town.record.eni_id, "purpose": "Recurso"}
    made = asker.post(COPIES, json=body)
    told = made.get_json()
    assert (made.status_code, told["state"], told["hurdles"]) == (201, "REQUESTED", None)
    place = made.headers["Location"]
    assert [one["id"] for one in asker.get(COPIES).get_json()["items"]] == [told["id"]]
    archivist = town.asker.as_somebody(Role.ARCHIVIST, number="a9")
    seen = archivist.get(place).get_json()
    assert seen["object"] == short_id(town.record.object_id)
    act = {"version": seen["version"], "act": "refuse", "ground": "15.1", "words": "Hay datos de terceros."}
    refused = archivist.post(f"{place}/resolution", json=act).get_json()
    assert refused["state"] == "REFUSED"
    assert archivist.post(f"{place}/resolution", json=act).status_code == 409
    asker = town.asker.as_somebody(Role.CITIZEN, number="c1")
    assert asker.get(place).get_json()["words"] == "Hay datos de terceros."


def test_request_of_another_is_not_there(town):
    """Neither to see, nor to withdraw, nor to resolve for who may not."""
    made = town.asker.as_somebody(Role.CITIZEN, number="c2").post(COPIES, json={"reference": "algo"})
    place, version = made.headers["Location"], made.get_json()["version"]
    other = town.asker.as_somebody(Role.CITIZEN, number="c3")
    assert other.get(place).status_code == 404
    assert other.post(f"{place}/resolution", json={"version": version, "act": "withdraw"}).status_code == 404
    mine = town.asker.as_somebody(Role.CITIZEN, number="c2")
    act = {"version": version, "act": "issue"}
    assert mine.post(f"{place}/resolution", json=act).status_code == 404
    archivist = town.asker.as_somebody(Role.ARCHIVIST)
    act = {"version": version, "act": "withdraw"}
    assert archivist.post(f"{place}/resolution", json=act).status_code == 404
    mine = town.asker.as_somebody(Role.CITIZEN, number="c2")
    assert mine.post(f"{place}/resolution", json=act).get_json()["state"] == "WITHDRAWN"


def test_whether_a_document_exists_is_not_said_at_entry(town):
    """A reference that leads nowhere is taken in with the same words."""
    client = town.asker.as_somebody(Role.CITIZEN, number="c4")
    told = [client.post(COPIES, json={"reference": ref}).get_json() for ref in (town.record.eni_id, "nada")]
    for one in told:
        for name in ("id", "number", "reference", "steps"):
            del one[name]
    assert told[0] == told[1]


def test_hold_is_put_in_force_and_ended(town):
    """By who describes; with its reason and authority; ended once, saying why."""
    client = town.asker.as_somebody(Role.ARCHIVIST)
    body = {"reason": "Recurso", "authority": "Juzgado n.º 2", "object": short_id(town.record.object_id)}
    made = client.post(HOLDS, json=body)
    assert (made.status_code, made.get_json()["state"]) == (201, "in-force")
    number = made.get_json()["id"]
    ended = client.post(f"{HOLDS}/{number}/end", json={"why": "Sentencia firme"})
    assert ended.get_json()["state"] == "over"
    assert client.post(f"{HOLDS}/{number}/end", json={"why": "otra vez"}).status_code == 409
    assert [one["state"] for one in client.get(HOLDS).get_json()["items"]] == ["over"]
    assert client.post(HOLDS, json={**body, "object": "0" * 32}).status_code == 404
    assert client.post(f"{HOLDS}/nada/end", json={"why": "x"}).status_code == 404
    assert town.asker.as_somebody(Role.AUDITOR).post(HOLDS, json=body).status_code == 404
