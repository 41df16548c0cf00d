# SPDX-License-Identifier: EUPL-1.2
"""The transforms of a ds:Reference, one by one.

Known ones only: enveloped-signature, base64, the three canonicalisations, XPath and XPath Filter 2 as far as
`xpath` reads them. XSLT and anything else is refused: a transform that we guess wrongly would make a false
verdict, and one that we run blindly is a program of a stranger's.

Source: XML Signature 1.1 section 6.6; XML-Signature XPath Filter 2.0.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from archive.errors import LongevaError
from archive.xml import parse_xml
from preservation.signatures.facts import Malformed, Unsupported
from preservation.signatures.xml.canonical import METHODS
from preservation.signatures.xml.names import (
    BASE64,
    DS,
    ENVELOPED,
    FILTER2,
    INCLUSIVE_NAMESPACES,
    SIGNATURE,
    XADES_VERSIONS,
    XPATH,
)
from preservation.signatures.xml.nodes import Nodes, canonical_nodes
from preservation.signatures.xml.place import first
from preservation.signatures.xml.xpath import Choice, Where, boolean_choice, path_choice

MAX_FILTERS: Final = 16
_PROPERTIES: Final = {
    *(f"{{{version}}}QualifyingProperties" for version in XADES_VERSIONS),
    *(f"{{{DS}}}{name}" for name in ("Manifest", "SignatureProperties")),
}
"""What stands in a ds:Object without being content."""


def apply(transform: Any, state: Nodes | bytes, signature: Any, by_id: dict[str, list[Any]]) -> Nodes | bytes:
    """Run one transform.

    Args:
        transform: The ds:Transform.
        state: What the one before gave.
        signature: The ds:Signature that it belongs to.
        by_id: Elements of the document of the signature by Id.

    Raises:
        Unsupported: A transform, or an expression in it, that we refuse.
        Malformed: Content that it cannot be applied to.
    """
    algorithm = transform.get("Algorithm", "")
    if algorithm == BASE64:
        return _decode(state)
    nodes = _parsed(state) if isinstance(state, bytes) else state
    if algorithm in METHODS:
        listed = first(transform, INCLUSIVE_NAMESPACES)
        prefixes = () if listed is None else (listed.get("PrefixList") or "").split()
        return canonical_nodes(nodes, algorithm, prefixes)
    own = nodes.tree.getroot() is signature.getroottree().getroot()
    if algorithm == ENVELOPED:
        return nodes.less((signature,)) if own else nodes
    if algorithm in {XPATH, FILTER2}:
        known = by_id if own else {}
        return _chosen(transform, nodes, signature, known)
    raise Unsupported(f"transform {algorithm[:80]}")


def _chosen(transform: Any, nodes: Nodes, signature: Any, by_id: dict[str, list[Any]]) -> Nodes:
    if transform.get("Algorithm") == FILTER2:
        return _filtered(transform, nodes, signature, by_id)
    stated = transform.find(f"{{{DS}}}XPath")
    if stated is None:
        raise Unsupported("an XPath transform without expression")
    return nodes.within(boolean_choice(_expression(stated), _where(stated, nodes, signature, by_id)))


def _expression(stated: Any) -> str:
    """Return all of an expression: a comment, which nobody signed, must not end it early."""
    return "".join(stated.itertext("*"))


def _where(stated: Any, nodes: Nodes, signature: Any, by_id: dict[str, list[Any]]) -> Where:
    namespaces = {prefix: uri for prefix, uri in stated.nsmap.items() if prefix}
    return Where(nodes.tree, namespaces, signature, by_id)


def _filtered(transform: Any, nodes: Nodes, signature: Any, by_id: dict[str, list[Any]]) -> Nodes:
    """XPath Filter 2.0 section 3.4: each filter works on what the one before left of the whole document."""
    listed = transform.findall(f"{{{FILTER2}}}XPath")
    if not 0 < len(listed) <= MAX_FILTERS:
        raise Unsupported(f"{len(listed)} XPath filters")
    left = Nodes(nodes.tree)
    for stated in listed:
        choice = path_choice(_expression(stated).strip(), _where(stated, nodes, signature, by_id))
        found = choice.keep or ()
        if choice.inner and len(listed) > 1:
            raise Unsupported("a transform of the inside of elements")
        if signature in found and nodes.tree.getroot() is not signature.getroottree().getroot():
            raise Unsupported("an XPath filter that looks from another document")
        kind = stated.get("Filter")
        if kind == "subtract" and not choice.inner:
            left = left.less(found)
        elif kind == "intersect":
            left = left.within(choice)
        elif kind == "union" and not choice.inner:
            left = left.joined(found)
        else:
            raise Unsupported(f"XPath filter {str(kind)[:40]}")
    return nodes.within(Choice(left.tops, left.removed, left.inner))


def _parsed(data: bytes) -> Nodes:
    try:
        return Nodes(parse_xml(data), comments=True)
    except LongevaError as cause:
        raise Unsupported(f"external content that is not XML: {cause}") from cause


def _decode(state: Nodes | bytes) -> bytes:
    text = state if isinstance(state, bytes) else _text(state)
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error as cause:
        raise Malformed("signed content is not base64") from cause


def _text(nodes: Nodes) -> bytes:
    if nodes.tops is not None and len(nodes.tops) != 1:
        raise Unsupported("base64 of several elements")
    if next(nodes.apex.iterchildren("*"), None) is not None:
        # the elements between would not be signed, and nobody would see that
        raise Unsupported("base64 of an element that holds elements")
    return "".join(nodes.apex.itertext("*")).encode()


def left_out(state: Nodes | bytes, signature: Any) -> list[Any]:
    """Return what was removed and is content: whoever reads the document sees it, and nobody signed it.

    Raises:
        Unsupported: It was removed from octets that were parsed again: it could not be told where it stands.
    """
    if isinstance(state, bytes):
        return []
    found = [each for each in state.removed if each is not signature and _holds_content(each)]
    if found and state.tree.getroot() is not signature.getroottree().getroot():
        raise Unsupported(f"a transform that leaves out {found[0].tag[-80:]}")
    return found


def _holds_content(element: Any) -> bool:
    """Tell whether an element is more than a signature with its properties."""
    if element.tag != SIGNATURE:
        return True
    held = (each for each in element.iterfind(f"{{{DS}}}Object/*") if isinstance(each.tag, str))
    texts = (each.text or "" for each in element.iterfind(f"{{{DS}}}Object"))
    return any(each.tag not in _PROPERTIES for each in held) or any(each.strip() for each in texts)
