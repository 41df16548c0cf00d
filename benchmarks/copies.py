# SPDX-License-Identifier: EUPL-1.2
"""What copies cost: deposits into one, two and three folders, and filling an empty one, beside `cp` + `sync`.

python -m benchmarks.copies [--scale 0.5] [--rounds 3]

Each round deposits the same expedientes into archives of one, two and three folder stores, one after the
other, beside copying the files once and `sync` (the floor of one copy). Then the third store of the last
archive is swapped for an empty one and filled by `heal`, beside `cp -r` of one whole store and `sync`. All on
one disk: copies on disks of their own, or in a network, cost less of each other. Medians.
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
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from archive.clock import SystemClock
from archive.healing import HealReport, heal
from archive.home import Home
from benchmarks.deposit import DOCUMENTS, PER_EXPEDIENTE, RESULTS, SIZE, copy_and_sync, make_home, run_deposit
from demo.loads import plain_packages

MOST = 3


def main() -> int:
    """Run the rounds, print and keep the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=0.5, help="times 2,000 documents")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="longeva-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        result = measure(Path(folder), round(DOCUMENTS * options.scale / PER_EXPEDIENTE), options.rounds)
    text = json.dumps(result, indent=2)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "copies.json").write_text(text + "\n")
    print(text)
    return 0


def measure(folder: Path, packages: int, rounds: int) -> dict[str, object]:
    """Return the figures of `rounds` rounds over `packages` expedientes."""
    made = list(plain_packages(folder / "in", packages, PER_EXPEDIENTE, SIZE, seed=1))
    documents = packages * PER_EXPEDIENTE
    seconds: dict[str, list[float]] = defaultdict(list)
    reports: list[HealReport] = []
    for number in range(rounds):
        out = folder / f"out-{number}"
        out.mkdir()
        seconds["cp+sync"].append(timed(lambda out=out: copy_and_sync(folder / "in", out / "copy")))
        for copies in range(1, MOST + 1):
            home = out / f"home-{copies}"
            write_settings(home, copies)
            make_home(home)
            given = [each.folder for each in made]
            seconds[f"deposit into {copies}"].append(
                timed(lambda home=home, given=given: run_deposit(home, given))
            )
        fill(home, seconds, reports)
        print(
            f"round {number + 1}: { {name: round(t[-1], 2) for name, t in seconds.items()} }", file=sys.stderr
        )
        shutil.rmtree(out)
    filled = reports[-1]
    heals = statistics.median(seconds["heal an empty store"])
    return {
        "what": f"{documents} documents of {SIZE} bytes, CSV only, in folders of {PER_EXPEDIENTE}",
        "rounds": rounds,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "documents_per_second": {
            name: round(documents / statistics.median(seconds[name]))
            for name in ("cp+sync", *(f"deposit into {copies}" for copies in range(1, MOST + 1)))
        },
        "heal": {
            "keys": filled.copied.total(),
            "bytes": filled.bytes,
            "megabytes_per_second": round(filled.bytes / heals / 1e6, 1),
            "objects_per_second": round(packages / heals, 1),
            "against_cp": round(statistics.median(seconds["cp one store+sync"]) / heals, 3),
            "nothing_due_seconds": round(statistics.median(seconds["heal, nothing due"]), 4),
        },
        "seconds": {name: [round(each, 3) for each in times] for name, times in seconds.items()},
    }


def fill(path: Path, seconds: dict[str, list[float]], reports: list[HealReport]) -> None:
    """Swap the last store for an empty one, copy another by hand and let it be healed; keep the times."""
    with Home.open(path, SystemClock()) as home:
        heal(home)
        seconds["cp one store+sync"].append(timed(lambda: copy_and_sync(path / "store-1", path / "by-hand")))
        shutil.rmtree(path / f"store-{MOST}")
        seconds["heal an empty store"].append(timed(lambda: reports.append(heal(home))))
        heal(home)
        seconds["heal, nothing due"].append(timed(lambda: heal(home)))
    assert reports[-1].ok


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something takes, from a disk that is at rest."""
    subprocess.run(["sync"], check=True)
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def write_settings(home: Path, copies: int) -> None:
    """Let a home stand on so many folder stores."""
    home.mkdir(parents=True)
    stores = [
        f'[stores.s{number}]\nkind = "folder"\npath = "store-{number}"\n' for number in range(1, copies + 1)
    ]
    (home / "longeva.toml").write_text("".join(stores))


if __name__ == "__main__":
    sys.exit(main())
