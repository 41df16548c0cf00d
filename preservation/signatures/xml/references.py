# SPDX-License-Identifier: EUPL-1.2
"""From a ds:Reference to the octets that were digested.

Known transforms only: enveloped-signature, base64, the three canonicalisations, the one XPath that Spanish
signers write and plain subtractions of XPath Filter 2. XSLT and anything else is refused: a transform that we
guess wrongly would make a false verdict, and one that we run blindly is a program of a stranger's.

A reference to an Id that stands twice is refused (signature wrapping). Nothing is fetched: what is outside
the document comes from the caller's resolver or is missing.

Source: XML Signature 1.1 sections 4.4.3 and 6.6; XML-Signature XPath Filter 2.0.
"""

from __future__ import annotations

import base64
import binascii
import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from archive.errors import LongevaError
from archive.xml import parse_xml
from preservation.signatures.content import Content, KnownDigests, Resolver
from preservation.signatures.facts import Malformed, Unsupported
from preservation.signatures.xml.canonical import INCLUSIVE, METHODS, canonical_bytes
from preservation.signatures.xml.names import (
    BASE64,
    DS,
    EC,
    ENVELOPED,
    FILTER2,
    ID_ATTRIBUTES,
    XADES_VERSIONS,
    XPATH,
)

MAX_TRANSFORMS: Final = 16
MAX_WORK: Final = 4 << 30
"""Octets canonicalised for one document; some twenty seconds."""
ELEMENT_WORK: Final = 200
"""Octets that copying one element is worth."""
_POINTER: Final = re.compile(r"""#xpointer\(\s*id\(\s*['"]([^'"]+)['"]\s*\)\s*\)""")
_NOT_SIGNATURE: Final = re.compile(r"not\(ancestor-or-self::(?:([A-Za-z_][\w.-]*):)?Signature\)")
_LITERAL: Final = r"(?:'[^'\"]{1,80}'|\"[^'\"]{1,80}\")"
_TEST: Final = (
    rf"(?:(?:local-)?name\(\)\s*=\s*{_LITERAL}|starts-with\(\s*local-name\(\)\s*,\s*{_LITERAL}\s*\))"
)
_STEP: Final = (
    rf"(?:/descendant::|//|/)(?:\*|[A-Za-z_][\w.-]*:[A-Za-z_][\w.-]*)(?:\[{_TEST}(?:\s+or\s+{_TEST})*\])?"
)
_PLAIN_PATH: Final = re.compile(rf"(?:{_STEP}){{1,3}}")

