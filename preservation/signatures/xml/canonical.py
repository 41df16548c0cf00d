# SPDX-License-Identifier: EUPL-1.2
"""XML canonicalisation over lxml, without its traps.

lxml writes false `xmlns=""` when an inner element is canonicalised in place under a default namespace, so an
element is serialised, parsed again by itself and then canonicalised; inclusive forms get back the `xml:`
attributes that the element inherits.

Source: Canonical XML 1.0 (section 2.4), Canonical XML 1.1 (section 2.4: xml:id is not inherited, xml:base is
joined, which we refuse rather than guess), Exclusive XML Canonicalization 1.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from lxml import etree

from archive.errors import InvalidRequest, LongevaError
from archive.xml import parse_again, parse_xml
from preservation.signatures.facts import Unsupported
from preservation.signatures.xml.names import EC, SHA256_URI, XML

__all__ = ["EXCLUSIVE", "INCLUSIVE", "METHODS", "SHA256_URI", "canonical_bytes", "copy_of", "parse_exact"]

INCLUSIVE: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE: Final = EC
_INCLUSIVE_11: Final = "http://www.w3.org/2006/12/xml-c14n11"
METHODS: Final[dict[str, tuple[str, bool]]] = {
    INCLUSIVE: ("1.0", False),
    f"{INCLUSIVE}#WithComments": ("1.0", True),
    _INCLUSIVE_11: ("1.1", False),
    f"{_INCLUSIVE_11}#WithComments": ("1.1", True),
    EXCLUSIVE: ("exclusive", False),
    f"{EXCLUSIVE}WithComments": ("exclusive", True),
}
"""Algorithm URI to form and whether it keeps comments."""


def canonical_bytes(
    node: etree._Element | etree._ElementTree,
    method: str,
    prefixes: Sequence[str] = (),
    *,
    comments: bool | None = None,
) -> bytes:
    """Return the canonical octets of a document or of one element of it.

    Args:
        node: A whole document, or an element in the place where it inherits its namespaces.
        method: Algorithm URI.
        prefixes: InclusiveNamespaces PrefixList of an exclusive form.
        comments: False drops comments whatever the method says (a same-document reference without
            XPointer selects none: XML Signature 1.1 section 4.4.3.3).

    Raises:
        Unsupported: A method that we do not know, an inherited xml:base under C14N 1.1, or a relative
            namespace URI (C14N 1.0 section 1.3: it has no canonical form).
    """
    if method not in METHODS:
        raise Unsupported(f"canonicalisation {method[:80]}")
    form, keeps = METHODS[method]
    if comments is False:
        keeps = False
    tree: Any = _standalone(node, form) if etree.iselement(node) else node
    exclusive = form == "exclusive"
    listed = list(prefixes) if exclusive and prefixes else None
    try:
        made: bytes = etree.tostring(
            tree, method="c14n", exclusive=exclusive, with_comments=keeps, inclusive_ns_prefixes=listed
        )
    except etree.C14NError as cause:
        raise Unsupported(f"it has no canonical form: {cause}"[:200]) from cause
    return made


def copy_of(node: etree._Element) -> etree._ElementTree:
    """Return a document of its own for `node` and what is below, with the namespaces it inherits."""
    return parse_again(etree.tostring(node, with_tail=False, encoding="utf-8"))


def parse_exact(data: bytes) -> etree._ElementTree:
    """Parse with the house's hardened parser.

    Raises:
        InvalidRequest: Not XML that is safe to read.
    """
    try:
        return parse_xml(data)
    except LongevaError as cause:
        raise InvalidRequest(f"not XML that can be signed or checked: {cause}") from cause


def _standalone(node: Any, form: str) -> etree._ElementTree:
    if node.getparent() is None and form == "exclusive" and node.getprevious() is None:
        whole: etree._ElementTree = node.getroottree()
        if whole.getroot() is node and node.getnext() is None:
            return whole
    tree = copy_of(node)
    if form != "exclusive":
        _inherit(node, tree.getroot(), form)
    return tree


def _inherit(node: etree._Element, copy: etree._Element, form: str) -> None:
    prefix = f"{{{XML}}}"
    for ancestor in node.iterancestors():
        for name, value in ancestor.attrib.items():
            if not str(name).startswith(prefix) or name in copy.attrib:
                continue
            if form == "1.1" and name == f"{prefix}id":
                continue
            if form == "1.1" and name == f"{prefix}base":
                raise Unsupported("C14N 1.1 with an inherited xml:base")
            copy.set(name, value)
