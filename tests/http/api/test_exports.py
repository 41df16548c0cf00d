# SPDX-License-Identifier: EUPL-1.2
"""Exports for machines: asked for, watched, fetched by who asked."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from machine_client import Asker

from archive.identity import Role
from search.api import blueprint
from search.api.exports import EXPORTS
from search.api.finding import INDEX
from search.export_jobs import Exports
from search.indexer import follow
from search.memory_index import MemoryIndex
from search.result_jobs import result_makers
from search.viewing.address import short_id

AT = "/api/v1/tenants/villar/exports"


@pytest.fixture
def exporting(kept):
    """An application whose exports are made when the test says so."""
    exports = Exports(kept.home)
    exports.wake = lambda: None
    asker = Asker(kept.home, [blueprint], **{EXPORTS: exports})
    asker.exports = exports
    return asker


def test_export_is_asked_for_watched_and_fetched(exporting, kept):
    """202 with a place to look, 409 before it is made, then the package, also in parts."""
    client = exporting.as_somebody(Role.ARCHIVIST)
    asked = client.post(AT, json={"object": short_id(kept.open.object_id), "form": "eni"})
    assert asked.status_code == 202
    place = asked.headers["Location"]
    assert client.get(place).get_json()["state"] == "waiting"
    assert client.get(f"{place}/result").status_code == 409
    exporting.exports.work()
    told = client.get(place).get_json()
    assert told["state"] == "done"
    packed = client.get(told["result"])
    assert zipfile.ZipFile(io.BytesIO(packed.data)).namelist() == [f"{kept.open.eni_id}.xml"]
    part = client.get(told["result"], headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.data) == (206, packed.data[2:6])


def test_exports_are_not_asked_for_without_end(exporting, kept, monkeypatch):
    """Each is a file that lies here for a week: one who asks for too many is told to wait."""
    monkeypatch.setattr("search.api.exports.RATE", "2/hour")
    client = exporting.as_somebody(Role.ARCHIVIST, number="greedy")
    body = {"object": short_id(kept.open.object_id), "form": "eni"}
    question = {"q": "licencia", "filters": [], "form": "csv"}
    statuses = [client.post(AT, json=body).status_code for _ in "123"]
    assert statuses == [202, 202, 429]
    exporting.app.extensions["longeva"][INDEX] = MemoryIndex()
    asked = client.post("/api/v1/tenants/villar/search/exports", json=question)
    assert asked.status_code == 429
    assert int(asked.headers["Retry-After"]) > 0


def test_export_of_what_may_not_be_seen_is_not_taken_on(exporting, kept):
    """Reserved, unknown, or without the right to read: 404; another form: 422."""
    body = {"object": short_id(kept.secret.object_id), "form": "eni"}
    assert exporting.as_somebody(Role.AUDITOR).post(AT, json=body).status_code == 404
    archivist = exporting.as_somebody(Role.ARCHIVIST)
    assert archivist.post(AT, json={"object": "0" * 32, "form": "eni"}).status_code == 404
    assert archivist.post(AT, json={**body, "form": "bagit"}).status_code == 422
    assert archivist.post(AT, json={"object": "../x", "form": "eni"}).status_code == 422


def test_export_of_another_is_not_there(exporting, kept):
    """Neither for a colleague nor for who lost the right meanwhile."""
    client = exporting.as_somebody(Role.ARCHIVIST)
    place = client.post(AT, json={"object": short_id(kept.secret.object_id), "form": "eni"}).headers[
        "Location"
    ]
    exporting.exports.work()
    assert exporting.as_somebody(Role.ARCHIVIST, number="a2").get(place).status_code == 404
    assert exporting.as_somebody(Role.AUDITOR).get(f"{place}/result").status_code == 404
    assert exporting.as_somebody(Role.ARCHIVIST).get(f"{place}/result").status_code == 200


def test_request_that_is_repeated_is_done_once(exporting, kept):
    """The same key gives the same export."""
    client = exporting.as_somebody(Role.ARCHIVIST)
    body, key = {"object": short_id(kept.open.object_id), "form": "eni"}, {"Idempotency-Key": "uno"}
    first, second = (client.post(AT, json=body, headers=key) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]


def test_whole_result_is_one_file(kept):
    """CSV, JSON lines and EAD of everything that who asked may see, and nothing else."""
    index = MemoryIndex()
    follow(kept.home, index)
    exports = Exports(kept.home, result_makers(index, "https://sede.example"))
    exports.wake = lambda: None
    asker = Asker(kept.home, [blueprint], **{EXPORTS: exports, INDEX: index})
    at = "/api/v1/tenants/villar/search/exports"
    results = {}
    for role in (Role.ARCHIVIST, Role.AUDITOR):
        client = asker.as_somebody(role, number=role)
        for form in ("csv", "jsonl", "ead"):
            place = client.post(at, json={"q": "", "form": form}).headers["Location"]
            exports.work()
            told = client.get(place).get_json()
            assert told["state"] == "done", told
            results[role, form] = client.get(told["result"]).text
    secret, opened = kept.secret.object_id, kept.open.object_id
    for (role, _), text in results.items():
        assert opened in text
        assert (secret in text) is (role is Role.ARCHIVIST)
    lines = [json.loads(line) for line in results[Role.ARCHIVIST, "jsonl"].splitlines()]
    assert {line["municipio"] for line in lines} == {"villar"}


def test_result_is_given_only_with_the_sight_it_was_made_with(kept):
    """Who lost a right since may not fetch what he might see then; a wrong filter is told at once."""
    index = MemoryIndex()
    follow(kept.home, index)
    exports = Exports(kept.home, result_makers(index, "https://sede.example"))
    exports.wake = lambda: None
    asker = Asker(kept.home, [blueprint], **{EXPORTS: exports, INDEX: index})
    at = "/api/v1/tenants/villar/search/exports"
    client = asker.as_somebody(Role.ARCHIVIST)
    place = client.post(at, json={"q": "licencia", "form": "csv"}).headers["Location"]
    exports.work()
    assert asker.as_somebody(Role.AUDITOR).get(f"{place}/result").status_code == 404
    client = asker.as_somebody(Role.ARCHIVIST)
    assert client.get(f"{place}/result").status_code == 200
    assert client.post(at, json={"filters": [["x", "y"]], "form": "csv"}).status_code == 422
    assert client.post(at, json={"q": "", "form": "xls"}).status_code == 422
