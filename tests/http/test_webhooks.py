# SPDX-License-Identifier: EUPL-1.2
"""Webhooks against a real HTTP server that is told."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from archived import make_archive
from machines_asking import Machine, asked_by_machines

from archive.settings.model import WebhookSettings
from ingest.api.webhooks import blueprint
from ingest.webhooks.delivery import deliver_due
from ingest.webhooks.subscriptions import Webhooks

CONTENT = iter(range(1, 10_000))


class Listening(HTTPServer):
    """Keeps what it is told, and answers as it is wished."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard, self.status, self.location = [], 204, ""

    @property
    def address(self):
        """Where it listens."""
        return f"http://localhost:{self.server_port}/aviso"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def listening() -> Iterator[Listening]:
    server = Listening()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def there():
    with listening() as server:
        yield server


@pytest.fixture
def archived(tmp_path, monkeypatch):
    archived = make_archive(tmp_path)
    archived.home.add_tenant("otro", "Ayuntamiento de Otro Lugar", "L01990020")
    yield archived
    archived.home.close()


@pytest.fixture
def operator(archived, there, monkeypatch):
    """The operator's key, where the listener's host is one of the house."""
    _allow(archived, monkeypatch, f"localhost:{there.server_port}")
    return Machine(asked_by_machines(archived.home, blueprint), "operator")


def _allow(archived, monkeypatch, *hosts):
    engines = archived.home.engines
    settings = engines.settings.model_copy(update={"webhooks": WebhookSettings(private_hosts=hosts)})
    monkeypatch.setattr(engines, "settings", settings)


def subscribed(operator, there, *kinds):
    answer = operator.ask(
        "POST", "/webhooks", json={"url": there.address, "kinds": kinds or ["deposit.accepted"]}
    )
    assert answer.status_code == 201, answer.data
    return answer.json


def happens(archived, count=1):
    """Let deposits be accepted, as the ledger tells it."""
    with archived.home.writing():
        with archived.home.catalog.transaction("villar") as tx:
            for _ in range(count):
                deposit = f"d{next(CONTENT)}"
                detail = {"deposit": deposit, "state": "ACCEPTED"}
                archived.home.ledger.append(tx, "villar", "object.stored", f"urn:x:{deposit}", "test", detail)
        archived.home.ledger.flush("villar")


def test_subscriber_is_told_once_and_can_check_the_sender(operator, archived, there):
    """The message has the event, is signed over its moment and its bytes, and is not sent again."""
    happens(archived)  # before the subscription: nobody's business
    made = subscribed(operator, there)
    happens(archived, 2)
    assert deliver_due(archived.home) == 2
    assert deliver_due(archived.home) == 0
    ((headers, body),) = there.heard
    told = json.loads(body)
    assert [event["kind"] for event in told["events"]] == ["deposit.accepted"] * 2
    assert all(event["deposit"].startswith("d") for event in told["events"])
    moment, code = (part.partition("=")[2] for part in headers["Longeva-Signature"].split(","))
    mac = hmac.new(made["secret"].encode(), f"{moment}.".encode() + body, hashlib.sha256)
    assert hmac.compare_digest(mac.hexdigest(), code)
    assert int(moment) == int(archived.clock.now().timestamp())


def test_message_holds_identifiers_only(operator, archived, there):
    """No name, title or agent leaves the house."""
    subscribed(operator, there)
    happens(archived)
    deliver_due(archived.home)
    event = json.loads(there.heard[0][1])["events"][0]
    assert event.keys() == {"sequence", "kind", "at", "subject", "deposit"}


def test_only_what_was_asked_for_is_told(operator, archived, there):
    """Events of other kinds pass by."""
    subscribed(operator, there, "deposit.rejected")
    happens(archived)
    assert deliver_due(archived.home) == 0
    assert there.heard == []


def test_failure_is_tried_again_later_and_later(operator, archived, there):
    """After an error it waits one minute, then two; then everything is told, in order."""
    made = subscribed(operator, there)
    there.status = 500
    happens(archived)
    start = archived.clock.instant
    tried = []
    for seconds in range(0, 600, 30):
        archived.clock.instant = start + timedelta(seconds=seconds)
        before = len(there.heard)
        deliver_due(archived.home)
        tried += [seconds] * (len(there.heard) - before)
    assert tried == [0, 60, 180, 420]
    there.status = 200
    happens(archived)
    archived.clock.instant = start + timedelta(seconds=1000)
    assert deliver_due(archived.home) == 2
    log = operator.ask("GET", f"/webhooks/{made['id']}/deliveries").json["items"]
    assert [line["ok"] for line in log] == [True, False, False, False, False]
    assert log[1]["answer"] == "it answered 500"
    assert operator.ask("GET", f"/webhooks/{made['id']}").json["state"] == "well"


