# SPDX-License-Identifier: EUPL-1.2
"""Whether a ds:Signature is built as the schema says and signs anything at all.

A second SignedInfo would name references that nobody signed; a second value or key would be checked by one
reader and shown by another. A signature over its own properties alone holds for every document.

Source: XML Signature 1.1 section 4.2 (the schema of Signature); ETSI EN 319 102-1 sections 5.2.2 and 5.2.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from preservation.indications import Outcome
from preservation.signatures.xml.core import SignedReference, tag
from preservation.signatures.xml.place import first

_ONCE: Final = {tag(name): name for name in ("SignedInfo", "SignatureValue", "KeyInfo")}


def structure_problems(signature: Any) -> list[str]:
    """Tell what stands more often in a signature than it may."""
    there = [each.tag for each in signature.iterchildren(*_ONCE)]
    return [f"it has several {name}" for full, name in _ONCE.items() if there.count(full) > 1]


def signs_data(signature: Any, properties: Any, references: Sequence[SignedReference]) -> bool:
    """Tell whether a signature signs something else than its own properties and its own key.

    Args:
        signature: The ds:Signature.
        properties: Its SignedProperties, or None.
        references: Every reference, checked; where there is none or one fails, that is told as it is.
    """
    own = [each for each in (properties, first(signature, tag("KeyInfo"))) if each is not None]
    named = [each for each in references if not each.manifest]
    return not named or any(
        each.check.outcome is not Outcome.OK
        or each.element is None
        or any(top not in own for top in each.tops)
        for each in named
    )
