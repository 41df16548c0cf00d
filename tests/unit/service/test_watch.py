# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import threading

import pytest

from archive.errors import StorageUnavailable
from archive.home import Home
from archive.web.watching import is_ready
from search.memory_index import MemoryIndex
from service import watch as watching
from service.watch import Watch


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Looks that follow each other at once."""
    monkeypatch.setattr(watching, "EVERY", 0.02)


def until(what):
    """Wait for something to be so."""
    gate = threading.Event()
    for _ in range(1500):
        if what():
            return
        gate.wait(0.02)
    raise AssertionError("it did not come about")


def test_before_the_first_look_nobody_is_ready(world):
    """A process that has just begun gets no requests."""
    watch = Watch(lambda: (world.home, MemoryIndex()))
    assert not is_ready(watch.ready())
    assert watch.ready()[0].reason == "not looked at yet"


def test_a_look_that_hangs_is_not_ready_after_a_while(world, monkeypatch):
    """Whoever asks is answered at once, and told since when nobody knows anything."""
    monkeypatch.setattr(watching, "STALE", 0.3)
    hanging, released = threading.Event(), threading.Event()

    class Hanging(MemoryIndex):
        def mark(self):
            """Answer late once asked to."""
            if hanging.is_set():
                released.wait(20)
            return super().mark()

    watch = Watch(lambda: (Home.open(world.home.path, world.clock), Hanging()))
    watch.start()
    try:
        until(lambda: is_ready(watch.ready()))
        hanging.set()
        until(lambda: not is_ready(watch.ready()))
        assert "no answer for" in watch.ready()[0].reason
        released.set()
        hanging.clear()
        until(lambda: is_ready(watch.ready()))
    finally:
        released.set()
        watch.stop()


def test_an_archive_that_cannot_be_opened_is_tried_again(world):
    """The reason is told; when it is back nobody needs to restart anything."""
    back = threading.Event()

    def opened():
        if not back.is_set():
            raise StorageUnavailable("the disk is gone")
        return Home.open(world.home.path, world.clock), MemoryIndex()

    watch = Watch(opened)
    watch.start()
    try:
        until(lambda: watch.ready()[0].reason == "the disk is gone")
        back.set()
        until(lambda: is_ready(watch.ready()))
        until(lambda: any(gauge.name == "objects" for gauge in watch.gauges()))
    finally:
        watch.stop()
