# SPDX-License-Identifier: EUPL-1.2
"""Time-stamp tokens read as facts: the token is a CMS signature like any other, plus what it stamps.

Source: RFC 3161; ETSI EN 319 122-1 sections 5.2.8 (content-time-stamp), 5.3 (signature-time-stamp), 5.5
(archive-time-stamp-v3) and annex A (older forms).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from preservation import der
from preservation.indications import Check, Outcome
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms import ber
from preservation.signatures.cms.ber import element
from preservation.signatures.cms.envelope import Attribute, Signer, open_envelope, read_signer_info
from preservation.signatures.cms.signature import read_signer, unreadable
from preservation.signatures.facts import Doubt, StampFacts
from preservation.strength import Algorithm
from preservation.trust.certificates import UNREADABLE

TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"

Imprint = Callable[[str], bytes | None]
"""Gives the digest, by algorithm, of what should be stamped; None where it cannot be computed."""


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What matters of a TSTInfo (RFC 3161 section 2.4.2)."""

    time: datetime
    algorithm: str
    imprint: bytes


def read_stamp(
    token: bytes,
    kind: str,
    imprint: Imprint,
    *,
    covers_signature: bool = True,
    loose: tuple[bytes, ...] = (),
) -> StampFacts:
    """Read a token that should stamp what `imprint` gives. Hostile bytes give unreadable facts.

    Args:
        token: DER or BER ContentInfo.
        kind: What it is: `signature`, `content`, `archive`, `document`, `refs`.
        imprint: Gives what it should stamp.
        covers_signature: It proves that the signature existed.
        loose: Certificates from around it, where its authority's may be (RFC 3161 2.4.1: certReq false).
    """
    try:
        return _read(token, kind, imprint, covers_signature=covers_signature, loose=loose)
    except (ValueError, StopIteration, *UNREADABLE) as problem:
        facts = unreadable(problem, "RFC3161")
        check = Check("imprint", Outcome.UNSUPPORTED)
        return StampFacts(kind, None, check, facts, covers_signature, token=token)


def _read(
    token: bytes, kind: str, imprint: Imprint, *, covers_signature: bool, loose: tuple[bytes, ...]
) -> StampFacts:
    envelope = open_envelope(token)
    signers = list(envelope.signers())
    if len(signers) != 1 or envelope.content is None or envelope.content_type != TST_INFO:
        raise ValueError("a token has one signer and a TSTInfo inside")  # RFC 3161 section 2.4.2
    info = token_info(envelope.content.whole() or b"")
    signer = read_signer_info(signers[0])
    facts = read_signer(envelope, signer, envelope.content, loose=loose)
    facts = replace(
        facts,
        format="RFC3161",
        level="",
        algorithms=tuple(dict.fromkeys((*facts.algorithms, Algorithm(info.algorithm)))),
        doubts=(*facts.doubts, *_unnamed(signer)),
    )
    check = _imprint_check(imprint(info.algorithm), info.imprint, info.algorithm)
    return StampFacts(kind, info.time, check, facts, covers_signature, token=token)


def token_info(encoded: bytes) -> TokenInfo:
    """Read a TSTInfo.

    Raises:
        ValueError: It is none, or says no time in UTC.
    """
    found = element(encoded)
    fields = list(found)
    if found.end != len(encoded) or [each.tag for each in fields[:5]] != [0x02, 0x06, 0x30, 0x02, 0x18]:
        raise ValueError("not a TSTInfo")
    if fields[0].contents != b"\x01":
        raise ValueError("a TSTInfo of another version")
    algorithm, imprint = list(fields[2])
    return TokenInfo(instant(fields[4].contents), attrs.digest_name(algorithm.encoded), ber.octets(imprint))


def instant(text: bytes) -> datetime:
    """Read a genTime: `YYYYMMDDhhmmss[.f…]Z` (RFC 3161 section 2.4.2).

    Raises:
        ValueError: It is not one, or not in UTC.
    """
    said = text.decode("ascii")
    whole, _, fraction = said.removesuffix("Z").partition(".")
    if not said.endswith("Z") or len(whole) != 14 or not whole.isdigit() or not (fraction or "0").isdigit():
        raise ValueError("its genTime is not in UTC")
    parts = [int(whole[:4]), *(int(whole[at : at + 2]) for at in range(4, 14, 2))]
    at = datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=UTC)
    return at + timedelta(microseconds=int(fraction.ljust(6, "0")[:6] or 0))


def _unnamed(signer: Signer) -> list[Doubt]:
    """RFC 3161 section 2.4.2, RFC 5816 section 2.2.1: a token names its authority's certificate, signed."""
    names = {each.name for each in signer.signed_attributes}
    if attrs.SIGNING_CERTIFICATE in names or attrs.SIGNING_CERTIFICATE_V2 in names:
        return []
    return [Doubt("SIG_CONSTRAINTS_FAILURE", "the token does not name its authority's certificate")]


def _imprint_check(computed: bytes | None, stated: bytes, name: str) -> Check:
    if computed is None:
        return Check("imprint", Outcome.UNSUPPORTED, f"not computable with {name}")
    return Check("imprint", Outcome.OK if computed == stated else Outcome.FAILED, name)


def times_of(attributes: tuple[Attribute, ...]) -> dict[bytes, datetime | None]:
    """Return when each token in some attributes was made, by its octets; None where it cannot be read."""
    found: dict[bytes, datetime | None] = {}
    for attribute in attributes:
        for token in attribute.values if attribute.name in attrs.TIME_STAMPS else ():
            try:
                inside = open_envelope(token).inside
                found[token] = None if inside is None else token_info(inside).time
            except (ValueError, StopIteration, *UNREADABLE):
                found[token] = None
    return found


def token_in(data: bytes) -> bytes | None:
    """Return the time-stamp token of a TimeStampResp, or of itself; None where it is neither."""
    try:
        first, second = islice(element(data), 2)
        if first.tag == der.SEQUENCE and second.tag == der.SEQUENCE:
            # TimeStampResp: granted, or granted with modifications (RFC 3161 section 2.4.2)
            return second.encoded if next(iter(first)).contents in {b"\x00", b"\x01"} else None
        return data if open_envelope(data).content_type == TST_INFO else None
    except (ValueError, StopIteration):
        return None
