# SPDX-License-Identifier: EUPL-1.2
"""Hostile and broken deposits by the thousand, through the command line and the door that pages will use.

Each is deposited in two archives that differ in one thing: in the second another municipality holds the same
expedientes and was handed the same hostile packages before. Whoever deposits must not be able to tell.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import resource
import shutil
import signal
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_deposits import Case, Ground, cases
from survival import Survived
from terminal import Ran, errors, longeva, start

from archive.clock import SystemClock
from archive.findings import finding_kinds
from archive.home import Home
from archive.model import RECEIVED
from demo.expediente import build_expediente
from demo.loads import plain_package, plain_packages
from ingest.deposit import deposit
from preservation.installation import development_authority

SECONDS = 30
"""Longest that one package may take, on a busy machine."""
MEMORY = 700 << 20
"""Bytes that depositing them all may add to the process."""
_VARIES = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|\b(?:crowded|alone)\b"
)


@pytest.fixture(scope="module")
def ground(tmp_path_factory, template) -> Ground:
    """Small good packages, and files of other makers where the reference data is at hand."""
    folder = tmp_path_factory.mktemp("ground")
    plains = [each.folder for each in plain_packages(folder / "plain", 20, 3, 3_000, seed=100)]
    with Home.open(template, SystemClock()) as home:
        authority = development_authority(home)
        signed = plain_package(folder / "signed", 2, 2_000, seed=2, authority=authority).folder
        full = build_expediente(folder / "full", authority, recording_megabytes=1).folder
    data = Path(__file__).resolve().parents[3] / "shared" / "data"
    found = sorted(each for each in data.glob("*/*/**/*") if each.is_file() and each.stat().st_size < 1 << 20)
    return Ground(plains, signed, full, tuple(found[::3]))


@pytest.fixture
def archives(tmp_path, template, ground) -> tuple[Path, Path]:
    """The same archive twice; in the second another municipality holds the same expedientes."""
    alone, crowded = tmp_path / "alone", tmp_path / "crowded"
    for path in (alone, crowded):
        shutil.copytree(template, path)
    with Home.open(crowded, SystemClock()) as home:
        home.add_tenant("otra", "Ayuntamiento de Otra Villa", "L01990024")
        deposit(home, "otra", [*ground.plains, ground.signed, ground.full], seal=None)
    return alone, crowded


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail instead of waiting for ever."""

    def late(*_: object) -> None:
        raise TimeoutError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def told(ran: Ran) -> tuple[int, Any, str]:
    """Return what a depositor is told, without what differs between any two deposits."""
    body = json.loads(_VARIES.sub("…", ran.out))
    for receipt in body.get("receipts", []):
        for name in ("ledger", "seal"):
            receipt.pop(name, None)
    return ran.code, body, _VARIES.sub("…", ran.err)


def judged(case: Case, ran: Ran) -> str:
    """Check one answer: documented, coded, in both languages; return its state."""
    body = ran.json
    if ran.code not in {0, 1}:  # not a package at all: said as a problem of its own
        assert (body["code"], ran.code) in {
            ("invalid-request", 2),
            ("not-found", 11),
            ("limit-exceeded", 12),
        }, (case, body)
        return "REFUSED"
    (receipt,) = body["receipts"]
    state = receipt["state"]
    weights = {finding_kinds()[each["code"]].severity for each in receipt["findings"]}
    assert (ran.code == 0) == (state == "ACCEPTED")
    assert (state == "REJECTED") == ("error" in weights), (case, receipt["findings"])
    assert state != "WAITING" or "decision" in weights
    for each in receipt["findings"]:
        assert "{" not in re.sub(r"«[^»]*»|\"[^\"]*\"", "", each["message"] + each["mensaje"]) or "{" in str(
            each["values"]
        )
        assert each["message"].isprintable()
    return state


def kept(home: Home, case: Case, receipt: dict[str, Any]) -> None:
    """Check that what was not rejected is there, byte for byte, and nothing of what was."""
    if receipt["state"] == "REJECTED":
        assert receipt["object"] == ""
        return
    with home.catalog.reading() as tx:
        files = tx.files(receipt["object"])
    there = {
        file.path: home.objects("villa").verify_file(receipt["object"], file.path).sha256 for file in files
    }
    assert there == {file.path: file.digests.sha256 for file in files}
    if case.path.is_dir():
        sent = {
            hashlib.sha256(each.read_bytes()).hexdigest() for each in case.path.rglob("*") if each.is_file()
        }
        assert sent == {digest for path, digest in there.items() if path.startswith(RECEIVED)}


