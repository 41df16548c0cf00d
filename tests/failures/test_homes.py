# SPDX-License-Identifier: EUPL-1.2
"""Homes on bad days, met by real `longeva` processes: read-only, full, from the future, shared, killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from terminal import Ran, errors, process, start

from demo.loads import plain_package, plain_packages


@pytest.fixture
def home(template, tmp_path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(template, tmp_path / "home"))


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """Three small documents with words in them."""
    return plain_package(tmp_path_factory.mktemp("in") / "paquete", 3, 3_000, seed=7, kind="text").folder


@pytest.fixture
def mounted(tmp_path):
    """Return a function that mounts, or skip loudly where this user may not."""
    points: list[Path] = []

    def mount(point: Path, *options: str) -> Path:
        point.mkdir(exist_ok=True)
        try:
            done = subprocess.run(
                ["mount", *options, str(point)], capture_output=True, check=False
            ).returncode
        except FileNotFoundError:
            done = 1
        if done:
            pytest.skip("MOUNTING NOT ALLOWED: a really read-only and a really full home were not tried")
        if "remount,ro,bind" not in options:
            points.append(point)
        return point

    yield mount
    for point in reversed(points):
        subprocess.run(["umount", "--lazy", str(point)], check=True)


def deposit(home: Path, *paths: Path) -> Ran:
    return process("deposit", *paths, "--tenant", "villa", "--home", home, "--json")


def receipts(ran: Ran) -> list[dict]:
    assert ran.code == 0, (ran.out, ran.err)
    return ran.json["receipts"]


def clean(home: Path) -> None:
    """The store is whole, every byte of it, and the catalogue agrees."""
    for command in (("fsck", "--sweep"), ("audit", "--all")):
        ran = process(*command, "--home", home, "--json")
        assert (ran.code, errors(ran)) == (0, []), ran.out


def test_a_read_only_home_is_read_and_says_why_not_more(home, package, mounted, tmp_path):
    """Showing, searching and auditing go on; what must write says that it cannot, and exits 60."""
    object_id = receipts(deposit(home, package))[0]["object"]
    process("search", "licencia", "--tenant", "villa", "--home", home)
    mounted(home, "--bind", str(home))
    mounted(home, "-o", "remount,ro,bind")
    assert process("show", object_id, "--home", home, "--json").json["object"] == object_id
    assert errors(process("audit", "--all", "--home", home, "--json")) == []
    found = process("search", "licencia", "--tenant", "villa", "--home", home, "--json")
    assert found.code == 0, found.err
    assert found.json["total"] > 0
    assert process("fsck", "--home", home, "--json").code == 0
    assert process("evidence", "forecast", "--home", home, "--json").code == 0
    got = process("get", object_id, "-o", tmp_path / "index.xml", "--home", home, "--json")
    assert (got.code, got.json["code"]) == (60, "storage-unavailable"), (got.out, got.err)
    assert "recorded" in got.json["detail"], "a reading that nobody could account for is refused"
    assert not (tmp_path / "index.xml").exists()
    for command in (
        ("deposit", package, "--tenant", "villa"),
        ("evidence", "seal"),
        ("rebuild",),
        ("tenant", "add", "otra", "--name", "Otra", "--dir3", "L01990019"),
    ):
        ran = process(*command, "--home", home, "--json")
        assert (ran.code, ran.json["code"]) == (60, "storage-unavailable"), (command, ran.out, ran.err)
        assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "command",
    [
        ("show", "x"),
        ("rebuild",),
        ("fsck",),
        ("audit", "--all"),
        ("evidence", "seal"),
        ("deposit", ".", "--tenant", "villa"),
        ("worker", "--once"),
        ("init",),
    ],
    ids=lambda command: command[0],
)
def test_a_home_from_a_newer_version_is_not_touched(template, tmp_path, command):
    """Exit 70 (or a conflict, for `init`), whatever is asked, and no byte of it changes."""
    home = Path(shutil.copytree(template, tmp_path / "home"))
    (home / "longeva.json").write_text('{"format": 2, "created_at": "2040-01-01T00:00:00Z"}')
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in home.rglob("*")}
    ran = process(*command, "--home", home, "--json")
    assert ran.code == (30 if command == ("init",) else 70), (ran.out, ran.err)
    assert ran.json["code"] == ("conflict" if command == ("init",) else "configuration")
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in home.rglob("*")} == before


def test_two_deposits_of_the_same_package_at_once_give_one_receipt(home, package):
    """Both processes exit 0 and say the same; the archive holds it once."""
    told = _at_once(home, [package], [package])
    assert told[0] == told[1]
    assert len(list((home / "store/tenants/villa/ocfl").rglob("0=ocfl_object_*"))) == 1
    clean(home)


def test_two_deposits_of_different_packages_at_once_are_both_kept(home, tmp_path):
    """Neither waits in vain nor loses anything."""
    made = [each.folder for each in plain_packages(tmp_path / "in", 6, 2, 1_000, 100)]
    told = _at_once(home, made[:3], made[3:])
    assert {receipt["state"] for each in told for receipt in each} == {"ACCEPTED"}
    assert len({receipt["object"] for each in told for receipt in each}) == 6
    clean(home)


def test_a_disk_full_in_the_middle_loses_nothing_acknowledged(template, mounted, tmp_path):
    """Exit 60 with words that help; what had its receipt stays whole; with room the same command succeeds."""
    disk = mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=12m", "tmpfs")
    home = Path(shutil.copytree(template, disk / "home"))
    small = plain_package(tmp_path / "small", 2, 10_000, seed=1).folder
    first = receipts(deposit(home, small))
    big = plain_package(tmp_path / "big", 40, 300_000, seed=2).folder
    ran = deposit(home, big)
    assert (ran.code, ran.json["code"]) == (60, "storage-unavailable"), (ran.out, ran.err)
    assert "full" in ran.json["detail"]
    assert process("show", first[0]["object"], "--home", home).code == 0
    clean(home)
    assert receipts(deposit(home, small)) == first
    subprocess.run(["mount", "-o", "remount,size=60m", str(disk)], check=True)
    assert receipts(deposit(home, big))[0]["state"] == "ACCEPTED"
    clean(home)


def test_a_deposit_killed_among_its_workers_is_whole_when_repeated(home, tmp_path):
    """70 packages through the process pool, kill -9 after the first group; then all are accepted, once."""
    made = [each.folder for each in plain_packages(tmp_path / "in", 70, 1, 1_000, 200)]
    running = start("deposit", *made, "--tenant", "villa", "--home", home, "--json", start_new_session=True)
    _wait_for_an_object(home, running)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL
    again = receipts(deposit(home, *made))
    assert {each["state"] for each in again} == {"ACCEPTED"}
    assert len({each["object"] for each in again}) == 70
    clean(home)


def _at_once(home: Path, *groups: list[Path]) -> list[list[dict]]:
    running = [start("deposit", *paths, "--tenant", "villa", "--home", home, "--json") for paths in groups]
    told = []
    for each in running:
        out, err = each.communicate(timeout=60)
        assert each.returncode == 0, (out, err)
        told.append(json.loads(out)["receipts"])
    return told


def _wait_for_an_object(home: Path, running: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if any((home / "store/tenants/villa/ocfl").rglob("0=ocfl_object_*")):
            return
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    pytest.fail("nothing was stored within a minute")
