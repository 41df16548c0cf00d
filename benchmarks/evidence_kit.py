# SPDX-License-Identifier: EUPL-1.2
"""How long a stranger waits for `verify.py` over the kit of an expediente of one document; prints JSON.

    python -m benchmarks.evidence_kit FOLDER

What counts is the time after Python has started: the whole command less a Python that does nothing, in turn,
the quickest of each. `openssl`, which the verifier calls, is inside.
"""

from __future__ import annotations

import json
import resource
import ssl
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

from archive.clock import SystemClock
from archive.home import Home
from demo.loads import plain_package
from demo.town import DIR3
from ingest.deposit import deposit
from preservation.evidence.sealing import seal_due
from preservation.installation import archive_seal, development_authority, time_stamping, trust_store
from search.kit.kit import export_kit

ROUNDS = 9


def measure(folder: Path) -> dict[str, float | int]:
    """Make a kit and verify it."""
    clock = SystemClock()
    with Home.create(folder / "home", clock) as home:
        home.add_tenant("villa", "Ayuntamiento de Villaejemplo", DIR3)
        anchors = folder / "anchors.pem"
        anchors.write_text("".join(map(ssl.DER_cert_to_PEM_cert, development_authority(home).anchors())))
        package = plain_package(folder / "package", 1, 20_000, seed=1).folder
        done = deposit(home, "villa", [package], seal=archive_seal(home))[0]
        seal_due(home, time_stamping(home))
        object_id = str(done.receipt["object"])
        out = export_kit(home, object_id, folder / "kit.zip", trust=trust_store(home, clock.now()))
    with zipfile.ZipFile(out) as kit:
        kit.extractall(folder / "kit")
        octets = sum(each.file_size for each in kit.infolist())
    script = [str(folder / "kit" / "verify.py"), "--anchors", str(anchors), "--json"]
    bare, verified = [], []
    for _ in range(ROUNDS):
        bare.append(_seconds([sys.executable, "-I", "-c", "pass"]))
        verified.append(_seconds([sys.executable, "-I", *script]))
    waited, worked = (min(each) for each in zip(*verified, strict=True))
    waited_bare, worked_bare = (min(each) for each in zip(*bare, strict=True))
    return {
        "octets": octets,
        "waited_s": round(waited - waited_bare, 4),
        "cpu_s": round(worked - worked_bare, 4),
        "start_s": round(waited_bare, 4),
    }


def _seconds(command: Sequence[str]) -> tuple[float, float]:
    """Return the seconds that one waits and those that processors work."""
    start, worked = time.perf_counter(), _worked()
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if ran.returncode:
        raise AssertionError(ran.stdout + ran.stderr)
    return seconds, _worked() - worked


def _worked() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
