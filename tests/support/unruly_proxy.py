# SPDX-License-Identifier: EUPL-1.2
"""An HTTP proxy between us and a service, which misbehaves on demand: for what no service does when asked nicely.

    with UnrulyProxy("127.0.0.1", port) as proxy:
        proxy.fault = "lie"             # see FAULTS
        proxy.only = lambda method, path: method == "GET"

The service behind it is real; only what passes through is changed.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

FAULTS: Final = {
    "": "nothing: everything passes",
    "lie": "other bytes of the same length, with matching checksums taken away",
    "cut": "half of the body, then the connection closes",
    "503": "503 SlowDown, and the service hears nothing",
    "lose": "404 NoSuchKey",
    "unlock": "headers that ask for locks, and that tell of them, are dropped in silence",
    "twice": "the service gets every request twice",
    "200 error": "200 with an error document instead of what was asked for",
    "slow": "each answer takes its time",
    "deaf": "the connection closes before an answer; the service did what was asked",
    "close": "the connection closes before the service hears of it",
}
_ERROR: Final = b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>said by the proxy</Message></Error>'
_CHECKSUMS: Final = ("etag", "content-md5", "x-amz-checksum")
_LOCKS: Final = "x-amz-object-lock"


class UnrulyProxy:
    """Listens on a free port of this machine until it is closed."""

    def __init__(self, host: str, port: int) -> None:
        self.upstream = (host, port)
        self.fault = ""
        self.only: Callable[[str, str], bool] = lambda _method, _path: True
        """Given method and path, tells whether the fault is done to a request."""
        self.delay = 3.0
        """Seconds that `slow` takes."""
        self.seen: Counter[str] = Counter()
        """How often each fault was done."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def __getattr__(self, name: str) -> Any:
                if name.startswith("do_"):
                    return lambda: proxy.handle(self)
                raise AttributeError(name)

        return Handler

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Pass one request on and its answer back, as the fault of the moment has it."""
        if request.headers.get("Expect", "").lower() == "100-continue":
            request.send_response_only(100)
            request.end_headers()
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        fault = self.fault if self.fault and self.only(request.command, request.path) else ""
        self.seen[fault] += bool(fault)
        if fault == "close":
            self._hang_up(request)
        elif fault == "503":
            self._answer(request, 503, [], _ERROR % b"SlowDown")
        elif fault == "lose":
            self._answer(request, 404, [], _ERROR % b"NoSuchKey")
        elif fault == "200 error":
            self._answer(request, 200, [("Content-Type", "application/xml")], _ERROR % b"InternalError")
        else:
            self._pass_on(request, body, fault)

    def _pass_on(self, request: BaseHTTPRequestHandler, body: bytes, fault: str) -> None:
        for _ in range(2 if fault == "twice" else 1):
            status, headers, data = self._ask(request, body, unlocked=fault == "unlock")
        if fault == "slow":
            time.sleep(self.delay)
        if fault == "deaf":
            self._hang_up(request)
        elif fault == "cut" and len(data) > 1:
            self._answer(request, status, headers, data, cut=True)
        elif fault == "lie" and data:
            headers = [each for each in headers if not each[0].lower().startswith(_CHECKSUMS)]
            at = len(data) // 2
            self._answer(request, status, headers, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        else:
            self._answer(request, status, headers, data)

    def _ask(
        self, request: BaseHTTPRequestHandler, body: bytes, *, unlocked: bool
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(*self.upstream, timeout=60)
        try:
            connection.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.items():
                if name.lower() not in {"expect", "connection"} and not (
                    unlocked and name.lower().startswith(_LOCKS)
                ):
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            kept = [
                (name, value)
                for name, value in response.getheaders()
                if name.lower() not in {"transfer-encoding", "connection"}
                and not (unlocked and name.lower().startswith(_LOCKS))
            ]
            return response.status, kept, response.read()
        finally:
            connection.close()

    def _answer(
        self,
        request: BaseHTTPRequestHandler,
        status: int,
        headers: list[tuple[str, str]],
        body: bytes,
        *,
        cut: bool = False,
    ) -> None:
        request.send_response_only(status)
        sized = any(name.lower() == "content-length" for name, _ in headers)
        for name, value in headers:
            request.send_header(name, value)
        if not sized:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command == "HEAD":
            return
        request.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self._hang_up(request)

    def _hang_up(self, request: BaseHTTPRequestHandler) -> None:
        request.wfile.flush()
        request.close_connection = True
        request.connection.shutdown(socket.SHUT_RDWR)
