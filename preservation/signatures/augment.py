# SPDX-License-Identifier: EUPL-1.2
"""Augmented copies: a signature brought to T, LT or LTA while it can still be validated.

The original is never touched: what comes out is a derived copy, and of a PDF the original bytes are its
beginning. A signature that does not hold is not augmented: a time stamp on something broken proves only that
it was broken. CAdES and XAdES reach T here; their LT and LTA are not made yet and are refused.

Source: ETSI EN 319 102-1 section 4.5 (augmentation); EN 319 142-1 section 6; EN 319 122-1 section 5.3; EN
319 132-1 section 5.3; NTI Política de firma IV.3.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from asn1crypto import cms, core, parser

from archive.errors import InvalidRequest, NotAvailable, NotFound, StorageUnavailable, TrustError
from archive.xml import parse_xml
from preservation.evidence import der
from preservation.signatures import cms_attributes as attrs
from preservation.signatures.canonical import EXCLUSIVE, canonical_bytes
from preservation.signatures.certificates import load
from preservation.signatures.engine import judge
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.reading import Kind, as_der, read_signatures, sniff
from preservation.signatures.report import Indication, SignatureReport
from preservation.signatures.sign_cms import SIGNATURE_TIME_STAMP
from preservation.signatures.sign_pdf import LEVELS, Level, ValidationMaterial, add_material, stamp_pdf
from preservation.signatures.supplied import from_path
from preservation.signatures.trust import TrustStore
from preservation.signatures.xades_splice import splice_properties
from preservation.signatures.xml_names import XADES_VERSIONS
from preservation.signatures.xmldsig import signatures_in, tag
from preservation.timestamps import TimestampAuthority

_DS: Final = "http://www.w3.org/2000/09/xmldsig#"


def augment_file(
    path: Path,
    out: Path,
    level: Level,
    trust: TrustStore,
    authority: TimestampAuthority,
    at: datetime,
    *,
    content: Path | None = None,
) -> list[SignatureReport]:
    """Write an augmented copy of a signed file.

    Args:
        path: The signed file; never changed.
        out: Where the copy goes; must not exist.
        level: `T`, `LT` or `LTA`.
        trust: Anchors, and the revocation data that LT and LTA carry inside.
        authority: Gives the time stamps.
        at: Instant of validation.
        content: What a detached signature signs.

    Returns:
        The reports of the copy.

    Raises:
        NotFound: No such file.
        InvalidRequest: Level B, no signature, or `out` exists.
        NotAvailable: A level of that format that this version does not make.
        TrustError: A signature that does not hold, or whose chain or revocation is not known.
        TimestampUnavailable: The authority gave no token.
        StorageUnavailable: `path` cannot be read, or `out` cannot be written.
    """
    if level == "B" or level not in LEVELS:
        raise InvalidRequest("a signature is augmented to T, LT or LTA")
    if out.exists():
        raise InvalidRequest(f"{out} is already there")
    if not path.is_file():
        raise NotFound(f"no such file: {path}")
    try:
        data = path.read_bytes()
    except OSError as cause:
        raise StorageUnavailable(f"{path} cannot be read: {cause.strerror}") from cause
    supplied = [] if content is None else [from_path(content)]
    facts = read_signatures(data, supplied)
    reports = _require_sound(facts, trust, at, level)
    kind = sniff(data)
    if kind is not Kind.PDF and level != "T":
        raise NotAvailable(f"level {level} is made for PDF only; CAdES and XAdES reach T in this version")
    if kind is Kind.PDF:
        made = _augment_pdf(data, level, trust, authority, reports)
    elif kind is Kind.XML:
        made = augment_xml(data, authority)
    else:
        made = augment_cms(as_der(data) or data, authority)
    try:
        out.write_bytes(made)
    except OSError as cause:
        raise StorageUnavailable(f"{out} cannot be written: {cause.strerror}") from cause
    return [judge(each, trust, at) for each in read_signatures(made, supplied)]


def _require_sound(
    facts: Sequence[SignatureFacts], trust: TrustStore, at: datetime, level: Level
) -> list[SignatureReport]:
    reports = [judge(each, trust, at) for each in facts]
    if not [each for each in reports if each.format != "RFC3161"]:
        raise InvalidRequest("there is no signature to augment")
    for report in reports:
        broken = not report.intact or report.indication is Indication.TOTAL_FAILED
        # T only fixes the time; LT and LTA promise that everything needed is inside
        if broken or (level != "T" and report.indication is not Indication.TOTAL_PASSED):
            why = report.reasons[0] if report.reasons else report.sub_indication
            raise TrustError(f"not augmented, because {report.place or 'the signature'} does not hold: {why}")
    return reports


def _augment_pdf(
    data: bytes,
    level: Level,
    trust: TrustStore,
    authority: TimestampAuthority,
    reports: Sequence[SignatureReport],
) -> bytes:
    # a signed PDF cannot take a token inside its CMS any more: the time of level T is a document time stamp
    stamped = data if _all_stamped(reports) else stamp_pdf(data, authority)
    if level == "T":
        return stamped
    used = {piece for report in reports for piece in report.evidence}
    certificates = tuple(sorted(piece for piece in used if _is_certificate(piece)))
    material = ValidationMaterial(
        (*certificates, *trust.certificates, *trust.anchors), trust.crls, trust.ocsps
    )
    completed = add_material(stamped, material)
    return completed if level == "LT" else stamp_pdf(completed, authority)


def _all_stamped(reports: Sequence[SignatureReport]) -> bool:
    passed = Indication.TOTAL_PASSED
    return all(
        any(
            stamp.indication is passed and stamp.type in {"signature", "document"}
            for stamp in each.timestamps
        )
        for each in reports
    )


def _is_certificate(encoded: bytes) -> bool:
    return load(encoded) is not None


def augment_cms(data: bytes, authority: TimestampAuthority) -> bytes:
    """Add a signature-time-stamp to every signer of a CMS that has none.

    What was signed keeps its octets; only the unsigned attributes of each signer grow.

    Raises:
        InvalidRequest: Indefinite lengths (BER), which cannot grow without re-encoding.
        TimestampUnavailable: The authority gave no token.
    """
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


def augment_xml(data: bytes, authority: TimestampAuthority) -> bytes:
    """Add a SignatureTimeStamp to every XAdES signature that has none, by splicing bytes.

    Raises:
        InvalidRequest: No XAdES signature where one can be spliced in.
        TimestampUnavailable: The authority gave no token.
    """
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
