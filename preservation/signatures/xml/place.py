# SPDX-License-Identifier: EUPL-1.2
"""Where an element stands in its document, told in words that name one element and no other."""

from __future__ import annotations

from typing import Any

from preservation.signatures.xml.names import SIGNATURE


def first(element: Any, name: str) -> Any:
    """Return the first child of a full name, or None: no path has to be read for it."""
    return next(element.iterchildren(name), None)


def local_name(element: Any) -> str:
    """Return the name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def path_of(element: Any) -> str:
    """Return where an element stands: local names from the root, numbered among equals.

    Equals are those of the same local name in any namespace: no two elements have the same path.
    """
    steps = []
    while element is not None:
        name = local_name(element)
        parent = element.getparent()
        equals = [] if parent is None else [each for each in parent if local_name(each) == name]
        steps.append(f"{name}[{equals.index(element) + 1}]" if len(equals) > 1 else name)
        element = parent
    return "/" + "/".join(reversed(steps))


def inside_counter(element: Any, top: Any) -> bool:
    """Whether an element below `top` belongs to a counter-signature nested there."""
    for ancestor in element.iterancestors():
        if ancestor is top:
            return False
        if ancestor.tag == SIGNATURE:
            return True
    return False
