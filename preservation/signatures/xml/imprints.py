# SPDX-License-Identifier: EUPL-1.2
"""Which octets each time stamp of XAdES should stamp, and which elements stand in them.

A form may have been made in more than one way over the years; each way is a candidate, and a token that
stamps the octets of one is a token over exactly those. A form that we do not compute gives no candidate.

Source: ETSI EN 319 132-1 sections 5.2.8 (content), 5.3 (signature), 5.5.2 (archive), annex A (references);
TS 101 903 V1.4.2 sections 7.1.4.3 (Include), 7.2.9, 7.2.10, 7.3, 7.5, 7.7, 8.2.1; V1.1.1 section 7.1.4
(HashDataInfo).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from preservation.signatures.content import Resolver
from preservation.signatures.facts import Malformed, Unsupported
from preservation.signatures.xml.canonical import INCLUSIVE, METHODS, canonical_bytes
from preservation.signatures.xml.core import tag
from preservation.signatures.xml.names import BASE64
from preservation.signatures.xml.place import local_name
from preservation.signatures.xml.properties import child
from preservation.signatures.xml.references import Identifiers, Missing, resolve

_REFS: Final = frozenset({"CompleteRevocationRefs", "AttributeRevocationRefs"})
_REFS_V1: Final = _REFS | {"CompleteCertificateRefs", "AttributeCertificateRefs"}
_REFS_V2: Final = _REFS | {"CompleteCertificateRefsV2", "AttributeCertificateRefsV2"}
_BEFORE_132: Final = _REFS_V1 | {
    "SignatureTimeStamp",
    "CounterSignature",
    "CertificateValues",
    "RevocationValues",
    "AttrAuthoritiesCertValues",
    "AttributeRevocationValues",
    "SigAndRefsTimeStamp",
    "RefsOnlyTimeStamp",
    "ArchiveTimeStamp",
}
"""What TS 101 903 V1.3.2 section 7.7.1 lists, in order of appearance."""
MAX_INCLUDES: Final = 500


@dataclass(frozen=True, slots=True)
class Scope:
    """The signature that a time stamp belongs to, and what its references may ask for."""

    signature: Any
    identifiers: Identifiers
    resolver: Resolver | None
    spent: dict[tuple[Any, str], bytes] = field(default_factory=dict, repr=False)
    """Canonical octets made already, by element and method: every renewal stamps all that is older again."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way in which the imprint may have been made."""

    octets: Callable[[], bytes]
    covers: str
    elements: tuple[Any, ...] = ()
    """Elements whose octets go in whole."""


def candidates_for(stamp: Any, scope: Scope) -> list[Candidate]:
    """Return the ways in which the imprint of one time-stamp element may have been made, usual ones first."""
    name = local_name(stamp)
    includes = [each for each in stamp if local_name(each) in {"Include", "HashDataInfo"}]
    if includes:
        return [_explicit(stamp, includes, scope)]
    if name == "SignatureTimeStamp":
        return [_listed(scope, stamp, [scope.signature.find(tag("SignatureValue"))], "signature value")]
    if name.startswith(("SigAndRefs", "RefsOnly")):
        return _over_references(name, stamp, scope)
    if name.startswith("ArchiveTimeStamp"):
        return _archive(stamp, scope)
    if name == "AllDataObjectsTimeStamp":
        return [Candidate(lambda: _signed_data(stamp, scope, properties=False), "all data objects")]
    return []


def _method(element: Any) -> str:
    stated = element.find(tag("CanonicalizationMethod"))
    return INCLUSIVE if stated is None else str(stated.get("Algorithm") or INCLUSIVE)


def _canonical(element: Any, method: str, scope: Scope) -> bytes:
    if element is None:
        raise Missing("an element that is stamped")
    made = scope.spent.get((element, method))
    if made is None:
        made = scope.spent[element, method] = canonical_bytes(element, method)
    scope.identifiers.charge(len(made), 0)
    return made


def _listed(scope: Scope, stamp: Any, elements: list[Any], covers: str) -> Candidate:
    method = _method(stamp)
    whole = tuple(each for each in elements if each is not None)
    return Candidate(
        lambda: b"".join(_canonical(each, method, scope) for each in elements), covers, elements=whole
    )


def _older(stamp: Any) -> list[Any]:
    """Return the properties that stand before a time stamp."""
    found = []
    for sibling in stamp.getparent():
        if sibling is stamp:
            break
        if isinstance(sibling.tag, str):
            found.append(sibling)
    return found


def _over_references(name: str, stamp: Any, scope: Scope) -> list[Candidate]:
    """SigAndRefs and RefsOnly: what stands before, in order; each version has its own references.

    Some signers stamped the references of one version with the time stamp of the other.
    """
    lists = [_REFS_V2, _REFS_V1] if name.endswith("V2") else [_REFS_V1]
    found = []
    for names in lists:
        if name.startswith("SigAndRefs"):
            wanted, start = names | {"SignatureTimeStamp"}, [scope.signature.find(tag("SignatureValue"))]
            covers = "signature value, its time stamps and references to its validation data"
        else:
            wanted, start = names, []
            covers = "references to its validation data"
        older = [each for each in _older(stamp) if local_name(each) in wanted]
        if older:
            found.append(_listed(scope, stamp, [*start, *older], covers))
    return found


