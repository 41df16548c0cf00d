# SPDX-License-Identifier: EUPL-1.2
"""XML signatures to order: a signature is edited by hand and signed again, as a strange signer would."""

from __future__ import annotations

import base64
import hashlib

from lxml import etree

from preservation.signatures.identity import sign_bytes
from preservation.signatures.xml.core import signatures_in, signed_info_octets, tag
from preservation.signatures.xml.references import Identifiers, resolve


def resigned(text: bytes, signer) -> bytes:
    """Return the document with every digest and value of its first signature made anew."""
    root = etree.fromstring(text)
    tree = root.getroottree()
    signature = signatures_in(tree)[0]
    identifiers = Identifiers.of(tree)
    for reference in signature.find(tag("SignedInfo")).iterfind(tag("Reference")):
        octets = resolve(reference, signature, identifiers, None).octets
        digest = hashlib.sha256(octets).digest()
        reference.find(tag("DigestValue")).text = base64.b64encode(digest).decode()
    value = sign_bytes(signer.private_key, signed_info_octets(signature))
    signature.find(tag("SignatureValue")).text = base64.b64encode(value).decode()
    return etree.tostring(root)


def with_transforms(text: bytes, transforms: bytes, signer, *, reference: int = 0) -> bytes:
    """Return the document with other transforms in one reference, signed again.

    Args:
        text: A signed document.
        transforms: ds:Transform elements, with the prefix `ds`.
        signer: Who signs again.
        reference: Which of them, from 0.
    """
    parts = text.split(b"<ds:Transforms>")
    rest = parts[reference + 1].partition(b"</ds:Transforms>")[2]
    parts[reference + 1] = transforms + b"</ds:Transforms>" + rest
    return resigned(b"<ds:Transforms>".join(parts), signer)
