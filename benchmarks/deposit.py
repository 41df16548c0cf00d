# SPDX-License-Identifier: EUPL-1.2
"""Documents per second through a whole deposit, beside `sha256sum` and `cp` + `sync` over the same bytes.

python -m benchmarks.deposit [--scale 1] [--rounds 5]

Each round runs the three one after the other on the same files, freshly synced; the figures are medians and
the ratios are medians of the rounds' own ratios, since the machine's noise moves both sides. Everything a
deposit promises is done: checks, huellas, OCFL, catalogue, ledger, journal, sealed receipt; all durable.
Opening the home, its seal and the worker processes count; making the home and the keys of its development
authority do not. Nothing is deleted between the rounds: ext4 avoids inodes that were freed a moment ago, and
making files among them is twenty times as slow.
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
import time
from collections.abc import Callable
from pathlib import Path

from archive.clock import SystemClock
from archive.home import Home
from demo.loads import plain_packages
from ingest.deposit import deposit
from preservation.installation import archive_seal

DOCUMENTS = 2_000
PER_EXPEDIENTE = 13
SIZE = 200_000
RESULTS = Path(__file__).resolve().parent / "results"


def main() -> int:
    """Run the rounds, print and keep the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0, help="times 2,000 documents")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="longeva-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        result = measure(Path(folder), round(DOCUMENTS * options.scale / PER_EXPEDIENTE), options.rounds)
    text = json.dumps(result, indent=2)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "deposit.json").write_text(text + "\n")
    print(text)
    return 0


def measure(folder: Path, packages: int, rounds: int) -> dict[str, object]:
    """Return the figures of `rounds` rounds over `packages` expedientes."""
    made = list(plain_packages(folder / "in", packages, PER_EXPEDIENTE, SIZE, seed=1))
    documents, total = packages * PER_EXPEDIENTE, sum(each.total_bytes for each in made)
    files = [str(path) for each in made for path in each.folder.iterdir()]
    peers: dict[str, Callable[[Path], object]] = {
        "deposit": lambda out: run_deposit(out / "home", [each.folder for each in made]),
        "sha256sum": lambda _: subprocess.run(["sha256sum", *files], check=True, stdout=subprocess.DEVNULL),
        "cp+sync": lambda out: copy_and_sync(folder / "in", out / "copy"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    cpu: list[float] = []
    for number in range(rounds):
        out = folder / f"out-{number}"
        make_home(out / "home")
        for name, work in peers.items():
            os.sync()
            started, used = time.perf_counter(), cpu_seconds()
            work(out)
            seconds[name].append(time.perf_counter() - started)
            if name == "deposit":
                cpu.append(cpu_seconds() - used)
        print(
            f"round {number + 1}/{rounds}: {[round(times[-1], 2) for times in seconds.values()]} s",
            file=sys.stderr,
        )
    return {
        "what": f"{documents} documents of {SIZE} bytes, CSV only, in folders of {PER_EXPEDIENTE}",
        "bytes": total,
        "rounds": rounds,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "documents_per_second": {
            name: round(documents / statistics.median(t)) for name, t in seconds.items()
        },
        "deposit_against": {
            name: round(
                statistics.median(t / d for t, d in zip(seconds[name], seconds["deposit"], strict=True)), 3
            )
            for name in ("sha256sum", "cp+sync")
        },
        "deposit_cpu_milliseconds_per_document": round(1000 * statistics.median(cpu) / documents, 2),
        "seconds": {name: [round(each, 3) for each in times] for name, times in seconds.items()},
    }


def make_home(path: Path) -> None:
    """Make a home with a tenant, a development authority and its seal."""
    with Home.create(path, SystemClock()) as home:
        home.add_tenant("bench", "Ayuntamiento de pruebas", "L01990019")
        archive_seal(home)


def run_deposit(path: Path, packages: list[Path]) -> None:
    """Open the home and deposit everything."""
    with Home.open(path, SystemClock()) as home:
        done = deposit(home, "bench", packages, seal=archive_seal(home))
    assert {each.receipt["state"] for each in done} == {"ACCEPTED"}


def copy_and_sync(source: Path, target: Path) -> None:
    """What a person would do instead: copy, and wait for the disk."""
    subprocess.run(["cp", "-r", str(source), str(target)], check=True)
    subprocess.run(["sync"], check=True)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of its children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


if __name__ == "__main__":
    sys.exit(main())
