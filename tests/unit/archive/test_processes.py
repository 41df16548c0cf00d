# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import threading

from archive.processes import start_method


def test_a_process_with_threads_is_not_forked():
    """A fork may inherit a lock that nobody releases."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert start_method() == "forkserver"
    finally:
        done.set()
        other.join()
