# SPDX-License-Identifier: EUPL-1.2
"""Documents per second through a whole deposit, beside `sha256sum` and `cp` + `sync` over the same bytes.

python -m benchmarks.deposit [--scale 1] [--rounds 5]

Each round runs the three one after the other on the same files, freshly synced; the figures are medians and
the ratios are medians of the rounds' own ratios, since the machine's noise moves both sides. Everything a
deposit promises is done: checks, huellas, OCFL, catalogue, ledger, journal, receipt; all durable.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
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
    peers: dict[str, Callable[[], object]] = {
        "deposit": lambda: run_deposit(folder, [each.folder for each in made]),
        "sha256sum": lambda: subprocess.run(["sha256sum", *files], check=True, stdout=subprocess.DEVNULL),
        "cp+sync": lambda: copy_and_sync(folder),
    }
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for number in range(rounds):
        for name, work in peers.items():
            os.sync()
            started = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - started)
            shutil.rmtree(folder / "out", ignore_errors=True)
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
        "seconds": {name: [round(each, 3) for each in times] for name, times in seconds.items()},
    }


def run_deposit(folder: Path, paths: list[Path]) -> None:
    """Deposit everything into a fresh home; making the home and its authority counts too."""
    with Home.create(folder / "out" / "home", SystemClock()) as home:
        home.add_tenant("bench", "Ayuntamiento de pruebas", "L01990019")
        done = deposit(home, "bench", paths, seal=archive_seal(home))
    assert {each.receipt["state"] for each in done} == {"ACCEPTED"}


def copy_and_sync(folder: Path) -> None:
    """What a person would do instead: copy, and wait for the disk."""
    subprocess.run(["cp", "-r", str(folder / "in"), str(folder / "out")], check=True)
    subprocess.run(["sync"], check=True)


if __name__ == "__main__":
    sys.exit(main())
