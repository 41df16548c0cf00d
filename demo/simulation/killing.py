# SPDX-License-Identifier: EUPL-1.2
"""`longeva evidence renew` in a process of its own: killed (SIGKILL) while it waits for a time stamp, or not.

The providers answer in this process. When a renewal asks the last of them it has its tree, and the tokens of
the others, and nothing of it is recorded yet: that is half-way, and no product code knows of being watched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any, Final

import demo
from archive.clock import format_instant
from archive.errors import IntegrityError
from demo.simulation.world import World

TOKENS: Final = 2
"""Of a renewal: the settings of the simulation ask for two."""
_PATIENCE: Final = 120
"""Seconds for one renewal."""


def killed_half_way(world: World) -> int:
    """Begin a renewal and kill it when it asks for its last token; the home must be shut.

    Returns:
        How many tokens it had asked for.

    Raises:
        IntegrityError: It ended by itself: nothing was due, or it asked for fewer tokens.
    """
    process = _renewal(world)
    asked = count(1)
    reached = []

    def strike() -> None:
        reached.append(next(asked))
        if len(reached) == TOKENS:
            process.kill()

    for provider in world.providers.values():
        provider.on_request = strike
    try:
        process.communicate(timeout=_PATIENCE)
    finally:
        for provider in world.providers.values():
            provider.on_request = None
        process.kill()
    if len(reached) < TOKENS:
        raise IntegrityError(f"the renewal that was to be killed asked for {len(reached)} tokens and ended")
    return len(reached)


def resumed(world: World) -> dict[str, Any]:
    """Ask for the renewal again, to its end; the home must be shut.

    Returns:
        What the command says with `--json`.

    Raises:
        IntegrityError: It says nothing that can be read.
    """
    process = _renewal(world)
    out, errors = process.communicate(timeout=_PATIENCE)
    try:
        told: dict[str, Any] = json.loads(out)
    except ValueError as cause:
        raise IntegrityError(f"the renewal ended with {process.returncode}: {errors[-500:]!r}") from cause
    return told


def _renewal(world: World) -> subprocess.Popen[bytes]:
    root = str(Path(demo.__file__).resolve().parents[1])
    command = (
        "evidence",
        "renew",
        "--json",
        "--home",
        str(world.home_path),
        "--at",
        format_instant(world.now),
    )
    return subprocess.Popen(  # noqa: S603 - our own command with our own interpreter
        [sys.executable, "-c", "from cli import main; main(prog_name='longeva')", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((root, *os.environ.get("PYTHONPATH", "").split()))},
    )
