# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from archived import BASE_URL, make_archive

from archive.errors import InvalidInput, StorageUnavailable
from archive.identity import Kind, Principal, Right, Role
from archive.registers import Register
from archive.web.access import AUTHENTICATORS, allowed
from archive.web.api import (
    Listed,
    Model,
    PageQuery,
    api_blueprint,
    decode_cursor,
    encode_cursor,
    next_link,
)  # fmt: skip
from archive.web.app import WebSettings, create_app
from archive.web.context import service
from archive.web.idempotency import PATIENCE, REPLAYED, idempotent
from archive.web.session import RULES

ARCHIVIST = Principal(Kind.KEY, "k1", roles={"villar": frozenset({Role.ARCHIVIST})})


class Number(Model):
    number: int


class Numbers(Listed):
    items: list[Number]


class Wish(Model):
    words: str


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Iterator:
    archived = make_archive(tmp_path_factory.mktemp("api"))
    yield archived.home
    archived.home.close()


@pytest.fixture
def calls():
    return []


@pytest.fixture
def app(home, calls):
    blueprint = api_blueprint("api_numbers", "Numbers", "Nothing but numbers")

    @blueprint.get("/tenants/<tenant_id>/numbers")
    @allowed(Right.SEARCH)
    @blueprint.input(PageQuery, location="query")
    @blueprint.output(Numbers)
    def numbers(tenant_id, query_data):
        """Count."""
        after = decode_cursor(query_data.cursor)
        start = int(after[0]) if after else 0
        items = [Number(number=each) for each in range(start, min(start + query_data.limit, 7))]
        more = next_link(encode_cursor(start + query_data.limit)) if start + query_data.limit < 7 else None
        return Numbers(items=items, next=more)

    @blueprint.post("/tenants/<tenant_id>/numbers")
    @allowed(Right.SEARCH)
    @idempotent(blueprint)
    @blueprint.input(Wish)
    @blueprint.output(Number, status_code=201)
    def number(tenant_id, json_data):
        """Give a number."""
        calls.append(json_data.words)
        (service("meanwhile") or int)()
        if json_data.words == "fail":
            raise StorageUnavailable("no room")
        return Number(number=len(calls)), 201, {"Location": "/there"}

    def key(request):
        return ARCHIVIST if request.headers.get("Authorization") == "Bearer good" else None

    return create_app(
        lambda: home, [blueprint], WebSettings(BASE_URL), services={AUTHENTICATORS: [key]}
    )  # fmt: skip


@pytest.fixture
def client(app):
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer good"
    return client


URL = "/api/v1/tenants/villar/numbers"


def test_stranger_is_asked_who_he_is(app):
    """Without a key the answer is a 401 problem with a challenge, whatever the client accepts."""
    answer = app.test_client().get(URL, headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="longeva"'
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "not-identified"


def test_other_tenant_and_no_tenant_answer_alike(client):
    """A municipality where the key is nothing, and one that does not exist, are the same 404."""
    answers = [client.get(URL.replace("villar", name)) for name in ("otro", "nowhere")]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].data == answers[1].data


def test_list_is_read_by_its_links(client):
    """Following `next` gives every entry once, in order."""
    found, address = [], f"{URL}?limit=3"
    while address:
        page = client.get(address).json
        found += [each["number"] for each in page["items"]]
        address = page["next"]
    assert found == list(range(7))


@pytest.mark.parametrize("cursor", ["%%%", "bm8", "WzEsMl0", "W1tdXQ", "ñ", "W" * 400])
def test_invented_cursor_is_told(client, cursor):
    """A cursor that no list gave is bad input, never a crash."""
    assert client.get(URL, query_string={"cursor": cursor}).status_code == 422


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limite=3"])
def test_wrong_parameter_is_named(client, query):
    """A parameter out of bounds, or misspelt, is told by its name."""
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [query.partition("=")[0]]


def test_answer_that_is_there_already_is_not_sent_again(client):
    """If-None-Match with the ETag gives 304 without body, and another ETag the whole."""
    first = client.get(URL)
    again = client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(URL, headers={"If-None-Match": '"other"'}).data == first.data
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_repeated_request_is_done_once(client, calls):
    """The same key gives the same answer and headers, and says that it is a repetition."""
    sent = {"json": {"words": "once"}, "headers": {"Idempotency-Key": "a"}}
    first, second = client.post(URL, **sent), client.post(URL, **sent)
    assert calls == ["once"]
    assert (first.status_code, first.json, first.headers["Location"]) == (
        second.status_code, second.json, second.headers["Location"],
    )  # fmt: skip
    assert REPLAYED not in first.headers
    assert second.headers[REPLAYED] == "true"


