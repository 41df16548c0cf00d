# SPDX-License-Identifier: EUPL-1.2
"""Evidence at scale: trees, records, renewals and kits against their limits, and peers in the same run.

    python -m benchmarks.evidence [--full]

Up to a million leaves and a renewal of a hundred thousand objects; `--full` takes ten million and a million,
a quarter of an hour and 3 GB of disk. Each measurement has a process of its own and is told in processor
time, so that others at work falsify less. Prints each limit as kept or missed and never fails for one: a
timed test says more of the machine's other work than of ours. JSON and a picture go into benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.curves import Curve, costs_svg

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure, and what it must be."""

    what: str
    value: float
    unit: str
    most: float = 0.0
    """What it may be at most; 0 where there is no limit."""
    least: float = 0.0
    """What it must be at least."""

    def __str__(self) -> str:
        """Return a line for the reader."""
        value = f"{self.value:,.0f}" if self.value >= 1000 else f"{self.value:.3g}"
        told = f"{self.what}: {value} {self.unit}"
        if not (self.most or self.least):
            return f"        {told}"
        kept = self.value >= self.least and self.value <= (self.most or self.value)
        wanted = f"at most {self.most:g}" if self.most else f"at least {self.least:,.0f}"
        return f"{'kept  ' if kept else 'MISSED'}  {told} ({wanted})"


def measured(module: str, *arguments: object) -> Row:
    """Let a process of its own measure."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    ran = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(ran.stderr)
    row: Row = json.loads(ran.stdout.splitlines()[-1])
    print("  " + ", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    return row


def archived(count: int) -> Row:
    """Renew an archive of so many objects."""
    with tempfile.TemporaryDirectory() as folder:
        return measured("evidence_archive", count, folder)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--full", action="store_true", help="ten million leaves, a million renewals")
    full = parser.parse_args(arguments).full
    sizes = [10**4, 10**5, 10**6, *([10**7] if full else [])]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\ntrees from 64-byte values")
    trees = [measured("evidence_tree", size, "memory") for size in sizes]
    on_file = [measured("evidence_tree", size, "file") for size in sizes]
    others = [measured("evidence_tree", 10**6, "memory", name) for name in ("sha512", "sha3_512")]
    print("records of 14 files: assembled, written by asn1crypto, judged")
    records = [measured("evidence_records", size) for size in sizes]
    print("renewals of objects of 3 files")
    renewals = [archived(size) for size in (10**4, 10**5, *([10**6] if full else []))]
    print("a kit of one document")
    with tempfile.TemporaryDirectory() as folder:
        kit = measured("evidence_kit", folder)
    limits = _limits(trees[-1], on_file[-1], records, renewals[-1], kit)
    print("\n".join(map(str, limits)))
    body = {
        "load": os.getloadavg()[0],
        "trees": trees + on_file + others,
        "records": records,
        "renewals": renewals,
        "kit": kit,
        "limits": [str(each) for each in limits],
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "evidence.json").write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", "utf-8")
    picture = costs_svg(
        "What one record costs, by how many there are", _curves(trees, on_file, records, renewals)
    )
    (RESULTS / "evidence.svg").write_text(picture, "utf-8")


def _limits(tree: Row, on_file: Row, records: list[Row], renewal: Row, kit: Row) -> list[Limit]:
    newest, count = records[-1], f"{tree['leaves']:,} leaves"
    million = 1e6 / renewal["objects"]
    peer = newest["asn1crypto_us"] / newest["us_a_record"]
    growth = newest["us_a_record"] / records[0]["us_a_record"]
    return [
        Limit(f"tree of {count} against hashing twice as many values", tree["ratio"], "times", 1.5),
        Limit(f"the same on a file, {count}", on_file["ratio"], "times", 1.5),
        Limit(f"memory, {count}", tree["bytes_a_leaf"], "bytes a leaf", 70),
        Limit(f"memory on a file, {count}", on_file["bytes_a_leaf"], "bytes a leaf", 70),
        Limit(f"extraction, {count}", newest["records_a_second"], "a second", least=40_000),
        Limit("asn1crypto for the same record", peer, "times as long"),
        Limit(f"extraction, {count} against {records[0]['leaves']:,}", growth, "times"),
        Limit("time-stamp renewal of a million", renewal["time_stamps_s"] * million, "s", 60),
        Limit("hash-tree renewal of a million", renewal["hash_trees_s"] * million, "s", 60),
        Limit(
            "hash-tree renewal against hashlib alone", renewal["hash_trees_s"] / renewal["hashlib_s"], "times"
        ),
        Limit("kit of one document, processor time after start", kit["cpu_s"], "s", 0.2),
        Limit("kit of one document, waited after start", kit["waited_s"], "s", 0.2),
    ]


def _curves(trees: list[Row], on_file: list[Row], records: list[Row], renewals: list[Row]) -> list[Curve]:
    def curve(name: str, rows: list[Row], size: str, cost: str) -> Curve:
        return Curve(name, [(row[size], row[cost]) for row in rows])

    return [
        curve("tree in memory", trees, "leaves", "us_a_leaf"),
        curve("tree on a file", on_file, "leaves", "us_a_leaf"),
        curve("extraction", records, "leaves", "us_a_record"),
        curve("verification", records, "leaves", "us_a_verification"),
        curve("time-stamp renewal", renewals, "objects", "time_stamps_us"),
        curve("hash-tree renewal", renewals, "objects", "hash_trees_us"),
    ]


if __name__ == "__main__":
    main()
