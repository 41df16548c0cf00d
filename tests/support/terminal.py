# SPDX-License-Identifier: EUPL-1.2
"""Runs `longeva` as its users do: inside this process for speed, or as a process where that matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from cli import main

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-c", "from cli import main; main(prog_name='longeva')")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON document that stdout carries, with nothing before or after it."""
        body: dict[str, Any] = json.loads(self.out)
        assert isinstance(body, dict), body
        return body


def longeva(*arguments: object, language: str = "C.UTF-8") -> Ran:
    """Run a command in this process."""
    environment = {"LANG": language, "LC_ALL": "", "LC_MESSAGES": "", "LONGEVA_HOME": None, "COLUMNS": "80"}
    done = CliRunner(env=environment).invoke(main, [str(each) for each in arguments], prog_name="longeva")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert "Traceback" not in done.stderr
    return Ran(done.exit_code, done.stdout, done.stderr)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a process that runs `longeva`."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    plain.pop("LONGEVA_HOME", None)
    return plain | {"LANG": "C.UTF-8", "PYTHONPATH": str(PROJECT), **(extra or {})}


def start(*arguments: object, cwd: Path | None = None, **options: Any) -> subprocess.Popen[str]:
    """Start a command as a process of its own."""
    command = [*PROGRAM, *(str(each) for each in arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.Popen(command, cwd=cwd, env=environment(), **pipes)


def process(*arguments: object, cwd: Path | None = None, seconds: float = 120) -> Ran:
    """Run a command as a process of its own and wait for it."""
    with start(*arguments, cwd=cwd) as running:
        out, err = running.communicate(timeout=seconds)
    return Ran(running.returncode, out, err)


def errors(ran: Ran) -> list[dict[str, Any]]:
    """The problems of a report that weigh; notes (what no time stamp covers yet) are none."""
    return [each for each in ran.json["problems"] if each["severity"] == "error"]


def problem(ran: Ran, code: str, exit_code: int) -> dict[str, Any]:
    """Check that a command failed as a coded RFC 9457 problem, and return the problem."""
    assert ran.code == exit_code, (ran.code, ran.out, ran.err)
    body = ran.json
    assert body["code"] == code
    assert body["type"] == f"urn:longeva:error:{code}"
    assert isinstance(body["status"], int)
    assert body["title"]
    assert body["titulo"]
    assert body["detail"]
    assert ran.err, "people are told on stderr"
    return body