def _archive(stamp: Any, scope: Scope) -> list[Candidate]:
    """The whole signature with everything before the time stamp; four readings of what that is.

    EN 319 132-1 takes every ds:Object but the one with the properties; TS 101 903 those that no reference
    names. The form of 1.3.2 lists its properties, so that one it does not know is not among them.
    """
    signature, older = scope.signature, _older(stamp)
    objects = [each for each in signature.iterfind(tag("Object")) if not _holds_properties(each)]
    named = {
        each.get("URI", "").removeprefix("#")
        for each in signature.iterfind(f"{tag('SignedInfo')}/{tag('Reference')}")
    }
    unnamed = [each for each in objects if each.get("Id") is None or each.get("Id") not in named]
    core = [signature.find(tag(name)) for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
    core = [each for each in core if each is not None]
    ways = [[*core, *older, *objects]]
    if len(unnamed) != len(objects):
        ways.append([*core, *older, *unnamed])
    listed = [each for each in older if local_name(each) in _BEFORE_132]
    if "1.4.1" not in stamp.tag and len(listed) != len(older):
        ways += [[*core, *listed, *objects], [*core, *listed, *unnamed]]
    return [_whole(stamp, scope, each) for each in ways]


def archive_octets(qualifying: Any, scope: Scope, method: str) -> bytes:
    """Return what an ArchiveTimeStamp of 1.4.1 put behind everything that is there would stamp.

    Raises:
        Missing, Malformed, Unsupported: Content that is not at hand or cannot be computed.
    """
    signature = scope.signature
    core = [signature.find(tag(name)) for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
    unsigned = child(child(qualifying, "UnsignedProperties"), "UnsignedSignatureProperties")
    older = [] if unsigned is None else list(unsigned.iterchildren("*"))
    objects = [each for each in signature.iterfind(tag("Object")) if not _holds_properties(each)]
    elements = [each for each in (*core, *older, *objects) if each is not None]
    return _references(method, scope, properties=True) + b"".join(
        _canonical(each, method, scope) for each in elements
    )


def _whole(stamp: Any, scope: Scope, elements: list[Any]) -> Candidate:
    method = _method(stamp)

    def octets() -> bytes:
        parts = [_canonical(each, method, scope) for each in elements]
        return _signed_data(stamp, scope, properties=True) + b"".join(parts)

    return Candidate(octets, "the whole signature with what stands before", elements=tuple(elements))


def _holds_properties(held: Any) -> bool:
    return any(isinstance(each.tag, str) and local_name(each) == "QualifyingProperties" for each in held)


def _signed_data(stamp: Any, scope: Scope, *, properties: bool) -> bytes:
    return _references(_method(stamp), scope, properties=properties)


def _references(method: str, scope: Scope, *, properties: bool) -> bytes:
    """Join the octets of the references of SignedInfo, in order."""
    return b"".join(
        _reference(reference, method, scope)
        for reference in scope.signature.iterfind(f"{tag('SignedInfo')}/{tag('Reference')}")
        if properties or not is_of_properties(reference, scope)
    )


def is_of_properties(reference: Any, scope: Scope) -> bool:
    """Whether a reference names signed properties, by its Type or by what it names."""
    if str(reference.get("Type", "")).endswith("#SignedProperties"):
        return True
    uri = reference.get("URI") or ""
    found = scope.identifiers.by_id.get(uri[1:], []) if uri.startswith("#") else []
    return any(local_name(each) == "SignedProperties" for each in found)


def _reference(reference: Any, method: str, scope: Scope) -> bytes:
    steps = reference.findall(f"{tag('Transforms')}/{tag('Transform')}")
    last = steps[-1].get("Algorithm", "") if steps else ""
    # a node set that is left is canonicalised by the time stamp's own method
    default = INCLUSIVE if last in METHODS or last == BASE64 else method
    return resolve(reference, scope.signature, scope.identifiers, scope.resolver, default=default).octets


def _explicit(stamp: Any, includes: list[Any], scope: Scope) -> Candidate:
    """What the time stamp itself names, in its order (TS 101 903 V1.4.2 section 7.1.4.3.1)."""
    method = _method(stamp)

    def octets() -> bytes:
        if len(includes) > MAX_INCLUDES:
            raise Malformed(f"{len(includes)} things to stamp")
        return b"".join(_included(each, method, scope) for each in includes)

    named = list(_named(includes, scope))
    whole = tuple(each for each in named if each.tag != tag("Reference"))
    words = ", ".join(f"{local_name(each)}" for each in named[:10])
    return Candidate(octets, words or "what it names", elements=whole)


def _named(includes: list[Any], scope: Scope) -> Iterator[Any]:
    """Yield the elements that are named here and stamped whole: transforms may leave nothing of others."""
    for each in includes[:MAX_INCLUDES]:
        uri = _uri(each)
        found = scope.identifiers.by_id.get(uri[1:], []) if uri.startswith("#") else []
        steps = each.iterfind(f"{tag('Transforms')}/*")
        if len(found) == 1 and all(step.get("Algorithm") in METHODS for step in steps):
            yield found[0]


def _uri(include: Any) -> str:
    return str(include.get("URI") or include.get("uri") or "")


def _included(include: Any, method: str, scope: Scope) -> bytes:
    if include.find(tag("Transforms")) is not None:
        # HashDataInfo of 1.1.1: a reference in all but name
        found = resolve(
            include,
            scope.signature,
            scope.identifiers,
            scope.resolver,
            default=method,
            uri=_uri(include),
        )
        return found.octets
    uri = _uri(include)
    if not uri.startswith("#"):
        raise Unsupported(f"a time stamp over {uri[:80] or 'the whole document'}")
    element = scope.identifiers.element(uri[1:])
    # 1.2.2 has no referencedData: a reference was always meant to be followed
    followed = include.get("referencedData") in {"true", "1"} or include.get("URI") is None
    if element.tag == tag("Reference") and followed:
        return _reference(element, method, scope)
    return _canonical(element, method, scope)
