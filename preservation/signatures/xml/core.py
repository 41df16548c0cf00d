# SPDX-License-Identifier: EUPL-1.2
"""XML Signature core validation: every reference, then the value over SignedInfo.

Our own, because the libraries at hand take one signature per document, refuse what Spanish signers write, or
accept a signature whose properties were swapped.

Source: XML Signature 1.1 section 3.2 (core validation), 4.5 (KeyInfo); RFC 9231.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from preservation.algorithms import Mechanism, verify_value
from preservation.indications import Check, Outcome
from preservation.signatures.content import BytesContent, Resolver
from preservation.signatures.facts import Malformed, Unsupported
from preservation.signatures.xml.canonical import canonical_bytes
from preservation.signatures.xml.names import (
    DIGESTS,
    DS,
    INCLUSIVE_NAMESPACES,
    MANIFEST,
    PSS_WITH_PARAMETERS,
    SIGNATURE,
    SIGNATURES,
)
from preservation.signatures.xml.place import first
from preservation.signatures.xml.references import (
    Identifiers,
    Missing,
    Resolved,
    external_content,
    identifier_in,
    resolve,
)
from preservation.strength import Algorithm

MAX_REFERENCES: Final = 5_000
VALUE: Final = f"{{{DS}}}SignatureValue"
_INFO: Final = f"{{{DS}}}SignedInfo"
_REFERENCE: Final = f"{{{DS}}}Reference"
_METHOD: Final = f"{{{DS}}}SignatureMethod"
_DIGEST_METHOD: Final = f"{{{DS}}}DigestMethod"
_DIGEST_VALUE: Final = f"{{{DS}}}DigestValue"
_MECHANISMS: Final = {
    uri: Mechanism("dsa-plain" if kind == "dsa" else kind, digest)
    for uri, (kind, digest) in SIGNATURES.items()
}
_NOTHING: Final = Resolved(b"")
_OBJECT: Final = f"{{{DS}}}Object"


@dataclass(frozen=True, slots=True)
class SignedReference:
    """One reference with its check and what it names."""

    check: Check
    element: Any
    """The element of the document that is signed, or None."""
    node: Any = field(repr=False)
    """The ds:Reference."""
    manifest: bool = False
    """It stands in a ds:Manifest that is signed, not in SignedInfo."""
    left_out: tuple[Any, ...] = ()
    """Elements of the document that its transforms took away: they are not signed."""
    kept: tuple[Any, ...] | None = None
    """Where its transforms chose parts of the element, those parts, perhaps none: nothing else is signed."""
    kept_outside: tuple[str, ...] = ()
    """The same in a document outside, by their paths in it."""

    inner: bool = False
    """Only what stands inside of `kept` is signed, not the elements themselves."""
    removed: tuple[Any, ...] = ()
    """Everything that its transforms took away, signatures too."""

    @property
    def parts(self) -> tuple[Any, ...]:
        """The elements that are signed: what is named, or what its transforms chose of it and left there."""
        return () if self.inner else self.tops

    @property
    def tops(self) -> tuple[Any, ...]:
        """Where what is signed stands; of `inner`, the elements around it."""
        named = () if self.element is None else (self.element,)
        chosen = named if self.kept is None else self.kept
        if not self.removed:
            return chosen
        gone = set(self.removed)
        return tuple(each for each in chosen if gone.isdisjoint((each, *each.iterancestors())))

    def signs(self, element: Any) -> bool:
        """Whether an element is in what is signed, so that it may not change."""
        line = [element, *element.iterancestors()]
        gone, tops = set(self.removed), set(self.tops)
        return not any(each in gone for each in line) and any(each in tops for each in line)


def tag(name: str) -> str:
    """Return a name of XML Signature as lxml writes it."""
    return f"{{{DS}}}{name}"


def decoded(element: Any) -> bytes:
    """Return the octets of an element that holds base64.

    Raises:
        Malformed: It does not.
    """
    if element is None:
        raise Malformed("an element is missing")
    text = (element.text or "") if len(element) == 0 else "".join(element.itertext("*"))
    try:
        return octets_of(text)
    except ValueError as cause:
        raise Malformed(f"{element.tag[-40:]} is not base64") from cause


def octets_of(text: str) -> bytes:
    """Return what a base64 text says, its blanks (XML Schema part 2, section 3.2.16) left aside.

    Raises:
        ValueError: It is not base64.
    """
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # most signers write one line: blanks are looked for where there are some
        return binascii.a2b_base64(text.encode("ascii").translate(None, b" \t\r\n"), strict_mode=True)


def signatures_in(tree: Any) -> list[Any]:
    """Return every ds:Signature of a document, counter-signatures too, in document order."""
    return [each for each in tree.iter(SIGNATURE) if first(each, _INFO) is not None]


def check_references(
    signature: Any, identifiers: Identifiers, resolver: Resolver | None
) -> list[SignedReference]:
    """Check every reference of SignedInfo, and those of a signed ds:Manifest.

    Raises:
        Malformed: More references than anybody needs.
    """
    listed = [each for info in signature.iterchildren(_INFO) for each in info.iterchildren(_REFERENCE)]
    if len(listed) > MAX_REFERENCES:
        raise Malformed(f"{len(listed)} references")
    found = [check_reference(each, signature, identifiers, resolver) for each in listed]
    manifests = dict.fromkeys(manifest for each in found for manifest in _manifests(each))
    for manifest in manifests:
        entries = manifest.findall(tag("Reference"))
        if len(found) + len(entries) > MAX_REFERENCES:
            raise Malformed(f"a manifest of {len(entries)} references")
        for entry in entries:
            checked = check_reference(entry, signature, identifiers, resolver)
            found.append(replace(checked, manifest=True))
    return found


def _manifests(reference: SignedReference) -> Iterator[Any]:
    """Yield every ds:Manifest that a reference signs as such (XML Signature 1.1 section 5.1)."""
    if reference.node.get("Type") == MANIFEST:
        for part in reference.parts:
            yield from (each for each in part.iter(tag("Manifest")) if reference.signs(each))


def check_reference(
    reference: Any, signature: Any, identifiers: Identifiers, resolver: Resolver | None
) -> SignedReference:
    """Compare one digest."""
    name = str(reference.get("URI", "(no URI)"))[:120] or "(document)"
    resolved = _NOTHING
    try:
        algorithm = _digest_name(reference)
        stated = decoded(first(reference, _DIGEST_VALUE))
        _require_own_object(reference, identifiers)
        content = external_content(reference, resolver)
        if content is None:
            resolved = resolve(reference, signature, identifiers, resolver)
            content = BytesContent(resolved.octets)
        computed = content.digest(algorithm)
    except Missing as problem:
        return SignedReference(Check(name, Outcome.MISSING, str(problem)), None, reference)
    except Malformed as problem:
        return SignedReference(Check(name, Outcome.FAILED, str(problem)), None, reference)
    except Unsupported as problem:
        return SignedReference(Check(name, Outcome.UNSUPPORTED, str(problem)), None, reference)
    if computed is None:
        told = f"its content is not known by its {algorithm}"
        return SignedReference(Check(name, Outcome.MISSING, told), resolved.element, reference)
    outcome = Outcome.OK if computed == stated else Outcome.FAILED
    return SignedReference(
        Check(name, outcome, "" if outcome is Outcome.OK else algorithm),
        resolved.element,
        reference,
        left_out=resolved.left_out,
        kept=resolved.kept,
        kept_outside=resolved.kept_outside,
        inner=resolved.inner,
        removed=resolved.removed,
    )


def _require_own_object(reference: Any, identifiers: Identifiers) -> None:
    """A ds:Object that is signed inside a signature stands directly in it: put deeper, it was wrapped."""
    uri = reference.get("URI") or ""
    if len(uri) < 2 or not uri.startswith("#"):
        return
    for element in identifiers.by_id.get(identifier_in(uri), ()):
        if element.tag != _OBJECT or element.getparent() is None:
            continue
        inside = next(element.iterancestors(SIGNATURE), None)
        if inside is not None and element.getparent() is not inside:
            raise Malformed("the ds:Object that is signed was moved")


def _digest_name(reference: Any) -> str:
    method = first(reference, _DIGEST_METHOD)
    algorithm = DIGESTS.get("" if method is None else method.get("Algorithm", ""))
    if algorithm is None:
        raise Unsupported("its digest algorithm")
    return algorithm


def signed_info_octets(signature: Any) -> bytes:
    """Return what the signature value is over.

    Raises:
        Malformed: SignedInfo is incomplete.
        Unsupported: Its canonicalisation.
    """
    info = first(signature, _INFO)
    method = first(info, tag("CanonicalizationMethod"))
    if method is None or first(info, _METHOD) is None:
        raise Malformed("SignedInfo is incomplete")
    listed = first(method, INCLUSIVE_NAMESPACES)
    prefixes = () if listed is None else (listed.get("PrefixList") or "").split()
    return canonical_bytes(info, method.get("Algorithm", ""), prefixes)


def check_value(signature: Any, keys: list[bytes]) -> tuple[Check, int]:
    """Check the signature value with each candidate key.

    Returns:
        The check, and which key held (0 where none did).
    """
    name = "signature value"
    try:
        octets = signed_info_octets(signature)
        value = decoded(first(signature, VALUE))
        mechanism = mechanism_of(signature)
    except Malformed as problem:
        return Check(name, Outcome.FAILED, str(problem)), 0
    except Unsupported as problem:
        return Check(name, Outcome.UNSUPPORTED, str(problem)), 0
    worst = Check(name, Outcome.UNSUPPORTED, "no key to check it with")
    for number, key in enumerate(keys):
        check = verify_value(key, mechanism, value, data=octets)
        if check.outcome is Outcome.OK:
            return check, number
        if worst.outcome is not Outcome.FAILED:
            worst = check
    return worst, 0


def mechanism_of(signature: Any) -> Mechanism:
    """Return how the value was made.

    Raises:
        Unsupported: A method that we do not know.
    """
    methods = (each for info in signature.iterchildren(_INFO) for each in info.iterchildren(_METHOD))
    method = next(methods, None)
    uri = "" if method is None else method.get("Algorithm", "")
    if uri == PSS_WITH_PARAMETERS:
        return _pss(method)
    if uri not in _MECHANISMS:
        raise Unsupported(f"signature method {uri[:80]}")
    return _MECHANISMS[uri]


def _pss(method: Any) -> Mechanism:
    """RFC 9231 section 2.3.9: every parameter has a default."""
    digest = mask = "sha256"
    salt = None
    for element in method.iter("*"):
        name = str(element.tag).rpartition("}")[2]
        if name == "DigestMethod" and element.getparent().tag.endswith("RSAPSSParams"):
            digest = DIGESTS.get(element.get("Algorithm", ""), "?")
            mask = digest
        elif name == "DigestMethod":
            mask = DIGESTS.get(element.get("Algorithm", ""), "?")
        elif name == "SaltLength":
            salt = int((element.text or "").strip() or 0)
    return Mechanism("pss", digest, mask, salt)


def algorithms_in(signature: Any) -> tuple[Algorithm, ...]:
    """Return the digests met in SignedInfo."""
    uris = [each.get("Algorithm", "") for each in first(signature, _INFO).iter(_DIGEST_METHOD)]
    found = [DIGESTS.get(uri, "unknown") for uri in uris]
    try:
        found.append(mechanism_of(signature).digest)
    except (Unsupported, ValueError):
        found.append("unknown")
    return tuple(Algorithm(name) for name in dict.fromkeys(found))
