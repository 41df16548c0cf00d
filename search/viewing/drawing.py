# SPDX-License-Identifier: EUPL-1.2
"""Pages of PDF and images as PNG, drawn by processes that may die of a hostile file; ours does not.

    Painter().draw(path, "pdf", page=0, width=1000)

Never raises for what is in a file, and never waits longer than the limit and its place in the line.
"""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import subprocess
import weakref
from dataclasses import asdict
from pathlib import Path
from typing import Final

from archive.errors import ServiceError
from search.viewing.drawing_worker import HEADER
from search.viewing.picture import DrawingLimits, Drawn, Trouble
from search.worker_process import start_worker

RETIRE_AFTER: Final = 500
"""Pictures after which a process is replaced: what a library leaks does not add up."""
PAINTERS: Final = 2
"""Processes that draw at once."""
PATIENCE: Final = 30.0
"""Seconds that a request waits for a process to be free."""
KINDS: Final = frozenset({"pdf", "image"})


class Painter:
    """Some drawing processes, started when first needed and replaced when they die; threads share it."""

    def __init__(self, limits: DrawingLimits | None = None, processes: int = PAINTERS) -> None:
        """Prepare; nothing is started.

        Args:
            limits: What a picture may cost.
            processes: How many draw at once.
        """
        self._limits = limits or DrawingLimits()
        self._free: queue.LifoQueue[_Hand] = queue.LifoQueue()
        self._hands = [_Hand(self._limits) for _ in range(processes)]
        for hand in reversed(self._hands):
            self._free.put(hand)
        weakref.finalize(self, _end, self._hands)

    def draw(self, path: Path, kind: str, page: int, width: int) -> Drawn:
        """Draw a page.

        Args:
            path: The file, ours.
            kind: `pdf` or `image`.
            page: From 0; -1 only counts the pages.
            width: Pixels across.

        Raises:
            ServiceError: No process can be started, or none came free.
        """
        try:
            hand = self._free.get(timeout=PATIENCE)
        except queue.Empty as cause:
            raise ServiceError("Every drawing process is busy: ask again in a moment") from cause
        try:
            return hand.draw({"path": str(path), "kind": kind, "page": page, "width": width})
        except OSError as cause:
            raise ServiceError(f"Pages cannot be drawn: {cause}") from cause
        finally:
            self._free.put(hand)

    def close(self) -> None:
        """End the processes; another picture starts them again."""
        _end(self._hands)


class _Hand:
    """One drawing process; one request at a time."""

    def __init__(self, limits: DrawingLimits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0

    def draw(self, asked: dict[str, object]) -> Drawn:
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            drawn = _read_answer(process)
        except BrokenPipeError:
            drawn = None
        self._served += 1
        if drawn is not None:
            if drawn.trouble is Trouble.MEMORY or self._served >= RETIRE_AFTER:
                self.close()
            return drawn
        died_of = process.wait()
        self.close()
        return Drawn(Trouble.TIMEOUT if died_of == -signal.SIGALRM else Trouble.CRASHED)

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(OSError):
            process.communicate()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = start_worker("search.viewing.drawing_worker", asdict(self._limits))
            self._served = 0
        return self._process


def _end(hands: list[_Hand]) -> None:
    for hand in hands:
        hand.close()


def _read_answer(process: subprocess.Popen[bytes]) -> Drawn | None:
    assert process.stdout is not None
    head = process.stdout.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    trouble, pages, size = HEADER.unpack(head)
    png = process.stdout.read(size)
    return Drawn(Trouble(trouble.rstrip(b"\0").decode()), pages, png) if len(png) == size else None
