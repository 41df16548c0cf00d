# SPDX-License-Identifier: EUPL-1.2
"""What does it cost to say what falls due, and what covered what? CPU seconds of this process.

    python -m benchmarks.forecast 1000000 FOLDER

The archive is that of `benchmarks.evidence_archive`: objects of three files, one seal. Asked are the forecast
of the installation, that of a municipality, and the register of a municipality as a page shows it and whole.
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from archive.clock import FixedClock
from archive.home import Home
from benchmarks.evidence_archive import SEALED_AT, fill
from preservation.authority import DevelopmentAuthority
from preservation.coverage.register import CoverageRegister
from preservation.coverage.table import tenant_table
from preservation.renewal.forecast import forecast
from preservation.trust.store import TrustStore


def measure(count: int, folder: Path) -> dict[str, float | int]:
    """Fill an archive and ask."""
    clock = FixedClock(SEALED_AT)
    authority = DevelopmentAuthority.create(folder / "authority", clock)
    trust = TrustStore(authority.anchors())
    with Home.create(folder / "home", clock) as home:
        fill(home, authority, count)
        register = CoverageRegister(home, SEALED_AT)
        questions: dict[str, Callable[[], object]] = {
            "forecast": lambda: forecast(home, SEALED_AT, trust=trust),
            "forecast_of_tenant": lambda: forecast(home, SEALED_AT, trust=trust, tenant_id="villa"),
            "register": lambda: list(register.of_tenant("villa")),
            "table": lambda: sum(map(len, tenant_table(register, "villa"))),
        }
        told: dict[str, float | int] = {"objects": count}
        for name, ask in questions.items():
            start = time.process_time()
            ask()
            told[f"{name}_s"] = round(time.process_time() - start, 2)
        tracemalloc.start()
        for ask in questions.values():
            ask()
        told["peak_bytes"] = tracemalloc.get_traced_memory()[1]
        return told


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), Path(sys.argv[2]))))
