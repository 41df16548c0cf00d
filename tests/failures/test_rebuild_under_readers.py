# SPDX-License-Identifier: EUPL-1.2
"""`longeva rebuild` while the archive keeps answering: pages over HTTP and commands, none fails, none half."""

from __future__ import annotations

import shutil
import signal
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from kept import keep_objects
from ports import free_port
from rotting import filled_home
from survival import Survived
from terminal import longeva, process, start

from archive.catalog import INSTALLATION
from archive.clock import SystemClock
from archive.home import Home


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """An archive of some dozens of expedientes, indexed, with a certified copy."""
    folder = tmp_path_factory.mktemp("readers")
    return filled_home(folder / "home", folder / "in", 150)


def get(url: str) -> tuple[int, str]:
    """Return status and body; a refusal is an answer too."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


class Reader(threading.Thread):
    """Asks the same again and again, and remembers every answer that is not the first one's."""

    def __init__(self, ask, same=lambda answer: answer) -> None:
        super().__init__(daemon=True)
        self.ask, self.same = ask, same
        self.first = same(ask())
        self.asked, self.wrong, self.stopping = 0, [], False

    def run(self) -> None:
        """Ask until told to stop."""
        while not self.stopping:
            started = time.monotonic()
            try:
                answer = self.same(self.ask())
            except Exception as failed:  # noqa: BLE001 - whatever it is, a reader was not served
                answer = f"{failed!r} after {time.monotonic() - started:.1f} s"
            self.asked += 1
            if answer != self.first:
                self.wrong.append(answer)
            time.sleep(0.01)


def hammered(home: Path, times: int) -> dict:
    """Rebuild with readers at it; return the last report of the command."""
    with Home.open(home, SystemClock()) as opened, opened.catalog.reading(INSTALLATION) as tx:
        record = next(iter(tx.objects("villa")))
        document = tx.documents(record.object_id)[0]
    longeva("search", "carga", "--tenant", "villa", "--home", home)
    address = f"http://127.0.0.1:{free_port()}"
    with (home / "served.txt").open(
        "w"
    ) as told:  # a pipe that nobody reads would fill up and stop the server
        running = start(
            "serve", "--port", address.rsplit(":", maxsplit=1)[-1], "--home", home, stdout=told, stderr=told
        )
    try:
        for _ in range(600):
            try:
                get(f"{address}/healthz")
                break
            except (urllib.error.URLError, ConnectionError):
                assert running.poll() is None, running.communicate()
                time.sleep(0.1)
        csv = urllib.parse.quote(document.csv[0])
        readers = [
            # whoever asks for codes all the time is told to wait, and that is an answer too
            Reader(
                lambda: get(f"{address}/verificar?csv={csv}"),
                lambda answer: 200 if answer[0] == 429 else answer[0],
            ),
            Reader(lambda: get(f"{address}/buscar?tenant=villa&q=carga"), lambda answer: answer[0]),
            Reader(lambda: get(f"{address}/"), lambda answer: answer),
            Reader(
                lambda: process("show", record.object_id, "--home", home, "--json"),
                lambda ran: (ran.code, ran.json.get("files"), ran.json.get("documents")),
            ),
            Reader(
                lambda: process("search", "carga", "--tenant", "villa", "--home", home, "--json"),
                lambda ran: (ran.code, ran.json.get("total")),
            ),
        ]
        assert [each.first[0] if isinstance(each.first, tuple) else each.first for each in readers] == [
            200,
            200,
            200,
            0,
            0,
        ]
        for each in readers:
            each.start()
        for _ in range(times):
            ran = process("rebuild", "--home", home, "--json", seconds=600)
            assert ran.code == 0, (ran.out, ran.err)
        for each in readers:
            each.stopping = True
        for each in readers:
            each.join(120)
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    wrong = [(number, each.asked, each.wrong) for number, each in enumerate(readers) if each.wrong]
    assert wrong == []
    assert all(each.asked for each in readers)
    Survived(
        "rebuild while readers are served",
        tries=sum(each.asked for each in readers),
        found=times,
        healed=times,
    ).record()
    return ran.json


def test_nobody_who_reads_notices_a_rebuilding(template, tmp_path):
    """Pages, code verification, search and commands answer all the time; the rate and the equality are told."""
    home = tmp_path / "home"
    shutil.copytree(template, home)
    body = hammered(home, 2)
    assert body["objects"] > 5
    differs = {topic for topic, same in body["equal"].items() if not same}
    assert differs <= {"events"}  # readers leave events in the old one while the new one is made
    quiet = longeva("rebuild", "--home", home, "--json").json
    assert all(quiet["equal"].values()), quiet["equal"]
    assert any("second" in name or "rate" in name for name in body), sorted(body)


@pytest.mark.slow
def test_a_home_with_thousands_of_objects(template, tmp_path):
    """The same over five thousand objects."""
    home = tmp_path / "home"
    shutil.copytree(template, home)
    with Home.open(home, SystemClock()) as opened:
        for start_at in range(0, 5000, 250):
            keep_objects(opened, "villa", [f"N{start_at + n}" for n in range(250)], files=1)
    hammered(home, 1)
