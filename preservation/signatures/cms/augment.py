# SPDX-License-Identifier: EUPL-1.2
"""Augment CMS and CAdES: unsigned attributes grow, what was signed keeps its octets.

Source: ETSI EN 319 122-1 section 5.3; EN 319 102-1 section 4.5.
"""

from __future__ import annotations

import hashlib

from asn1crypto import cms, core, parser

from archive.errors import InvalidRequest, NotAvailable
from preservation.evidence import der
from preservation.signatures.augmentation import Augmentation
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.sign import SIGNATURE_TIME_STAMP
from preservation.timestamps import TimestampAuthority


def augment_cms(data: bytes, plan: Augmentation) -> bytes:
    """Bring every signer of a CMS to a level; what was signed keeps its octets.

    Args:
        data: DER ContentInfo.
        plan: Level, authority and material.

    Raises:
        InvalidRequest: Indefinite lengths (BER), which cannot grow without re-encoding.
        NotAvailable: A level that is not made yet.
        TimestampUnavailable: The authority gave no token.
    """
    if plan.level != "T":
        raise NotAvailable(f"level {plan.level} is made for PDF only; CAdES reaches T in this version")
    return _stamped(data, plan.authority)


def _stamped(data: bytes, authority: TimestampAuthority) -> bytes:
    try:
        info = attrs.members(data)
        signed = attrs.members(attrs.members(info[1])[0] if info[1][:1] == b"\xa0" else info[1])
        signers = [_stamped_signer(each, authority) for each in attrs.members(signed[-1])]
    except (ValueError, IndexError) as cause:
        raise InvalidRequest(f"this CMS cannot be augmented: {cause}") from cause
    body = der.sequence(*signed[:-1], der.tagged(der.SET, b"".join(signers)))
    return der.sequence(info[0], der.tagged(0xA0, body))


def _stamped_signer(encoded: bytes, authority: TimestampAuthority) -> bytes:
    signer = cms.SignerInfo.load(encoded)
    if parser.parse(encoded)[5]:
        raise ValueError("indefinite lengths")
    existing, _ = attrs.attributes_of(signer["unsigned_attrs"])
    if SIGNATURE_TIME_STAMP in existing:
        return encoded
    token = authority.stamp(hashlib.sha256(signer["signature"].native).digest(), "sha256")
    stamp = der.sequence(der.oid(SIGNATURE_TIME_STAMP), der.tagged(der.SET, token))
    parts = attrs.members(encoded)
    has_unsigned = not isinstance(signer["unsigned_attrs"], core.Void)
    kept = parts[:-1] if has_unsigned else parts
    before = bytes(signer["unsigned_attrs"].contents) if has_unsigned else b""
    return der.sequence(*kept, der.tagged(0xA1, before + stamp))
