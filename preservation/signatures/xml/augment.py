# SPDX-License-Identifier: EUPL-1.2
"""Augment XAdES to T, LT and LTA, and renew LTA: properties are spliced into the bytes, nothing else changes.

Every signature is brought to the level that stands in no other one's properties and that no other signature
signs: a counter-signature, or an inner signature that an outer one covers, is protected by what is added to
the outer one, and could not grow without breaking it. Whatever is made is read again before it is handed out:
nothing that held may hold no more, and every new time stamp must hold.

Limits: files that a signed ds:Manifest names are not covered by an archive time stamp of XAdES; an evidence
record over them is.

Source: ETSI EN 319 132-1 sections 5.3, 5.4, 5.5 and 6.3; EN 319 102-1 section 4.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from archive.errors import InvalidRequest, LongevaError, NotAvailable
from archive.xml import parse_xml
from preservation.indications import Outcome
from preservation.signatures.augmentation import Augmentation
from preservation.signatures.content import Resolver
from preservation.signatures.facts import Malformed, Unsupported
from preservation.signatures.xml.binding import qualifying_of
from preservation.signatures.xml.canonical import EXCLUSIVE, canonical_bytes
from preservation.signatures.xml.core import check_references, signatures_in, tag
from preservation.signatures.xml.growing import lacking, old_stamp_element, stamp_element, values_elements
from preservation.signatures.xml.imprints import Scope, archive_octets
from preservation.signatures.xml.keys import certificates_in
from preservation.signatures.xml.names import XADES_132, XADES_141
from preservation.signatures.xml.properties import child, version_of
from preservation.signatures.xml.read import read_xml
from preservation.signatures.xml.references import Identifiers, Missing
from preservation.signatures.xml.splice import splice_properties
from preservation.signatures.xml.values import values_in

_BEFORE_ARCHIVES: Final = frozenset({"1.1.1", "1.2.2"})
"""Versions whose schema has no place for properties of 1.4.1 (TS 101 903 V1.3.2 opened it)."""

Addition = Callable[["_Growing"], bytes]


@dataclass(frozen=True, slots=True)
class _Growing:
    """One signature that is being augmented."""

    signature: Any
    qualifying: Any
    scope: Scope

    @property
    def space(self) -> str:
        """Namespace of its properties."""
        return str(self.qualifying.tag[1:].partition("}")[0])

    @property
    def version(self) -> str:
        """Version of its properties."""
        return version_of(self.qualifying)

    def has(self, *names: str) -> bool:
        """Whether one of these unsigned properties is there."""
        held = child(child(self.qualifying, "UnsignedProperties"), "UnsignedSignatureProperties")
        return any(child(held, name) is not None for name in names)


def augment_xml(data: bytes, plan: Augmentation, resolver: Resolver | None = None) -> bytes:
    """Bring the XAdES signatures of a document to a level, by splicing bytes.

    Args:
        data: The document, in any accepted encoding but UTF-16.
        plan: Level, authority, material, and the digest of new time stamps. LTA of what has an archive time
            stamp already (LTA, or the older -A) is a renewal.
        resolver: Gives what is signed outside of it; needed for LTA.

    Returns:
        The document with new unsigned properties; every other octet is as it was.

    Raises:
        InvalidRequest: Not XML, no XAdES signature, content that is needed and missing, nothing to add, or
            a result that would not hold.
        NotAvailable: XAdES 1.1.1 or 1.2.2, whose schema cannot carry an archive time stamp.
        TimestampUnavailable: The authority gave no token.
    """
    try:
        made = _extended(data, resolver, lambda each: _stamp(each, plan))
        if plan.level in {"LT", "LTA"}:
            made = _extended(made, resolver, lambda each: _values(each, plan))
        if plan.level == "LTA":
            made = _extended(made, resolver, lambda each: _archive_stamp(each, plan))
    except (Malformed, Unsupported, Missing, ValueError, TypeError, AttributeError) as cause:
        raise InvalidRequest(f"this signature cannot be augmented: {cause}") from cause
    if made == data:
        raise InvalidRequest(f"there is nothing to add for level {plan.level}")
    _require_unbroken(data, made, resolver)
    return made


def _extended(data: bytes, resolver: Resolver | None, addition: Addition) -> bytes:
    """Splice what `addition` gives into each signature that may grow."""
    try:
        tree = parse_xml(data)
    except LongevaError as cause:
        raise InvalidRequest(f"not XML that can be augmented: {cause}") from cause
    growing = _growing(tree, resolver)
    if not growing:
        raise InvalidRequest("there is no XAdES signature that may grow")
    made = [(each.qualifying, addition(each)) for each in growing]
    return splice_properties(data, [(qualifying, encoded) for qualifying, encoded in made if encoded])


def _growing(tree: Any, resolver: Resolver | None) -> list[_Growing]:
    identifiers = Identifiers.of(tree)
    signatures = signatures_in(tree)
    checked = {each: check_references(each, identifiers, resolver) for each in signatures}
    found = []
    for signature in signatures:
        qualifying = qualifying_of(signature)
        nested = next(signature.iterancestors(tag("Signature")), None) is not None
        signed = any(
            reference.signs(signature)
            for other in signatures
            if other is not signature
            for reference in checked[other]
        )
        if len(qualifying) == 1 and not nested and not signed:
            found.append(_Growing(signature, qualifying[0], Scope(signature, identifiers, resolver)))
    return found


def _stamp(growing: _Growing, plan: Augmentation) -> bytes:
    """SignatureTimeStamp, where no time stamp proves the signature value yet."""
    if growing.has("SignatureTimeStamp", "SigAndRefsTimeStamp", "ArchiveTimeStamp"):
        return b""
    value = growing.signature.find(tag("SignatureValue"))
    octets = canonical_bytes(value, EXCLUSIVE)
    if growing.version != "1.1.1":
        return stamp_element("SignatureTimeStamp", growing.space, octets, plan)
    if not value.get("Id"):
        raise NotAvailable("a time stamp of XAdES 1.1.1 names the signature value, which has no Id here")
    return old_stamp_element(growing.space, value.get("Id"), octets, plan)


def _values(growing: _Growing, plan: Augmentation) -> bytes:
    """The material that is not there yet; behind a time stamp that covers the values, beside them."""
    held = values_in(growing.qualifying, counters=False)
    held.certificates += certificates_in(growing.signature)
    newer = growing.has(
        "CertificateValues", "RevocationValues", "ArchiveTimeStamp", "TimeStampValidationData"
    )
    if newer:
        _require_open(growing)
    # the types of values are those of 1.3.2, inside TimeStampValidationData of 1.4.1 too
    space = XADES_132 if growing.space == XADES_141 else growing.space
    return values_elements(space, lacking(plan.material, held), newer=newer)


def _archive_stamp(growing: _Growing, plan: Augmentation) -> bytes:
    _require_open(growing)
    octets = archive_octets(growing.qualifying, growing.scope, EXCLUSIVE)
    return stamp_element("ArchiveTimeStamp", XADES_141, octets, plan, inner=XADES_132)


def _require_open(growing: _Growing) -> None:
    if growing.version in _BEFORE_ARCHIVES:
        raise NotAvailable(
            f"XAdES {growing.version} has no place for archive time stamps and what they need;"
            " an evidence record protects it as it is"
        )


def _require_unbroken(before: bytes, after: bytes, resolver: Resolver | None) -> None:
    """Every comparison that held before must hold after, and every new time stamp too."""
    old, new = read_xml(before, resolver), read_xml(after, resolver)
    if [each.place for each in old] != [each.place for each in new]:
        raise InvalidRequest("augmentation would lose a signature")
    for one, other in zip(old, new, strict=True):
        good = sum(stamp.imprint.outcome is Outcome.OK for stamp in one.stamps)
        still = sum(stamp.imprint.outcome is Outcome.OK for stamp in other.stamps)
        added = len(other.stamps) - len(one.stamps)
        if (one.intact and not other.intact) or still < good + added:
            raise InvalidRequest(f"augmentation would break {one.place or 'the signature'}")
