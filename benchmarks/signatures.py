# SPDX-License-Identifier: EUPL-1.2
"""Validations per second beside stock pyHanko, python-xmlsec and signxml over the same files.

python -m benchmarks.signatures [--files 40] [--rounds 5] [--kind pades-lta]...

Every round takes files that no process has seen, so that a cache may remember issuers and lists, as it would
in an archive, but never a verdict on the same file. In each round the parties take turns, one process each,
already warm. Then one of ours is compared with two at once, over longer batches. Ratios are medians of the
rounds' own ratios, in processor time; of two processes, in files per second.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from benchmarks.signature_files import JUDGED_AT, KINDS, Maker

RESULTS = Path(__file__).resolve().parent / "results"
PEERS = {"pades": ("pyhanko",), "cades": ("pyhanko",), "xades": ("xmlsec", "signxml", "signxml-bare")}
LONG = 600
"""Files of one batch where one process is compared with two: long enough to forget the start."""
PAIRS = 3
ORACLES = Path(__file__).resolve().parent.parent / ".venv-oracles/bin/python"


class Worker:
    """One long-lived process of one party."""

    def __init__(self, party: str, trust: Path) -> None:
        if party in PEERS["xades"]:
            command = [str(ORACLES), str(Path(__file__).with_name("xml_peers.py")), party]
        else:
            module = "benchmarks.pyhanko_peer" if party == "pyhanko" else "benchmarks.signature_worker"
            command = [sys.executable, "-m", module, str(trust), JUDGED_AT.isoformat()]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, kind: str, files: Sequence[Path]) -> dict[str, float]:
        """Validate the files and return the figures."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"kind": kind, "files": [str(each) for each in files]}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, float] = json.loads(self._process.stdout.readline())
        if answer["passed"] != len(files):
            raise SystemExit(f"{kind}: only {answer['passed']} of {len(files)} files passed")
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def measure(kind: str, maker: Maker, files: int, rounds: int) -> dict[str, object]:
    """Return the medians of one kind of file."""
    long = LONG if kind != "pades-lta" else LONG // 4
    made = list(maker.make(kind, files * (rounds + 1) + 2 * PAIRS * long))
    batches = [made[start : start + files] for start in range(0, files * (rounds + 1), files)]
    parties = ("longeva", "second", *PEERS[kind.partition("-")[0]])
    workers = {each: Worker(each, maker.folder / "trust") for each in parties}
    for each in workers.values():
        each.run(kind, batches[0])
    cpu: dict[str, list[float]] = {each: [] for each in parties if each != "second"}
    for batch in batches[1:]:
        for party, times in cpu.items():
            times.append(workers[party].run(kind, batch)["cpu"] / files * 1000)
    rest = made[files * (rounds + 1) :]
    alone, together = _processes(
        workers, kind, [rest[start : start + long] for start in range(0, len(rest), long)]
    )
    for each in workers.values():
        each.close()
    told: dict[str, object] = {
        "files": files,
        "rounds": rounds,
        "bytes": round(statistics.median(each.stat().st_size for each in made)),
        "per_second": round(alone, 1),
        "two_processes": round(together, 2),
    }
    for party, times in cpu.items():
        told[f"{party}_cpu_ms"] = round(statistics.median(times), 3)
        if party != "longeva":
            ratios = [peer / own for own, peer in zip(cpu["longeva"], times, strict=True)]
            told[f"times_{party}"] = round(statistics.median(ratios), 2)
    return told


def _processes(
    workers: dict[str, Worker], kind: str, batches: Sequence[Sequence[Path]]
) -> tuple[float, float]:
    """Return files per second of one process, and how many times as many two of them do."""
    alone, ratios = [], []
    for first, second in zip(batches[::2], batches[1::2], strict=True):
        alone.append(len(first) / workers["longeva"].run(kind, first)["wall"])
        # The other process has not seen the first batch, and this one not the second.
        ratios.append(_both(workers, kind, (second, first)) / alone[-1])
    return statistics.median(alone), statistics.median(ratios)


def _both(workers: dict[str, Worker], kind: str, pair: Sequence[Sequence[Path]]) -> float:
    """Return files per second of two of ours at once, a batch each."""
    walls: list[float] = []

    def run(party: str, batch: Sequence[Path]) -> None:
        walls.append(workers[party].run(kind, batch)["wall"])

    threads = [
        threading.Thread(target=run, args=each) for each in zip(("longeva", "second"), pair, strict=True)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sum(map(len, pair)) / max(walls)


def main() -> int:
    """Measure every kind, print and keep the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kind", action="append", choices=KINDS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="longeva-bench-") as folder:
        maker = Maker.create(Path(folder))
        result = {kind: measure(kind, maker, options.files, options.rounds) for kind in options.kind or KINDS}
    text = json.dumps(result, indent=2)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "signatures.json").write_text(text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
