# SPDX-License-Identifier: EUPL-1.2
"""CMS and CAdES: one `SignatureFacts` for each signer and counter-signer of a SignedData.

BER and DER are read alike; what was signed is checked over the octets as stored. Content is digested where it
stands, inside or outside, in pieces. Nothing is trusted here: that is the judge's.

Source: RFC 5652 sections 5.3, 5.4, 11; RFC 5035; RFC 6211; RFC 8933; ETSI EN 319 122-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.ber import Element, Source, element
from preservation.signatures.cms.covering import stamps_of
from preservation.signatures.cms.envelope import (
    MAX_SIGNERS,
    Envelope,
    Signer,
    open_envelope,
    read_signer_info,
)
from preservation.signatures.cms.signature import read_signer, unreadable
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.facts import SignatureFacts
from preservation.trust.certificates import UNREADABLE

__all__ = ["open_envelope", "read_cms", "unreadable"]
MAX_DEPTH: Final = 8
"""Counter-signatures of counter-signatures."""
_HOSTILE: Final = (ValueError, *UNREADABLE)


def read_cms(data: Source, content: Content | None = None) -> list[SignatureFacts]:
    """Read every signature of a CMS file.

    Args:
        data: DER or BER ContentInfo, in memory or mapped.
        content: What it signs, when it does not carry it. When it does, both must agree.

    Returns:
        One for each signer and counter-signer; one unreadable where there is none, and one more where there
        are more than `MAX_SIGNERS`.
    """
    try:
        found = list(_signers(open_envelope(data), content))
    except _HOSTILE as problem:
        return [unreadable(problem)]
    return found or [unreadable("a SignedData without signers")]


def _signers(envelope: Envelope, content: Content | None) -> Iterator[SignatureFacts]:
    signed: Content | None = content
    problems: list[str] = []
    covers = "detached content"
    if envelope.content is not None:
        signed, covers = envelope.content, "content inside the signature"
        if content is not None and not _agree(content, signed):
            problems.append("the content inside the signature is not the one supplied")
    left = MAX_SIGNERS
    for number, found in enumerate(envelope.signers()):
        for facts in _signer(envelope, found, signed, f"signer[{number + 1}]", problems):
            if left == 0:
                yield replace(unreadable(f"more than {MAX_SIGNERS} signatures"), place=facts.place)
                return
            left -= 1
            yield facts if facts.covers else replace(facts, covers=(covers,))


def _agree(supplied: Content, inside: Content) -> bool:
    """Compare by the first digest that both can give: of one only digests may be known."""
    for name in ("sha256", "sha512", "sha384", "sha1"):
        digest = supplied.digest(name)
        if digest is not None:
            return digest == inside.digest(name)
    return False


def _signer(
    envelope: Envelope, found: Element, signed: Content | None, place: str, problems: list[str]
) -> Iterator[SignatureFacts]:
    try:
        signer = read_signer_info(found)
        facts = read_signer(envelope, signer, signed, problems=problems)
        facts = replace(facts, place=place, stamps=stamps_of(envelope, signer, signed))
    except _HOSTILE as problem:
        yield replace(unreadable(problem), place=place)
        return
    yield facts
    yield from _counters(envelope, signer, facts, 0)


def _counters(
    envelope: Envelope, signer: Signer, parent: SignatureFacts, depth: int
) -> Iterator[SignatureFacts]:
    """Yield the counter-signatures, nested ones too (RFC 5652 section 11.4).

    An archive time stamp of the signature that covers a counter-signature proves that it existed as well.
    """
    values = [
        value
        for each in signer.unsigned_attributes
        if each.name == attrs.COUNTER_SIGNATURE
        for value in each.values
    ]
    signed, place = BytesContent(signer.value), parent.place
    for number, encoded in enumerate(values):
        here = f"{place}/counter[{number + 1}]"
        if depth == MAX_DEPTH:
            yield replace(unreadable("more counter-signatures than are read"), place=here, counter_of=place)
            return
        try:
            inner = read_signer_info(element(encoded))
            facts = read_signer(envelope, inner, signed, counter=True)
            stamps = stamps_of(envelope, inner, signed)
            covering = (
                each for each in parent.stamps if BytesContent(encoded).digest("sha256") in each.covered
            )
            facts = replace(
                facts,
                covers=(f"signature value of {place}",),
                place=here,
                stamps=(*stamps, *covering),
                counter_of=place,
            )
        except _HOSTILE as problem:
            yield replace(unreadable(problem), place=here, counter_of=place)
            continue
        yield facts
        yield from _counters(envelope, inner, facts, depth + 1)
