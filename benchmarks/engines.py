# SPDX-License-Identifier: EUPL-1.2
"""Writes per second into a real S3 service, beside a tight loop of boto3 over the same bytes.

python -m benchmarks.engines [--expedientes 12] [--size 100000] [--rounds 3]

Starts a Ceph RADOS Gateway of its own (Debian's packages), which shares the machine with what is measured.
Each round writes the same files four ways, one after the other, into buckets with COMPLIANCE locks:

    loop      boto3's put_object in as many threads as the store uses: what the service takes at most here
    commits   Objects.commit of each expediente by itself: digests, locks, read back
    commit    all expedientes in one commit
    deposit   the whole deposit: checks, catalogue, ledger, receipt

Figures are medians, ratios medians of the rounds' own ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from ceph import Ceph

from archive.clock import SystemClock
from archive.digests import Digests
from archive.home import Home
from archive.lock import WriterLock
from archive.objects import NewVersion, Objects
from archive.settings import LockSettings, S3Settings
from archive.store.s3.store import S3Store
from benchmarks.deposit import RESULTS
from demo.loads import plain_packages
from ingest.deposit import deposit
from preservation.installation import development_authority

PER_EXPEDIENTE = 13
OWN_FILES = 3
"""Of an object: declaration, sidecar and inventory. The loop writes as many of a kilobyte."""
LOCK = LockSettings(mode="compliance", days=1)


def main() -> int:
    """Run the rounds, print and keep the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--expedientes", type=int, default=12)
    parser.add_argument("--size", type=int, default=100_000, help="bytes of a document")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ceph = Ceph()
    try:
        with tempfile.TemporaryDirectory(prefix="longeva-bench-") as folder:
            result = measure(ceph, Path(folder), options.expedientes, options.size, options.rounds)
    finally:
        ceph.remove()
    text = json.dumps(result, indent=2)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "engines.json").write_text(text + "\n")
    print(text)
    return 0


def measure(ceph: Ceph, folder: Path, expedientes: int, size: int, rounds: int) -> dict[str, object]:
    """Return the figures of `rounds` rounds."""
    made = [each.folder for each in plain_packages(folder / "in", expedientes, PER_EXPEDIENTE, size, seed=1)]
    files = [[path.read_bytes() for path in sorted(each.iterdir())] for each in made]
    count = sum(map(len, files)) + OWN_FILES * expedientes
    ways: dict[str, Callable[[S3Settings, Path], object]] = {
        "loop": lambda settings, _: loop(ceph, settings, files),
        "commits": lambda settings, out: commits(settings, out, files, together=False),
        "commit": lambda settings, out: commits(settings, out, files, together=True),
        "deposit": lambda _, out: run_deposit(out / "home", made),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, work in ways.items():
            out = folder / f"{number}-{name}"
            settings = ceph.settings(ceph.bucket("COMPLIANCE"), lock=LOCK)
            prepare(out, settings, home=name == "deposit")
            started = time.perf_counter()
            work(settings, out)
            seconds[name].append(time.perf_counter() - started)
        print(
            f"round {number + 1}/{rounds}: { ({name: round(s[-1], 2) for name, s in seconds.items()}) } s",
            file=sys.stderr,
        )
    ratios = {
        name: statistics.median(loop / own for loop, own in zip(seconds["loop"], seconds[name], strict=True))
        for name in ways
    }
    return {
        "service": f"Ceph RADOS Gateway in memory on the same {os.cpu_count()} cores, HTTP, COMPLIANCE",
        "expedientes": expedientes,
        "bytes_of_a_document": size,
        "writes": count,
        "writes_per_second": {name: round(count / statistics.median(s), 1) for name, s in seconds.items()},
        "expedientes_per_second": {
            name: round(expedientes / statistics.median(s), 2) for name, s in seconds.items()
        },
        "of_the_loop": {name: round(ratio, 2) for name, ratio in ratios.items()},
    }


def prepare(out: Path, settings: S3Settings, *, home: bool) -> None:
    """Do what is done once in the life of an archive, and prove the locks as a process does once."""
    out.mkdir()
    store = S3Store(settings, WriterLock(out / "lock"), out / "spool")
    Objects(store, "tenants/villa/ocfl/").prepare()
    if home:
        told = {
            "bucket": settings.bucket,
            "prefix": "home/",
            "endpoint": settings.endpoint,
            "access_key": settings.access_key,
            "secret_key": settings.secret_key.get_secret_value(),
        }
        (out / "home").mkdir()
        lines = ["[stores.main]", 'kind = "s3"', *(f'{name} = "{value}"' for name, value in told.items())]
        (out / "home" / "longeva.toml").write_text(
            "\n".join([*lines, 'lock = { mode = "compliance", days = 1 }', ""])
        )
        with Home.create(out / "home", SystemClock()) as made:
            made.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
            development_authority(made)  # its keys are made once, and take seconds


def loop(ceph: Ceph, settings: S3Settings, files: list[list[bytes]]) -> None:
    """Write everything as fast as boto3 does it, and look at nothing."""
    client = ceph.client()

    def bodies() -> Iterator[tuple[str, bytes]]:
        for number, each in enumerate(files):
            for place, data in enumerate([*each, *([b"x" * 1000] * OWN_FILES)]):
                yield f"loop/{number}/{place}", data

    def put(item: tuple[str, bytes]) -> None:
        client.put_object(Bucket=settings.bucket, Key=item[0], Body=item[1])

    with ThreadPoolExecutor(settings.connections) as threads:
        list(threads.map(put, bodies()))


def commits(settings: S3Settings, out: Path, files: list[list[bytes]], *, together: bool) -> None:
    """Write each expediente as an object, with a commit for each or one for all."""
    store = S3Store(settings, WriterLock(out / "lock"), out / "spool")
    objects = Objects(store, "tenants/villa/ocfl/")
    waiting = []
    for number, each in enumerate(files):
        object_id = f"urn:longeva:villa:{number}"
        staged: dict[str, Digests] = {}
        for place, data in enumerate(each):
            staged[f"received/{place}.xml"] = objects.stage(object_id, f"received/{place}.xml", (data,))
        waiting.append(NewVersion(object_id, staged, "bench", "bench", SystemClock().now()))
        if not together:
            objects.commit(waiting)
            waiting = []
    if waiting:
        objects.commit(waiting)


def run_deposit(home: Path, packages: list[Path]) -> None:
    """Deposit as the command does."""
    with Home.open(home, SystemClock()) as opened:
        done = deposit(opened, "villa", packages, seal=None)
    assert all(each.receipt["object"] for each in done)


if __name__ == "__main__":
    sys.exit(main())
