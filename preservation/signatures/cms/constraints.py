# SPDX-License-Identifier: EUPL-1.2
"""Breaches of the format, which forbid that a signature holds, and of constraints, which leave it in doubt.

Source: RFC 5652 sections 5.3 and 11; RFC 6211 section 4 (algorithm protection); RFC 8933 section 3; EN
319 122-1 section 5.2.
"""

from __future__ import annotations

from typing import Final

from preservation.algorithms import mechanism_in
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms import ber
from preservation.signatures.cms.ber import element
from preservation.signatures.cms.envelope import Envelope, Signer
from preservation.signatures.cms.mathematics import looks_like_attributes
from preservation.signatures.content import Content
from preservation.signatures.facts import Doubt

ID_DATA: Final = "1.2.840.113549.1.7.1"
_NULL: Final = b"\x05\x00"


def format_problems(
    envelope: Envelope, signer: Signer, signed: attrs.Attributes, *, counter: bool
) -> list[str]:
    """Return breaches of the format of one signer."""
    found = _protection_problems(signer, signed)
    if signer.signed is not None and not signed:
        found.append("its set of signed attributes is empty")  # RFC 5652 section 5.3: SIZE (1..MAX)
    if len(signed.get(attrs.SIGNING_TIME, [])) > 1:
        found.append("it says several signing times")  # RFC 5652 section 11.3
    return found if counter else [*found, *_content_type(signer, signed, envelope.content_type)]


def _content_type(signer: Signer, signed: attrs.Attributes, expected: str) -> list[str]:
    """RFC 5652 section 5.3: only a content of type id-data may be signed without attributes."""
    if signer.signed is None:
        return [] if expected == ID_DATA else ["its content is not id-data and no attributes are signed"]
    values = signed.get(attrs.CONTENT_TYPE, [])
    if len(values) != 1:
        return ["the contentType attribute is absent or repeated"]
    if ber.identifier(element(values[0])) != expected:
        return ["the contentType attribute is not the type of the content"]
    return []


def _protection_problems(signer: Signer, signed: attrs.Attributes) -> list[str]:
    """RFC 6211 section 4: the algorithms outside must be those that are signed."""
    for values in signed.get(attrs.ALGORITHM_PROTECTION, []):
        stated = attrs.members(values)
        same_digest = _without_null(stated[0]) == _without_null(signer.digest_algorithm)
        inner = next((each for each in stated if each[:1] == b"\xa1"), _NULL)
        outer = b"\xa1" + signer.signature_algorithm[1:]
        if not same_digest or _without_null(inner) != _without_null(outer):
            return ["its algorithms are not the ones that were signed"]
    return []


def _without_null(algorithm: bytes) -> list[bytes]:
    return [each for each in attrs.members(algorithm) if each != _NULL]


def doubts_of(
    signer: Signer,
    signed: attrs.Attributes,
    unsigned: attrs.Attributes,
    repeated: list[str],
    content: Content | None,
    *,
    counter: bool = False,
) -> list[Doubt]:
    """Return breaches that leave the mathematics alone."""
    reasons = [f"signed attribute {name} stands more than once" for name in repeated]
    reasons += [
        f"attribute {title} stands among the unsigned ones"
        for name, title in attrs.MUST_BE_SIGNED.items()
        if name in unsigned
    ]
    if attrs.COUNTER_SIGNATURE in signed:  # RFC 5652 section 11.4
        reasons.append("a counter-signature stands among the signed attributes")
    if counter and attrs.CONTENT_TYPE in signed:
        # RFC 5652 section 11.4, EN 319 122-1 section 5.1.1: it could be a signature over content, moved here;
        # Spanish signers of old wrote it all the same
        reasons.append("a counter-signature with a content type")
    if signer.signed is None and content is not None and looks_like_attributes(content):
        reasons.append("what is signed without attributes could be the attributes of another signature")
    digest = attrs.digest_name(signer.digest_algorithm)
    used = mechanism_in(signer.signature_algorithm, digest).digest
    if used and used != digest and signer.signed is not None:
        reasons.append(f"the content is digested with {digest} and the attributes with {used} (RFC 8933)")
    return [Doubt("SIG_CONSTRAINTS_FAILURE", each) for each in reasons]
