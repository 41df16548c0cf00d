# SPDX-License-Identifier: EUPL-1.2
"""Deposits per second through the queue, with one and two workers, beside a deposit at once, in one run.

python -m benchmarks.deposit_queue [--packages 96] [--rounds 3]

Embedded profile: SQLite, folders. Taking in (`submit`) is measured by itself: it is what the depositor waits
for. The workers have started when the clock does; each is a process of its own. A deposit at once uses worker
processes too, from 64 packages on. Every ratio is the median of the rounds' own ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from archive.clock import SystemClock
from archive.home import Home
from benchmarks.deposit import RESULTS, make_home, run_deposit
from demo.loads import plain_packages
from ingest.queue.runner import InProcessRunner
from ingest.queue.settling import Bench
from ingest.queue.submission import submit

DOCUMENTS = 13
SIZE = 20_000


def main() -> int:
    """Run the rounds, print and keep the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--drain", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drain:
        drain(options.drain)
        return 0
    with tempfile.TemporaryDirectory(prefix="longeva-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        result = measure(Path(folder), options.packages, options.rounds)
    text = json.dumps(result, indent=2)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "deposit_queue.json").write_text(text + "\n")
    print(text)
    return 0


def measure(folder: Path, packages: int, rounds: int) -> dict[str, object]:
    """Return the figures of `rounds` rounds over `packages` expedientes."""
    made = [each.folder for each in plain_packages(folder / "in", packages, DOCUMENTS, SIZE, seed=1)]
    names = ("at once", "submit", "1 worker", "2 workers")
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        out = folder / f"out-{number}"
        for name in names:
            if name != "submit":
                make_home(out / name)
        seconds["at once"].append(timed(lambda out=out: run_deposit(out / "at once", made)))
        for workers in (1, 2):
            home = out / names[workers + 1]
            taken_in = timed(lambda home=home: take_in(home, made))
            if workers == 1:
                seconds["submit"].append(taken_in)
            seconds[home.name].append(settle(home, workers, packages))
        print(f"round {number + 1}: {[round(each[-1], 2) for each in seconds.values()]} s", file=sys.stderr)
    return {
        "what": f"{packages} expedientes of {DOCUMENTS} documents of {SIZE} bytes, embedded profile",
        "rounds": rounds,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_average": os.getloadavg()[0],
        "deposits_per_second": {
            name: round(packages / statistics.median(t), 1) for name, t in seconds.items()
        },
        "at_once_against": {
            name: round(
                statistics.median(t / a for t, a in zip(seconds[name], seconds["at once"], strict=True)), 2
            )
            for name in names[1:]
        },
        "seconds": {name: [round(each, 3) for each in times] for name, times in seconds.items()},
    }


def timed(work: object) -> float:
    """Return how long something takes."""
    assert callable(work)
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def take_in(path: Path, packages: list[Path]) -> None:
    """Submit everything."""
    with Home.open(path, SystemClock()) as home:
        submit(home, "bench", packages)


def settle(path: Path, workers: int, packages: int) -> float:
    """Return how long so many workers need from the word go until nothing waits."""
    command = [sys.executable, "-m", "benchmarks.deposit_queue", "--drain", str(path)]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(workers)]
    for each in running:
        assert each.stdout is not None
        each.stdout.readline()
    started = time.perf_counter()
    told = [each.communicate("go\n")[0] for each in running]
    took = time.perf_counter() - started
    assert sum(int(each) for each in told) == packages
    return took


def drain(path: Path) -> None:
    """Be a worker: say that it is ready, wait for the word, settle what waits, say how much it was."""
    with Home.open(path, SystemClock()) as home:
        bench = Bench(home)
        print("ready", flush=True)
        sys.stdin.readline()
        print(InProcessRunner().drain(bench.settle_next, threading.Event()))


if __name__ == "__main__":
    sys.exit(main())
