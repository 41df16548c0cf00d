# SPDX-License-Identifier: EUPL-1.2
"""Augment XAdES: properties are spliced into the bytes, nothing is serialised again.

Source: ETSI EN 319 132-1 section 5.3; EN 319 102-1 section 4.5.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

from archive.errors import InvalidRequest, NotAvailable
from archive.xml import parse_xml
from preservation.signatures.augmentation import Augmentation
from preservation.signatures.xml.canonical import EXCLUSIVE, canonical_bytes
from preservation.signatures.xml.core import signatures_in, tag
from preservation.signatures.xml.names import XADES_VERSIONS
from preservation.signatures.xml.splice import splice_properties
from preservation.timestamps import TimestampAuthority

_DS: Final = "http://www.w3.org/2000/09/xmldsig#"


def augment_xml(data: bytes, plan: Augmentation) -> bytes:
    """Bring every XAdES signature of a document to a level, by splicing bytes.

    Args:
        data: The document.
        plan: Level, authority and material.

    Raises:
        InvalidRequest: No XAdES signature where one can be spliced in.
        NotAvailable: A level that is not made yet.
        TimestampUnavailable: The authority gave no token.
    """
    if plan.level != "T":
        raise NotAvailable(f"level {plan.level} is made for PDF only; XAdES reaches T in this version")
    return _stamped(data, plan.authority)


def _stamped(data: bytes, authority: TimestampAuthority) -> bytes:
    tree = parse_xml(data)
    made: list[tuple[Any, bytes]] = []
    for signature in signatures_in(tree):
        qualifying = _qualifying(signature)
        if qualifying is None or next(qualifying.iter("{*}SignatureTimeStamp"), None) is not None:
            continue
        made.append((qualifying, _xml_stamp(signature, qualifying, authority)))
    if not made:
        raise InvalidRequest("there is no XAdES signature without a time stamp")
    return splice_properties(data, made)


def _qualifying(signature: Any) -> Any:
    for each in signature.iterfind(f"{tag('Object')}/{{*}}QualifyingProperties"):
        if each.tag[1:].partition("}")[0] in XADES_VERSIONS:
            return each
    return None


def _xml_stamp(signature: Any, qualifying: Any, authority: TimestampAuthority) -> bytes:
    octets = canonical_bytes(signature.find(tag("SignatureValue")), EXCLUSIVE)
    token = authority.stamp(hashlib.sha256(octets).digest(), "sha256")
    namespace = qualifying.tag[1:].partition("}")[0]
    return (
        f'<xades:SignatureTimeStamp xmlns:xades="{namespace}">'
        f'<ds:CanonicalizationMethod xmlns:ds="{_DS}" Algorithm="{EXCLUSIVE}"/>'
        f"<xades:EncapsulatedTimeStamp>{base64.b64encode(token).decode()}</xades:EncapsulatedTimeStamp>"
        f"</xades:SignatureTimeStamp>"
    ).encode()
