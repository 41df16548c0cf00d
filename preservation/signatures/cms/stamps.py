# SPDX-License-Identifier: EUPL-1.2
"""Time-stamp tokens read as facts: the token is a CMS signature like any other, plus what it stamps.

Source: RFC 3161; ETSI EN 319 122-1 section 5.3 (signature-time-stamp), 5.2.8 (content-time-stamp).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from asn1crypto import tsp

from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.read import Envelope, open_envelope, read_signer, unreadable
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.facts import Algorithm, Check, Doubt, Outcome, StampFacts
from preservation.trust.certificates import UNREADABLE

MAX_TOKENS: Final = 128
TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"

Imprint = Callable[[str], bytes | None]
"""Gives the digest, by algorithm, of what should be stamped; None where it cannot be computed."""


def read_stamp(token: bytes, kind: str, imprint: Imprint, *, covers_signature: bool = True) -> StampFacts:
    """Read a token that should stamp what `imprint` gives. Hostile bytes give unreadable facts."""
    try:
        return _read(token, kind, imprint, covers_signature=covers_signature)
    except (ValueError, *UNREADABLE) as problem:
        facts = unreadable(problem, "RFC3161")
        return StampFacts(kind, None, Check("imprint", Outcome.UNSUPPORTED), facts, covers_signature)


def _read(token: bytes, kind: str, imprint: Imprint, *, covers_signature: bool) -> StampFacts:
    envelope = open_envelope(token)
    signers = list(envelope.signed_data["signer_infos"])
    if len(signers) != 1 or envelope.inside is None or envelope.content_type != TST_INFO:
        raise ValueError("a token has one signer and a TSTInfo inside")  # RFC 3161 section 2.4.2
    info = tsp.TSTInfo.load(envelope.inside, strict=True)
    when: Any = info["gen_time"].native
    if not isinstance(when, datetime) or when.tzinfo is None:
        raise ValueError("its genTime is not in UTC")  # RFC 3161 section 2.4.2
    stated = info["message_imprint"]
    name = str(stated["hash_algorithm"]["algorithm"].native)
    facts = read_signer(envelope, signers[0], BytesContent(envelope.inside))
    facts = replace(
        facts,
        format="RFC3161",
        level="",
        algorithms=(*facts.algorithms, Algorithm(name)),
        doubts=(*facts.doubts, *_unnamed(signers[0])),
    )
    check = _imprint_check(imprint(name), stated["hashed_message"].native, name)
    return StampFacts(kind, when.astimezone(UTC), check, facts, covers_signature)


def _unnamed(signer: Any) -> list[Doubt]:
    """RFC 3161 section 2.4.2, RFC 5816 section 2.2.1: a token names its authority's certificate, signed."""
    signed, _ = attrs.attributes_of(signer["signed_attrs"])
    if attrs.SIGNING_CERTIFICATE in signed or attrs.SIGNING_CERTIFICATE_V2 in signed:
        return []
    return [Doubt("SIG_CONSTRAINTS_FAILURE", "the token does not name its authority's certificate")]


def _imprint_check(computed: bytes | None, stated: bytes, name: str) -> Check:
    if computed is None:
        return Check("imprint", Outcome.UNSUPPORTED, f"not computable with {name}")
    return Check("imprint", Outcome.OK if computed == stated else Outcome.FAILED, name)


def stamps_of(envelope: Envelope, signer: Any, content: Content | None) -> tuple[StampFacts, ...]:
    """Read the time stamps in the attributes of one signer."""
    from preservation.signatures.cms.archive import archive_imprint  # noqa: PLC0415 - it reads tokens too

    signed, _ = attrs.attributes_of(signer["signed_attrs"])
    unsigned, _ = attrs.attributes_of(signer["unsigned_attrs"])
    value = BytesContent(signer["signature"].native)
    found = []
    for token in signed.get(attrs.CONTENT_TIME_STAMP, []):
        imprint: Imprint = (lambda _: None) if content is None else content.digest
        found.append(read_stamp(token, "content", imprint, covers_signature=False))
    for name, kind in attrs.TIME_STAMPS.items():
        for token in unsigned.get(name, [])[:MAX_TOKENS]:
            if name == attrs.SIGNATURE_TIME_STAMP:
                imprint = value.digest
            elif name == attrs.ARCHIVE_TIME_STAMP_V3:
                imprint = archive_imprint(envelope, signer, token, content)
            else:
                imprint = _unknown
            found.append(read_stamp(token, kind, imprint))
    return tuple(found)


def _unknown(_: str) -> bytes | None:
    """Stand in for the imprints of older forms, which are not computed yet."""
    return None
