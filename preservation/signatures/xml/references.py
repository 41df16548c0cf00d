# SPDX-License-Identifier: EUPL-1.2
"""From a ds:Reference to the octets that were digested.

A reference to an Id that stands twice is refused (signature wrapping). Nothing is fetched: what is outside
the document comes from the caller's resolver or is missing. The transforms are `transforms`.

Source: XML Signature 1.1 section 4.4.3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from preservation.signatures.content import Content, KnownDigests, Resolver
from preservation.signatures.facts import Malformed, Unsupported
from preservation.signatures.xml.canonical import INCLUSIVE
from preservation.signatures.xml.names import DS, ID_ATTRIBUTES, SIGNATURE
from preservation.signatures.xml.nodes import Nodes, canonical_nodes
from preservation.signatures.xml.place import path_of
from preservation.signatures.xml.transforms import apply, left_out

MAX_TRANSFORMS: Final = 16
MAX_WORK: Final = 2 << 30
"""Octets canonicalised for one document; some five seconds."""
ELEMENT_WORK: Final = 200
"""Octets that copying one element is worth."""
_TRANSFORMS: Final = f"{{{DS}}}Transforms"
_TRANSFORM: Final = f"{{{DS}}}Transform"
_POINTER: Final = re.compile(r"""#xpointer\(\s*id\(\s*['"]([^'"]+)['"]\s*\)\s*\)""")
_WITH_ATTRIBUTES: Final[Any] = etree.XPath("/descendant::*[@*]")
_ELEMENTS: Final[Any] = etree.XPath("count(//*)")


class Missing(Exception):
    """What a reference names was not supplied. Stays inside this package."""


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Every element of a document by its Id, to notice the ones that stand twice."""

    by_id: dict[str, list[Any]]
    elements: int = 0
    """How many elements the document has."""
    spent: list[int] = field(default_factory=lambda: [0])
    """Work done for the references of this document, in octets."""

    def charge(self, octets: int, copies: int) -> None:
        """Count work, so that a small file with thousands of references cannot keep us busy for hours.

        Raises:
            Malformed: More than any honest document asks for.
        """
        self.spent[0] += octets + copies * self.elements * ELEMENT_WORK
        if self.spent[0] > MAX_WORK:
            raise Malformed("its references ask for more work than any honest document")

    @classmethod
    def of(cls, tree: Any) -> Identifiers:
        """Read a document once."""
        found: dict[str, list[Any]] = {}
        for element in _WITH_ATTRIBUTES(tree):
            for name, value in element.items():
                if name in ID_ATTRIBUTES:
                    holders = found.setdefault(value, [])
                    if not holders or holders[-1] is not element:
                        holders.append(element)
        return cls(found, int(_ELEMENTS(tree)))

    def element(self, identifier: str) -> Any:
        """Return the only element with an Id.

        Raises:
            Missing: There is none.
            Malformed: There are several.
        """
        found = self.by_id.get(identifier, [])
        if not found:
            raise Missing(f"no element with Id {identifier[:80]}")
        if len(found) > 1:
            raise Malformed(f"{len(found)} elements have the Id {identifier[:80]} that is signed")
        return found[0]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference came to."""

    octets: bytes
    element: Any = None
    """The element of the signed document that it names; its root for the whole document."""
    external: bool = False
    left_out: tuple[Any, ...] = ()
    """Elements that its transforms removed and that hold something else than signatures."""
    kept: tuple[Any, ...] | None = None
    """Where its transforms chose parts of the element, those parts, perhaps none: nothing else is signed."""
    kept_outside: tuple[str, ...] = ()
    """The same in a document outside, by their paths in it."""
    inner: bool = False
    """What is signed is only what stands inside of `kept`."""
    removed: tuple[Any, ...] = ()
    """Everything that its transforms removed, signatures too."""


def identifier_in(uri: str) -> str:
    """Return the Id that a same-document URI names; empty for the whole document."""
    pointed = _POINTER.fullmatch(uri) if uri.startswith("#xpointer") else None
    if pointed is not None:
        return pointed[1]
    return "" if uri in {"", "#xpointer(/)"} else uri.removeprefix("#")


