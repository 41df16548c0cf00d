# SPDX-License-Identifier: EUPL-1.2
"""kill -9 in the middle of a pass over everything, again and again: it ends, and has read every file."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from kept import keep_objects, place_of
from survival import Survived

from archive.clock import FixedClock, SystemClock
from archive.home import Home
from archive.journal import verify_journal
from archive.model import SYSTEM_TENANT
from preservation.audit.history import COMPLETED, past_audits
from preservation.audit.portions import audit_portion

OBJECTS = 60
PORTION = 4


def pass_in_a_child(path: Path, after: float) -> bool:
    """Go on with the pass in a child that is killed after some seconds; tell whether it came to the end."""
    child = os.fork()
    if child == 0:
        threading.Timer(after, os.kill, (os.getpid(), signal.SIGKILL)).start()
        with Home.open(path, SystemClock()) as home:
            finished = False
            while not finished:
                _, finished = audit_portion(home, trust=None, agent="test", portion=PORTION)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status)


def test_a_pass_that_is_killed_goes_on_and_skips_nothing(tmp_path):
    """However often it dies, each damaged file is found and each object was read in exactly one recorded portion."""
    path = tmp_path / "home"
    with Home.create(path, FixedClock(datetime(2026, 3, 1, tzinfo=UTC))) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        objects = keep_objects(home, "villa", [f"E{n}" for n in range(OBJECTS)])
        damaged = objects[::7]
        for object_id in damaged:
            place_of(home, "villa", object_id, "received/1.xml").write_bytes(b"rot")
    source, kills = random.Random(4), 0
    deadline = time.monotonic() + 120
    while not pass_in_a_child(path, after=0.15 + source.random() * 0.25):
        kills += 1
        assert time.monotonic() < deadline, "the pass does not get on"
    with Home.open(path, SystemClock()) as home:
        last = next(past_audits(home))
        assert (last.kind, last.detail["done"], last.detail["pass_files"]) == (
            COMPLETED,
            OBJECTS,
            OBJECTS * 3,
        )
        assert last.detail["pass_problems"] == {"STORE-CONTENT-DIGEST": len(damaged)}
        with home.catalog.reading() as tx:
            told = [event.subject for event in tx.tenant_events("villa") if event.kind == "audit.problem"]
        assert sorted(told) == sorted(damaged)
        assert verify_journal(home.store, SYSTEM_TENANT) == []
    assert kills >= 2
    Survived("kill -9 in an audit of everything", tries=kills, found=len(damaged), healed=kills).record()
