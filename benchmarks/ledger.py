# SPDX-License-Identifier: EUPL-1.2
"""What the tree costs whoever appends, and what a proof costs in a ledger of a million events.

python -m benchmarks.ledger [--events 1000000]

The cost of appending is measured in the same run with and without the tree, one event a transaction (as when
somebody reads) and a hundred (as a group of deposits); the hash of the tree beside hashlib's own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from archive.catalog import INSTALLATION, Catalog
from archive.clock import SystemClock
from archive.ledger import EventDraft, Ledger
from archive.ledger_growth import Tree, catch_up
from archive.ledger_tree import consistent, included, leaf_hash, root_of
from archive.model import LedgerEvent
from archive.store.memory import MemoryStore

RESULTS = Path(__file__).resolve().parent / "results"
APPENDS = 2_000
GROUP = 100
PAGE = 10_000
PROOFS = 200


def main() -> int:
    """Measure, print and keep the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="longeva-bench-") as folder:
        result = {**appends(Path(folder)), **proofs(Path(folder), options.events)}
    text = json.dumps(result, indent=2)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "ledger.json").write_text(text + "\n")
    print(text)
    return 0


def appends(folder: Path) -> dict[str, float]:
    """Return CPU microseconds an event, with the tree and without."""
    found: dict[str, float] = {}
    for count in (1, GROUP):
        for name in ("with", "without", "with", "without"):
            catalog = Catalog.open(folder / f"{name}-{count}-{time.monotonic_ns()}.sqlite3")
            ledger = Ledger(catalog, MemoryStore(), SystemClock())
            if name == "with":
                spent = _append(ledger, catalog, count)
            else:
                with patch("archive.ledger.grow", lambda _tx, _tenant, _at, digests: [None] * len(digests)):
                    spent = _append(ledger, catalog, count)
            key = f"append_{count}_{name}_tree_us"
            found[key] = round(min(spent, found.get(key, spent)), 1)
            catalog.close()
    return found


def _append(ledger: Ledger, catalog: Catalog, count: int) -> float:
    drafts = [EventDraft("object.read", "urn:x", "cli", {"n": 1})] * count
    begun = time.process_time()
    for _ in range(APPENDS // count):
        with catalog.transaction("villa") as tx:
            ledger.append_all(tx, "villa", drafts)
    return (time.process_time() - begun) / APPENDS * 1e6


def proofs(folder: Path, size: int) -> dict[str, float]:
    """Return seconds of bringing a tree up, and milliseconds of each proof in it."""
    catalog, now = Catalog.open(folder / "million.sqlite3"), SystemClock().now()
    digests = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(size)]
    for first in range(0, size, PAGE):
        with catalog.transaction(INSTALLATION) as tx:
            tx.append_events([
                LedgerEvent(0, "villa", at + 1, now, "object.read", "s", "cli", {}, "00" * 32, digests[at])
                for at in range(first, min(first + PAGE, size))
            ])  # fmt: skip
    begun = time.process_time()
    with catalog.transaction(INSTALLATION) as tx:
        catch_up(tx, "villa")
    brought_up = time.process_time() - begun
    begun = time.process_time()
    root = root_of(leaf_hash(bytes.fromhex(digest)) for digest in digests)
    hashed = time.process_time() - begun
    begun = time.process_time()
    for number in range(PROOFS):
        sequence = 1 + number * (size // PROOFS)
        with catalog.reading("villa") as tx:
            tree = Tree(tx, "villa")
            place, path = tree.place(sequence, size), tree.consistency(sequence, size)
            old = tree.head(sequence)
        leaf = leaf_hash(bytes.fromhex(digests[sequence - 1]))
        assert place.head.root == root
        assert included(leaf, sequence - 1, size, place.proof, root)
        assert consistent(sequence, old.root, size, root, path)
    proven = (time.process_time() - begun) / PROOFS
    catalog.close()
    return {
        "events": size,
        "bring_up_seconds": round(brought_up, 2),
        "hash_the_same_in_memory_seconds": round(hashed, 2),
        "inclusion_and_consistency_proof_ms": round(proven * 1000, 2),
    }


if __name__ == "__main__":
    raise SystemExit(main())
