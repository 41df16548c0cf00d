# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from archive.errors import ConfigurationError, IndexBusy, IndexUnavailable
from archive.lock import WriterLock
from archive.settings import ElasticsearchSettings
from search.elastic.client import connect, mended, refusal
from search.elastic.index import ElasticIndex

OPENSEARCH = {"version": {"distribution": "opensearch", "number": "2.19.1"}}


class Speaker:
    """A server that answers everything alike, and keeps what it was asked."""

    def __init__(self) -> None:
        self.root: object = OPENSEARCH
        self.headers: dict[str, str] = {}
        self.status = 200
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                body = json.dumps(outer.root if self.path == "/" else {"acknowledged": True}).encode()
                self.send_response(outer.status)
                for name, value in {"content-type": "application/json", **outer.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_PUT = do_GET  # noqa: N815 (the name that the library looks for)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    """A server on this machine."""
    made = Speaker()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def settings(*urls: str, **others: object) -> ElasticsearchSettings:
    """Return settings of a cluster."""
    return ElasticsearchSettings(kind="elasticsearch", urls=urls, **others)


def ask(speaker: Speaker, **others: object) -> None:
    """Ask for something, twice."""
    client = connect(settings(speaker.url, **others))
    for _ in range(2):
        client.indices.create(index="x", settings={})
    client.close()


def test_plain_json_is_spoken_to_elasticsearch_of_any_version(speaker):
    """No media type of one major version goes out, and a server that says its name is asked nothing more."""
    speaker.headers = {"X-Elastic-Product": "Elasticsearch"}
    ask(speaker)
    assert [path for path, _ in speaker.asked] == ["/x", "/x"]
    for _, headers in speaker.asked:
        assert headers["content-type"] == headers["accept"] == "application/json"
        assert "x-elastic-client-meta" not in headers


def test_an_opensearch_is_asked_once_who_it_is(speaker):
    """The header that it does not send is made up for when it says that it is one."""
    ask(speaker)
    assert [path for path, _ in speaker.asked] == ["/x", "/", "/x"]


@pytest.mark.parametrize(
    "root", [{}, [], {"version": {"number": "7.10.2"}}, {"version": {"distribution": "x"}}]
)
def test_anything_else_is_refused(speaker, root, tmp_path):
    """A server that is neither product is named, with the setting that led there."""
    speaker.root = root
    with pytest.raises(ConfigurationError, match=r"\[index\] urls.*neither Elasticsearch nor OpenSearch"):
        ask(speaker)
    index = ElasticIndex(settings(speaker.url), WriterLock(tmp_path / "lock"))
    with pytest.raises(ConfigurationError):
        index.position()
    index.close()


def test_who_we_are_is_said(speaker):
    """User and password, or a key, go with every request."""
    ask(speaker, user="longeva", password="secreto")
    ask(speaker, api_key="clave")
    said = [headers["authorization"] for _, headers in speaker.asked]
    assert said == ["Basic bG9uZ2V2YTpzZWNyZXRv"] * 3 + ["ApiKey clave"] * 3


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"user": "a", "api_key": "b"}, "one of them"),
        ({"ca_file": "/nowhere/ca.pem"}, r"\[index\]"),
    ],
)
def test_settings_that_cannot_be_used_are_said(others, words):
    """Before anything is connected to."""
    with pytest.raises(ConfigurationError, match=words):
        connect(settings("https://127.0.0.1:9", **others))


def test_secrets_do_not_stand_in_addresses():
    """A URL is shown in messages, so it must not hold a password."""
    with pytest.raises(ConfigurationError, match="settings of their own"):
        connect(settings("https://user:secret@127.0.0.1:9"))


def test_a_cluster_that_is_not_there_is_an_error_of_ours():
    """With words, and without anything foreign."""
    client = connect(settings("http://127.0.0.1:9"))
    with pytest.raises(IndexUnavailable, match=r"cannot be reached.*Nothing kept is lost"), mended("x"):
        client.indices.refresh(index="x")
    client.close()


@pytest.mark.parametrize(
    ("status", "kind", "error", "words"),
    [
        (429, "cluster_block_exception", IndexBusy, "disks are nearly full"),
        (403, "cluster_block_exception", IndexBusy, "takes no writes"),
        (429, "es_rejected_execution_exception", IndexBusy, "overloaded"),
        (401, "security_exception", IndexUnavailable, "user, password or api_key"),
        (404, "index_not_found_exception", IndexUnavailable, "longeva rebuild"),
        (503, "no_shard_available_action_exception", IndexUnavailable, "not ready"),
        (400, "mapper_parsing_exception", IndexUnavailable, "longeva rebuild"),
    ],
)
def test_what_a_cluster_refuses_is_said_in_words(status, kind, error, words):
    """Busy where searching goes on, unavailable elsewhere; the root cause counts."""
    body = {"error": {"type": "outer", "reason": "r", "root_cause": [{"type": kind, "reason": "why"}]}}
    said = refusal("longeva", status, body)
    assert type(said) is error or (kind.startswith("index_not") and isinstance(said, error))
    assert words in str(said)


@pytest.mark.parametrize("body", ["<html>", None, {}, {"error": "text"}, {"error": {"root_cause": []}}, {"error": {"root_cause": ["x"]}}])  # fmt: skip
def test_an_answer_of_any_shape_is_bearable(body):
    """A gateway between may answer anything."""
    assert "HTTP 502" in str(refusal("longeva", 502, body))
