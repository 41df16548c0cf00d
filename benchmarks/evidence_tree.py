# SPDX-License-Identifier: EUPL-1.2
"""One hash tree in a process of its own, so that the memory measured is the tree's; prints JSON.

    python -m benchmarks.evidence_tree 1000000 memory [sha256]

The tree grows from 64-byte values: each is hashed to a leaf, then every pair. What it is held against is
the same hashing and nothing else, in the same process: the values once in the tightest loop that Python has,
times two, for leaves and pairs. `file` grows it on a file in the folder that TMPDIR names.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from preservation.merkle import Tree

VALUE = struct.Struct("64s")
PAGE = 1 << 14
PATHS = 20_000


def pages(count: int) -> Iterator[bytes]:
    """Yield 64-byte values, no two pages alike, at next to no cost."""
    page = bytearray(os.urandom(VALUE.size * PAGE))
    for start in range(0, count, PAGE):
        page[:8] = start.to_bytes(8, "big")
        yield page[: VALUE.size * min(PAGE, count - start)]


def hashed(count: int, algorithm: str) -> Iterator[bytes]:
    """Yield the digests of the values, page by page."""
    digest = getattr(hashlib, algorithm)
    for page in pages(count):
        yield b"".join([digest(value).digest() for (value,) in VALUE.iter_unpack(page)])


def hashing(count: int, algorithm: str) -> float:
    """Return the CPU seconds of hashing the values, keeping nothing."""
    digest = getattr(hashlib, algorithm)
    start = time.process_time()
    for page in pages(count):
        for (value,) in VALUE.iter_unpack(page):
            digest(value).digest()
    return time.process_time() - start


def memory(field: str) -> int:
    """Return bytes of this process's memory: `VmRSS` now, `VmHWM` at most since `forget`."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


def measure(count: int, where: str, algorithm: str) -> dict[str, float | int | str]:
    """Grow one tree and read paths from it."""
    before = hashing(count, algorithm)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    held = memory("VmRSS")
    folder = Path(tempfile.gettempdir()) if where == "file" else None
    start = time.process_time()
    tree = Tree.grown(hashed(count, algorithm), algorithm, folder)
    seconds = time.process_time() - start
    peak = memory("VmHWM")
    once = (before + hashing(count, algorithm)) / 2
    places = [place * 7919 % count for place in range(PATHS)]
    start = time.process_time()
    for place in places:
        tree.siblings(place)
    path = (time.process_time() - start) / PATHS
    return {
        "leaves": count,
        "where": where,
        "algorithm": algorithm,
        "hashing_s": round(2 * once, 3),
        "tree_s": round(seconds, 3),
        "ratio": round(seconds / (2 * once), 3),
        "us_a_leaf": round(1e6 * seconds / count, 3),
        "bytes_a_leaf": round((peak - held) / count, 1),
        "us_a_path": round(1e6 * path, 2),
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), sys.argv[2], (sys.argv[3:] or ["sha256"])[0])))