def test_an_answer_is_kept_sealed(client, home):
    """What is told once, such as the secret of a webhook, cannot be read in the store nor in the catalogue."""
    sent = {"json": {"words": "sealed"}, "headers": {"Idempotency-Key": "seal"}}
    first = client.post(URL, **sent)
    entry = Register(home, "idempotency").get("villar", hashlib.sha256(b"villar\nkey:k1\nseal").hexdigest())
    assert "/there" not in str(entry.body)
    assert "number" not in str(entry.body)
    assert client.post(URL, **sent).json == first.json


def test_an_answer_whose_seal_is_lost_is_not_done_again(client, app, calls):
    """With another secret of the installation the answer cannot be told, and nothing happens twice."""
    sent = {"json": {"words": "lost"}, "headers": {"Idempotency-Key": "lost"}}
    assert client.post(URL, **sent).status_code == 201
    services = app.extensions["longeva"]
    services[RULES] = replace(services[RULES], secret=b"x" * 32)
    assert client.post(URL, **sent).status_code == 409
    assert calls == ["lost"]


def test_key_of_another_request_is_refused(client, calls):
    """Another body under a used key does nothing."""
    client.post(URL, json={"words": "b"}, headers={"Idempotency-Key": "b"})
    answer = client.post(URL, json={"words": "c"}, headers={"Idempotency-Key": "b"})
    assert answer.status_code == 422
    assert calls == ["b"]


def test_failed_request_may_be_tried_again(client, calls):
    """What failed is not answered from memory."""
    sent = {"json": {"words": "fail"}, "headers": {"Idempotency-Key": "f"}}
    assert [client.post(URL, **sent).status_code for _ in "12"] == [503, 503]
    assert calls == ["fail", "fail"]


def test_request_in_progress_is_not_begun_again(client, app, calls):
    """While the first is at it a second one with its key is told to wait."""
    sent = {"json": {"words": "slow"}, "headers": {"Idempotency-Key": "s", "Authorization": "Bearer good"}}
    meanwhile = []
    app.extensions["longeva"]["meanwhile"] = lambda: meanwhile.append(app.test_client().post(URL, **sent))
    assert client.post(URL, **sent).status_code == 201
    assert [answer.status_code for answer in meanwhile] == [409]
    assert calls == ["slow"]


def test_request_that_never_ended_may_be_tried_again(client, home, calls):
    """Begun by a machine that died: after a while its key may try again, before that it waits."""
    sent = {"json": {"words": "died"}, "headers": {"Idempotency-Key": "d"}}
    assert client.post(URL, **sent).status_code == 201
    register = Register(home, "idempotency")
    entry_id = hashlib.sha256(b"villar\nkey:k1\nd").hexdigest()
    entry = register.get("villar", entry_id)
    begun = {"request": entry.body["request"]}
    register.put("villar", entry_id, begun, kind="request.begun", agent="test", version=3, state="begun")
    assert client.post(URL, **sent).status_code == 409
    home.clock.instant += PATIENCE
    assert client.post(URL, **sent).status_code == 201
    assert calls == ["died", "died"]


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[" * 60000, 400), (b"\xff", 400), (b"[]", 422), (b"null", 422), (b'{"words": 1}', 422),
     (b'{"words": "a", "more": 1}', 422), (b"x" * 70000, 413)],
)  # fmt: skip
def test_bad_body_is_a_problem(client, body, status):
    """A body that cannot be read, does not fit or is too large is the client's error, as a problem."""
    answer = client.post(URL, data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_wrong_method_is_told_with_the_right_ones(client):
    """A 405 lists what the address takes."""
    answer = client.put(URL)
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_document_lists_operations_with_their_problems(client):
    """The document is OpenAPI 3.1, has only the interface's paths, and each problem with its media type."""
    document = client.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert list(document["paths"]) == ["/api/v1/tenants/{tenant_id}/numbers"]
    asked = document["paths"]["/api/v1/tenants/{tenant_id}/numbers"]
    assert {"200", "304", "401", "404", "422", "429", "503"} <= set(asked["get"]["responses"])
    assert {"201", "409", "413", "415"} <= set(asked["post"]["responses"])
    problem = document["components"]["responses"]["Problem404"]
    assert list(problem["content"]) == ["application/problem+json"]
    assert "Idempotency-Key" in {each["name"] for each in asked["post"]["parameters"]}
    assert document["servers"] == [{"url": BASE_URL}]


def test_cursor_round_trip():
    """A cursor gives back what it was made of; of another length it is none."""
    assert decode_cursor(encode_cursor("ñ/+", 7), 2) == ["ñ/+", "7"]
    assert decode_cursor("") is None
    with pytest.raises(InvalidInput):
        decode_cursor(encode_cursor("a"), 2)
