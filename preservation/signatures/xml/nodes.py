# SPDX-License-Identifier: EUPL-1.2
"""Node sets as signatures need them: whole subtrees, less whole subtrees, in canonical form.

Source: XML Signature 1.1 section 6.6; Canonical XML 1.0 section 2.4 (document subsets).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from preservation.signatures.facts import Malformed, Unsupported
from preservation.signatures.xml.canonical import canonical_bytes, escaped
from preservation.signatures.xml.xpath import Choice, common, outermost


@dataclass(frozen=True, slots=True)
class Nodes:
    """A document or some of its subtrees, less some elements with what is below."""

    tree: Any
    tops: tuple[Any, ...] | None = None
    """Roots of the subtrees in document order, none inside another; None for the whole document."""
    removed: tuple[Any, ...] = ()
    comments: bool = False
    chosen: bool = False
    """A transform kept some parts of what the reference names, and not the rest."""
    inner: bool = False
    """Only what stands inside of the tops, texts and all: not their own tags and attributes."""

    @property
    def apex(self) -> Any:
        """The only top; the root for the whole document."""
        return self.tree.getroot() if self.tops is None else self.tops[0]

    def less(self, victims: Sequence[Any]) -> Nodes:
        """Return the set without these subtrees.

        Raises:
            Unsupported: They are taken from the inside of elements.
        """
        if self.inner and victims:
            raise Unsupported("a transform of the inside of elements")
        return replace(self, removed=outermost((*self.removed, *victims))) if victims else self

    def within(self, choice: Choice) -> Nodes:
        """Return what an expression leaves of the set."""
        nodes = self if choice.keep is None else self._kept(choice.keep)
        nodes = nodes.less(choice.drop)
        if not choice.inner:
            return nodes
        if nodes.removed or self.inner or nodes.tops != choice.keep:
            raise Unsupported("a transform of the inside of elements")
        return replace(nodes, inner=True, chosen=True)

    def _kept(self, family: Sequence[Any]) -> Nodes:
        root = self.tree.getroot()
        if any(each is root for each in family):
            return self  # comments and instructions outside of the root carry nothing that people read
        tops = family if self.tops is None else common(self.tops, family)
        return replace(self, tops=tuple(sorted(tops, key=_steps)), chosen=True)

    def joined(self, family: Sequence[Any]) -> Nodes:
        """Return the set with these subtrees added (XPath Filter 2, union).

        Raises:
            Unsupported: They stand in something that was taken away.
        """
        if self.tops is None and not self.removed:
            return self
        for each in family:
            if any(above in set(self.removed) for above in (each, *each.iterancestors())):
                raise Unsupported("an XPath filter that puts back what another took away")
        if self.tops is None:
            return self
        tops = outermost((*self.tops, *family))
        return replace(self, tops=tuple(sorted(tops, key=_steps)), chosen=True)

    def holds(self, element: Any) -> bool:
        """Whether an element is in the set."""
        line = [element, *element.iterancestors()]
        if any(each in set(self.removed) for each in line):
            return False
        return self.tops is None or any(each in set(self.tops) for each in line)


def canonical_nodes(nodes: Nodes, method: str, prefixes: Sequence[str] = ()) -> bytes:
    """Canonicalise a node set.

    Raises:
        Unsupported: A method that we do not know.
        Malformed: Nothing is left of a document.
    """
    comments = None if nodes.comments else False
    if nodes.tops is None:
        return canonical_bytes(_cut_document(nodes), method, prefixes, comments=comments)
    if nodes.inner:
        return b"".join(_inside(top, method, prefixes, comments=comments) for top in nodes.tops)
    return b"".join(_canonical(top, nodes, method, prefixes, comments=comments) for top in nodes.tops)


def _inside(top: Any, method: str, prefixes: Sequence[str], *, comments: bool | None) -> bytes:
    """Canonicalise the children of an element: with it out of the set, each child begins anew.

    Raises:
        Unsupported: Comments or instructions among them, which would stand alone.
    """
    if any(not isinstance(each.tag, str) for each in top):
        raise Unsupported("the inside of an element with comments")
    found = [escaped(top.text)]
    for each in top:
        found += [canonical_bytes(each, method, prefixes, comments=comments), escaped(each.tail)]
    return b"".join(found)


def _canonical(
    top: Any, nodes: Nodes, method: str, prefixes: Sequence[str], *, comments: bool | None
) -> bytes:
    if not nodes.removed:
        return canonical_bytes(top, method, prefixes, comments=comments)
    gone = set(nodes.removed)
    if any(each in gone for each in (top, *top.iterancestors())):
        return b""
    victims = [each for each in nodes.removed if top in each.iterancestors()]
    if not victims:
        return canonical_bytes(top, method, prefixes, comments=comments)
    # removed in a copy of the whole document, so that the element still inherits from its ancestors
    tree = copy.deepcopy(nodes.tree)
    root = tree.getroot()
    apex = _at(root, _steps(top))
    for victim in [_at(root, _steps(each)) for each in victims]:
        _cut(victim)
    return canonical_bytes(apex, method, prefixes, comments=comments)


def _cut_document(nodes: Nodes) -> Any:
    if not nodes.removed:
        return nodes.tree
    if any(each is nodes.tree.getroot() for each in nodes.removed):
        raise Malformed("a transform removes the whole document")
    tree = copy.deepcopy(nodes.tree)
    root = tree.getroot()
    for victim in [_at(root, _steps(each)) for each in nodes.removed]:
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