def test_after_three_days_it_rests_until_resumed(operator, archived, there):
    """Nothing is lost by resting: what happened meanwhile is told afterwards."""
    made = subscribed(operator, there)
    there.status = 404
    happens(archived)
    for _ in range(40):
        deliver_due(archived.home)
        archived.clock.instant += timedelta(hours=6)
    address = f"/webhooks/{made['id']}"
    assert operator.ask("GET", address).json["state"] == "resting"
    attempts = len(there.heard)
    deliver_due(archived.home)
    assert len(there.heard) == attempts
    there.status = 202
    happens(archived)
    assert operator.ask("POST", f"{address}/resume").json["state"] == "well"
    assert deliver_due(archived.home) == 2


def test_redirection_is_not_followed(operator, archived, there):
    """A subscriber that points elsewhere is told nothing there."""
    with listening() as elsewhere:
        subscribed(operator, there)
        there.status, there.location = 307, elsewhere.address
        happens(archived)
        assert deliver_due(archived.home) == 0
        assert elsewhere.heard == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "fd00::1",
        "0.0.0.0",
    ],
)
def test_private_address_is_never_connected_to(operator, archived, there, address):
    """A public name that leads into somebody's network is refused, whatever it led to at the subscription."""
    url = f"https://publico.example:{there.server_port}/x"
    made = operator.ask("POST", "/webhooks", json={"url": url, "kinds": ["deposit.accepted"]}).json
    happens(archived)
    assert deliver_due(archived.home, resolve=lambda _host, _port: [address]) == 0
    line = operator.ask("GET", f"/webhooks/{made['id']}/deliveries").json["items"][0]
    assert line["answer"] == "publico.example leads to an address that is not public"
    assert there.heard == []


def test_host_that_is_no_longer_of_the_house_is_not_told(operator, archived, there, monkeypatch):
    """What the operator takes from the list is refused at the next message."""
    subscribed(operator, there)
    _allow(archived, monkeypatch)
    happens(archived)
    assert deliver_due(archived.home) == 0
    assert there.heard == []


@pytest.mark.parametrize(
    "url",
    ["http://publico.example/", "ftp://publico.example/", "https://u:p@publico.example/", "https:///x", "x",
     "https://publico.example/#f", "https://publico.example/a b", "https://ñ.example/", "https://x:99999/",
     "https://publico.example/" + "a" * 2000, "file:///etc/passwd"],
)  # fmt: skip
def test_strange_addresses_are_refused(operator, url):
    """Only https without user names, fragments and blanks; http only within the house."""
    answer = operator.ask("POST", "/webhooks", json={"url": url, "kinds": ["deposit.accepted"]})
    assert answer.status_code == 422


def test_secret_is_told_once(operator, archived, there):
    """Neither the list nor the subscription itself tells it again; it stands in no file of the store."""
    made = subscribed(operator, there)
    assert operator.ask("GET", f"/webhooks/{made['id']}").json["secret"] is None
    assert operator.ask("GET", "/webhooks").json["items"][0]["secret"] is None
    stored = b"".join(
        path.read_bytes() for path in (archived.home.path / "store").rglob("*") if path.is_file()
    )
    assert made["secret"].removeprefix("whsec_").encode() not in stored


def test_subscription_ends(operator, archived, there):
    """After DELETE nobody is told, and it is not found."""
    made = subscribed(operator, there)
    assert operator.ask("DELETE", f"/webhooks/{made['id']}").status_code == 204
    happens(archived)
    assert deliver_due(archived.home) == 0
    assert operator.ask("GET", f"/webhooks/{made['id']}").status_code == 404


@pytest.mark.parametrize("key", ["depositor", "archivist", "auditor", "stranger"])
def test_only_who_administers_may(operator, archived, there, key):
    """For everybody else there are no webhooks."""
    made = subscribed(operator, there)
    other = Machine(asked_by_machines(archived.home, blueprint), key)
    body = {"url": there.address, "kinds": ["deposit.accepted"]}
    asked = {
        other.ask("GET", "/webhooks").status_code,
        other.ask("POST", "/webhooks", json=body).status_code,
        other.ask("DELETE", f"/webhooks/{made['id']}").status_code,
    }
    assert asked == {404}
    assert Webhooks(archived.home).get("villar", made["id"])
