# SPDX-License-Identifier: EUPL-1.2
"""What was told to be here is on the medium. The protocol around it: tests/http/test_uploads.py."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from archived import make_archive
from terminal import environment

from archive.errors import ConflictError, NotFound, TooManyRequests
from archive.home import Home
from ingest.uploads import folder as uploads_folder
from ingest.uploads.folder import Uploads

SENDER = """
import sys
from pathlib import Path
from archive.clock import SystemClock
from archive.home import Home
from ingest.uploads.folder import Uploads
import io
with Home.open(Path(sys.argv[1]), SystemClock()) as home:
    uploads = Uploads(home)
    session = uploads.get("villar", sys.argv[2], "key:a")
    while not session.finished:
        part = bytes((session.offset + n) % 251 for n in range(4099))[: session.length - session.offset]
        session = uploads.append(session, session.offset, io.BytesIO(part))
        print(session.offset, flush=True)
"""


@pytest.fixture
def archived(tmp_path):
    archived = make_archive(tmp_path)
    yield archived
    archived.home.close()


def test_bytes_are_synced_before_the_offset_and_the_offset_before_it_is_told(archived, monkeypatch):
    """The order of system calls: data to the medium, offset to the medium, its name, its folder."""
    uploads = Uploads(archived.home)
    session = uploads.begin("villar", "a.zip", 6, "key:a")
    done = []

    def named(descriptor):
        return Path(os.readlink(f"/proc/self/fd/{descriptor}")).name

    real_fsync, real_replace, real_sync = os.fsync, os.replace, uploads_folder.sync_path
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append(f"sync {named(fd)}"), real_fsync(fd)))
    monkeypatch.setattr(os, "replace", lambda a, b: (done.append(f"name {Path(b).name}"), real_replace(a, b)))
    monkeypatch.setattr(
        uploads_folder,
        "sync_path",
        lambda path: (done.append(f"folder {len(Path(path).name)}"), real_sync(path)),
    )
    uploads.append(session, 0, io.BytesIO(b"abc"))
    told = [each for each in done if not (each.startswith("sync") and each.endswith(session.upload_id))]
    assert told == ["sync data", "sync .offset.json", "name offset.json", "folder 36"]


@pytest.mark.slow
def test_killed_at_any_moment_the_offset_told_is_there(archived, tmp_path):
    """A sender's server is killed again and again: no offset that was told is ever lost, and the file is whole."""
    length = 100_000
    session = Uploads(archived.home).begin("villar", "a.zip", length, "key:a")
    path, told, kills = archived.home.path, 0, 0
    while not session.finished:
        running = subprocess.Popen(
            [sys.executable, "-c", SENDER, str(path), session.upload_id],
            stdout=subprocess.PIPE, text=True, env=environment(),
        )  # fmt: skip
        first = running.stdout.readline()
        time.sleep(0.02 + kills % 5 * 0.013)
        running.send_signal(signal.SIGKILL)
        offsets = [*first.split(), *running.communicate()[0].split()[:-1]]
        kills += 1
        told = max([told, *(int(each) for each in offsets)])
        session = Uploads(archived.home).get("villar", session.upload_id, "key:a")
        assert session.offset >= told
        assert kills < 200
    data = (path / "uploads" / "villar" / session.upload_id / "data").read_bytes()
    assert data == bytes(n % 251 for n in range(length))
    assert kills > 1


def test_two_parts_at_once_are_a_conflict(archived):
    """While a part is coming another one is refused."""
    uploads = Uploads(archived.home)
    session = uploads.begin("villar", "a.zip", 6, "key:a")

    class Meanwhile(io.BytesIO):
        def read(self, size=-1):
            """Let another one try."""
            with pytest.raises(ConflictError):
                Uploads(archived.home).append(session, 0, io.BytesIO(b"xyz"))
            return super().read(size)

    assert uploads.append(session, 0, Meanwhile(b"abc")).offset == 3


def test_upload_survives_another_opening_of_the_home(archived):
    """Nothing of it is in memory."""
    session = Uploads(archived.home).begin("villar", "a.zip", 6, "key:a")
    Uploads(archived.home).append(session, 0, io.BytesIO(b"abc"))
    with Home.open(archived.home.path, archived.clock) as again:
        assert Uploads(again).get("villar", session.upload_id, "key:a").offset == 3


def test_senders_have_an_end(archived, monkeypatch):
    """Nobody fills the folder with beginnings."""
    monkeypatch.setattr(uploads_folder, "MOST", 3)
    uploads = Uploads(archived.home)
    for number in range(3):
        uploads.begin("villar", f"{number}", 1, "key:a")
    with pytest.raises(TooManyRequests):
        uploads.begin("villar", "x", 1, "key:a")
    uploads.begin("villar", "x", 1, "key:b")


def test_sweep_leaves_what_is_under_way_and_takes_halves(archived, monkeypatch):
    """A folder without its description is half a beginning; after a day it goes. Strange things are left."""
    uploads = Uploads(archived.home)
    session = uploads.begin("villar", "a.zip", 6, "key:a")
    half = archived.home.path / "uploads" / "villar" / "01900000-0000-7000-8000-000000000000"
    half.mkdir()
    os.utime(half, (0, 0))
    damaged = uploads.begin("villar", "b.zip", 6, "key:a")
    (archived.home.path / "uploads" / "villar" / damaged.upload_id / "session.json").write_text("{")
    assert uploads.sweep() == 1
    assert not half.exists()
    assert uploads.get("villar", session.upload_id, "key:a") == session
    assert list(uploads.sessions()) == [session]


def test_links_are_not_copies(archived):
    """Putting a package together of finished uploads writes no byte twice, where links can be made."""
    uploads = Uploads(archived.home)
    session = uploads.append(uploads.begin("villar", "a.zip", 3, "key:a"), 0, io.BytesIO(b"abc"))
    data = archived.home.path / "uploads" / "villar" / session.upload_id / "data"
    with uploads.package([session]) as path:
        assert path.stat().st_ino == data.stat().st_ino
    uploads.drop(session)
    with pytest.raises(NotFound), uploads.package([session]):
        pass
