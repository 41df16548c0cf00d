# SPDX-License-Identifier: EUPL-1.2
"""Evidence records inside a XAdES signature (SealingEvidenceRecords), each with what it must cover.

Such a record covers one data group: what every reference leads to, SignedInfo, SignatureValue, KeyInfo, the
unsigned properties before it, the other ds:Objects and what signed manifests lead to. All is canonicalised
as SignedInfo is.

Source: ETSI TS 119 132-3 (evidence records in XAdES), xadesen:SealingEvidenceRecords.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from archive.errors import LongevaError
from archive.xml import parse_xml
from preservation import merkle
from preservation.evidence.reading import parse_record
from preservation.evidence.record import EvidenceRecord, MalformedRecord
from preservation.evidence.xmlers import is_xmlers, read_element
from preservation.signatures.content import BytesContent, Content, Resolver
from preservation.signatures.facts import EvidenceFacts, Malformed, Unsupported
from preservation.signatures.xml.canonical import INCLUSIVE, METHODS, canonical_bytes
from preservation.signatures.xml.core import decoded, signatures_in, tag
from preservation.signatures.xml.names import BASE64, MANIFEST
from preservation.signatures.xml.references import Identifiers, Missing, external_content, resolve

NAMESPACE: Final = "http://uri.etsi.org/19132/v1.1.1#"
MAX_RECORDS: Final = 32
_SEALING: Final = f"{{{NAMESPACE}}}SealingEvidenceRecords"
_HOLDERS: Final = {
    "SignatureValue",
    "X509Certificate",
    "EncapsulatedX509Certificate",
    "EncapsulatedCRLValue",
    "EncapsulatedOCSPValue",
    "EncapsulatedTimeStamp",
}
_MAX_MANIFESTS: Final = 8
"""Manifests that name manifests."""


@dataclass(frozen=True, slots=True)
class DataGroup:
    """Several data objects that count as one: their hashes, ascending and joined, hashed (RFC 4998 4.2)."""

    parts: tuple[Content, ...] = field(repr=False)

    def digest(self, algorithm: str) -> bytes | None:
        """Return the hash of the group, or None where a part's cannot be had."""
        hashes = [part.digest(algorithm) for part in self.parts]
        known = [each for each in hashes if each is not None]
        return merkle.combine(known, algorithm) if known and len(known) == len(hashes) else None

    def whole(self) -> bytes | None:
        """Return None: a group has no octets of its own."""
        return None


def evidence_in_xml(data: bytes, resolver: Resolver | None) -> list[EvidenceFacts]:
    """Find the evidence records of every signature of an XML document.

    Args:
        data: The document, byte-exact.
        resolver: Gives what is signed outside of it.

    Returns:
        One for each record, in document order.
    """
    if NAMESPACE.encode() not in data:
        return []
    try:
        tree = parse_xml(data)
    except LongevaError:
        return []
    identifiers = Identifiers.of(tree)
    found: list[EvidenceFacts] = []
    for number, signature in enumerate(signatures_in(tree), start=1):
        for sealing in _own(signature):
            objects, missing = _objects(signature, sealing, identifiers, resolver)
            covered = _inside(signature, sealing)
            for place, element in enumerate(sealing.iterchildren("*"), start=1):
                where = f"signature[{number}]/evidence[{place}]"
                record = _record(element)
                if record is not None and len(found) < MAX_RECORDS:
                    found.append(EvidenceFacts(record, objects, where, missing, covered=covered))
    return found


def _own(signature: Any) -> list[Any]:
    """Return its SealingEvidenceRecords, not those of a counter-signature inside."""
    return [
        each
        for each in signature.iter(_SEALING)
        if next(each.iterancestors(tag("Signature")), None) is signature
    ]


def _inside(signature: Any, sealing: Any) -> frozenset[bytes]:
    """Return the digests of what the covered elements hold: the value, certificates, statements, tokens."""
    covered = [signature.find(tag("SignatureValue")), signature.find(tag("KeyInfo"))]
    covered += sealing.itersiblings("*", preceding=True)
    found = set()
    for element in (each for one in covered if one is not None for each in one.iter("*")):
        if str(element.tag).rpartition("}")[2] in _HOLDERS:
            with suppress(Malformed):
                found.add(hashlib.sha256(decoded(element)).digest())
    return frozenset(found)


def _record(element: Any) -> EvidenceRecord | None:
    try:
        return read_element(element) if is_xmlers(element) else parse_record(decoded(element))
    except (MalformedRecord, Malformed):
        return None


def _objects(
    signature: Any, sealing: Any, identifiers: Identifiers, resolver: Resolver | None
) -> tuple[tuple[Content, ...], str]:
    try:
        parts = tuple(_parts(signature, sealing, identifiers, resolver))
    except (Missing, Malformed, Unsupported, ValueError) as problem:
        return (), str(problem)[:200]
    return (DataGroup(parts),), ""


def _parts(
    signature: Any, sealing: Any, identifiers: Identifiers, resolver: Resolver | None
) -> Iterator[Content]:
    stated = signature.find(f"{tag('SignedInfo')}/{tag('CanonicalizationMethod')}")
    method = INCLUSIVE if stated is None else str(stated.get("Algorithm", ""))
    references = signature.findall(f"{tag('SignedInfo')}/{tag('Reference')}")
    for reference in references:
        yield _referenced(reference, signature, identifiers, resolver, method)
    for name in ("SignedInfo", "SignatureValue", "KeyInfo"):
        element = signature.find(tag(name))
        if element is not None:
            yield BytesContent(canonical_bytes(element, method))
    for sibling in sealing.itersiblings("*", preceding=True):
        yield BytesContent(canonical_bytes(sibling, method))
    for held in signature.iterfind(tag("Object")):
        if held.find("{*}QualifyingProperties") is None:
            yield BytesContent(canonical_bytes(held, method))
    yield from _manifests(references, signature, identifiers, resolver, method)


def _manifests(
    references: Sequence[Any],
    signature: Any,
    identifiers: Identifiers,
    resolver: Resolver | None,
    method: str,
    depth: int = 0,
) -> Iterator[Content]:
    for reference in references:
        if reference.get("Type") != MANIFEST:
            continue
        named = resolve(reference, signature, identifiers, resolver, default=method).element
        if named is None or depth > _MAX_MANIFESTS:
            raise Malformed("a manifest that cannot be followed")
        manifest = next(named.iter(tag("Manifest")), named)
        entries = manifest.findall(tag("Reference"))
        for entry in entries:
            if entry.get("Type") != MANIFEST:
                yield _referenced(entry, signature, identifiers, resolver, method)
        yield from _manifests(entries, signature, identifiers, resolver, method, depth + 1)


def _referenced(
    reference: Any, signature: Any, identifiers: Identifiers, resolver: Resolver | None, method: str
) -> Content:
    content = external_content(reference, resolver)
    if content is not None:
        return content
    steps = reference.findall(f"{tag('Transforms')}/{tag('Transform')}")
    last = steps[-1].get("Algorithm", "") if steps else ""
    # a node set that is left is canonicalised as SignedInfo is
    default = INCLUSIVE if last in METHODS or last == BASE64 else method
    return BytesContent(resolve(reference, signature, identifiers, resolver, default=default).octets)
