# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import threading
import time

import pytest

from archive.errors import InvalidRequest
from archive.web.serving import Listener, stop_on_signals


class Slow:
    """An application whose answers wait to be let go; each is larger than any buffer of a socket."""

    def __init__(self):
        self.entered, self.released = threading.Event(), threading.Event()
        self.body = b"x" * (20 << 20)

    def __call__(self, environ, start_response):
        """Answer, late where asked for `/slow`."""
        if environ["PATH_INFO"] == "/slow":
            self.entered.set()
            self.released.wait(20)
        start_response("200 OK", [("Content-Length", str(len(self.body)))])
        return [self.body]


@contextlib.contextmanager
def running(app, grace=10.0):
    listener, stop, results = Listener(app, "127.0.0.1", 0), threading.Event(), []
    thread = threading.Thread(target=lambda: results.append(listener.run(stop, grace=grace)))
    thread.start()
    try:
        yield listener, stop, thread, results
    finally:
        stop.set()
        thread.join(20)


def ask(port, path):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, len(answer.read())


def test_a_request_that_came_in_before_the_stop_is_answered_whole():
    """The door is closed at once, the long answer arrives to its last byte, then the server ends."""
    app, got = Slow(), []
    with running(app) as (listener, stop, thread, results):
        asking = threading.Thread(target=lambda: got.append(ask(listener.port, "/slow")))
        asking.start()
        assert app.entered.wait(10)
        stop.set()
        closed = time.monotonic() + 5
        while time.monotonic() < closed:
            try:
                socket.create_connection(("127.0.0.1", listener.port), timeout=1).close()
            except ConnectionRefusedError:
                break
            time.sleep(0.05)
        else:
            pytest.fail("the door stayed open")
        assert thread.is_alive()
        app.released.set()
        asking.join(20)
        thread.join(20)
        assert got == [(200, len(app.body))]
        assert results == [True]


def test_who_does_not_finish_in_time_is_left():
    """A request that hangs does not keep the server from ending, and the end says so."""
    app = Slow()
    with running(app, grace=0.3) as (listener, stop, thread, results):
        hanging = socket.create_connection(("127.0.0.1", listener.port))
        hanging.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert app.entered.wait(10)
        stop.set()
        thread.join(10)
        assert results == [False]
        app.released.set()
        hanging.close()


def test_an_idle_connection_holds_up_nobody():
    """A browser that keeps its connection open has asked nothing."""
    with running(Slow()) as (listener, stop, thread, results):
        idle = socket.create_connection(("127.0.0.1", listener.port))
        assert ask(listener.port, "/")[0] == 200
        stop.set()
        thread.join(5)
        assert results == [True]
        idle.close()


def test_an_address_that_cannot_be_used_is_misuse():
    """Taken, or of no machine."""
    listener = Listener(Slow(), "127.0.0.1", 0)
    with pytest.raises(InvalidRequest, match="cannot be used"):
        Listener(Slow(), "127.0.0.1", listener.port)
    with pytest.raises(InvalidRequest, match="no such host"):
        Listener(Slow(), "nadie.invalid", 0)
    stop = threading.Event()
    stop.set()
    listener.run(stop)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_and_its_handler_is_put_back(number):
    """The first one is gentle; afterwards the program's own handling is as before."""
    before = signal.getsignal(number)
    with stop_on_signals() as stop:
        os.kill(os.getpid(), number)
        assert stop.wait(5)
        assert signal.getsignal(number) == before
    assert signal.getsignal(number) == before
