# SPDX-License-Identifier: EUPL-1.2
"""Time-stamping services on this machine: honest ones over HTTP, and such as hang, lie or want a password."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from archive.clock import Clock
from preservation.authority import DevelopmentAuthority
from preservation.timestamps import Question


@dataclass
class StampingService:
    """A service that behaves as told; `asked` counts the requests."""

    authority: DevelopmentAuthority
    clock: Clock
    manner: str = "honest"
    """`honest`, `hangs`, `lies` (stamps something else), `refuses` (503) or `locked` (wants u:p)."""
    asked: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        self.asked += 1
        if self.manner == "hangs":
            self.released.wait(30)
        if self.manner == "refuses":
            return Response("busy", status=503)
        if self.manner == "locked" and request.headers.get("Authorization") != "Basic " + b64encode(
            b"u:p"
        ).decode("ascii"):
            return Response("who are you?", status=401)
        body = request.get_data()
        if self.manner == "lies":
            body = Question(b"\x00" * 32, "sha256", 1).encode()
        return Response(self.authority.respond(body, self.clock), content_type="application/timestamp-reply")


@contextmanager
def served(answer: Callable[[Request], Response]) -> Iterator[str]:
    """Serve a view on a free loopback port and give its address."""
    server = make_server("127.0.0.1", 0, Request.application(answer), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
