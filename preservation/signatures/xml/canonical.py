# SPDX-License-Identifier: EUPL-1.2
"""XML canonicalisation over lxml, without its traps.

lxml writes false `xmlns=""` and forgets namespaces when an inner element is canonicalised in place by an
inclusive form, so for those the element is serialised, parsed again by itself and then canonicalised, with
the `xml:` attributes that it inherits. The exclusive form is right in place; a law of the tests watches both.

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
_LONG_TEXT: Final = 16 << 10


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
    exclusive = form == "exclusive"
    if exclusive and etree.iselement(node) and len(node) == 0:
        shell = _shell(node) if len(node.text or "") > _LONG_TEXT else None
        if shell is not None:
            # the text is taken again so that nothing but its octets is held while they are joined
            return _around(canonical_bytes(shell, method, prefixes), escaped(node.text))
    tree: Any = _standalone(node, form) if etree.iselement(node) and not exclusive else node
    listed = list(prefixes) if exclusive and prefixes else None
    try:
        made: bytes = etree.tostring(
            tree, method="c14n", exclusive=exclusive, with_comments=keeps, inclusive_ns_prefixes=listed
        )
    except etree.C14NError as cause:
        raise Unsupported(f"it has no canonical form: {cause}"[:200]) from cause
    return made


def _shell(node: etree._Element) -> etree._Element | None:
    """Return an element with the name and attributes of a leaf and without its text.

    libxml2 writes text octet by octet, four times as long as we need. None where two prefixes mean the same
    namespace, so that the copy might be written with the wrong one.
    """
    scope: Any = node.nsmap
    if len(set(scope.values())) != len(scope):
        return None
    attributes: Any = node.attrib
    shell = etree.Element(node.tag, attributes, nsmap=scope)
    return shell if shell.prefix == node.prefix else None


def _around(tags: bytes, text: bytes) -> bytes:
    """Put a text between the start and the end tag of an empty element."""
    start, closing, name = tags.rpartition(b"</")
    return b"".join((start, text, closing, name))


def escaped(text: str | None) -> bytes:
    """Write text as every canonical form writes a text node."""
    written = text or ""
    for letter, instead in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#xD;")):
        if letter in written:
            written = written.replace(letter, instead)
    return written.encode()


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
    tree = copy_of(node)
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
