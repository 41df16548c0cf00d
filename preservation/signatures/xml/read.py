# SPDX-License-Identifier: EUPL-1.2
"""XAdES on top of the core: properties that must be signed, the one certificate, time stamps.

All namespaces from 1.1.1 to 1.4.1, several signatures in a document and counter-signatures.

* SignedProperties must be those of this very signature and one of its references must name them: a second
  set elsewhere, signed in their stead, is how a signature is wrapped.
* SigningCertificate (v1 or v2) must name the certificate that the value holds with.

Source: ETSI EN 319 132-1 sections 4.4, 5.1, 5.2; TS 101 903.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from archive.errors import LongevaError
from archive.xml import parse_xml
from preservation.algorithms import key_algorithm
from preservation.signatures.content import Resolver
from preservation.signatures.facts import Check, Doubt, Malformed, SignatureFacts, Unsupported
from preservation.signatures.xml.core import (
    SignedReference,
    algorithms_in,
    bare_keys,
    certificates_in,
    check_references,
    check_value,
    decoded,
    signatures_in,
    tag,
    usable_keys,
)
from preservation.signatures.xml.names import DIGESTS, XADES_VERSIONS
from preservation.signatures.xml.references import Identifiers
from preservation.signatures.xml.stamps import stamps_of
from preservation.trust.certificates import find_by_digest, key_info

MAX_SIGNATURES: Final = 200
MAX_NOTES: Final = 20
_STAMPED: Final = (
    ("ArchiveTimeStamp", "LTA"),
    ("CertificateValues", "LT"),
    ("SignatureTimeStamp", "T"),
)


def read_xml(data: bytes, resolver: Resolver | None = None) -> list[SignatureFacts]:
    """Read every signature of an XML document.

    Args:
        data: The document, byte-exact.
        resolver: Gives what is signed outside of it.

    Returns:
        Nothing for a document without signatures; one unreadable for what is not XML that is safe to read.
    """
    try:
        tree = parse_xml(data)
    except LongevaError as problem:
        return [SignatureFacts(format="XAdES", unreadable=f"not readable: {problem}"[:300])]
    return read_tree(tree, resolver)


def read_tree(tree: Any, resolver: Resolver | None = None) -> list[SignatureFacts]:
    """Read every signature of a document that is parsed already."""
    identifiers = Identifiers.of(tree)
    found = signatures_in(tree)[:MAX_SIGNATURES]
    return [read_signature(each, identifiers, resolver) for each in found]


def read_signature(signature: Any, identifiers: Identifiers, resolver: Resolver | None) -> SignatureFacts:
    """Read one ds:Signature where it stands."""
    place = path_of(signature)
    try:
        return _read(signature, identifiers, resolver, place)
    except (Malformed, Unsupported, ValueError, TypeError, AttributeError, RecursionError) as problem:
        return SignatureFacts(format="XAdES", place=place, unreadable=f"not readable: {problem}"[:300])


def _read(signature: Any, identifiers: Identifiers, resolver: Resolver | None, place: str) -> SignatureFacts:
    qualifying = _qualifying(signature)
    references = check_references(signature, identifiers, resolver)
    problems = [] if not qualifying else _property_problems(qualifying, references)
    problems += _counter_problems(signature, references)
    properties = None if not qualifying else _child(qualifying[0], "SignedProperties")
    carried = _carried(qualifying)
    signer, value, doubts = _signer(signature, properties, carried)
    crls, ocsps = _revocation(qualifying)
    key = None if signer is None else key_info(signer)
    left_out = tuple(dict.fromkeys(path_of(victim) for each in references for victim in each.left_out))
    return SignatureFacts(
        format="XAdES" if properties is not None else "XMLDSig",
        level=_level(qualifying, properties),
        signer=signer,
        certificates=(*certificates_in(signature), *carried),
        crls=crls,
        ocsps=ocsps,
        references=tuple(each.check for each in references),
        value=value,
        stamps=() if not qualifying else stamps_of(signature, qualifying[0], identifiers, resolver),
        claimed_time=_signing_time(properties),
        policy=_policy(properties),
        covers=tuple(_covered(each) for each in references if _is_content(each, properties)),
        left_out=left_out,
        notes=tuple(f"it leaves out {each}" for each in left_out[:MAX_NOTES]),
        place=place,
        algorithms=(*algorithms_in(signature), *(() if key is None else (key_algorithm(key),))),
        problems=tuple(problems),
        doubts=tuple(doubts),
    )


def _counter_problems(signature: Any, references: list[SignedReference]) -> list[str]:
    """EN 319 132-1 section 5.2.7.2: a counter-signature signs the value of the signature that holds it."""
    parent = signature.getparent()
    if parent is None or not str(parent.tag).endswith("}CounterSignature"):
        return []
    holder = next(signature.iterancestors(tag("Signature")), None)
    value = None if holder is None else holder.find(tag("SignatureValue"))
    if any(each.element is value and value is not None for each in references):
        return []
    return ["it counter-signs something else than the signature that holds it"]


def _is_content(reference: SignedReference, properties: Any) -> bool:
    return not (properties is not None and reference.element is properties)


def _covered(reference: SignedReference) -> str:
    if reference.element is None:
        return reference.check.name
    return f"{reference.check.name} {path_of(reference.element)}"


def path_of(element: Any) -> str:
    """Return where an element stands: local names from the root, numbered among equals.

    Equals are those of the same local name in any namespace: no two elements have the same path.
    """
    steps = []
    while element is not None:
        name = _local(element)
        parent = element.getparent()
        equals = [] if parent is None else [each for each in parent if _local(each) == name]
        steps.append(f"{name}[{equals.index(element) + 1}]" if len(equals) > 1 else name)
        element = parent
    return "/" + "/".join(reversed(steps))


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _qualifying(signature: Any) -> list[Any]:
    return [
        each
        for each in signature.iterfind(f"{tag('Object')}/*")
        if isinstance(each.tag, str)
        and each.tag.rpartition("}")[2] == "QualifyingProperties"
        and each.tag[1:].partition("}")[0] in XADES_VERSIONS
    ]


def _child(element: Any, name: str) -> Any:
    if element is None:
        return None
    for each in element:
        if isinstance(each.tag, str) and each.tag.rpartition("}")[2] == name:
            return each
    return None


def _named(element: Any, name: str) -> list[Any]:
    return [] if element is None else list(element.iter(f"{{*}}{name}"))


def _property_problems(qualifying: list[Any], references: list[SignedReference]) -> list[str]:
    if len(qualifying) > 1:
        return ["it has several QualifyingProperties"]
    own = _child(qualifying[0], "SignedProperties")
    if own is None:
        return []
    signed = [each for each in references if each.element is own and not each.manifest]
    found = [] if signed else ["its SignedProperties are not what it signs"]
    foreign = [
        each
        for each in references
        if each.element is not None
        and each.element is not own
        and str(each.element.tag).endswith("}SignedProperties")
    ]
    return [*found, *("it signs the properties of another signature" for _ in foreign[:1])]


def _carried(qualifying: list[Any]) -> tuple[bytes, ...]:
    found = []
    for each in qualifying:
        for element in _named(each, "EncapsulatedX509Certificate"):
            try:
                found.append(decoded(element))
            except Malformed:
                continue
    return tuple(found)


def _revocation(qualifying: list[Any]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    kept: dict[str, list[bytes]] = {"EncapsulatedCRLValue": [], "EncapsulatedOCSPValue": []}
    for each in qualifying:
        for name, found in kept.items():
            for element in _named(each, name):
                try:
                    found.append(decoded(element))
                except Malformed:
                    continue
    return tuple(kept["EncapsulatedCRLValue"]), tuple(kept["EncapsulatedOCSPValue"])


def _signer(
    signature: Any, properties: Any, carried: tuple[bytes, ...]
) -> tuple[bytes | None, Check, list[Doubt]]:
    """Find the certificate that the properties name and the value holds with."""
    inside = certificates_in(signature)
    unknown = []
    try:
        declared, named = _declared(properties, (*inside, *carried))
    except Unsupported as problem:
        declared, named = False, None
        unknown = [Doubt("SIG_CONSTRAINTS_FAILURE", str(problem))]
    if named is not None:
        info = key_info(named)
        check, _ = check_value(signature, [] if info is None else [info])
        return named, check, []
    pairs = usable_keys(inside)
    bare = list(bare_keys(signature))
    check, number = check_value(signature, [*(key for _, key in pairs), *bare])
    if declared:
        reason = "SigningCertificate names a certificate that is not there"
        unknown.append(Doubt("NO_SIGNING_CERTIFICATE_FOUND", reason))
    signer = pairs[number][0] if number < len(pairs) else None
    return signer, check, unknown


def _declared(properties: Any, candidates: tuple[bytes, ...]) -> tuple[bool, bytes | None]:
    elements = [*_named(properties, "SigningCertificateV2"), *_named(properties, "SigningCertificate")]
    for element in elements:
        digests = _named(element, "CertDigest")
        if not digests:
            continue
        method, value = _child(digests[0], "DigestMethod"), _child(digests[0], "DigestValue")
        algorithm = None if method is None else DIGESTS.get(method.get("Algorithm", ""))
        if algorithm is None:
            raise Unsupported("the digest of SigningCertificate")
        return True, find_by_digest(candidates, algorithm, decoded(value))
    return False, None


def _level(qualifying: list[Any], properties: Any) -> str:
    """Name the level by what is there, not by whether it is right."""
    if properties is None:
        return ""
    names = {str(each.tag).rpartition("}")[2] for each in qualifying[0].iter("*")}
    return next((level for name, level in _STAMPED if name in names), "B")


def _signing_time(properties: Any) -> datetime | None:
    for element in _named(properties, "SigningTime")[:1]:
        try:
            found = datetime.fromisoformat((element.text or "").strip())
        except ValueError:
            return None
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    return None


def _policy(properties: Any) -> str:
    for element in _named(properties, "SigPolicyId")[:1]:
        for identifier in _named(element, "Identifier")[:1]:
            return (identifier.text or "").strip().removeprefix("urn:oid:")[:300]
    return ""
