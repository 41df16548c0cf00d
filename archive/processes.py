# SPDX-License-Identifier: EUPL-1.2
"""Work spread over processes: how they start, and that none outlives whoever asked."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path
from threading import Thread


def start_method() -> str:
    """Fork where this process has one thread: it has imported everything already, which takes a second.

    With more threads a fork may inherit a lock that nobody will release: a server without threads forks then.
    """
    tasks = Path("/proc/self/task")
    return "fork" if tasks.is_dir() and len(list(tasks.iterdir())) == 1 else "forkserver"


def die_with_parent() -> None:
    """Called in a worker: without whoever uses its answers there is nothing to do, and nobody to say so."""
    Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
