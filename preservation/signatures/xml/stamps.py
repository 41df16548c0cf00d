# SPDX-License-Identifier: EUPL-1.2
"""Time stamps of XAdES, read: each token, whether it stamps what it should, and what that proves beside.

Source: ETSI EN 319 132-1 sections 5.2.8, 5.3, 5.5.2; TS 101 903 sections 7.1.4, 7.3, 7.5, 7.7. What goes into
each imprint is `imprints`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any, Final

from preservation.algorithms import new_digest
from preservation.indications import Check, Outcome
from preservation.signatures.cms.stamps import Imprint, read_stamp
from preservation.signatures.facts import Malformed, SignatureFacts, StampFacts, Unsupported
from preservation.signatures.xml.core import decoded, tag
from preservation.signatures.xml.imprints import Candidate, Scope, candidates_for
from preservation.signatures.xml.place import inside_counter, local_name
from preservation.signatures.xml.references import Missing
from preservation.signatures.xml.values import covered_by

MAX_TOKENS: Final = 128
_KINDS: Final = {
    "SignatureTimeStamp": "signature",
    "SigAndRefsTimeStamp": "refs",
    "SigAndRefsTimeStampV2": "refs",
    "RefsOnlyTimeStamp": "refs",
    "RefsOnlyTimeStampV2": "refs",
    "ArchiveTimeStamp": "archive",
    "ArchiveTimeStampV2": "archive",
    "AllDataObjectsTimeStamp": "content",
    "IndividualDataObjectsTimeStamp": "content",
}
UNSIGNED: Final = "unsigned"
"""A content time stamp that the signer did not sign: it says nothing of when he signed."""
_NAMES: Final = tuple(f"{{*}}{name}" for name in _KINDS)


def stamps_of(qualifying: Any, scope: Scope) -> tuple[StampFacts, ...]:
    """Read every time stamp among the properties of one signature, in the order they stand.

    A token that stands twice in one element is read once. Beyond MAX_TOKENS nothing is read: what is not
    read proves nothing.
    """
    found: list[StampFacts] = []
    for element in qualifying.iter(*_NAMES):
        if inside_counter(element, qualifying):
            continue
        ways = candidates_for(element, scope)
        seen: set[bytes] = set()
        for holder in element.iterfind("{*}EncapsulatedTimeStamp"):
            if len(found) >= MAX_TOKENS:
                return tuple(found)
            try:
                token = decoded(holder)
            except Malformed:
                token = b""
            if token not in seen or not token:
                found.append(_stamp(token, _kind(element, qualifying), ways, found, scope))
            seen.add(token)
        found += (_of_xml(_kind(element, qualifying)) for _ in element.iterfind("{*}XMLTimeStamp"))
    return tuple(found[:MAX_TOKENS])


def _kind(element: Any, qualifying: Any) -> str:
    """EN 319 132-1 5.2.8: a content time stamp is signed; anybody might put another one there at any time."""
    kind = _KINDS[local_name(element)]
    between = takewhile(lambda each: each is not qualifying, element.iterancestors())
    signed = any(local_name(each) == "SignedProperties" for each in between)
    return UNSIGNED if kind == "content" and not signed else kind


def _of_xml(kind: str) -> StampFacts:
    """A token in XML (TS 101 903 section 7.1.4.2): nobody defined one that could be checked."""
    facts = SignatureFacts(format="RFC3161", unreadable="not readable: a time-stamp token in XML")
    return StampFacts(kind, None, Check("imprint", Outcome.UNSUPPORTED), facts, covers_signature=False)


def _stamp(
    token: bytes, kind: str, ways: Sequence[Candidate], older: Sequence[StampFacts], scope: Scope
) -> StampFacts:
    proves = kind not in {"content", UNSIGNED} and bool(ways) and _over_value(ways[0], scope)
    facts = None
    for way in ways:
        made = read_stamp(token, kind, _imprint(way), covers_signature=proves)
        if made.imprint.outcome is Outcome.OK:
            covered = covered_by(way.elements, older)
            return replace(made, token=token, covered=covered, covers=(way.covers,))
        if facts is None or made.imprint.outcome is Outcome.FAILED:
            facts = made
    if facts is None:
        facts = read_stamp(token, kind, lambda _: None, covers_signature=False)
    return replace(facts, token=token)


def _over_value(way: Candidate, scope: Scope) -> bool:
    """Whether what is stamped holds this signature's own value: references, or another's, prove nothing."""
    own = scope.signature.find(tag("SignatureValue"))
    return own is not None and any(each is own for each in way.elements)


def _imprint(way: Candidate) -> Imprint:
    def imprint(algorithm: str) -> bytes | None:
        try:
            made = new_digest(algorithm)
            made.update(way.octets())
        except (Missing, Malformed, Unsupported, KeyError, ValueError):
            return None
        return bytes(made.digest())

    return imprint
