# SPDX-License-Identifier: EUPL-1.2
# ruff: noqa: T201 - a program tells what it does
"""`make fuzz`: every parser under broken bytes, two at a time, within a total of so many seconds.

Each target runs in a process of its own that may take 1 GB and 10 s for one input. atheris (libFuzzer guided by
coverage) does it where it is installed, our own mutations elsewhere. An input that breaks a property is kept in
`.fuzz/<target>/` and the run fails.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import NoReturn

MEMORY = 1 << 30
"""Bytes that a process may hold."""
SECONDS_EACH = 10
"""That one input may take."""
FOUND = Path(".fuzz")


class TooSlow(BaseException):
    """One input took too long; no parser may catch it."""


def main() -> int:
    """Run all targets, or one in this process."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--only", action="append", default=[], help="a target; again for more")
    asked.add_argument("--inside", metavar="TARGET", help=argparse.SUPPRESS)
    asked.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked.add_argument(
        "--plain", action="store_true", help="our own mutations even where atheris is installed"
    )
    given = asked.parse_args()
    if given.inside:
        guided = importlib.util.find_spec("atheris") is not None and not given.plain
        return (_guided if guided else _by_chance)(given.inside, given.folder, given.seconds)
    with tempfile.TemporaryDirectory() as folder:
        return _all(Path(folder), given.seconds, given.only, plain=given.plain)


def _all(folder: Path, seconds: float, only: list[str], *, plain: bool) -> int:
    names = _lay_out(folder)
    chosen = [each for each in names if not only or each in only]
    workers = max(1, min(2, os.cpu_count() or 1))
    share = max(2.0, seconds * workers / len(chosen))

    def run(name: str) -> tuple[str, int, str]:
        command = [
            sys.executable,
            __file__,
            "--inside",
            name,
            "--folder",
            str(folder),
            "--seconds",
            str(share),
        ]
        command += ["--plain"] if plain else []
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        return name, done.returncode, done.stdout + done.stderr

    failed = 0
    with ThreadPoolExecutor(workers) as pool:
        for name, code, told in pool.map(run, chosen):
            counts = re.findall(r"number_of_executed_units: (\d+)", told)
            shown = f"{int(counts[-1]):>8} executions" if counts else "       ? executions"
            print(f"  {name:<12} {shown}  {'ok' if code == 0 else 'BROKEN'}", flush=True)
            if code:
                failed += 1
                print("\n".join([line for line in told.splitlines() if not line.startswith("#")][-40:]))
    return 1 if failed else 0


def _lay_out(folder: Path) -> list[str]:
    """Write keys, anchors and seeds where the processes find them; return the targets."""
    from fuzz_seeds import seeds_of
    from pki import Pki

    keys = folder / "keys"
    keys.mkdir()
    seeds = seeds_of(keys)
    seeds["any"] = [each[-1] for each in seeds.values()]
    pki = Pki(keys)
    for kind, found in (
        ("anchors", pki.anchors()),
        ("helping", pki.chain("rsa")[:1] + pki.chain("tsa1")[:1]),
    ):
        (folder / kind).mkdir()
        for number, each in enumerate(found):
            (folder / kind / f"{number}.der").write_bytes(each)
    for name, files in seeds.items():
        (folder / "seeds" / name).mkdir(parents=True)
        for number, each in enumerate(files):
            (folder / "seeds" / name / str(number)).write_bytes(each)
    return list(seeds)


def _read(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def _target(name: str, folder: Path):
    from fuzz_targets import targets

    return targets(tuple(_read(folder / "anchors")), tuple(_read(folder / "helping")))[name]


def _guided(name: str, folder: Path, seconds: float) -> NoReturn:
    import atheris
    from fuzz_mutations import FEARED

    with atheris.instrument_imports(include=["preservation", "archive"]):
        target = _target(name, folder)
    kept = FOUND / name
    kept.mkdir(parents=True, exist_ok=True)
    grown = folder / "grown" / name
    grown.mkdir(parents=True)
    words = folder / f"{name}.dict"
    words.write_text("".join(f'"{_escaped(each)}"\n' for each in FEARED))
    options = [
        f"-dict={words}",
        f"-max_total_time={int(seconds)}",
        f"-rss_limit_mb={MEMORY >> 20}",
        f"-timeout={SECONDS_EACH}",
        f"-artifact_prefix={kept}{os.sep}",
        "-print_final_stats=1",
        "-max_len=262144",
        "-len_control=0",
    ]
    atheris.Setup([sys.argv[0], str(grown), str(folder / "seeds" / name), *options], target)
    atheris.Fuzz()
    raise SystemExit(0)


def _escaped(octets: bytes) -> str:
    return "".join(f"\\x{octet:02x}" for octet in octets)


def _by_chance(name: str, folder: Path, seconds: float) -> int:
    from fuzz_mutations import mutated, random_operations

    target, seeds = _target(name, folder), _read(folder / "seeds" / name)
    dice, done, until = random.Random(name), 0, time.monotonic() + seconds
    signal.signal(signal.SIGALRM, _too_slow)
    while time.monotonic() < until:
        data = mutated(seeds, dice.randrange(len(seeds)), random_operations(dice))
        signal.alarm(SECONDS_EACH)
        try:
            target(data)
        except BaseException:
            _keep(name, data)
            raise
        signal.alarm(0)
        done += 1
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10 > MEMORY:
            _keep(name, data)
            raise MemoryError(f"more than {MEMORY} bytes after {done} inputs")
    print(f"number_of_executed_units: {done}")
    return 0


def _keep(name: str, data: bytes) -> None:
    kept = FOUND / name
    kept.mkdir(parents=True, exist_ok=True)
    path = kept / f"crash-{hashlib.sha256(data).hexdigest()[:16]}"
    path.write_bytes(data)
    print(f"kept in {path}")


def _too_slow(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow(f"more than {SECONDS_EACH} s")


if __name__ == "__main__":
    sys.exit(main())
