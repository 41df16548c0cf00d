# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import certificates_to_order as orders
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from preservation.trust.fetch import FetchPolicy, _public, fetch

OPEN = FetchPolicy(frozenset({"lists.example", "files.example"}))


@pytest.fixture(scope="module")
def server():
    """A server of this machine that counts what it was asked, and does what the path says."""

    class Handler(BaseHTTPRequestHandler):
        asked: ClassVar[list[str]] = []

        def do_GET(self):
            self.asked.append(self.path)
            if self.path.startswith("/to?"):
                self.send_response(302)
                self.send_header("Location", self.path.partition("?")[2])
                self.end_headers()
                return
            self.send_response(404 if self.path == "/no" else 200)
            if self.path == "/gzip":
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            if self.path == "/drip":
                with suppress(OSError):  # the asker has gone
                    for _ in range(100):
                        self.wfile.write(b".")
                        self.wfile.flush()
                        time.sleep(0.1)
            else:
                self.wfile.write(b"x" * 5000 if self.path == "/big" else b"hola")

        def do_POST(self):
            if self.path == "/to":
                self.send_response(307)
                self.send_header("Location", "/x")
                self.end_headers()
                return
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body[::-1] + self.headers["Content-Type"].encode())

        def log_message(self, *_):
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield httpd
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def _policy(server, **options):
    host = f"127.0.0.1:{server.server_address[1]}"
    return f"http://{host}", FetchPolicy(frozenset({host}), loopback=True, **options)


def test_fetch_nothing_is_asked_by_default(server):
    """Without a decision of the operator no connection is made, not even a name looked up."""
    base, _ = _policy(server)
    before = list(server.RequestHandlerClass.asked)
    answer = fetch(f"{base}/x", FetchPolicy(), resolve=lambda *_: pytest.fail("looked up"))
    assert (answer.allowed, answer.data) == (False, b"")
    assert "not among the hosts" in answer.problem
    assert server.RequestHandlerClass.asked == before


def test_fetch_gets_and_posts_where_it_may(server):
    """The body of a 200, and what was posted with its type."""
    base, policy = _policy(server)
    assert fetch(f"{base}/x?y=1", policy).data == b"hola"
    assert server.RequestHandlerClass.asked[-1] == "/x?y=1"
    assert fetch(f"{base}/x", policy, body=b"abc", content_type="application/x").data == b"cbaapplication/x"
    assert fetch(f"{base}/to?/x", policy).data == b"hola"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/no", "answered 404"),
        ("/gzip", "encoding"),
        ("/to?http://other.example/x", "not among the hosts"),
        ("/to?file:///etc/passwd", "only http and https"),
        ("/to?//user@{host}/x", "user name"),
    ],
)
def test_fetch_refuses_what_the_server_would_have_it_do(server, path, words):
    """Errors, encodings nobody asked for, and redirections out of the list come back as reasons."""
    base, policy = _policy(server)
    answer = fetch(base + path.format(host=base[7:]), policy)
    assert answer.data == b""
    assert words in answer.problem


def test_fetch_follows_no_redirection_of_a_post_and_none_without_end(server):
    """A request with a body goes where it was sent; a ring of redirections is left."""
    base, policy = _policy(server)
    assert "redirects where" in fetch(f"{base}/to", policy, body=b"x").problem
    ring = "/to?" * 5 + "/x"
    assert "without end" in fetch(base + ring, policy).problem


def test_fetch_is_bounded_in_bytes_and_seconds(server):
    """Neither a flood nor a drip keeps the archive busy."""
    base, policy = _policy(server, max_bytes=4999, seconds=0.5)
    assert "more than 4999 bytes" in fetch(f"{base}/big", policy).problem
    begun = time.monotonic()
    assert "too long" in fetch(f"{base}/drip", policy).problem
    assert time.monotonic() - begun < 2


def test_fetch_connects_to_the_address_it_looked_at(server):
    """The name is looked up once: an answer that changes in between (rebinding) changes nothing."""
    port = server.server_address[1]
    answers = iter([["127.0.0.1"], ["192.0.2.1"]])
    policy = FetchPolicy(frozenset({f"lists.example:{port}"}), loopback=True)
    assert fetch(f"http://lists.example:{port}/x", policy, resolve=lambda *_: next(answers)).data == b"hola"
    assert next(answers) == ["192.0.2.1"]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "no"],
)  # fmt: skip
def test_fetch_refuses_addresses_that_are_not_public(address):
    """A listed host that leads inside is refused, in every disguise, even beside a public address."""
    assert not _public(address)
    answer = fetch("http://lists.example/x", OPEN, resolve=lambda *_: ["8.8.8.8", address])
    assert not answer.allowed
    assert "not public" in answer.problem


def test_fetch_public_addresses_are_public():
    """The rule above does not refuse everything."""
    assert _public("8.8.8.8")
    assert _public("::ffff:8.8.8.8")
    assert _public("2a00:1450:4003:80f::200e")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://lists.example/x",
        "ldap://lists.example/cn=x",
        "file:///etc/passwd",
        "//lists.example/x",
        "lists.example",
        "http://lists.example@other.example/",
        "http://user:pass@lists.example/",
        "http://lists.example:8080/",
        "http://lists.example:99999/",
        "http://lists.example.other.example/",
        "http://[::1/",
        "http://lists.example/a b",
        "http://lists.example/\r\nX: y",
        "http://líst.example/",
        "http://lists.example/" + "a" * 3000,
        "",
    ],
)
def test_fetch_refuses_urls_that_are_not_to_be_asked(url):
    """Only plain URLs of listed hosts pass, whatever a file of a stranger has to offer."""
    answer = fetch(url, OPEN, resolve=lambda *_: pytest.fail("looked up"))
    assert answer.problem
    assert not answer.allowed


def test_fetch_looks_up_the_listed_hosts():
    """Case and a trailing dot do not matter, nor the port of the scheme."""
    for url in ("https://LISTS.example/x", "http://lists.example.:80/", "https://files.example:443/a?b#c"):
        answer = fetch(url, OPEN, resolve=lambda *_: [])
        assert (answer.allowed, answer.problem) == (True, "the host has no address")


def test_fetch_server_that_is_not_there_is_a_reason():
    """A refused connection, a name nobody knows and a server that speaks something else are reasons."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        policy = FetchPolicy(frozenset({host}), loopback=True, seconds=2)
        assert "no answer" in fetch(f"http://{host}/", policy).problem
        assert "no answer" in fetch(f"https://{host}/", policy).problem

    def unknown(*_):
        raise socket.gaierror(-2, "Name or service not known")

    assert "no answer" in fetch("http://lists.example/", OPEN, resolve=unknown).problem
    assert "no address" in fetch("http://lists.example/", OPEN, resolve=lambda *_: []).problem


def test_fetch_believes_no_server_that_cannot_show_its_name(tmp_path):
    """Over https the certificate of the server is verified: one that it made itself is refused."""
    party = orders.party("127.0.0.1")
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "both.pem").write_bytes(party.pem + party.key.private_bytes(*form))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            with listening.accept()[0] as plain, suppress(OSError):
                context.wrap_socket(plain, server_side=True).close()

        thread = threading.Thread(target=serve)
        thread.start()
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        policy = FetchPolicy(frozenset({host}), loopback=True, seconds=5)
        assert "CERTIFICATE_VERIFY_FAILED" in fetch(f"https://{host}/", policy).problem
        thread.join()
