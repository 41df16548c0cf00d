# SPDX-License-Identifier: EUPL-1.2
"""Evidence records (RFC 4998 3 and 4): their bytes taken apart, and put together.

Reading keeps every stored byte, since a later hash may cover it: nothing is ever encoded again. A record
holds a sequence of chains; a chain holds archive time stamps under one digest algorithm; each stamp has a
reduced hash tree and an RFC 3161 token. Nothing is judged here; see `verification`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from preservation import der

RFC_4998: Final = "RFC 4998"
RFC_6283: Final = "RFC 6283"

MAX_RECORD: Final = 64 << 20
MAX_CHAINS: Final = 64
MAX_STAMPS: Final = 1024
"""Of all chains together. A record renewed every year for a century has a hundred."""

ALGORITHM_IDS: Final = {
    "sha1": "1.3.14.3.2.26",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_NAMES: Final = {dotted: name for name, dotted in ALGORITHM_IDS.items()}

_VERSION: Final = der.integer(1)
_DIGEST_ALGORITHM: Final = 0xA0
_ATTRIBUTES: Final = 0xA1
_REDUCED_HASHTREE: Final = 0xA2
_CRYPTO_INFOS: Final = 0xA0
_ENCRYPTION_INFO: Final = 0xA1


class MalformedRecord(ValueError):
    """Not an evidence record of its kind. Stays inside the package: callers turn it into a verdict."""


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

    @property
    def renewable(self) -> bytes:
        """What the next stamp of the chain must cover by its hash."""
        return self.renewed or self.token


@dataclass(frozen=True, slots=True)
class ArchiveTimeStampChain:
    """RFC 4998 5.1: stamps that renew each other under one digest algorithm, oldest first."""

    encoded: bytes
    stamps: tuple[ArchiveTimeStamp, ...]
    history: bytes = b""
    """Octets of all earlier chains, whose hash the first stamp covers together with the documents."""
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


def parse_record(data: bytes) -> EvidenceRecord:
    """Take a DER evidence record apart.

    Raises:
        MalformedDer: It is none, or exceeds the limits.

    Limits:
        `MAX_RECORD` bytes, `MAX_CHAINS` chains, `MAX_STAMPS` stamps in all.
    """
    if len(data) > MAX_RECORD:
        raise der.MalformedDer("an evidence record of more than 64 MiB")
    parts = _parts(der.parse(data), der.SEQUENCE, "an evidence record")
    if len(parts) < 3 or parts[0].tag != der.INTEGER or parts[0].value != b"\x01":
        raise der.MalformedDer("not an evidence record of version 1")
    algorithms = tuple(_algorithm(one) for one in _parts(parts[1], der.SEQUENCE, "digestAlgorithms"))
    between = [part.tag for part in parts[2:-1]]
    if between not in ([], [_CRYPTO_INFOS], [_ENCRYPTION_INFO], [_CRYPTO_INFOS, _ENCRYPTION_INFO]):
        raise der.MalformedDer("unknown fields in the evidence record")
    chains = tuple(_chain(one) for one in _parts(parts[-1], der.SEQUENCE, "archiveTimeStampSequence"))
    if not 1 <= len(chains) <= MAX_CHAINS:
        raise der.MalformedDer(f"{len(chains)} chains")
    if sum(len(chain.stamps) for chain in chains) > MAX_STAMPS:
        raise der.MalformedDer(f"more than {MAX_STAMPS} time stamps")
    after = [
        replace(chain, history=encode_sequence([each.encoded for each in chains[:number]]))
        for number, chain in enumerate(chains[1:], start=1)
    ]
    return EvidenceRecord(data, algorithms, _ENCRYPTION_INFO in between, (chains[0], *after))


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


def _chain(element: der.Element) -> ArchiveTimeStampChain:
    stamps = tuple(_stamp(one) for one in _parts(element, der.SEQUENCE, "a chain"))
    if not 1 <= len(stamps) <= MAX_STAMPS:
        raise der.MalformedDer(f"a chain of {len(stamps)} time stamps")
    return ArchiveTimeStampChain(element.encoded, stamps)


def _stamp(element: der.Element) -> ArchiveTimeStamp:
    parts = _parts(element, der.SEQUENCE, "an archive time stamp")
    if not parts or parts[-1].tag != der.SEQUENCE:
        raise der.MalformedDer("an archive time stamp without token")
    fields = {part.tag: part for part in parts[:-1]}
    if list(fields) != sorted(fields) or len(fields) != len(parts) - 1:
        raise der.MalformedDer("fields out of order in an archive time stamp")
    if set(fields) - {_DIGEST_ALGORITHM, _ATTRIBUTES, _REDUCED_HASHTREE}:
        raise der.MalformedDer("unknown fields in an archive time stamp")
    declared = fields.get(_DIGEST_ALGORITHM)
    tree = fields.get(_REDUCED_HASHTREE)
    return ArchiveTimeStamp(
        element.encoded,
        "" if declared is None else _algorithm(declared),
        () if tree is None else tuple(_list(one) for one in tree.children()),
        parts[-1].encoded,
    )


def _list(element: der.Element) -> tuple[bytes, ...]:
    values = _parts(element, der.SEQUENCE, "a partial hash tree")
    if not values or any(value.tag != der.OCTET_STRING for value in values):
        raise der.MalformedDer("a partial hash tree without hashes")
    return tuple(value.value for value in values)


def _algorithm(element: der.Element) -> str:
    identifier = next(element.children(), None)
    if identifier is None or identifier.tag != der.OBJECT_IDENTIFIER:
        raise der.MalformedDer("not an algorithm identifier")
    dotted = der.oid_text(identifier.value)
    return _NAMES.get(dotted, dotted)


def _parts(element: der.Element, tag: int, what: str) -> list[der.Element]:
    if element.tag != tag:
        raise der.MalformedDer(f"not {what}")
    return list(element.children())
