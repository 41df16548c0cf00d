# SPDX-License-Identifier: EUPL-1.2
"""Any file with signatures: which format it is by its bytes, and its facts through that format's adapter."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from preservation.indications import Outcome
from preservation.signatures.asic.read import read_asic
from preservation.signatures.cms.read import open_envelope, read_cms, unreadable
from preservation.signatures.cms.stamps import read_stamp, token_in
from preservation.signatures.content import Content
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.pdf.read import read_pdf
from preservation.signatures.supplied import Supplied, resolver_over
from preservation.signatures.xml.read import read_xml

_PEM: Final = re.compile(rb"-----BEGIN (?:PKCS7|CMS|PKCS #7 SIGNED DATA)-----(.*?)-----END ", re.DOTALL)
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/=\s]{64,}")
HEAD: Final = 1024
"""ISO 32000-1 annex H: readers accept the header within the first 1024 bytes."""


class Kind(StrEnum):
    """What the bytes say that a file is."""

    PDF = "pdf"
    XML = "xml"
    CMS = "cms"
    TOKEN = "token"  # noqa: S105 - a time-stamp token
    ZIP = "zip"
    UNKNOWN = "unknown"


def sniff(data: bytes) -> Kind:
    """Say what a file is by its bytes; its name is a claim."""
    # a CMS or a container may carry a PDF in its first kilobyte, so its own first octets are looked at before
    if data.startswith(b"PK\x03\x04"):
        return Kind.ZIP
    if data[:1] != b"\x30" and b"%PDF-" in data[:HEAD]:
        return Kind.PDF
    head = data[:HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"<") or head[:4] in {b"\xff\xfe<\x00", b"\xfe\xff\x00<"}:
        return Kind.XML
    plain = as_der(data)
    if plain is None:
        return Kind.UNKNOWN
    return Kind.TOKEN if token_in(plain) is not None else Kind.CMS


def as_der(data: bytes) -> bytes | None:
    """Return DER or BER from itself, PEM or bare base64; None where it is none of them."""
    if data[:1] == b"\x30":
        return data
    found = _PEM.findall(data)
    if len(found) > 1:
        return None  # whoever read one of them alone would pass over what the others say
    text = found[0] if found else data
    if not _BASE64.fullmatch(text):
        return None
    try:
        decoded = base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return None
    return decoded if decoded[:1] == b"\x30" else None


def read_signatures(data: bytes, supplied: Sequence[Supplied] = ()) -> list[SignatureFacts]:
    """Read every signature of a file.

    Args:
        data: The file.
        supplied: What it may sign and not carry.

    Returns:
        Nothing where there is no signature; one unreadable where the file cannot be read as what it says.
    """
    kind = sniff(data)
    if kind is Kind.PDF:
        return read_pdf(data)
    if kind is Kind.XML:
        return read_xml(data, resolver_over(supplied))
    if kind is Kind.ZIP:
        return read_asic(data)
    plain = as_der(data)
    if plain is None:
        return [unreadable("not a format that carries signatures", "unknown")]
    content = supplied[0].content if len(supplied) == 1 else _the_signed(plain, supplied)
    if kind is Kind.TOKEN:
        return [read_token(token_in(plain) or plain, content)]
    return read_cms(plain, content)


def _the_signed(data: bytes, supplied: Sequence[Supplied]) -> Content | None:
    """Find which of several contents a detached CMS signs: the one whose digest it names."""
    for each in supplied:
        facts = read_cms(data, each.content)
        if any(check.outcome is Outcome.OK for one in facts for check in one.references):
            return each.content
    return None


def read_token(token: bytes, content: Content | None) -> SignatureFacts:
    """Read a time-stamp token as a signature of its own."""
    stamp = read_stamp(token, "content", (lambda _: None) if content is None else content.digest)
    if stamp.signature.unreadable:
        return stamp.signature
    imprint = stamp.imprint if content is not None else replace(stamp.imprint, outcome=Outcome.MISSING)
    return replace(
        stamp.signature,
        format="RFC3161",
        references=(*stamp.signature.references, imprint),
        claimed_time=stamp.time,
        place="token",
    )


def content_inside(data: bytes) -> bytes | None:
    """Return the content that a CMS carries, or None."""
    try:
        return open_envelope(data).inside
    except ValueError:
        return None