_PROPERTIES: Final = {
    *(f"{{{version}}}QualifyingProperties" for version in XADES_VERSIONS),
    *(f"{{{DS}}}{name}" for name in ("Manifest", "SignatureProperties")),
}
"""What stands in a ds:Object without being content."""


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
        count = 0
        for element in tree.getroot().iter("*"):
            count += 1
            for name in ID_ATTRIBUTES:
                value = element.get(name)
                if value is not None and element not in found.setdefault(value, []):
                    found[value].append(element)
        return cls(found, count)

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
class Nodes:
    """A node set as we need it: a document or an element, less some elements."""

    tree: Any
    apex: Any = None
    """The element, or None for the whole document."""
    removed: tuple[Any, ...] = ()
    comments: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference came to."""

    octets: bytes
    element: Any = None
    """The element of the signed document that it names; its root for the whole document."""
    external: bool = False
    left_out: tuple[Any, ...] = ()
    """Elements that its transforms removed and that hold something else than signatures."""


def identifier_in(uri: str) -> str:
    """Return the Id that a same-document URI names; empty for the whole document."""
    pointed = _POINTER.fullmatch(uri)
    if pointed is not None:
        return pointed[1]
    return "" if uri in {"", "#xpointer(/)"} else uri.removeprefix("#")


def resolve(
    reference: Any,
    signature: Any,
    identifiers: Identifiers,
    resolver: Resolver | None,
    *,
    default: str = INCLUSIVE,
) -> Resolved:
    """Dereference and transform.

    Args:
        reference: The ds:Reference.
        signature: The ds:Signature that it belongs to.
        identifiers: Ids of the document.
        resolver: Gives external content.
        default: Canonicalisation of a node set that no transform turned into octets.

    Raises:
        Missing: Content not supplied.
        Unsupported: A transform that we refuse.
        Malformed: An ambiguous or impossible reference.
    """
    uri = reference.get("URI")
    transforms = reference.findall(f"{{{DS}}}Transforms/{{{DS}}}Transform")
    if len(transforms) > MAX_TRANSFORMS:
        raise Unsupported(f"{len(transforms)} transforms")
    state: Nodes | bytes
    element = None
    external = uri is None or not (uri == "" or uri.startswith("#"))
    if external:
        state = _external(uri or "", resolver)
    else:
        state = _same_document(uri, signature, identifiers)
        element = state.tree.getroot() if state.apex is None else state.apex
    left_out: list[Any] = []
    for transform in transforms:
        identifiers.charge(0, 1)
        state = _apply(transform, state, signature)
        found = _left_out(state, signature)
        identifiers.charge(0, len(found))  # each is told by its path, which is counted among its siblings
        left_out += found
    octets = state if isinstance(state, bytes) else canonical_nodes(state, default)
    identifiers.charge(len(octets), 0)
    return Resolved(octets, element, external, tuple(dict.fromkeys(left_out)))


def external_content(reference: Any, resolver: Resolver | None) -> Content | None:
    """Return the content of an external reference without transforms, to be digested as a stream."""
    uri = reference.get("URI")
    if resolver is None or (uri is not None and (uri == "" or uri.startswith("#"))):
        return None
    content = resolver(uri or "")
    transformed = reference.find(f"{{{DS}}}Transforms/{{{DS}}}Transform") is not None
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
    return Nodes(tree, identifiers.element(identifier_in(uri)), comments=uri.startswith("#xpointer"))


def _apply(transform: Any, state: Nodes | bytes, signature: Any) -> Nodes | bytes:
    algorithm = transform.get("Algorithm", "")
    if algorithm == BASE64:
        return _decode(state)
    nodes = _parsed(state) if isinstance(state, bytes) else state
    if algorithm == ENVELOPED:
        return (
            _less(nodes, (signature,)) if nodes.tree.getroot() is signature.getroottree().getroot() else nodes
        )
    if algorithm == XPATH:
        return _without_signatures(transform, nodes)
    if algorithm == FILTER2:
        return _subtracted(transform, nodes)
    if algorithm in METHODS:
        listed = transform.find(f"{{{EC}}}InclusiveNamespaces")
        prefixes = () if listed is None else (listed.get("PrefixList") or "").split()
        return canonical_nodes(nodes, algorithm, prefixes)
    raise Unsupported(f"transform {algorithm[:80]}")


def _parsed(data: bytes) -> Nodes:
    try:
        return Nodes(parse_xml(data), comments=True)
    except LongevaError as cause:
        raise Unsupported(f"external content that is not XML: {cause}") from cause


def _decode(state: Nodes | bytes) -> bytes:
    if isinstance(state, bytes):
        text = state
    else:
        victims = set(state.removed)
        root = state.tree.getroot() if state.apex is None else state.apex
        text = "".join(_texts(root, victims)).encode()
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error as cause:
        raise Malformed("signed content is not base64") from cause


def _texts(element: Any, victims: set[Any]) -> list[str]:
    if not victims:
        return list(element.itertext("*"))
    found = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child not in victims:
            found += _texts(child, victims)
        found.append(child.tail or "")
    return found


def _without_signatures(transform: Any, nodes: Nodes) -> Nodes:
    stated = transform.find(f"{{{DS}}}XPath")
    text = "" if stated is None else "".join((stated.text or "").split())
    found = _NOT_SIGNATURE.fullmatch(text)
    # XPath 1.0: a name without prefix is in no namespace, so it would remove nothing of ours
    if found is None or not found[1] or stated.nsmap.get(found[1]) != DS:
        raise Unsupported(f"XPath {text[:80]}")
    top = nodes.tree.getroot() if nodes.apex is None else nodes.apex
    return _less(nodes, _outermost(top.iter(f"{{{DS}}}Signature")))


def _subtracted(transform: Any, nodes: Nodes) -> Nodes:
    for stated in transform.findall(f"{{{FILTER2}}}XPath"):
        text = (stated.text or "").strip()
        if stated.get("Filter") != "subtract" or not _PLAIN_PATH.fullmatch(text):
            raise Unsupported(f"XPath filter {stated.get('Filter')} {text[:80]}")
        namespaces = {prefix: uri for prefix, uri in stated.nsmap.items() if prefix}
        selected = nodes.tree.xpath(text, namespaces=namespaces)
        nodes = _less(nodes, _outermost(each for each in selected if isinstance(each.tag, str)))
    return nodes


def _left_out(state: Nodes | bytes, signature: Any) -> list[Any]:
    """Return what was removed and is content: whoever reads the document sees it, and nobody signed it."""
    if isinstance(state, bytes):
        return []
    found = [each for each in state.removed if each is not signature and _holds_content(each)]
    if found and state.tree.getroot() is not signature.getroottree().getroot():
        # removed from octets that were parsed again: it could not be told where it stands
        raise Unsupported(f"a transform that leaves out {found[0].tag[-80:]}")
    return found


def _holds_content(element: Any) -> bool:
    """Tell whether an element is more than a signature with its properties."""
    if element.tag != f"{{{DS}}}Signature":
        return True
    held = (each for each in element.iterfind(f"{{{DS}}}Object/*") if isinstance(each.tag, str))
    texts = (each.text or "" for each in element.iterfind(f"{{{DS}}}Object"))
    return any(each.tag not in _PROPERTIES for each in held) or any(each.strip() for each in texts)


def _outermost(elements: Any) -> tuple[Any, ...]:
    listed = list(elements)
    chosen = set(listed)
    return tuple(each for each in listed if not any(above in chosen for above in each.iterancestors()))


def _less(nodes: Nodes, victims: Sequence[Any]) -> Nodes:
    return replace(nodes, removed=(*nodes.removed, *victims))


def canonical_nodes(nodes: Nodes, method: str, prefixes: Sequence[str] = ()) -> bytes:
    """Canonicalise a node set.

    Raises:
        Unsupported: A method that we do not know.
    """
    comments = None if nodes.comments else False
    if nodes.apex is None:
        return canonical_bytes(_cut_document(nodes), method, prefixes, comments=comments)
    victims = [each for each in nodes.removed if each is nodes.apex or nodes.apex in each.iterancestors()]
    if any(each is nodes.apex for each in nodes.removed) or any(
        above in nodes.removed for above in nodes.apex.iterancestors()
    ):
        return b""
    if not victims:
        return canonical_bytes(nodes.apex, method, prefixes, comments=comments)
    # removed in a copy of the whole document, so that the element still inherits from its ancestors
    tree = copy.deepcopy(nodes.tree)
    apex = _at(tree.getroot(), _steps(nodes.apex))
    for victim in [_at(tree.getroot(), _steps(each)) for each in victims]:
        _cut(victim)
    return canonical_bytes(apex, method, prefixes, comments=comments)


def _cut_document(nodes: Nodes) -> Any:
    if not nodes.removed:
        return nodes.tree
    tree = copy.deepcopy(nodes.tree)
    root = tree.getroot()
    victims = [_at(root, _steps(each)) for each in nodes.removed if each is not nodes.tree.getroot()]
    if len(victims) != len(nodes.removed):
        raise Malformed("a transform removes the whole document")
    for victim in victims:
        if victim.getparent() is not None:
            _cut(victim)
    return tree


def _steps(element: Any) -> list[int]:
    path = []
    while (parent := element.getparent()) is not None:
        path.append(parent.index(element))
        element = parent
    return path[::-1]


def _at(root: Any, steps: Sequence[int]) -> Any:
    for step in steps:
        root = root[step]
    return root


def _cut(element: Any) -> None:
    """Remove an element and leave the text behind it where it was."""
    parent, before, tail = element.getparent(), element.getprevious(), element.tail or ""
    if tail:
        if before is None:
            parent.text = (parent.text or "") + tail
        else:
            before.tail = (before.tail or "") + tail
    element.tail = None
    parent.remove(element)
