# SPDX-License-Identifier: EUPL-1.2
"""Evidence records out of a tree of any size: written by us and by a general library, and judged.

    python -m benchmarks.evidence_records 1000000

The batch has so many leaves, one token and a sample of objects of 14 files whose digests are at hand, as an
export or a renewal has them. Assembling includes proving the group against its leaf. The peer is asn1crypto
with the modules of RFC 4998, appendix A: it gets the same hashes and must give the same octets.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto.cms import ContentInfo
from asn1crypto.core import Integer, ObjectIdentifier, OctetString, SequenceOf
from asn1crypto.core import Sequence as Record

from archive.batches import object_key
from archive.catalog.rows import SEAL, BatchRecord, LeafRecord, Link
from archive.clock import FixedClock
from archive.home import Home
from preservation.authority import DevelopmentAuthority
from preservation.evidence.repository import EvidenceRepository
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.merkle import Tree, combine
from preservation.trust.store import TrustStore

AT = datetime(2026, 3, 1, tzinfo=UTC)
FILES = 14
SAMPLE = 1000
PAGE = 1 << 14
ROUNDS = 3


class Digest(Record):
    """AlgorithmIdentifier without parameters (RFC 5754 2)."""

    _fields = [("algorithm", ObjectIdentifier)]  # noqa: RUF012 - as asn1crypto wants them


class PartialHashtree(SequenceOf):
    """RFC 4998 4.1."""

    _child_spec = OctetString


class ReducedHashtree(SequenceOf):
    """RFC 4998 4.1: `SEQUENCE OF PartialHashtree`."""

    _child_spec = PartialHashtree


class ArchiveTimeStamp(Record):
    """RFC 4998 4.1, its attributes left out."""

    _fields = [  # noqa: RUF012 - as asn1crypto wants them
        ("digest_algorithm", Digest, {"implicit": 0, "optional": True}),
        ("reduced_hashtree", ReducedHashtree, {"implicit": 2, "optional": True}),
        ("time_stamp", ContentInfo),
    ]


class Chain(SequenceOf):
    """ArchiveTimeStampChain."""

    _child_spec = ArchiveTimeStamp


class Chains(SequenceOf):
    """ArchiveTimeStampSequence."""

    _child_spec = Chain


class Algorithms(SequenceOf):
    """Of digestAlgorithms."""

    _child_spec = Digest


class PeerRecord(Record):
    """EvidenceRecord, what is optional left out."""

    _fields = [  # noqa: RUF012 - as asn1crypto wants them
        ("version", Integer),
        ("digest_algorithms", Algorithms),
        ("archive_time_stamp_sequence", Chains),
    ]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A batch with a sample of the objects behind it."""

    batch: BatchRecord
    tree: Tree
    groups: Sequence[Sequence[bytes]]
    places: Sequence[int]

    def links(self) -> Iterator[tuple[list[Link], Callable[[str], Sequence[bytes]]]]:
        """Yield what a record of each object of the sample is assembled from."""
        for place, group in zip(self.places, self.groups, strict=True):
            digest = combine(group, "sha256").hex()
            leaf = LeafRecord(self.batch.batch_id, place, digest, f"object {place}", 1, "")
            yield [Link(self.batch, leaf)], lambda _algorithm, group=group: group


def sealed(authority: DevelopmentAuthority, count: int) -> Sealed:
    """Seal made-up digests."""
    tsa = authority.timestamp_authority(FixedClock(AT))
    groups = [sorted(os.urandom(32) for _ in range(FILES)) for _ in range(min(SAMPLE, count))]
    places = [number * count // len(groups) for number in range(len(groups))]
    tree = Tree.grown(_leaves(count, dict(zip(places, groups, strict=True))), "sha256")
    token = tsa.stamp(tree.root, "sha256")
    until = datetime(2030, 1, 1, tzinfo=UTC)
    batch = BatchRecord(
        f"b{count}", SEAL, "sha256", AT, tsa.name, until, token, count, object_key(f"b{count}")
    )
    return Sealed(batch, tree, groups, places)


def _leaves(count: int, groups: dict[int, list[bytes]]) -> Iterator[bytes]:
    values = {place: combine(group, "sha256") for place, group in groups.items()}
    places = iter(sorted(values))
    place = next(places, count)
    for start in range(0, count, PAGE):
        page = bytearray(os.urandom(32 * min(PAGE, count - start)))
        while place < start + PAGE and place < count:
            at = 32 * (place - start)
            page[at : at + 32] = values[place]
            place = next(places, count)
        yield bytes(page)


def measure(count: int) -> dict[str, float | int]:
    """Extract and judge records of one batch; CPU time of this process."""
    with tempfile.TemporaryDirectory() as folder:
        authority = DevelopmentAuthority.create(Path(folder) / "authority", FixedClock(AT))
        with Home.create(Path(folder) / "home", FixedClock(AT)) as home:
            made = sealed(authority, count)
            return {"leaves": count} | _extract(home, made) | _judge(home, made, authority)


def _extract(home: Home, made: Sealed) -> dict[str, float | int]:
    repository = EvidenceRepository(home)
    repository.hold(made.batch, made.tree)
    lines = list(made.links())
    ours = _quickest(lambda: [repository.assemble(links, group) for links, group in lines * 10]) / 10
    some = lines[:100]
    peer = _quickest(lambda: [_peer(made, links[0].leaf.index, group("")) for links, group in some])
    for links, group in some:
        if repository.assemble(links, group) != _peer(made, links[0].leaf.index, group("")):
            raise AssertionError("asn1crypto writes another record")
    return {
        "records_a_second": round(len(lines) / ours),
        "us_a_record": round(1e6 * ours / len(lines), 2),
        "asn1crypto_us": round(1e6 * peer / len(some), 1),
        "octets": len(repository.assemble(*lines[0])),
    }


def _peer(made: Sealed, place: int, group: Sequence[bytes]) -> bytes:
    if combine(group, "sha256") != made.tree.leaf(place):
        raise AssertionError("not what was sealed")
    stamp = {
        "digest_algorithm": {"algorithm": "2.16.840.1.101.3.4.2.1"},
        "reduced_hashtree": [sorted(group), *([one] for one in made.tree.siblings(place))],
        "time_stamp": ContentInfo.load(made.batch.token),
    }
    record = {
        "version": 1,
        "digest_algorithms": [{"algorithm": "2.16.840.1.101.3.4.2.1"}],
        "archive_time_stamp_sequence": [[stamp]],
    }
    data: bytes = PeerRecord(record).dump()
    return data


def _judge(home: Home, made: Sealed, authority: DevelopmentAuthority) -> dict[str, float]:
    repository = EvidenceRepository(home)
    repository.hold(made.batch, made.tree)
    trust, at = TrustStore(authority.anchors()), datetime(2027, 1, 1, tzinfo=UTC)
    some = [(repository.assemble(links, group), group("")) for links, group in made.links()][:300]
    documents = [[lambda _algorithm, one=one: one for one in group] for _, group in some]

    def judge() -> None:
        for (record, _), each in zip(some, documents, strict=True):
            verdict = verify_record(record, each, at=at, trust=trust, group=True)
            if verdict.indication is not Indication.TOTAL_PASSED:
                raise AssertionError(verdict.reasons)

    return {"us_a_verification": round(1e6 * _quickest(judge) / len(some), 1)}


def _quickest(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
