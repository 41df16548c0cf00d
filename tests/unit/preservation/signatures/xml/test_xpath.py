# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from lxml import etree

from preservation.signatures.facts import Unsupported
from preservation.signatures.xml.xpath import Where, boolean_choice, common, outermost, path_choice

TEXT = (
    '<d xmlns:p="urn:p" Id="R"><p:a Id="A"><b/><p:a Id="B">x</p:a></p:a><c k="1"/><c k="2"/>'
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></d>'
)
ENVELOPED = (
    "count(ancestor-or-self::s:Signature | here()/ancestor::s:Signature[1]) >"
    " count(ancestor-or-self::s:Signature)"
)
"""XML Signature 1.1 section 6.6.4."""


@pytest.fixture
def where() -> Where:
    """A small document with a signature."""
    tree = etree.fromstring(TEXT).getroottree()
    names = {"q": "urn:p", "s": "http://www.w3.org/2000/09/xmldsig#"}
    return Where(tree, names, tree.getroot()[-1], {"A": [tree.getroot()[0]]})


def ids(elements) -> list[str]:
    """Name elements by their Id, or by their name."""
    return [each.get("Id") or each.get("k") or etree.QName(each).localname for each in elements]


@pytest.mark.parametrize(
    ("text", "keep", "drop"),
    [
        (".", None, []),
        ("true()", None, []),
        ("not(ancestor-or-self::s:Signature)", None, ["Signature"]),
        ("ancestor-or-self::q:a", ["A"], []),
        ("ancestor-or-self::q:a[@Id='B']", ["B"], []),
        ("ancestor-or-self::*[local-name()='c']", ["1", "2"], []),
        ("ancestor-or-self::q:a and not(ancestor-or-self::b)", ["A"], ["b"]),
        ("ancestor-or-self::q:a or ancestor-or-self::c", ["A", "1", "2"], []),
        ("not(ancestor-or-self::q:a or ancestor-or-self::s:Signature)", None, ["A", "Signature"]),
        ("not(not(ancestor-or-self::c))", ["1", "2"], []),
        ("not(ancestor-or-self::Signature)", None, []),
        (
            ENVELOPED,
            None,
            ["Signature"],
        ),
    ],
)
def test_boolean_choice_keeps_and_drops_whole_subtrees(where, text, keep, drop):
    """The expressions that signers write; a name without prefix is in no namespace (XPath 1.0)."""
    found = boolean_choice(text, where)
    assert found.keep is None if keep is None else ids(found.keep) == keep
    assert ids(found.drop) == drop


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("/d", ["R"]),
        ("/", ["R"]),
        ("//q:a", ["A"]),
        ("/descendant::q:a", ["A"]),
        ("/d/q:a/q:a", ["B"]),
        ("//c[@k='2']", ["2"]),
        ("/d/c[2]", ["2"]),
        ("//*[local-name()='c' or name()='p:a']", ["A", "1", "2"]),
        ("id('A')/b", ["b"]),
        ("//b | //c", ["b", "1", "2"]),
        ("here()/ancestor::s:Signature[1]", ["Signature"]),
        ("//*[@Id='A']", ["A"]),
    ],
)
def test_path_choice_finds_the_roots_of_subtrees(where, text, chosen):
    """Location paths by child and descendant steps."""
    assert ids(path_choice(text, where).keep) == chosen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not(self::q:a)",
        "//text()",
        "//@Id",
        "//q:a/..",
        "ancestor-or-self::z:a",
        "not(ancestor-or-self::q:a) or ancestor-or-self::b",
        "string-length(.) > 3",
        "//q:a[position() < 3]",
        "document('http://127.0.0.1/')",
        "//*[count(//*) > count(//*//*)]",
        "(" * 900,
        "//a" * 900,
        "'",
    ],
)
def test_what_is_beyond_the_grammar_is_refused(where, text):
    """Nothing is guessed and nothing strange is run."""
    with pytest.raises(Unsupported):
        boolean_choice(text, where)
    with pytest.raises(Unsupported):
        path_choice(text or "x:y", where)


def test_families_of_subtrees(where):
    """What stands in another is not told twice, and two families share the deeper roots."""
    root = where.tree.getroot()
    outer, inner = root[0], root[0][1]
    assert outermost([inner, outer, outer]) == (outer,)
    assert common([outer], [inner, root[1]]) == (inner,)
