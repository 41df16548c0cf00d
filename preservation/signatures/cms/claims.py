# SPDX-License-Identifier: EUPL-1.2
"""What a signer says of himself and of the act in signed attributes: proven to be his words, and no more.

Source: ETSI EN 319 122-1 sections 5.2.3 (commitment), 5.2.4 (hints, MIME type), 5.2.5 (location), 5.2.6
(attributes), 5.2.9 (policy).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms import ber
from preservation.signatures.cms.ber import Element, element
from preservation.signatures.facts import PolicyFacts

_URI: Final = "1.2.840.113549.1.9.16.5.1"
_STRINGS: Final = {
    0x0C: "utf-8",
    0x13: "latin-1",
    0x14: "latin-1",
    0x16: "latin-1",
    0x1A: "latin-1",
    0x1E: "utf-16-be",
}
"""Character strings by tag (ITU-T X.690 section 8.23), read leniently: they are shown, not compared."""
_COMMITMENTS: Final = {
    f"1.2.840.113549.1.9.16.6.{arc}": f"proof of {name}"
    for arc, name in enumerate(("origin", "receipt", "delivery", "sender", "approval", "creation"), start=1)
}
MAX_TEXT: Final = 500
"""Characters kept of one claim."""


def policy_of(signed: attrs.Attributes) -> PolicyFacts | None:
    """Return the policy of an -EPES; one that cannot be read is called `?`."""
    for value in signed.get(attrs.POLICY, []):
        try:
            return _policy(element(value))
        except (ValueError, IndexError):
            return PolicyFacts("?")
    return None


def _policy(found: Element) -> PolicyFacts:
    if found.tag == 0x05:
        return PolicyFacts("", implied=True)
    name, *rest = list(found)
    algorithm, digest, uri = "", b"", ""
    for part in rest:
        inside = list(part)
        if len(inside) == 2 and inside[1].tag == 0x04:
            algorithm, digest = attrs.digest_name(inside[0].encoded), ber.octets(inside[1])
            continue
        for kind, qualifier in (list(each)[:2] for each in inside):
            if ber.identifier(kind) == _URI:
                uri = qualifier.contents.decode("latin-1")[:MAX_TEXT]
    return PolicyFacts(ber.identifier(name), algorithm, digest, uri)


def claims_of(signed: attrs.Attributes) -> tuple[tuple[str, str], ...]:
    """Return what is claimed, as (what, words); what cannot be read is left out."""
    found = []
    for name, (what, read) in _READERS.items():
        for value in signed.get(name, []):
            try:
                words = read(element(value))
            except ValueError:
                continue
            found += [(what, each[:MAX_TEXT]) for each in words if each]
    return tuple(dict.fromkeys(found))


def _commitment(found: Element) -> list[str]:
    name = ber.identifier(next(iter(found)))
    return [_COMMITMENTS.get(name, name)]


def _roles(found: Element) -> list[str]:
    # claimedAttributes is [0]; certified ones and assertions are attested by others and not read here
    return [text for part in found if part.tag == 0xA0 for text in _texts(part)]


def _place(found: Element) -> list[str]:
    return [", ".join(_texts(found))]


def _format(found: Element) -> list[str]:
    return list(_texts(found))


def _texts(found: Element, depth: int = 0) -> Iterator[str]:
    if found.tag in _STRINGS:
        yield found.contents.decode(_STRINGS[found.tag], "replace").strip()
    elif found.tag & 0x20 and depth < 8:
        for inner in found:
            yield from _texts(inner, depth + 1)


_READERS: Final[dict[str, tuple[str, Callable[[Element], list[str]]]]] = {
    "1.2.840.113549.1.9.16.2.18": ("role", _roles),
    "0.4.0.19122.1.1": ("role", _roles),
    "1.2.840.113549.1.9.16.2.17": ("place", _place),
    "1.2.840.113549.1.9.16.2.16": ("commitment", _commitment),
    "1.2.840.113549.1.9.16.2.4": ("data format", _format),
    "0.4.0.1733.2.1": ("data format", _format),
}
