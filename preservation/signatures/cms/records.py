# SPDX-License-Identifier: EUPL-1.2
"""Evidence records inside a CAdES signature, each with what it must cover.

An evidence-records attribute covers the whole ContentInfo as it was before the attribute was added; the
external form covers the detached content too. The octets are cut out of the stored encoding, BER or DER,
and nothing else is encoded again; their DER form is accepted as well, which TS 119 122-3 V1.1.1 asked for.

Source: RFC 4998 appendix A; ETSI TS 119 122-3 (evidence records in CAdES).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from preservation import der
from preservation.evidence.reading import parse_record
from preservation.evidence.record import EvidenceRecord
from preservation.signatures.cms.ber import Element, canonical, element
from preservation.signatures.cms.read import read_cms
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.facts import EvidenceFacts, SignatureFacts
from preservation.tokens import parse_token
from preservation.trust.certificates import UNREADABLE

INTERNAL: Final = "1.2.840.113549.1.9.16.2.49"
EXTERNAL: Final = "1.2.840.113549.1.9.16.2.50"
MAX_RECORDS: Final = 32
_NAMES: Final = {der.oid(INTERNAL): False, der.oid(EXTERNAL): True}
_SET: Final = 0x31
_UNSIGNED: Final = 0xA1


@dataclass(frozen=True, slots=True)
class _Attribute:
    """One evidence-records attribute."""

    path: tuple[int, ...]
    """Places from the ContentInfo down to it."""
    external: bool
    values: tuple[bytes, ...]
    since: datetime
    """Time of its youngest first stamp: the attributes that came after are not covered."""


def evidence_in_cms(data: bytes, content: Content | None) -> list[EvidenceFacts]:
    """Find the evidence records of a CMS file.

    Args:
        data: BER or DER ContentInfo.
        content: The detached content.

    Returns:
        One for each record, in the order stored; nothing where the file has none or cannot be read.
    """
    if not any(name in data for name in _NAMES):
        return []
    try:
        attributes = list(_attributes(data))
        return [each for one in attributes for each in _records(data, one, attributes, content)][:MAX_RECORDS]
    except (RecursionError, *UNREADABLE):
        return []


def _records(
    data: bytes, attribute: _Attribute, attributes: Sequence[_Attribute], content: Content | None
) -> Iterator[EvidenceFacts]:
    later = [each.path for each in attributes if each.since > attribute.since]
    covered = _without(element(data), (attribute.path, *later))
    for number, value in enumerate(attribute.values, start=1):
        record = parse_record(value)
        whole = _as_stamped(covered, record)
        detached = attribute.external and content is not None
        yield EvidenceFacts(
            record=record,
            objects=(BytesContent(whole), *((content,) if detached and content is not None else ())),
            place=f"signer[{attribute.path[-3] + 1}]/evidence[{number}]",
            missing="" if detached or not attribute.external else "the content outside the signature",
            covered=held_by(read_cms(covered)),
        )


def held_by(signatures: Iterable[SignatureFacts]) -> frozenset[bytes]:
    """Return the SHA-256 of what signatures hold: values, certificates, statements, tokens."""
    held: list[bytes] = []
    for facts in signatures:
        held += (facts.signature_value, *facts.certificates, *facts.crls, *facts.ocsps)
        for stamp in facts.stamps:
            held += (stamp.token, stamp.signature.signature_value, *stamp.signature.certificates)
    return frozenset(hashlib.sha256(each).digest() for each in held if each)


def _as_stamped(covered: bytes, record: EvidenceRecord) -> bytes:
    """Return the form of the covered octets that the record speaks of: as stored, else DER."""
    stamp = record.chains[0].stamps[0]
    said = parse_token(stamp.token)
    listed = stamp.lists[0] if stamp.lists else (said.imprint,)
    algorithm = stamp.declared or said.algorithm
    if BytesContent(covered).digest(algorithm) in listed:
        return covered
    der_form = canonical(element(covered))
    return der_form if BytesContent(der_form).digest(algorithm) in listed else covered


def _attributes(data: bytes) -> Iterator[_Attribute]:
    """Yield the evidence-records attributes of every signer; only an unsigned one counts."""
    signed_data = (1, 0)
    fields = _at(element(data), signed_data)
    signers = max(place for place, each in enumerate(fields) if each.tag == _SET)
    for number, signer in enumerate(_at(element(data), (*signed_data, signers))):
        for place, each in enumerate(signer):
            if each.tag != _UNSIGNED:
                continue
            for last, attribute in enumerate(each):
                name, values = attribute
                if name.encoded in _NAMES:
                    kept = tuple(value.encoded for value in values)
                    path = (*signed_data, signers, number, place, last)
                    yield _Attribute(path, _NAMES[name.encoded], kept, max(map(_first_time, kept)))


def _first_time(value: bytes) -> datetime:
    return parse_token(parse_record(value).chains[0].stamps[0].token).gen_time


def _at(found: Element, path: Sequence[int]) -> Element:
    for place in path:
        found = list(found)[place]
    return found


def _without(found: Element, paths: Sequence[Sequence[int]]) -> bytes:
    """Return an element less the ones at some paths below it; an indefinite length stays indefinite.

    The unsigned attributes are optional and never empty (RFC 5652 5.3): they go with the last one.
    """
    kept = []
    for place, child in enumerate(found):
        below = [path[1:] for path in paths if path[0] == place]
        if not below:
            kept.append(child.encoded)
        elif all(below):
            shorter = _without(child, below)
            if child.tag != _UNSIGNED or list(element(shorter)):
                kept.append(shorter)
    inner = b"".join(kept)
    return found.encoded[:2] + inner + b"\0\0" if found.indefinite else der.tagged(found.tag, inner)