def one_deposit(archives: tuple[Path, Path], case: Case, number: int, took: dict[Path, list[float]]) -> str:
    """Deposit one package in both archives and hold every promise against it; return its state."""
    crowded, answers = archives[1], []
    if number % 2:  # every other one the neighbour has already, whatever became of it
        with within(SECONDS):
            longeva("deposit", case.path, "--tenant", "otra", "--home", crowded, "--json")
    for home in archives:
        started = time.monotonic()
        with within(SECONDS):
            answers.append(longeva("deposit", case.path, "--tenant", "villa", "--home", home, "--json"))
        took[home].append(time.monotonic() - started)
    assert told(answers[0]) == told(answers[1]), "the neighbour shows"
    state = judged(case, answers[1])
    if state == "REFUSED":
        return state
    if number % 5 == 0:
        with within(SECONDS):
            checked = longeva("check", case.path, "--home", crowded, "--json")
        assert (checked.json["verdict"] == "rejected") == (state == "REJECTED"), checked.out
    with Home.open(crowded, SystemClock()) as home:
        kept(home, case, answers[1].json["receipts"][0])
    return state


def hostile_day(
    archives: tuple[Path, Path], ground: Ground, folder: Path, seed: int, count: int
) -> Counter[str]:
    """Deposit all of them in both archives; return how many ended how."""
    alone, crowded = archives
    states: Counter[str] = Counter()
    took: dict[Path, list[float]] = {alone: [], crowded: []}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row = Survived("a hostile or broken deposit")
    wrong: list[str] = []
    for number, case in enumerate(cases(seed, count, ground, folder)):
        try:
            state = one_deposit(archives, case, number, took)
        except Exception as cause:  # noqa: BLE001 - every case is tried, and told with what would repeat it
            wrong.append(f"seed {seed} case {number} {case}: {cause!r}")
            continue
        finally:
            shutil.rmtree(folder / f"{number:05d}")
        states[state] += 1
        row.tries += 1
        row.found += state in {"REJECTED", "WAITING", "REFUSED"}
    assert wrong == [], "\n".join(wrong)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < MEMORY, f"{grown >> 20} MB"
    middle = [statistics.median(each) for each in took.values()]
    assert middle[1] < middle[0] * 1.5 + 0.02, f"the neighbour shows in the time: {middle}"
    for home in archives:
        ran = longeva("fsck", "--home", home, "--json")
        assert (ran.code, ran.json["problems"]) == (0, [])
        assert errors(longeva("audit", "--all", "--home", home, "--json")) == []
        row.healed += row.tries // len(archives)
    row.record()
    return states


def test_a_hundred_hostile_deposits_by_command(archives, ground, tmp_path):
    """No crash, a coded finding for each, the neighbour invisible, what is acceptable kept, fsck clean."""
    states = hostile_day(archives, ground, tmp_path / "in", seed=20261121, count=100)
    assert states["REJECTED"] > 20
    assert states["ACCEPTED"] > 5


def test_a_hundred_hostile_deposits_together(archives, ground, tmp_path):
    """In groups, as a program hands them in: each gets its own answer, whatever the others are."""
    row = Survived("a hostile or broken deposit among others")
    with Home.open(archives[0], SystemClock()) as home:
        group: list[Case] = []
        for case in cases(8, 110, ground, tmp_path / "in"):
            if case.kind == "no files":  # what is no package at all is refused with the whole call
                continue
            group.append(case)
            if len(group) == 10:
                with within(SECONDS * 3):
                    done = deposit(home, "villa", [each.path for each in group], seal=None)
                for each, answer in zip(group, done, strict=True):
                    kept(home, each, answer.receipt)
                    row.tries += 1
                    row.found += answer.receipt["state"] != "ACCEPTED"
                group = []
    ran = longeva("fsck", "--home", archives[0], "--json")
    assert (ran.code, ran.json["problems"]) == (0, [])
    row.healed = row.tries
    row.record()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_two_thousand_hostile_deposits(archives, ground, tmp_path, seed):
    """The same with other seeds, five hundred each."""
    hostile_day(archives, ground, tmp_path / "in", seed, 500)


def test_a_sample_in_processes_of_their_own_with_little_memory(archives, ground, tmp_path):
    """As users run it: within a gigabyte and a half of address space, with no traceback."""
    for case in cases(7, 12, ground, tmp_path / "in"):
        command = ("deposit", case.path, "--tenant", "villa", "--home", archives[1], "--json")
        with start(*command, preexec_fn=_little_memory) as running:
            out, err = running.communicate(timeout=120)
        assert "Traceback" not in err
        judged(case, Ran(running.returncode, out, err))


def _little_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1500 << 20, 1500 << 20))
