# SPDX-License-Identifier: EUPL-1.2
"""Two hundred readers at once over `longeva serve`, as a proxy would send them: wrk counts what they got.

    python -m benchmarks.readers [--connections 200] [--seconds 10] [--home HOME --cookie COOKIE --path /…]

For each address: requests per second, latencies, answers that were no 2xx, and connections that failed.
Without `--home` a small archive is made. The peer in the same run is the health address, which does nothing:
what the server and the machine can give at most.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tests" / "support")]

SCRIPT = """
done = function(summary, latency, requests)
  io.write(string.format('{"requests": %d, "seconds": %.3f, "p50": %.1f, "p95": %.1f, "p99": %.1f, '..
    '"connect": %d, "read": %d, "write": %d, "timeout": %d, "refused": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3, summary.errors.connect, summary.errors.read, summary.errors.write,
    summary.errors.timeout, summary.errors.status))
end
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What wrk counted at one address; latencies in milliseconds."""

    path: str
    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float
    connect: int
    read: int
    write: int
    timeout: int
    refused: int

    @property
    def errors(self) -> int:
        """Answers that nobody wanted."""
        return self.connect + self.read + self.write + self.timeout + self.refused


@contextmanager
def served(home: Path, log: Path) -> Iterator[str]:
    """Serve a home by the command, as an operator would; yield its address."""
    from ports import free_port  # noqa: PLC0415 - a support module of the tests

    port = free_port()
    with log.open("w") as told:
        program = str(Path(sys.executable).with_name("longeva"))
        command = [program, "serve", "--home", str(home), "--port", str(port)]
        running = subprocess.Popen(command, cwd=HERE.parent, stdout=told, stderr=told)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{address}/healthz", timeout=5):
                    break
            except OSError:
                if running.poll() is not None:
                    sys.exit(log.read_text())
                time.sleep(0.1)
        yield address
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)


def read(address: str, path: str, connections: int, seconds: int, cookie: str) -> Reading:
    """Let wrk ask for one address."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT)
        script.flush()
        command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", script.name]
        if cookie:
            command += ["-H", f"Cookie: {cookie}"]
        ran = subprocess.run([*command, address + path], capture_output=True, text=True, check=True)
    found = re.findall(r"^\{.*\}$", ran.stdout, re.MULTILINE)
    return Reading(path, **json.loads(found[-1]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and keep; returns 1 where a reader got an error."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--cookie", default="")
    parser.add_argument("--path", action="append", default=[])
    asked = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        print("wrk IS NOT INSTALLED (apt-get install wrk): two hundred readers were not measured")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        home, paths = asked.home, list(asked.path)
        if home is None:
            from furnished import furnish  # noqa: PLC0415 - a support module of the tests

            made = furnish(Path(folder))
            # a code is not among them: whoever asks for codes so often is told to wait
            home, paths = made.path, ["/", "/verificar", "/ayuda"]
        with served(home, Path(folder) / "served.log") as address:
            readings = [
                read(address, path, asked.connections, asked.seconds, asked.cookie)
                for path in ["/healthz", *paths]
            ]
    most = readings[0].requests / readings[0].seconds
    print(f"{asked.connections} connections, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'address':44} {'req/s':>7} {'of most':>8} {'p50':>7} {'p95':>7} {'p99':>7} {'errors':>7}")
    for each in readings:
        rate = each.requests / each.seconds
        told = f"{rate:7.0f} {rate / most:8.2f} {each.p50:7.0f} {each.p95:7.0f} {each.p99:7.0f}"
        print(f"{each.path[:44]:44} {told} {each.errors:7}")
    RESULTS.mkdir(exist_ok=True)
    body = {"connections": asked.connections, "readings": [asdict(each) for each in readings]}
    (RESULTS / "readers.json").write_text(json.dumps(body, indent=2) + "\n")
    return 1 if any(each.errors for each in readings) else 0


if __name__ == "__main__":
    sys.exit(main())
