# SPDX-License-Identifier: EUPL-1.2
"""Clients that others wrote, or that the manual shows, against a real served archive."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from archived import make_archive
from machines_asking import BASE_URL
from ports import free_port

from archive.clock import SystemClock
from archive.home import Home
from archive.identity import Right
from archive.identity.keys import Keys
from archive.web.serving import Listener
from demo.loads import plain_package
from ingest.queue.settling import Bench
from service.serving import application

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "manual" / "cliente-python.md"


@pytest.fixture
def served(tmp_path):
    """An archive that is served and worked on: address of its municipality, key, home."""
    made = make_archive(tmp_path)
    path = made.home.path
    made.home.close()
    with Home.open(path, SystemClock()) as home:
        shutil.copytree(tmp_path / "authority", path / "authority", dirs_exist_ok=True)
        _, key = Keys(home).make("villar", "Gestor de expedientes", {Right.DEPOSIT}, "test")
    port = free_port()
    listener = Listener(application(path, BASE_URL), "127.0.0.1", port, threads=4)
    stop = threading.Event()

    def work():
        with Home.open(path, SystemClock()) as home:
            bench = Bench(home)
            while not stop.wait(0.2):
                bench.settle_next()

    threads = [threading.Thread(target=work), threading.Thread(target=listener.run, args=(stop,))]
    for thread in threads:
        thread.start()
    yield f"http://127.0.0.1:{port}/api/v1/tenants/villar/", key, path
    stop.set()
    for thread in threads:
        thread.join(timeout=30)


def zipped(folder, name, seed):
    made = plain_package(folder / f"made-{name}", 2, 40_000, seed=seed).folder
    return Path(shutil.make_archive(str(folder / name), "zip", made))


def test_program_of_the_manual_deposits_a_folder(served, tmp_path):
    """The very text of the manual: deposits each file once, keeps receipts, goes on where it was, repeats nothing."""
    address, key, _ = served
    program = tmp_path / "depositar.py"
    program.write_text(re.search(r"```python\n(.*?)```", MANUAL.read_text("utf-8"), re.DOTALL)[1], "utf-8")
    folder = tmp_path / "cerrados"
    folder.mkdir()
    for number in (1, 2):
        zipped(folder, f"expediente-{number}", number)
    (folder / "roto ñ.zip").write_bytes(b"")
    begun = zipped(folder, "a-medias", 3)
    _send_half(address, key, begun)

    def night():
        command = [sys.executable, str(program), address, key, str(folder)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    told = night()
    assert told.splitlines() == [
        "a-medias.zip ACCEPTED se ha admitido y se conserva",
        "expediente-1.zip ACCEPTED se ha admitido y se conserva",
        "expediente-2.zip ACCEPTED se ha admitido y se conserva",
        told.splitlines()[3],
    ]
    assert told.splitlines()[3].startswith("roto ñ.zip REJECTED no se ha admitido: ")
    receipts = [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.recibo.json"))]
    assert [receipt["state"] for receipt in receipts] == ["ACCEPTED"] * 3 + ["REJECTED"]
    assert all("seal" in receipt for receipt in receipts)
    assert night() == ""
    (folder / "expediente-1.recibo.json").unlink()  # it died after depositing, before the receipt
    assert night() == told.splitlines()[1] + "\n"
    asked = {"Authorization": f"Bearer {key}"}
    listed = requests.get(f"{address}deposits", headers=asked, timeout=30).json()["items"]
    assert len(listed) == 4


def _send_half(address, key, file):
    """Leave behind what an interrupted night leaves."""
    data = file.read_bytes()
    headers = {"Authorization": f"Bearer {key}", "Tus-Resumable": "1.0.0", "Upload-Length": str(len(data)),
               "Upload-Metadata": "filename YS1tZWRpYXMuemlw", "Content-Type": "application/offset+octet-stream"}  # fmt: skip
    begun = requests.post(f"{address}uploads", headers=headers, data=data[: len(data) // 2], timeout=30)
    file.with_suffix(".envio").write_text(begun.headers["Location"], "utf-8")


@pytest.mark.oracle
def test_tuspy_sends_and_resumes(served, tmp_path):
    """An independent tus client sends in parts, breaks off, and another of it goes on."""
    from tusclient.client import TusClient

    address, key, path = served
    file = tmp_path / "grande.bin"
    file.write_bytes(bytes(range(256)) * 4096)
    client = TusClient(f"{address}uploads", headers={"Authorization": f"Bearer {key}"})
    with file.open("rb") as stream:
        first = client.uploader(file_stream=stream, chunk_size=300_000, metadata={"filename": "grande.bin"})
        first.upload(stop_at=600_000)
    assert first.offset == 600_000
    elsewhere = TusClient(f"{address}uploads", headers={"Authorization": f"Bearer {key}"})
    with file.open("rb") as stream:
        second = elsewhere.uploader(file_stream=stream, url=first.url, chunk_size=300_000)
        assert second.offset == 600_000
        second.upload()
    upload_id = first.url.rpartition("/")[2]
    kept = path / "uploads" / "villar" / upload_id / "data"
    assert hashlib.sha256(kept.read_bytes()).digest() == hashlib.sha256(file.read_bytes()).digest()
