# SPDX-License-Identifier: EUPL-1.2
"""Evidence records (RFC 4998 3 and 4): what they are made of, and their bytes put together.

A record holds a sequence of chains; a chain holds archive time stamps under one digest algorithm; each stamp
has a reduced hash tree and an RFC 3161 token. Records in DER are taken apart by `reading`, those in XML by
`xmlers`, and judged by `verification`; nothing that was stored is ever encoded again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from archive.findings import finding
from preservation import der
from preservation.algorithms import DIGEST_NAMES, DIGESTS

RFC_4998: Final = "RFC 4998"
RFC_6283: Final = "RFC 6283"

MAX_RECORD: Final = 64 << 20
MAX_CHAINS: Final = 64
MAX_STAMPS: Final = 1024
"""Of all chains together. A record renewed every year for a century has a hundred."""

MAX_HASHES: Final = 250_000
"""Of all reduced hash trees together: a group of twenty thousand documents under as many chains as a century
brings, and their ways to the roots."""

ALGORITHM_IDS: Final = {name: dotted for dotted, name in DIGEST_NAMES.items() if name in DIGESTS}

_VERSION: Final = der.integer(1)
_DIGEST_ALGORITHM: Final = 0xA0
_REDUCED_HASHTREE: Final = 0xA2


class MalformedRecord(ValueError):
    """Not an evidence record of its kind. Stays inside the package: callers turn it into a verdict."""

    def __init__(self, detail: str, code: str = "EVIDENCE-RECORD-FORMAT", detail_es: str = "") -> None:
        """Say what is wrong in English, as the `detail` of a finding; `detail_es` may say it in Spanish."""
        super().__init__(detail)
        spanish = {"detail_es": detail_es} if detail_es else {}
        self.problem = finding(code, "", detail=detail, **spanish)


def beyond(what: str, spanish: str, most: int) -> MalformedRecord:
    """Return the refusal of a record with more than it may have of something."""
    return MalformedRecord(
        f"more than {most} {what}", "EVIDENCE-RECORD-LIMIT", detail_es=f"más de {most} {spanish}"
    )


@dataclass(frozen=True, slots=True)
class ArchiveTimeStamp:
    """RFC 4998 4.1, RFC 6283 3.1: a reduced hash tree and the token over its root."""

    encoded: bytes
    declared: str
    """Digest algorithm of its tree where it names one; otherwise that of the token's imprint counts."""
    lists: tuple[tuple[bytes, ...], ...]
    """The reduced hash tree; empty where the token covers the one hash itself."""
    token: bytes
    """The timeStamp field: the whole ContentInfo, as stored."""
    renewed: bytes = b""
    """Octets whose hash the next stamp of the chain covers, where they are not the token itself: RFC 6283
    renews the canonical TimeStamp element."""
    attributes: tuple[str, ...] = ()
    """Types of the attributes that document its making (4.1), dotted; told, and believed of nobody."""

    @property
    def renewable(self) -> bytes:
        """What the next stamp of the chain must cover by its hash."""
        return self.renewed or self.token


@dataclass(frozen=True, slots=True)
class History:
    """The chains before a hash-tree renewal, where they stand: a record of many is not copied for each."""

    source: bytes
    start: int
    end: int
    head: bytes = b""
    """What stands before them in what is hashed: tag and length of the sequence as it was then."""

    def digest(self, algorithm: str) -> bytes:
        """Return H(atsc) (RFC 4998 5.2)."""
        hasher = hashlib.new(algorithm, self.head)
        hasher.update(memoryview(self.source)[self.start : self.end])
        return hasher.digest()


@dataclass(frozen=True, slots=True)
class ArchiveTimeStampChain:
    """RFC 4998 5.1: stamps that renew each other under one digest algorithm, oldest first."""

    encoded: bytes
    stamps: tuple[ArchiveTimeStamp, ...]
    history: History | None = None
    """All earlier chains, whose hash the first stamp covers together with the documents; None for the first
    chain."""
    canonical: str = ""
    """RFC 6283: URI of the canonicalisation that documents in XML went through; empty for RFC 4998."""


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """RFC 4998 3.1 or RFC 6283 2.1."""

    encoded: bytes
    algorithms: tuple[str, ...]
    """digestAlgorithms: names, or dotted where unknown."""
    encrypted: bool
    """It covers an encrypted form of the data (RFC 4998 6)."""
    chains: tuple[ArchiveTimeStampChain, ...]
    norm: str = RFC_4998
    crypto_infos: tuple[str, ...] = ()
    """Types of what it brings along for its verification (3.1), dotted, or names of elements (RFC 6283 2.1).
    No time stamp protects it: it is told, and believed of nobody."""


def encode_stamp(
    algorithm: str, lists: Iterable[Iterable[bytes]], token: bytes, siblings: Sequence[bytes] = ()
) -> bytes:
    """Return a DER ArchiveTimeStamp.

    Args:
        algorithm: Of the hash tree; always written, so that no reader need guess.
        lists: Reduced hash tree, each list sorted by us; empty where the token covers the hash itself.
        token: DER ContentInfo, taken as it is.
        siblings: More of the tree: hashes of the algorithm, each a list of its own after the others.
    """
    tree = b"".join(map(_encode_list, lists)) + _encode_alone(siblings)
    return der.sequence(_declared(algorithm), der.tagged(_REDUCED_HASHTREE, tree) if tree else b"", token)


def encode_chain(stamps: Sequence[bytes]) -> bytes:
    """Return a DER ArchiveTimeStampChain of stamps, oldest first."""
    return der.sequence(*stamps)


def encode_sequence(chains: Sequence[bytes]) -> bytes:
    """Return a DER ArchiveTimeStampSequence: what a hash-tree renewal hashes (RFC 4998 5.2, atsc)."""
    return der.sequence(*chains)


def encode_record(algorithms: Sequence[str], chains: Sequence[bytes]) -> bytes:
    """Return a DER EvidenceRecord of chains that are encoded already."""
    return der.sequence(_VERSION, _named(tuple(algorithms)), encode_sequence(chains))


def _encode_list(hashes: Iterable[bytes]) -> bytes:
    values = sorted(hashes)
    if len(set(map(len, values))) != 1:
        return der.sequence(*map(der.octets, values))
    before = _before_hash(len(values[0]))
    return der.sequence(before + before.join(values))


def _encode_alone(hashes: Sequence[bytes]) -> bytes:
    """Encode hashes of one length, each as a list of its own."""
    if not hashes:
        return b""
    before = _before_list(len(hashes[0]))
    return before + before.join(hashes)


# A million records are mostly hashes, and the octets before each are the same (X.690 8.1).


@cache
def _before_hash(size: int) -> bytes:
    return bytes((der.OCTET_STRING,)) + der.length(size)


@cache
def _before_list(size: int) -> bytes:
    before = _before_hash(size)
    return bytes((der.SEQUENCE,)) + der.length(len(before) + size) + before


@cache
def _declared(algorithm: str) -> bytes:
    return der.tagged(_DIGEST_ALGORITHM, der.oid(ALGORITHM_IDS[algorithm]))


@cache
def _named(algorithms: tuple[str, ...]) -> bytes:
    return der.sequence(*(der.sequence(der.oid(ALGORITHM_IDS[name])) for name in algorithms))
