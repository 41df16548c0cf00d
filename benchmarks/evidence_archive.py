# SPDX-License-Identifier: EUPL-1.2
"""Renew the evidence of an archive of any size, both ways, each with one token; CPU seconds of this process.

    python -m benchmarks.evidence_archive 1000000 FOLDER

The archive is written straight into catalogue and store: objects of three files with both digests and
one seal over all. Their documents do not exist, which shows that no renewal reads one. Then some records
are assembled and judged: through seal, time-stamp renewal and hash-tree renewal they must prove their group.

Beside each renewal: hashlib alone over what it must hash at least, in the same run.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive.batches import object_key
from archive.catalog import INSTALLATION, Holding
from archive.catalog.rows import SEAL, BatchRecord, LeafRecord
from archive.clock import FixedClock
from archive.digests import Digests
from archive.home import Home
from archive.model import FileRole, ObjectKind, ObjectRecord, StoredFile
from preservation.authority import DevelopmentAuthority
from preservation.evidence.batch import store_batch
from preservation.evidence.repository import EvidenceRepository
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.merkle import Tree, combine
from preservation.renewal.renew import renew_due
from preservation.trust.store import TrustStore

FILES = 3
PAGE = 2000
SAMPLE = 2000
SEALED_AT = datetime(2026, 3, 1, tzinfo=UTC)


def digests_of(number: int) -> list[Digests]:
    """Return the digests of an object's files."""
    names = [b"%d-%d" % (number, file) for file in range(FILES)]
    return [Digests(hashlib.sha256(each).hexdigest(), hashlib.sha512(each).hexdigest(), 1) for each in names]


def group_of(number: int) -> Callable[[str], list[bytes]]:
    """Return the group of an object, as the archive has it at hand: under SHA-256 and under SHA-512."""
    known = digests_of(number)
    return lambda algorithm: sorted(bytes.fromhex(getattr(each, algorithm)) for each in known)


def holding(number: int) -> Holding:
    """Return what the catalogue keeps of an object."""
    eni_id = f"ES_L01990019_2025_EXP_{number:030d}"
    digests = digests_of(number)
    paths = [("received/expediente.xml", FileRole.INDEX), ("received/a.xml", FileRole.DOCUMENT)]
    paths.append(("metadata/deposit.json", FileRole.RECORD))
    record = ObjectRecord(
        object_name(number),
        "villa",
        ObjectKind.EXPEDIENTE,
        eni_id,
        "Licencia",
        1,
        digests[0].sha256,
        SEALED_AT,
    )
    files = [StoredFile(path, role, each) for (path, role), each in zip(paths, digests, strict=True)]
    return Holding(record, files, [], [])


def object_name(number: int) -> str:
    """Return the id of an object."""
    return f"urn:longeva:villa:ES_L01990019_2025_EXP_{number:030d}:{number:032x}"


def fill(home: Home, authority: DevelopmentAuthority, count: int) -> BatchRecord:
    """Write objects and their seal."""
    home.add_tenant("villa", "Villaejemplo", "L01990019")
    for start in range(0, count, PAGE):
        with home.catalog.transaction(INSTALLATION) as tx:
            tx.add_objects([holding(number) for number in range(start, min(start + PAGE, count))])
    values = b"".join(combine(group_of(number)("sha256"), "sha256") for number in range(count))
    tree = Tree(values, "sha256")
    tsa = authority.timestamp_authority(FixedClock(SEALED_AT))
    token = tsa.stamp(tree.root, "sha256")
    until = datetime(2031, 1, 1, tzinfo=UTC)
    batch = BatchRecord("b", SEAL, "sha256", SEALED_AT, tsa.name, until, token, count, object_key("b"))

    def leaves() -> Iterator[LeafRecord]:
        for number in range(count):
            yield LeafRecord("b", number, tree.leaf(number).hex(), object_name(number), 1, "")

    store_batch(home, batch, leaves())
    with home.catalog.transaction(INSTALLATION) as tx:
        tx.add_batch(batch, leaves())
    return batch


def measure(count: int, folder: Path) -> dict[str, float | int]:
    """Fill an archive and renew it, first its time stamps, then its hash trees."""
    clock = FixedClock(SEALED_AT)
    authority = DevelopmentAuthority.create(folder / "authority", clock)
    trust = TrustStore(authority.anchors())
    with Home.create(folder / "home", clock) as home:
        filling = _cpu(lambda: fill(home, authority, count))
        told: dict[str, float | int] = {"objects": count, "filling_s": round(filling, 1)}
        for name, year, algorithm in (("time_stamps", 2029, ""), ("hash_trees", 2030, "sha512")):
            clock.instant = datetime(year, 6, 1, tzinfo=UTC)
            tsa = authority.timestamp_authority(clock)

            def renew(algorithm: str = algorithm) -> None:
                report = renew_due(home, tsa, clock.now(), trust=trust, force=True, algorithm=algorithm)  # noqa: B023
                if report.findings or len(report.batches) != 1:
                    raise AssertionError(report)

            seconds = _cpu(renew)
            told[f"{name}_s"] = round(seconds, 2)
            told[f"{name}_us"] = round(1e6 * seconds / count, 2)
        return told | _records(home, trust, count)


def _records(home: Home, trust: TrustStore, count: int) -> dict[str, float | int]:
    """Assemble records through all renewals, the way through the catalogue included; judge some."""
    repository = EvidenceRepository(home)
    numbers = [number * count // SAMPLE for number in range(min(SAMPLE, count))]
    _record(home, repository, numbers[0])  # the trees are ready from here on
    made: list[bytes] = []
    seconds = _cpu(lambda: made.extend(_record(home, repository, number) for number in numbers))
    for number, record in list(zip(numbers, made, strict=True))[:: SAMPLE // 20]:
        documents = [_known(each) for each in digests_of(number)]
        at = datetime(2031, 1, 1, tzinfo=UTC)
        verdict = verify_record(record, documents, at=at, trust=trust, group=True)
        if verdict.indication is not Indication.TOTAL_PASSED:
            raise AssertionError(verdict.reasons)
    octets, digest = len(made[0]), hashlib.sha512

    def least() -> None:
        # each record hashed, its group, its leaf, its pair: what no hash-tree renewal can do without
        block = os.urandom(octets)
        for _ in range(count):
            digest(block).digest()
            for _ in range(FILES + 2):
                digest(block[:128]).digest()

    return {
        "renewed_record_us": round(1e6 * seconds / len(numbers), 1),
        "renewed_record_octets": octets,
        "hashlib_s": round(_cpu(least), 2),
    }


def _record(home: Home, repository: EvidenceRepository, number: int) -> bytes:
    with home.catalog.reading(INSTALLATION) as tx:
        links = repository.line(tx, tx.seals_of(object_name(number))[0])
    return repository.assemble(links, group_of(number))


def _known(digests: Digests) -> Callable[[str], bytes]:
    return lambda algorithm: bytes.fromhex(getattr(digests, algorithm))


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), Path(sys.argv[2]))))
