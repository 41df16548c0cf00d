# SPDX-License-Identifier: EUPL-1.2
"""How fast do rows and events become durable? The figures of ADR-0002 and ADR-0004.

    python -m benchmarks.catalogue_rows FOLDER

Expedientes of 13 documents with their files, signatures, deposit and event: in group commits of 100 and one
by one, each followed by the flush of the journal. FOLDER is made and stays.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from archive.catalog import INSTALLATION, Holding
from archive.clock import SystemClock
from archive.digests import digest_bytes
from archive.home import Home
from archive.ledger import EventDraft
from archive.model import (
    DepositRecord,
    DepositState,
    DocumentRecord,
    FileRole,
    ObjectKind,
    ObjectRecord,
    SignatureRecord,
    StoredFile,
)

DOCUMENTS = 13
ROWS = 1 + 1 + (DOCUMENTS + 2) + DOCUMENTS + DOCUMENTS + 1 + 1 + 1
"""Deposit, object, files, documents, signatures, a CSV, due, event."""
CLOCK = SystemClock()


def expediente(number: int) -> tuple[DepositRecord, Holding]:
    """Make an expediente with everything that the catalogue keeps of it."""
    digests, now = digest_bytes(str(number).encode()), CLOCK.now()
    eni_id = f"ES_L01990019_2025_EXP_{number:030d}"
    object_id = f"urn:longeva:villa:{eni_id}:{digests.sha256[:32]}"
    record = ObjectRecord(
        object_id, "villa", ObjectKind.EXPEDIENTE, eni_id, "Licencia de obra", 1, digests.sha256, now
    )
    files = [
        StoredFile("received/expediente.xml", FileRole.INDEX, digests, eni_id, "application/xml"),
        StoredFile("metadata/deposit.json", FileRole.RECORD, digests, media_type="application/json"),
    ]
    documents, signatures = [], []
    for order in range(DOCUMENTS):
        document = f"ES_L01990019_2025_{number:024d}_{order:03d}"
        path, own = f"received/{document}.xml", digest_bytes(document.encode())
        files.append(StoredFile(path, FileRole.DOCUMENT, own, document, "application/xml"))
        documents.append(
            DocumentRecord(
                document, path, "Solicitud", "TD14", "EE01", ("L01990019",), "2025-01-01T00:00:00", True,
                "PDF", "application/pdf", own, order=str(order), csv=(f"CSV{number}",) if order == 0 else (),
            )
        )  # fmt: skip
        report = {"reasons": ["no path to an anchor"] * 5}
        signatures.append(
            SignatureRecord(
                path, "firmas/firma[1]", "TF06", "PAdES", "B", "INDETERMINATE", "NO_POE", "", "", report
            )
        )
    deposit = DepositRecord(
        f"{number:08x}-0000-7000-8000-000000000000", "villa", DepositState.ACCEPTED, now, "p.zip",
        digests.sha256, object_id, (),
    )  # fmt: skip
    return deposit, Holding(record, files, documents, signatures)


def keep(home: Home, first: int, count: int) -> tuple[float, float]:
    """Write `count` expedientes in one transaction; return its seconds and those of the flush."""
    made = [expediente(number) for number in range(first, first + count)]
    start = perf_counter()
    with home.catalog.transaction(INSTALLATION) as tx:
        tx.add_objects([holding for _, holding in made])
        for deposit, _ in made:
            tx.record_deposit(deposit)
        drafts = [EventDraft("object.stored", deposit.object_id, "cli") for deposit, _ in made]
        home.ledger.append_all(tx, "villa", drafts)
    committed = perf_counter()
    home.ledger.flush("villa")
    return committed - start, perf_counter() - committed


def measure(name: str, group: int, times: int, keep_next: Callable[[int], tuple[float, float]]) -> None:
    """Print the rate of `times` groups, and the medians of transaction and flush."""
    seconds = [keep_next(group) for _ in range(times)]
    rate = group * times / sum(map(sum, seconds))
    transaction, flush = (1000 * statistics.median(part) for part in zip(*seconds, strict=True))
    print(
        f"{name}: {rate:.0f} objects/s, {rate * ROWS:.0f} rows/s; "
        f"p50 transaction {transaction:.2f} ms, flush {flush:.2f} ms"
    )


def main(folder: Path) -> None:
    """Run."""
    with Home.create(folder, CLOCK) as home:
        home.add_tenant("villa", "Villaejemplo", "L01990019")
        count = 0

        def keep_next(group: int) -> tuple[float, float]:
            nonlocal count
            count += group
            return keep(home, count - group, group)

        measure("groups of 100", 100, 30, keep_next)
        measure("one by one", 1, 300, keep_next)
        measure("groups of 100 again", 100, 30, keep_next)
        start = perf_counter()
        problems = home.ledger.verify("villa")
        print(
            f"ledger of {count + 1} events verified in {perf_counter() - start:.2f} s: {problems or 'whole'}"
        )
    start = perf_counter()
    Home.open(folder, CLOCK).close()
    print(f"home opened in {1000 * (perf_counter() - start):.1f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