def transforms_of(reference: Any) -> list[Any]:
    """Return every ds:Transform of a reference, in order."""
    return [each for held in reference.iterchildren(_TRANSFORMS) for each in held.iterchildren(_TRANSFORM)]


def resolve(
    reference: Any,
    signature: Any,
    identifiers: Identifiers,
    resolver: Resolver | None,
    *,
    default: str = INCLUSIVE,
    uri: str | None = None,
) -> Resolved:
    """Dereference and transform.

    Args:
        reference: The ds:Reference.
        signature: The ds:Signature that it belongs to.
        identifiers: Ids of the document.
        resolver: Gives external content.
        default: Canonicalisation of a node set that no transform turned into octets.
        uri: What is named, where that does not stand in the attribute URI.

    Raises:
        Missing: Content not supplied.
        Unsupported: A transform that we refuse.
        Malformed: An ambiguous or impossible reference.
    """
    uri = reference.get("URI") if uri is None else uri
    transforms = transforms_of(reference)
    if len(transforms) > MAX_TRANSFORMS:
        raise Unsupported(f"{len(transforms)} transforms")
    state: Nodes | bytes
    element = None
    external = uri is None or not (uri == "" or uri.startswith("#"))
    if external:
        state = _external(uri or "", resolver)
    else:
        state = _same_document(uri, signature, identifiers)
        element = state.apex
    gone: list[Any] = []
    kept: tuple[Any, ...] | None = None
    inner = False
    removed: list[Any] = []
    for transform in transforms:
        identifiers.charge(0, 1)
        state = apply(transform, state, signature, identifiers.by_id)
        found = left_out(state, signature)
        identifiers.charge(0, len(found))  # each is told by its path, which is counted among its siblings
        gone += found
        removed += () if isinstance(state, bytes) else _where_they_stood(state, element)
        if not isinstance(state, bytes) and state.chosen:
            kept, inner = state.tops or (), state.inner
            identifiers.charge(0, len(kept))
    octets = state if isinstance(state, bytes) else canonical_nodes(state, default)
    identifiers.charge(len(octets), 0)
    own = not kept or kept[0].getroottree().getroot() is signature.getroottree().getroot()
    if not own and not external:
        raise Unsupported("a transform that chooses parts of what was parsed again")
    return Resolved(
        octets,
        element,
        external,
        tuple(dict.fromkeys(gone)),
        kept if own else None,
        () if own else tuple(path_of(each) for each in kept or ()),
        inner,
        tuple(dict.fromkeys(removed)),
    )


def _where_they_stood(state: Nodes, element: Any) -> Sequence[Any]:
    """Return what was removed, as elements of the document: also after it was written and parsed again.

    Many signers canonicalise first and then take the signatures away; those are counted to find them again.
    """
    if not state.removed or element is None or state.tree.getroot() is element.getroottree().getroot():
        return state.removed
    again, before = list(state.tree.getroot().iter(SIGNATURE)), list(element.iter(SIGNATURE))
    if len(again) != len(before):
        return state.removed
    gone = set(state.removed)
    return [old for old, new in zip(before, again, strict=True) if new in gone]


def external_content(reference: Any, resolver: Resolver | None) -> Content | None:
    """Return the content of an external reference without transforms, to be digested as a stream."""
    uri = reference.get("URI")
    if resolver is None or (uri is not None and (uri == "" or uri.startswith("#"))):
        return None
    content = resolver(uri or "")
    transformed = bool(transforms_of(reference))
    # who knows only a digest knows the one that was signed, transforms done
    return None if transformed and not isinstance(content, KnownDigests) else content


def _external(uri: str, resolver: Resolver | None) -> bytes:
    content = None if resolver is None else resolver(uri)
    data = None if content is None else content.whole()
    if data is None:
        raise Missing(f"external content {uri[:120]}")
    return data


def _same_document(uri: str, signature: Any, identifiers: Identifiers) -> Nodes:
    tree = signature.getroottree()
    if uri in {"", "#xpointer(/)"}:
        return Nodes(tree, comments=uri != "")
    if uri.startswith("#xpointer") and _POINTER.fullmatch(uri) is None:
        raise Unsupported(f"the pointer {uri[:80]}")
    top = identifiers.element(identifier_in(uri))
    return Nodes(tree, (top,), comments=uri.startswith("#xpointer"))
