# SPDX-License-Identifier: EUPL-1.2
"""How much of an XML document a signature covers, by the places that its facts tell.

Source: XML Signature 1.1 section 8.1 (only what is signed is secure); NTI Documento electrónico anexo II.
"""

from __future__ import annotations

from typing import Any, Final

from preservation.signatures.facts import SignatureFacts
from preservation.signatures.xml.names import ID_ATTRIBUTES, SIGNATURE
from preservation.signatures.xml.place import path_of

_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
"""Attributes of this namespace say nothing of the content."""


def is_inside(path: str, covered: str) -> bool:
    """Tell whether the element at a path (`path_of`) is a covered one, or stands in it."""
    return covered.startswith("/") and (path == covered or path.startswith(f"{covered}/"))


def is_signed(path: str, facts: SignatureFacts) -> bool:
    """Tell whether the whole element at a path is among what an XML signature covers.

    Not so where a transform took away the element, what holds it or a part of it (XPath Filter 2), nor where
    it stands in the signature itself, which the enveloped-signature transform takes away.
    """
    if any(is_inside(path, each) or is_inside(each, path) for each in facts.left_out):
        return False
    # `NAME PATH`: a bare name is no place in this document, nor is what follows a colon (`xml.read`)
    named = [each.rpartition(" ") for each in facts.covers]
    signed = [path for name, _, path in named if name and not name.endswith(":")]
    if is_inside(path, facts.place):
        signed = [each for each in signed if is_inside(each, facts.place)]
    return any(is_inside(path, each) for each in signed)


def signs_all(root: Any, facts: SignatureFacts) -> bool:
    """Tell whether all that an XML says is signed: its elements, texts and attributes, but its signatures."""
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if one.tag == SIGNATURE or is_signed(path_of(one), facts):
            continue
        said = any((each or "").strip() for each in (one.text, *(each.tail for each in one)))
        if (
            said
            or len(one) == 0
            or any(each not in ID_ATTRIBUTES and not str(each).startswith(_XSI) for each in one.attrib)
        ):
            return False
        waiting += one.iterchildren("*")
    return bool(facts.covers)
