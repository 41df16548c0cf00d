# SPDX-License-Identifier: EUPL-1.2
"""Evidence records in XML (XMLERS, RFC 6283), read into the same values as those in DER; none is written.

What differs from RFC 4998: order is told by attributes, renewals hash canonical elements where they stand,
and documents that are XML are hashed in canonical form.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from archive.errors import LongevaError
from archive.xml import parse_xml
from preservation.evidence.record import (
    MAX_CHAINS,
    MAX_HASHES,
    MAX_STAMPS,
    RFC_6283,
    ArchiveTimeStamp,
    ArchiveTimeStampChain,
    EvidenceRecord,
    History,
    MalformedRecord,
    beyond,
)
from preservation.signatures.facts import Unsupported
from preservation.signatures.xml.canonical import canonical_bytes, copy_of
from preservation.signatures.xml.names import DIGESTS, XML

NAMESPACE: Final = "urn:ietf:params:xml:ns:ers"
_MAX_XML: Final = 8 << 20
"""Octets of a record in XML: each of its chains is canonicalised with all those before it."""
_MAX_HISTORY: Final = 8 * _MAX_XML
_CARRIED: Final = ("SupportingInformationList", "CryptographicInformationList", "Attributes")
"""What a record brings along or says of its making (RFC 6283 2.1, 3.1): told, and believed of nobody."""
_XML: Final = f"{{{XML}}}"


def is_xmlers(root: Any) -> bool:
    """Tell whether an element is an evidence record."""
    return str(root.tag) == _tag("EvidenceRecord")


def parse_xmlers(data: bytes) -> EvidenceRecord:
    """Take a document that is an XML evidence record apart.

    Raises:
        MalformedRecord: It is none, or exceeds the limits.

    Limits:
        8 MiB, `MAX_CHAINS` chains, `MAX_STAMPS` stamps in all.
    """
    if len(data) > _MAX_XML:
        raise beyond("bytes of XML", "octetos de XML", _MAX_XML)
    try:
        root = parse_xml(data).getroot()
    except LongevaError as cause:
        raise MalformedRecord(str(cause)) from cause
    return read_element(root)


def read_element(root: Any) -> EvidenceRecord:
    """Take an ers:EvidenceRecord apart where it stands, with the namespaces that it inherits.

    Raises:
        MalformedRecord: It is none, or exceeds the limits.

    Source:
        RFC 6283 2.1, 3.1, 4.1.
    """
    if not is_xmlers(root):
        raise MalformedRecord("not an XML evidence record")
    if root.get("Version") != "1.0":
        raise MalformedRecord(f"version {str(root.get('Version'))[:20]}", "EVIDENCE-RECORD-VERSION")
    sequence = _only(root, "ArchiveTimeStampSequence")
    if sum(len(each.text or "") for each in root.iter("*")) > _MAX_XML:
        raise beyond("bytes of XML", "octetos de XML", _MAX_XML)
    if sum(1 for _ in root.iter(_tag("DigestValue"))) > MAX_HASHES:
        raise beyond("hashes", "resúmenes", MAX_HASHES)
    chains = _ordered(sequence, "ArchiveTimeStampChain", MAX_CHAINS)
    if sum(1 for _ in sequence.iter(_tag("ArchiveTimeStamp"))) > MAX_STAMPS:
        raise beyond("time stamps", "sellos de tiempo", MAX_STAMPS)
    try:
        read = tuple(_chain(each, number) for number, each in enumerate(chains))
    except Unsupported as cause:
        raise MalformedRecord(str(cause)) from cause
    if sum(each.history.end for each in read if each.history is not None) > _MAX_HISTORY:
        raise beyond("bytes to canonicalise again", "octetos que canonizar de nuevo", _MAX_HISTORY)
    algorithms = tuple(dict.fromkeys(stamp.declared for chain in read for stamp in chain.stamps))
    encrypted = root.find(_tag("EncryptionInformation")) is not None
    carried = [name for name in _CARRIED if next(root.iter(_tag(name)), None) is not None]
    return EvidenceRecord(b"", algorithms, encrypted, read, RFC_6283, tuple(carried))


def canonical_document(data: bytes, method: str) -> bytes:
    """Return what a record hashes of a document: its canonical form where it is XML (RFC 6283 3.2.1).

    Args:
        data: The document.
        method: URI of the canonicalisation; empty for a record that hashes documents as they are.

    Raises:
        MalformedRecord: A canonicalisation that is not spoken here.
    """
    if not method or not data.lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n\0").startswith(b"<"):
        return data
    try:
        return canonical_bytes(parse_xml(data), method)
    except LongevaError:
        return data
    except Unsupported as cause:
        raise MalformedRecord(str(cause)) from cause


def _chain(element: Any, number: int) -> ArchiveTimeStampChain:
    stated = _only(element, "DigestMethod").get("Algorithm", "")
    canonical = _only(element, "CanonicalizationMethod").get("Algorithm", "")
    stamps = _ordered(element, "ArchiveTimeStamp", MAX_STAMPS)
    return ArchiveTimeStampChain(
        b"",
        tuple(_stamp(each, DIGESTS.get(stated, stated[:80] or "?"), canonical) for each in stamps),
        _history(element, number, canonical) if number else None,
        canonical,
    )


def _stamp(element: Any, algorithm: str, canonical: str) -> ArchiveTimeStamp:
    holder = _only(element, "TimeStamp")
    token = _only(holder, "TimeStampToken")
    if token.get("Type") != "RFC3161":
        raise MalformedRecord(f"a time stamp of type {str(token.get('Type'))[:40]}, which is not spoken here")
    tree = element.find(_tag("HashTree"))
    lists = () if tree is None else tuple(_list(each) for each in _ordered(tree, "Sequence", MAX_HASHES))
    return ArchiveTimeStamp(b"", algorithm, lists, _octets(token), canonical_bytes(holder, canonical))


def _list(element: Any) -> tuple[bytes, ...]:
    values = tuple(_octets(each) for each in element.iterfind(_tag("DigestValue")))
    if not values:
        raise MalformedRecord("a list without hashes")
    return values


def _history(chain: Any, number: int, canonical: str) -> History:
    """Return the canonical sequence as it stood before `chain` was added (RFC 6283 4.2.2)."""
    sequence = chain.getparent()
    if any(name.startswith(_XML) for above in sequence.iterancestors() for name in above.keys()):  # noqa: SIM118
        raise MalformedRecord("attributes such as xml:base around a record that is renewed")
    stripped = copy_of(sequence).getroot()
    for later in _ordered(stripped, "ArchiveTimeStampChain", MAX_CHAINS)[number:]:
        _cut(later)
    octets = canonical_bytes(stripped, canonical)
    return History(octets, 0, len(octets))


def _cut(element: Any) -> None:
    """Remove an element; the text behind it stays, since nobody can tell when it was written."""
    parent, before, tail = element.getparent(), element.getprevious(), element.tail or ""
    if before is None:
        parent.text = (parent.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    element.tail = None
    parent.remove(element)


def _ordered(parent: Any, name: str, limit: int) -> list[Any]:
    """Return the children of a name by their Order, which must count from one without a gap."""
    found = parent.findall(_tag(name))
    if not found:
        raise MalformedRecord(f"no element {name}")
    if len(found) > limit:
        raise beyond(f"elements {name}", f"elementos {name}", limit)
    stated = {(each.get("Order") or "").strip(): each for each in found}
    try:
        return [stated[str(number)] for number in range(1, len(found) + 1)]
    except KeyError as cause:
        raise MalformedRecord(f"{name} does not count its Order from one without a gap") from cause


def _only(parent: Any, name: str) -> Any:
    found = parent.findall(_tag(name))
    if len(found) != 1:
        raise MalformedRecord(f"{len(found)} elements {name} instead of one")
    return found[0]


def _octets(element: Any) -> bytes:
    try:
        return base64.b64decode("".join("".join(element.itertext("*")).split()), validate=True)
    except (binascii.Error, ValueError) as cause:
        raise MalformedRecord("a value that is not base64") from cause


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
