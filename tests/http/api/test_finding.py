# SPDX-License-Identifier: EUPL-1.2
"""Search for machines: the same question, sight and places to go on as in the search box."""

from __future__ import annotations

import pytest

from archive.identity import Role
from archive.web.api import encode_cursor

AT = "/api/v1/tenants/villar/search"


def asked(client, **body):
    """Ask with a body, as a machine that minds what logs see."""
    return client.post(AT, json=body).get_json()


def test_both_ways_of_asking_answer_alike(asker, kept):
    """In the address and in the body: the same hits, counts and snippets."""
    client = asker.as_somebody(Role.ARCHIVIST)
    by_address = client.get(AT, query_string={"q": "licencia", "facets": "tipo,clase"}).get_json()
    by_body = asked(client, q="licencia", facets=["tipo", "clase"])
    assert by_address["items"] == by_body["items"] != []
    assert by_address["facets"] == by_body["facets"]
    hit = next(one for one in by_body["items"] if one["object"] == kept.open.object_id)
    assert [hit["snippet"][start:end] for start, end in hit["highlights"]] == ["licencia"]


def test_filters_narrow(asker):
    """Different names must all hold, the same name means either."""
    client = asker.as_somebody(Role.ARCHIVIST)
    whole = asked(client, filters=[["tipo", "TD01"], ["tipo", "TD99"]])["total"]
    video = client.get(AT, query_string={"filters": "tipo:TD99; clase:documento"}).get_json()
    assert (video["total"], video["items"][0]["type"]) == (1, "TD99")
    assert whole > 1


@pytest.mark.parametrize("sort", ["relevancia", "recientes", "lugar", "titulo"])
def test_parts_give_every_hit_once(asker, sort):
    """Whatever the order, following `next` or `cursor` ends, and gives each once."""
    client = asker.as_somebody(Role.ARCHIVIST)
    whole = {(one["object"], one["path"]) for one in asked(client, limit=200)["items"]}
    address, found = f"{AT}?limit=1&sort={sort}", []
    while address:
        told = client.get(address).get_json()
        found += [(one["object"], one["path"]) for one in told["items"]]
        address = told["next"]
    assert len(found) == len(set(found))
    assert set(found) == whole
    cursor, again = "", []
    while cursor is not None:
        told = asked(client, limit=1, sort=sort, cursor=cursor)
        again += [(one["object"], one["path"]) for one in told["items"]]
        cursor = told["cursor"]
    assert again == found


def test_wrong_questions_are_told(asker):
    """Unknown facets, filters, orders and cursors: 422, never a crash."""
    client = asker.as_somebody(Role.ARCHIVIST)
    for body in (
        {"facets": ["nif"]},
        {"filters": [["x", "y"]]},
        {"sort": "x"},
        {"cursor": "WyJ4IiwiMSJd"},
        {"cursor": "WyJhZnRlciIsIjEiXQ"},
        {"sort": "lugar", "cursor": encode_cursor("after", 1 << 63)},
        {"limit": 10_000},
    ):
        assert client.post(AT, json=body).status_code == 422, body


def test_who_may_not_search_finds_no_archive(asker):
    """A depositor, and somebody of elsewhere: 404; a stranger is asked who he is."""
    assert asker.as_somebody(Role.DEPOSITOR).get(AT).status_code == 404
    assert asker.as_somebody(Role.ARCHIVIST, tenant="otro").get(AT).status_code == 404
    assert asker.as_nobody().get(AT).status_code == 401


def test_people_are_not_counted_for_who_may_not_see_them(asker):
    """The facet of people is none for an auditor."""
    body = {"facets": ["persona"]}
    assert asker.as_somebody(Role.AUDITOR).post(AT, json=body).status_code == 422


def test_search_is_told_without_its_words(asker, kept):
    """The ledger says that somebody searched, and not what for."""
    asked(asker.as_somebody(Role.ARCHIVIST, number="curious"), q="palabrasecreta")
    with kept.home.catalog.reading("villar") as tx:
        events = [one for one in tx.tenant_events("villar", 0, 10_000) if one.kind == "search.made"]
    assert events[-1].agent == "key:curious"
    assert "palabrasecreta" not in str(events)
