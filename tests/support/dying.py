# SPDX-License-Identifier: EUPL-1.2
"""Run a piece of work in a process that dies, or whose disk does, at the nth step that touches a folder.

The steps are found by `dying.c`, which stands between the process and the C library; nobody lists them by
hand. A warm interpreter (`dying_server.py`) forks for each try, so that one costs milliseconds.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]


class Step(IntFlag):
    """Kinds of step; a harm counts some of them."""

    WRITE = 1
    """Bytes and sizes of files."""
    NAME = 2
    """Names that appear: open with O_CREAT, mkdir, rename, link."""
    REMOVE = 4
    SYNC = 8
    READ = 16
    NET = 32
    """Anything sent over a socket."""
    OPEN = 64
    """Opening for writing what is there already."""


class How(IntEnum):
    """What is done at the nth step."""

    COUNT = 0
    KILL = 1
    TORN = 2
    FAIL = 3
    LOG = 4


DURABLE = Step.WRITE | Step.NAME | Step.REMOVE | Step.SYNC | Step.NET


@dataclass(frozen=True, slots=True)
class Harm:
    """What is to happen."""

    how: How = How.COUNT
    at: int = 0
    """Number of the step, from 1."""
    steps: Step = DURABLE
    code: int = 0
    """errno of `FAIL`."""
    for_ever: bool = False
    """The steps after it fail too."""
    log: str = ""
    """File for `LOG`."""
    shift: int = 0
    """Seconds that the clock on the wall is off."""

    def at_step(self, number: int) -> Harm:
        """Return the same at another step."""
        return replace(self, at=number)


NOTHING = Harm()
KILL = Harm(How.KILL)
TORN = Harm(How.TORN, steps=Step.WRITE)
DISK_FULL = Harm(How.FAIL, steps=Step.WRITE | Step.NAME, code=errno.ENOSPC, for_ever=True)
FULL_FOR_A_MOMENT = replace(DISK_FULL, for_ever=False)
FULL_AT_SYNC = Harm(How.FAIL, steps=Step.SYNC, code=errno.ENOSPC)
SYNC_FAILS = Harm(How.FAIL, steps=Step.SYNC, code=errno.EIO)
WRITE_FAILS = Harm(How.FAIL, steps=Step.WRITE, code=errno.EIO)
READ_FAILS = Harm(How.FAIL, steps=Step.READ, code=errno.EIO)
READ_ONLY = Harm(
    How.FAIL,
    steps=Step.WRITE | Step.NAME | Step.REMOVE | Step.OPEN,
    code=errno.EROFS,
    for_ever=True,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one try."""

    killed: bool
    steps: int
    """How many were met, up to the harm or to the end."""
    struck: str
    """The call that was harmed; empty where the work ended before."""
    said: tuple[Any, ...]
    """What the work acknowledged, in order, before it ended."""
    result: Any = None
    error: str = ""
    """Class of the exception that ended it."""
    words: str = ""
    ours: bool = True
    """The exception was one of the archive's own."""
    trace: str = ""


class Mortal:
    """A warm interpreter that forks for each try."""

    def __init__(self, shim: Path, environment: Mapping[str, str]) -> None:
        self._server = subprocess.Popen(
            [sys.executable, str(HERE / "dying_server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env={**os.environ, "LD_PRELOAD": str(shim), "PYTHONPATH": f"{PROJECT}{os.pathsep}{HERE}", **environment},
        )  # fmt: skip

    def run(self, work: str, folder: Path, harm: Harm = NOTHING, /, **arguments: Any) -> Outcome:
        """Do a work of `mortal_works` in a fork.

        Args:
            work: Name of a function there; it gets `folder`, a function that acknowledges, and `arguments`.
            folder: Where steps are counted.
            harm: What is to happen.
            arguments: JSON.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        told = {name: getattr(harm, name) for name in Harm.__slots__}
        request = {"work": work, "folder": str(folder), "harm": told, "arguments": arguments}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline() or '{"gone": true}')
        assert "gone" not in answer, "the process that forks has died"
        return Outcome(**answer | {"said": tuple(answer["said"])})

    def close(self) -> None:
        """End it."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(30)
        self._server.stdout.close()


def compiler() -> str | None:
    """Return the C compiler of this machine, if it has one."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


@contextmanager
def mortal(folder: Path, **environment: str) -> Iterator[Mortal]:
    """Compile the shim into a folder and give an interpreter that can be harmed."""
    shim, cc = folder / "dying.so", compiler()
    assert cc is not None, "NO C COMPILER"
    if not shim.exists():
        source = str(HERE / "dying.c")
        subprocess.run(
            [cc, "-shared", "-fPIC", "-O2", "-o", str(shim), source, "-ldl", "-pthread"], check=True
        )
    server = Mortal(shim, environment)
    try:
        yield server
    finally:
        server.close()
