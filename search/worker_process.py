# SPDX-License-Identifier: EUPL-1.2
"""Processes of our own that read what may be hostile, so that they die of it and not the archive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import search


def worker_environment() -> dict[str, str]:
    """Return our environment, in which a process finds our own modules first."""
    ours = str(Path(search.__file__).resolve().parent.parent)
    found = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": f"{ours}{os.pathsep}{found}" if found else ours}


def start_worker(module: str, limits: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    """Start a process that takes work on stdin and answers on stdout.

    Args:
        module: What it runs, such as `search.extraction_worker`.
        limits: Its first line of stdin, as JSON: what it sets for itself before it reads anything else.

    Raises:
        OSError: It cannot be started.
    """
    process = subprocess.Popen(  # noqa: S603 - a module of ours, by the same Python
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=worker_environment(),
        close_fds=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(dict(limits)).encode() + b"\n")
    process.stdin.flush()
    return process
