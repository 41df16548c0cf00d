# SPDX-License-Identifier: EUPL-1.2
"""What an XAdES signature carries among its properties: certificates, lists, answers, tokens.

Source: ETSI EN 319 132-1 sections 5.4 (values), 5.5.1 (TimeStampValidationData), 5.5.3 (RenewedDigestsV2);
TS 101 903 section 7.6. Evidence records (TS 119 132-3) are read in `records`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from preservation.signatures.facts import Malformed, StampFacts
from preservation.signatures.xml.core import decoded, tag
from preservation.signatures.xml.place import inside_counter, local_name

CERTIFICATE: Final = "EncapsulatedX509Certificate"
TOKEN: Final = "EncapsulatedTimeStamp"  # noqa: S105 - a time-stamp token
_FIELDS: Final = {
    CERTIFICATE: "certificates",
    "EncapsulatedCRLValue": "crls",
    "EncapsulatedOCSPValue": "ocsps",
    TOKEN: "tokens",
}


@dataclass(slots=True)
class Values:
    """DER of what was found, as it is stored."""

    certificates: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    ocsps: list[bytes] = field(default_factory=list)
    tokens: list[bytes] = field(default_factory=list)


def values_in(element: Any, *, counters: bool) -> Values:
    """Collect what is encapsulated below an element; what is not base64 is left aside.

    Args:
        element: Usually a QualifyingProperties.
        counters: Also what belongs to counter-signatures nested in it.
    """
    found = Values()
    names = [f"{{*}}{name}" for name in _FIELDS]
    for each in element.iter(*names):
        if not counters and inside_counter(each, element):
            continue
        try:
            getattr(found, _FIELDS[local_name(each)]).append(decoded(each))
        except Malformed:
            continue
    return found


def covered_by(elements: Iterable[Any], older: Iterable[StampFacts]) -> frozenset[bytes]:
    """Return the SHA-256 of everything whose DER stands in the elements that a time stamp covers.

    Args:
        elements: What its imprint takes in.
        older: Time stamps read before; what is inside a token that is covered is covered with it.
    """
    digests: set[bytes] = set()
    for element in elements:
        held = values_in(element, counters=True)
        pieces = [*held.certificates, *held.crls, *held.ocsps, *held.tokens, *_key_certificates(element)]
        digests.update(hashlib.sha256(piece).digest() for piece in pieces)
    for stamp in older:
        if stamp.token and hashlib.sha256(stamp.token).digest() in digests:
            inner = stamp.signature
            pieces = [*inner.certificates, *inner.crls, *inner.ocsps]
            digests.update(hashlib.sha256(piece).digest() for piece in pieces)
    return frozenset(digests)


def _key_certificates(element: Any) -> Iterator[bytes]:
    for each in element.iter(tag("X509Certificate")):
        try:
            yield decoded(each)
        except Malformed:
            continue


def renewed_digests(qualifying: Any) -> tuple[str, ...]:
    """Tell the RenewedDigestsV2 that stand there, in words: they are read and not yet believed."""
    told = []
    for each in qualifying.iter("{*}RenewedDigestsV2", "{*}RenewedDigests"):
        uris = [str(one.get("Algorithm", ""))[-40:] for one in each.iter(tag("DigestMethod"))]
        told.append(f"its manifest digests were renewed with {uris[0] if uris else 'an unnamed algorithm'}")
    return tuple(told[:8])
