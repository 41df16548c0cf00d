# SPDX-License-Identifier: EUPL-1.2
"""Evidence records in DER (RFC 4998 3 and 4) taken apart, within bounds; nothing is judged here.

Every stored byte is kept, since a later hash may cover it. What a record may carry and nothing protects, or
what only documents its making, is named and believed of nobody: cryptoInfos (3.1), attributes (4.1). Bounds
are looked at before what they bound is read: a hostile record costs little more than its bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

from preservation import der
from preservation.evidence.record import (
    ALGORITHM_IDS,
    MAX_CHAINS,
    MAX_HASHES,
    MAX_RECORD,
    MAX_STAMPS,
    ArchiveTimeStamp,
    ArchiveTimeStampChain,
    EvidenceRecord,
    History,
    MalformedRecord,
    beyond,
)

_NAMES: Final = {dotted: name for name, dotted in ALGORITHM_IDS.items()}
_DIGEST_ALGORITHM: Final = 0xA0
_ATTRIBUTES: Final = 0xA1
_REDUCED_HASHTREE: Final = 0xA2
_CRYPTO_INFOS: Final = 0xA0
_ENCRYPTION_INFO: Final = 0xA1
_NULL: Final = 0x05
_ALONE: Final = {size + 2: bytes((der.SEQUENCE, size + 2, der.OCTET_STRING, size)) for size in range(1, 126)}
"""What stands before a hash that is alone in its list, by the octets of the list."""
_MAX_TOLD: Final = 64
"""Attributes that are named; more are more than anybody reads."""


def parse_record(data: bytes) -> EvidenceRecord:
    """Take a DER evidence record apart.

    Raises:
        MalformedRecord: It is none, is of another version, or exceeds the limits.

    Limits:
        `MAX_RECORD` bytes, `MAX_CHAINS` chains, `MAX_STAMPS` stamps and `MAX_HASHES` hashes in all.

    Source:
        RFC 4998 3.1 (EvidenceRecord), 4.1 (ArchiveTimeStamp), 5.1 (chains), appendix B (implicit tags).
    """
    if len(data) > MAX_RECORD:
        raise beyond("bytes", "octetos", MAX_RECORD)
    try:
        return _Reader().record(data)
    except der.MalformedDer as cause:
        raise MalformedRecord(str(cause)) from cause


class _Reader:
    """Reads one record and counts what it meets."""

    def __init__(self) -> None:
        self._stamps = 0
        self._hashes = 0

    def record(self, data: bytes) -> EvidenceRecord:
        # EvidenceRecord ::= SEQUENCE { version, digestAlgorithms, cryptoInfos [0] OPTIONAL,
        #     encryptionInfo [1] OPTIONAL, archiveTimeStampSequence }
        parts = list(islice(_inside(der.parse(data), der.SEQUENCE, "an evidence record"), 6))
        if not parts or parts[0].tag != der.INTEGER:
            raise MalformedRecord("not an evidence record")
        if parts[0].value != b"\x01":
            version = int.from_bytes(parts[0].value[:8], "big", signed=True)
            raise MalformedRecord(f"version {version}", "EVIDENCE-RECORD-VERSION")
        if not 3 <= len(parts) <= 5:
            raise MalformedRecord("not an evidence record")
        algorithms = [
            _algorithm(one, der.SEQUENCE) for one in _up_to(_MAX_TOLD, parts[1], "digestAlgorithms")
        ]
        between = {part.tag: part for part in parts[2:-1]}
        if [part.tag for part in parts[2:-1]] not in (
            [],
            [_CRYPTO_INFOS],
            [_ENCRYPTION_INFO],
            [_CRYPTO_INFOS, _ENCRYPTION_INFO],
        ):
            raise MalformedRecord("unknown fields in the evidence record")
        infos = _types(between[_CRYPTO_INFOS]) if _CRYPTO_INFOS in between else ()
        encryption = between.get(_ENCRYPTION_INFO)
        chains = self._chains(parts[-1])
        return EvidenceRecord(
            data, tuple(algorithms), encryption is not None, tuple(chains), crypto_infos=infos
        )

    def _chains(self, element: der.Element) -> Iterator[ArchiveTimeStampChain]:
        sequence = list(islice(_inside(element, der.SEQUENCE, "archiveTimeStampSequence"), MAX_CHAINS + 1))
        if not sequence:
            raise MalformedRecord("a record without chains")
        if len(sequence) > MAX_CHAINS:
            raise beyond("chains", "cadenas", MAX_CHAINS)
        for number, chain in enumerate(sequence):
            # 5.2: what a hash-tree renewal hashes is the sequence as it stood before
            head = bytes((der.SEQUENCE,)) + der.length(chain.start - element.body)
            history = History(element.source, element.body, chain.start, head) if number else None
            yield ArchiveTimeStampChain(chain.encoded, self._stamps_of(chain), history)

    def _stamps_of(self, chain: der.Element) -> tuple[ArchiveTimeStamp, ...]:
        stamps = tuple(map(self._stamp, _inside(chain, der.SEQUENCE, "a chain")))
        if not stamps:
            raise MalformedRecord("a chain without time stamps")
        return stamps

    def _stamp(self, element: der.Element) -> ArchiveTimeStamp:
        # ArchiveTimeStamp ::= SEQUENCE { digestAlgorithm [0] OPTIONAL, attributes [1] OPTIONAL,
        #     reducedHashtree [2] OPTIONAL, timeStamp ContentInfo }
        self._stamps += 1
        if self._stamps > MAX_STAMPS:
            raise beyond("time stamps", "sellos de tiempo", MAX_STAMPS)
        parts = list(islice(_inside(element, der.SEQUENCE, "an archive time stamp"), 5))
        if not parts or parts[-1].tag != der.SEQUENCE:
            raise MalformedRecord("an archive time stamp without token")
        fields = {part.tag: part for part in parts[:-1]}
        if list(fields) != sorted(fields) or len(fields) != len(parts) - 1:
            raise MalformedRecord("fields out of order in an archive time stamp")
        if not fields.keys() <= {_DIGEST_ALGORITHM, _ATTRIBUTES, _REDUCED_HASHTREE}:
            raise MalformedRecord("unknown fields in an archive time stamp")
        declared, attributes = fields.get(_DIGEST_ALGORITHM), fields.get(_ATTRIBUTES)
        tree = fields.get(_REDUCED_HASHTREE)
        return ArchiveTimeStamp(
            element.encoded,
            "" if declared is None else _algorithm(declared, _DIGEST_ALGORITHM),
            () if tree is None else self._tree(tree),
            parts[-1].encoded,
            attributes=() if attributes is None else _types(attributes),
        )

    def _tree(self, element: der.Element) -> tuple[tuple[bytes, ...], ...]:
        data, at, end = element.source, element.body, element.end
        lists: list[tuple[bytes, ...]] = []
        while at < end:
            size = data[at + 1] if at + 4 <= end else 0
            if data[at : at + 4] == _ALONE.get(size) and at + 2 + size <= end:
                # most of any tree: one hash alone in its list, told by the four octets before it
                self._count()
                lists.append((data[at + 4 : at + 2 + size],))
                at += 2 + size
            else:
                one = der.element_at(data, at, end)
                lists.append(self._list(one))
                at = one.end
        if not lists:
            raise MalformedRecord("an empty hash tree")
        return tuple(lists)

    def _list(self, element: der.Element) -> tuple[bytes, ...]:
        values = tuple(map(self._hash, _inside(element, der.SEQUENCE, "a partial hash tree")))
        if not values:
            raise MalformedRecord("a partial hash tree without hashes")
        return values

    def _count(self) -> None:
        self._hashes += 1
        if self._hashes > MAX_HASHES:
            raise beyond("hashes", "resúmenes", MAX_HASHES)

    def _hash(self, element: der.Element) -> bytes:
        self._count()
        if element.tag != der.OCTET_STRING:
            raise MalformedRecord("a partial hash tree with something else than hashes")
        return element.value


def _types(element: der.Element) -> tuple[str, ...]:
    """Return the types of a list of attributes (RFC 5652 5.3), dotted; their values are not looked into."""
    found = []
    for attribute in _up_to(_MAX_TOLD, element, "attributes", element.tag):
        parts = list(islice(_inside(attribute, der.SEQUENCE, "an attribute"), 3))
        if [part.tag for part in parts] != [der.OBJECT_IDENTIFIER, der.SET]:
            raise MalformedRecord("an attribute that is none")
        found.append(der.oid_text(parts[0].value))
    if not found:
        raise MalformedRecord("an empty list of attributes")
    return tuple(found)


def _algorithm(element: der.Element, tag: int) -> str:
    if element.tag != tag:
        raise MalformedRecord("not an algorithm identifier")
    return _named(element.value)


@lru_cache(maxsize=64)
def _named(identifier: bytes) -> str:
    """Return the name of an algorithm, or its number; parameters other than NULL make it another one."""
    parts = list(islice(der.parse(der.tagged(der.SEQUENCE, identifier)).children(), 3))
    if not parts or parts[0].tag != der.OBJECT_IDENTIFIER:
        raise MalformedRecord("not an algorithm identifier")
    dotted = der.oid_text(parts[0].value)
    if len(parts) > 2:
        raise MalformedRecord("an algorithm identifier with more than parameters")
    if len(parts) == 2 and (parts[1].tag, parts[1].value) != (_NULL, b""):
        return f"{dotted} with parameters"
    return _NAMES.get(dotted, dotted)


def _up_to(most: int, element: der.Element, what: str, tag: int = der.SEQUENCE) -> Sequence[der.Element]:
    found = list(islice(_inside(element, tag, what), most + 1))
    if len(found) > most:
        raise beyond(what, what, most)
    return found


def _inside(element: der.Element, tag: int, what: str) -> Iterator[der.Element]:
    if element.tag != tag:
        raise MalformedRecord(f"not {what}")
    return element.children()
