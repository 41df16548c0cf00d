# SPDX-License-Identifier: EUPL-1.2
"""Serves a WSGI application until told to stop, and then finishes what was asked.

A stop closes the door first, so that a proxy asks another machine; then every request that came in is
answered, within a grace; then the threads end. `SIGTERM` and Ctrl-C both mean that (`stop_on_signals`).
"""

from __future__ import annotations

import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from archive.errors import InvalidRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

GRACE: Final = 25.0
"""Seconds for the requests that came in before the stop; systemd waits 90 before it kills."""
CONNECTIONS: Final = 1000
"""Visitors who may be connected at a time; each costs a file descriptor, those above wait at the door."""
LARGEST_BODY: Final = 256 << 20
"""Bytes of a request. The server takes a request whole, in a temporary file where it is large, before the
program sees it: this is what one connection of anybody may fill, so larger files come in parts."""
_TURN: Final = 0.25
"""Seconds after which a stop is noticed while nobody asks anything."""


class Listener:
    """A socket that listens; nobody is answered before `run`."""

    def __init__(self, app: WSGIApplication, host: str, port: int, *, threads: int = 4) -> None:
        """Listen on `host` and `port` (0 takes a free one).

        Raises:
            InvalidRequest: The address cannot be used.
        """
        from waitress import create_server  # noqa: PLC0415 - the server is loaded by who serves

        self._sockets: dict[int, Any] = {}
        try:
            self._server = create_server(
                app, map=self._sockets, host=host, port=port, threads=threads, ident=None,
                connection_limit=CONNECTIONS, backlog=CONNECTIONS, max_request_body_size=LARGEST_BODY,
                # whom to believe is said by the settings (archive.web.proxies)
                clear_untrusted_proxy_headers=False,
            )  # fmt: skip
        except (OSError, ValueError) as cause:  # waitress gives ValueError for a host that has no address
            self._wasyncore.close_all(self._sockets)
            why = getattr(cause, "strerror", None) or "no such host"
            raise InvalidRequest(f"{host}:{port} cannot be used: {why}") from cause

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(getattr(self._server, "effective_port", 0) or self._server.effective_listen[0][1])

    def run(self, stop: threading.Event, *, grace: float = GRACE) -> bool:
        """Answer until `stop` is set, then finish.

        Returns:
            Whether everything that was asked was answered within `grace` seconds.
        """
        while not stop.is_set():
            self._turn()
        self._close_the_door()
        deadline = time.monotonic() + grace
        while self._busy() and time.monotonic() < deadline:
            self._turn()
        finished = not self._busy()
        self._server.task_dispatcher.shutdown(timeout=1)
        for each in self._channels():
            each.handle_close()  # with the files of its buffers, which `close` forgets
        self._wasyncore.close_all(self._sockets)
        return finished

    @property
    def _wasyncore(self) -> Any:
        from waitress import wasyncore  # noqa: PLC0415

        return wasyncore

    def _turn(self) -> None:
        self._wasyncore.loop(_TURN, use_poll=hasattr(select, "poll"), map=self._sockets, count=1)

    def _close_the_door(self) -> None:
        for each in list(self._sockets.values()):
            if getattr(each, "accepting", False):
                each.del_channel(self._sockets)
                each.socket.close()

    def _busy(self) -> bool:
        return any(each.requests or each.request or each.total_outbufs_len for each in self._channels())

    def _channels(self) -> list[Any]:
        return [each for each in self._sockets.values() if hasattr(each, "total_outbufs_len")]


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and SIGINT set; a second one of them ends at once, as it would anywhere.

    Elsewhere than in the main thread nobody sets it: signals are the main thread's.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def on_signal(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
