# SPDX-License-Identifier: EUPL-1.2
"""Canonical XML in place and of a copy that stands alone: where they agree, the quick way may be taken."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from preservation.signatures.xml import canonical
from preservation.signatures.xml.canonical import EXCLUSIVE, INCLUSIVE, canonical_bytes

SPACES = st.sampled_from(["urn:a", "urn:b", ""])
LONG = "QUJD &<>\r\n" * 3_000


@st.composite
def documents(draw, depth=3):
    """Well-formed documents whose namespaces are declared, undeclared and hidden at every level."""

    def element(level, scope):
        declared = draw(st.dictionaries(st.sampled_from(["", "x", "y"]), SPACES, max_size=3))
        declared = {prefix: space for prefix, space in declared.items() if space or not prefix}
        inside = {**scope, **declared}
        usable = [prefix for prefix, space in inside.items() if space]
        prefix = draw(st.sampled_from(["", *usable]))
        name = f"{prefix}:e" if prefix else "e"
        words = [f'xmlns{":" if key else ""}{key}="{space}"' for key, space in declared.items()]
        if prefix and draw(st.booleans()):
            words.append(f'{prefix}:k="1"')
        if draw(st.booleans()):
            words.append('xml:lang="es"')
        children = draw(st.integers(0, 2)) if level else 0
        body = "".join(element(level - 1, inside) for _ in range(children))
        return f"<{' '.join((name, *words))}>{body}<!-- n --></{name}>"

    return element(depth, {})


def _alone(node, prefixes) -> bytes:
    """Canonicalise by writing and parsing again, the slow way that is surely right."""
    tree = canonical.copy_of(node)
    return etree.tostring(
        tree, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes or None
    )


@settings(max_examples=150, deadline=None)
@given(documents(), st.sampled_from([[], ["x"], ["x", "y"]]))
def test_exclusive_form_in_place_is_that_of_a_copy(text, prefixes):
    """Lxml canonicalises an inner element rightly in place, by the exclusive form: noticed if it ever stops."""
    for node in etree.fromstring(text).iter("*"):
        assert canonical_bytes(node, EXCLUSIVE, prefixes) == _alone(node, prefixes)


@settings(max_examples=100, deadline=None)
@given(documents())
def test_inclusive_form_has_a_canonical_form_of_its_own(text):
    """The inclusive form of an element, read again, has the same canonical form: nothing false was written."""
    for node in etree.fromstring(text).iter("*"):
        once = canonical_bytes(node, INCLUSIVE)
        assert canonical_bytes(etree.fromstring(once), INCLUSIVE) == once


@settings(max_examples=50, deadline=None)
@given(documents(depth=2))
def test_long_text_is_written_as_libxml2_writes_it(text):
    """The short way for long texts gives the same octets, whatever prefixes and attributes stand around."""
    for node in list(etree.fromstring(text).iter("*")):
        for child in list(node):
            node.remove(child)
        node.text = LONG
        whole = etree.tostring(node, method="c14n", exclusive=True, with_comments=False, with_tail=False)
        assert canonical_bytes(node, EXCLUSIVE) == whole
