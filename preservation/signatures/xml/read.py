# SPDX-License-Identifier: EUPL-1.2
"""XAdES on top of the core: properties that must be signed, the one certificate, time stamps.

All namespaces from 1.1.1 to 1.4.1, several signatures in a document and counter-signatures.

* SignedProperties must be those of this very signature and one of its references must name them: a second
  set elsewhere, signed in their stead, is how a signature is wrapped.
* SigningCertificate (v1 or v2) must name the certificate that the value holds with.

Source: ETSI EN 319 132-1 sections 4.4, 5.1, 5.2; TS 101 903.
"""

from __future__ import annotations

from typing import Any, Final

from archive.errors import LongevaError
from archive.xml import parse_xml
from preservation.algorithms import key_algorithm
from preservation.indications import Check, Outcome
from preservation.signatures.content import Resolver
from preservation.signatures.facts import Doubt, Malformed, SignatureFacts, Unsupported
from preservation.signatures.xml.binding import (
    counter_problems,
    countersigned,
    properties_of,
    property_problems,
    qualifying_of,
)
from preservation.signatures.xml.core import (
    VALUE,
    SignedReference,
    algorithms_in,
    check_references,
    check_value,
    decoded,
    signatures_in,
)
from preservation.signatures.xml.imprints import Scope
from preservation.signatures.xml.keys import bare_keys, certificates_in, key_of, usable_keys
from preservation.signatures.xml.level import level_of
from preservation.signatures.xml.place import first, path_of
from preservation.signatures.xml.properties import (
    claims_of,
    declared_certificate,
    names_another_serial,
    policy_name,
    policy_of,
    signing_certificates,
    signing_time,
)
from preservation.signatures.xml.references import Identifiers
from preservation.signatures.xml.stamps import stamps_of
from preservation.signatures.xml.structure import signs_data, structure_problems
from preservation.signatures.xml.values import Values, renewed_digests, values_in

MAX_SIGNATURES: Final = 200
_NO_DATA: Final = Check("signed data", Outcome.MISSING, "it signs nothing but itself")
MAX_NOTES: Final = 20
MAX_PARTS: Final = 200
"""Parts of one element that are named; what is not named is not said to be signed."""


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
    signatures = signatures_in(tree)
    found = [read_signature(each, identifiers, resolver) for each in signatures[:MAX_SIGNATURES]]
    if len(signatures) > MAX_SIGNATURES:
        # what was not looked at must not pass unseen among those that hold
        told = f"not read: {len(signatures)} signatures, of which {MAX_SIGNATURES} were looked at"
        found.append(SignatureFacts(format="XAdES", unreadable=told))
    return found


def read_signature(signature: Any, identifiers: Identifiers, resolver: Resolver | None) -> SignatureFacts:
    """Read one ds:Signature where it stands."""
    place = path_of(signature)
    try:
        return _read(signature, identifiers, resolver, place)
    except (Malformed, Unsupported, ValueError, TypeError, AttributeError, RecursionError) as problem:
        return SignatureFacts(format="XAdES", place=place, unreadable=f"not readable: {problem}"[:300])


def _read(signature: Any, identifiers: Identifiers, resolver: Resolver | None, place: str) -> SignatureFacts:
    qualifying = qualifying_of(signature)
    own = qualifying[0] if qualifying else None
    references = check_references(signature, identifiers, resolver)
    properties = properties_of(qualifying)
    problems = [
        *structure_problems(signature),
        *property_problems(qualifying, references),
        *counter_problems(signature, references),
    ]
    values = Values() if own is None else values_in(own, counters=False)
    inside = certificates_in(signature)
    certs = signing_certificates(properties)
    signer, binds, value, doubts = _signer(signature, certs, inside, values.certificates)
    key = None if signer is None else key_of(signer)
    left_out = tuple(dict.fromkeys(path_of(victim) for each in references for victim in each.left_out))
    policy = policy_of(properties)
    scope = Scope(signature, identifiers, resolver)
    return SignatureFacts(
        format="XAdES" if properties is not None else "XMLDSig",
        level=level_of(own, properties, has_certificates=bool(inside)),
        signer=signer,
        binds_signer=binds,
        certificates=(*inside, *values.certificates),
        crls=tuple(values.crls),
        ocsps=tuple(values.ocsps),
        references=(
            *(each.check for each in references),
            *(() if signs_data(signature, properties, references) else (_NO_DATA,)),
        ),
        value=value,
        stamps=() if own is None else stamps_of(own, scope),
        claimed_time=signing_time(properties),
        policy=policy_name(policy),
        policy_facts=policy,
        claims=claims_of(properties),
        covers=tuple(
            covered for each in references if _is_content(each, properties) for covered in _covered(each)
        ),
        left_out=left_out,
        notes=_notes(own, certs, references, left_out, signer),
        place=place,
        counter_of=countersigned(signature, references),
        signature_value=_value_octets(signature),
        algorithms=(*algorithms_in(signature), *(() if key is None else (key_algorithm(key),))),
        problems=tuple(problems),
        doubts=tuple(doubts),
    )


def _notes(
    own: Any,
    certs: tuple[Any, ...],
    references: list[SignedReference],
    left_out: tuple[str, ...],
    signer: bytes | None,
) -> tuple[str, ...]:
    told = [f"it leaves out {each}" for each in left_out[:MAX_NOTES]]
    empty = [each for each in references if each.element is not None and not each.tops]
    told += [f"of {each.check.name} it signs nothing" for each in empty[:MAX_NOTES]]
    if names_another_serial(certs, signer):
        told.append("the serial number beside the digest of its signing certificate is another one's")
    return tuple(told) if own is None else (*told, *renewed_digests(own))


def _value_octets(signature: Any) -> bytes:
    try:
        return decoded(first(signature, VALUE))
    except Malformed:
        return b""


def _is_content(reference: SignedReference, properties: Any) -> bool:
    return properties is None or reference.parts != (properties,)


def _covered(reference: SignedReference) -> list[str]:
    """Say what a reference signs: the whole of an element, or the parts of it that its transforms chose."""
    name = reference.check.name
    if reference.kept_outside:
        return [f"{name}: {each}" for each in reference.kept_outside[:MAX_NOTES]]
    if reference.element is None:
        return [name.replace(" /", "%20/")]  # what follows a blank is a place in this document
    if reference.inner:
        return [f"{name} (the inside of {path_of(each)})" for each in reference.tops[:MAX_PARTS]]
    return [f"{name} {path_of(each)}" for each in reference.parts[:MAX_PARTS]]


def _signer(
    signature: Any, certs: tuple[Any, ...], inside: list[bytes], carried: list[bytes]
) -> tuple[bytes | None, bool, Check, list[Doubt]]:
    """Find the certificate that the properties name and the value holds with, and whether they name it."""
    unknown = []
    try:
        declared, named = declared_certificate(certs, (*inside, *carried))
    except (Unsupported, Malformed) as problem:
        declared, named = False, None
        unknown = [Doubt("SIG_CONSTRAINTS_FAILURE", str(problem))]
    if named is not None:
        info = key_of(named)
        check, _ = check_value(signature, [] if info is None else [info])
        return named, True, check, []
    pairs = usable_keys(inside)
    bare = list(bare_keys(signature))
    check, number = check_value(signature, [*(key for _, key in pairs), *bare])
    if declared:
        reason = "SigningCertificate names a certificate that is not there"
        unknown.append(Doubt("NO_SIGNING_CERTIFICATE_FOUND", reason))
    signer = pairs[number][0] if number < len(pairs) else None
    return signer, False, check, unknown
