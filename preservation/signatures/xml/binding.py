# SPDX-License-Identifier: EUPL-1.2
"""Whether the properties are those of this very signature, and what a counter-signature counter-signs.

Signature wrapping moves what was signed to where nobody looks and puts something else in its place; the
digests still agree. So SignedProperties must be the only ones of the only QualifyingProperties of this
signature, named whole by one of its references, and nothing may be signed as properties that is not them.

Source: ETSI EN 319 132-1 sections 4.3, 4.4, 5.2.7; TS 101 903 section 6.3; XML Signature 1.1 section 8.1.
"""

from __future__ import annotations

from typing import Any, Final

from preservation.signatures.xml.core import SignedReference
from preservation.signatures.xml.names import COUNTERSIGNED, DS, SIGNATURE, XADES_VERSIONS
from preservation.signatures.xml.place import local_name, path_of
from preservation.signatures.xml.properties import child, version_of

_OBJECT: Final = f"{{{DS}}}Object"
_VALUE: Final = f"{{{DS}}}SignatureValue"
_QUALIFYING: Final = tuple(f"{{{version}}}QualifyingProperties" for version in XADES_VERSIONS)
_TYPE_OF_PROPERTIES: Final = "#SignedProperties"


def qualifying_of(signature: Any) -> list[Any]:
    """Return every QualifyingProperties that stands directly in a ds:Object of the signature."""
    return [each for held in signature.iterchildren(_OBJECT) for each in held.iterchildren(*_QUALIFYING)]


def property_problems(qualifying: list[Any], references: list[SignedReference]) -> list[str]:
    """Tell why the properties cannot be taken for this signature's; nothing where they can.

    Args:
        qualifying: From `qualifying_of`.
        references: Every reference of the signature, checked.
    """
    if len(qualifying) > 1:
        return ["it has several QualifyingProperties"]
    sets = [each for each in qualifying[0] if local_name(each) == "SignedProperties"] if qualifying else []
    if len(sets) > 1:
        return ["it has several SignedProperties"]
    own = sets[0] if sets else None
    found = [] if own is None else _not_signed_whole(own, references)
    foreign = any(
        part is not own and local_name(part) == "SignedProperties" and version_of(part)
        for each in references
        for part in each.parts
    )
    mistyped = own is not None and any(
        each.parts != (own,) and str(each.node.get("Type", "")).endswith(_TYPE_OF_PROPERTIES)
        for each in references
        if not each.manifest
    )
    if foreign:
        found.append("it signs the properties of another signature")
    elif mistyped:
        found.append("what it signs as its properties is not its properties")
    return found


def _not_signed_whole(own: Any, references: list[SignedReference]) -> list[str]:
    naming = [each for each in references if each.parts == (own,) and not each.manifest]
    if not naming:
        return ["its SignedProperties are not what it signs"]
    if any(each.left_out for each in naming):
        return ["it signs only a part of its SignedProperties"]
    if qualifying_names_another(own.getparent()):
        return ["its properties say that they are another signature's"]
    return []


def qualifying_names_another(qualifying: Any) -> bool:
    """Whether Target names an element that is there and is another signature (EN 319 132-1 section 4.3.1)."""
    target = str(qualifying.get("Target", "")).removeprefix("#")
    holder = next(qualifying.iterancestors(SIGNATURE), None)
    if not target or holder is None or holder.get("Id") == target:
        return False
    tree = qualifying.getroottree()
    return any(each.get("Id") == target for each in tree.iter(SIGNATURE))


def counter_problems(signature: Any, references: list[SignedReference]) -> list[str]:
    """EN 319 132-1 section 5.2.7.2: a counter-signature signs the value of the signature that holds it."""
    parent = signature.getparent()
    if parent is None or local_name(parent) != "CounterSignature":
        return []
    holder = next(signature.iterancestors(SIGNATURE), None)
    value = None if holder is None else holder.find(_VALUE)
    if value is not None and any(each.parts == (value,) for each in references):
        return []
    return ["it counter-signs something else than the signature that holds it"]


def countersigned(signature: Any, references: list[SignedReference]) -> str:
    """Return the place of the signature whose value this one signs; empty where it signs content.

    A counter-signature stands in the properties of the one it signs, says so by the Type of its reference,
    or signs nothing but a signature value beside its own properties.
    """
    content = [each for each in references if not _is_own(each, signature) and not each.manifest]
    values = [each for each in content if [part.tag for part in each.parts] == [_VALUE]]
    if not values:
        return ""
    told = any(each.node.get("Type", "") == COUNTERSIGNED for each in values)
    if not told and len(values) != len(content):
        return ""
    holder = values[0].parts[0].getparent()
    return "" if holder is None or holder is signature or holder.tag != SIGNATURE else path_of(holder)


def _is_own(reference: SignedReference, signature: Any) -> bool:
    """Whether a reference names the properties of this signature: they are no content."""
    element = reference.parts[0] if len(reference.parts) == 1 else None
    qualifying = None if element is None else element.getparent()
    return (
        qualifying is not None
        and local_name(element) == "SignedProperties"
        and qualifying.tag in _QUALIFYING
        and (held := qualifying.getparent()) is not None
        and held.tag == _OBJECT
        and held.getparent() is signature
    )


def properties_of(qualifying: list[Any]) -> Any:
    """Return the SignedProperties of the first QualifyingProperties, or None."""
    return child(qualifying[0], "SignedProperties") if qualifying else None
