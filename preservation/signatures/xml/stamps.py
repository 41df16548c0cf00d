# SPDX-License-Identifier: EUPL-1.2
"""Time stamps of XAdES: which octets each should stamp.

SignatureTimeStamp, SigAndRefsTimeStamp, AllDataObjectsTimeStamp and both ArchiveTimeStamps in their usual
form. A form that we do not compute has no verdict on its imprint, never a guess.

Source: ETSI EN 319 132-1 sections 5.2.8, 5.3, 5.5.2; TS 101 903 sections 7.3, 7.5, 7.7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from preservation.algorithms import new_digest
from preservation.signatures.cms.stamps import Imprint, read_stamp
from preservation.signatures.content import Resolver
from preservation.signatures.facts import Malformed, StampFacts, Unsupported
from preservation.signatures.xml.canonical import INCLUSIVE, METHODS, canonical_bytes
from preservation.signatures.xml.core import decoded, tag
from preservation.signatures.xml.names import BASE64
from preservation.signatures.xml.references import Identifiers, Missing, resolve

MAX_TOKENS: Final = 128
_KINDS: Final = {
    "SignatureTimeStamp": "signature",
    "SigAndRefsTimeStamp": "refs",
    "SigAndRefsTimeStampV2": "refs",
    "RefsOnlyTimeStamp": "refs",
    "RefsOnlyTimeStampV2": "refs",
    "ArchiveTimeStamp": "archive",
    "ArchiveTimeStampV2": "archive",
    "AllDataObjectsTimeStamp": "content",
    "IndividualDataObjectsTimeStamp": "content",
}
_REFERENCES: Final = {
    "SignatureTimeStamp",
    "CompleteCertificateRefs",
    "CompleteRevocationRefs",
    "AttributeCertificateRefs",
    "AttributeRevocationRefs",
    "CompleteCertificateRefsV2",
    "AttributeCertificateRefsV2",
}

Octets = Callable[[], bytes]


def stamps_of(
    signature: Any, qualifying: Any, identifiers: Identifiers, resolver: Resolver | None
) -> tuple[StampFacts, ...]:
    """Read every time stamp among the properties of one signature."""
    found: list[StampFacts] = []
    for element in qualifying.iter("*"):
        name = local_name(element)
        if name not in _KINDS or _inside_counter(element, qualifying):
            continue
        octets = _octets(name, element, signature, identifiers, resolver)
        for token in element.iterfind("{*}EncapsulatedTimeStamp"):
            if len(found) >= MAX_TOKENS:
                return tuple(found)
            found.append(_stamp(token, _KINDS[name], octets))
    return tuple(found)


def local_name(element: Any) -> str:
    """Return the name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _inside_counter(element: Any, qualifying: Any) -> bool:
    """Whether it belongs to a counter-signature nested in these properties."""
    for ancestor in element.iterancestors():
        if ancestor is qualifying:
            return False
        if ancestor.tag == tag("Signature"):
            return True
    return False


def _stamp(element: Any, kind: str, octets: Octets) -> StampFacts:
    try:
        token = decoded(element)
    except Malformed:
        token = b""
    return read_stamp(token, kind, _imprint(octets), covers_signature=kind != "content")


def _imprint(octets: Octets) -> Imprint:
    def imprint(algorithm: str) -> bytes | None:
        try:
            made = new_digest(algorithm)
            made.update(octets())
        except (Missing, Malformed, Unsupported, KeyError, ValueError):
            return None
        return bytes(made.digest())

    return imprint


def _octets(
    name: str, element: Any, signature: Any, identifiers: Identifiers, resolver: Resolver | None
) -> Octets:
    method = _method(element)
    if name == "SignatureTimeStamp":
        return lambda: _one(signature.find(tag("SignatureValue")), method)
    if name.startswith("SigAndRefs"):
        return lambda: _signature_and_references(signature, element, method)
    if name.startswith("ArchiveTimeStamp"):
        return lambda: _archive(signature, element, method, identifiers, resolver)
    if name == "AllDataObjectsTimeStamp":
        return lambda: _references(signature, method, identifiers, resolver, properties=False)
    return _refused


def _refused() -> bytes:
    raise Unsupported("a time stamp of a form that is not computed")


def _method(element: Any) -> str:
    stated = element.find(tag("CanonicalizationMethod"))
    return INCLUSIVE if stated is None else str(stated.get("Algorithm", ""))


def _one(element: Any, method: str) -> bytes:
    if element is None:
        raise Missing("an element that is stamped")
    return canonical_bytes(element, method)


def _signature_and_references(signature: Any, stamp: Any, method: str) -> bytes:
    found = _one(signature.find(tag("SignatureValue")), method)
    for sibling in stamp.getparent():
        if sibling is stamp:
            break
        if isinstance(sibling.tag, str) and local_name(sibling) in _REFERENCES:
            found += canonical_bytes(sibling, method)
    return found


def _archive(
    signature: Any, stamp: Any, method: str, identifiers: Identifiers, resolver: Resolver | None
) -> bytes:
    found = _references(signature, method, identifiers, resolver, properties=True)
    for name in ("SignedInfo", "SignatureValue", "KeyInfo"):
        element = signature.find(tag(name))
        if element is not None:
            found += canonical_bytes(element, method)
    for sibling in stamp.getparent():
        if sibling is stamp:
            break
        if isinstance(sibling.tag, str):
            found += canonical_bytes(sibling, method)
    for held in signature.iterfind(tag("Object")):
        if not any(isinstance(each.tag, str) and local_name(each) == "QualifyingProperties" for each in held):
            found += canonical_bytes(held, method)
    return found


def _references(
    signature: Any, method: str, identifiers: Identifiers, resolver: Resolver | None, *, properties: bool
) -> bytes:
    found = []
    for reference in signature.iterfind(f"{tag('SignedInfo')}/{tag('Reference')}"):
        if not properties and str(reference.get("Type", "")).endswith("#SignedProperties"):
            continue
        steps = reference.findall(f"{tag('Transforms')}/{tag('Transform')}")
        last = steps[-1].get("Algorithm", "") if steps else ""
        # a node set that is left is canonicalised by the time stamp's own method
        default = INCLUSIVE if last in METHODS or last == BASE64 else method
        found.append(resolve(reference, signature, identifiers, resolver, default=default).octets)
    return b"".join(found)
