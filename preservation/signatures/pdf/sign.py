# SPDX-License-Identifier: EUPL-1.2
"""Make PAdES signatures: every step is an incremental update, so what was there stays a prefix.

pyHanko writes the PDF structure (field, placeholder, ByteRange, DSS, document time stamp); the CMS inside is
ours (`sign_cms`), so time comes in as a parameter and an authority is asked for no dummy token.

Source: ETSI EN 319 142-1 sections 5.3 (PAdES-CAdES in PDF), 5.4.2 (DSS), 5.4.3 (document time stamp), 6
(baseline levels).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, SignatureObject
from pyhanko.sign.validation.dss import DocumentSecurityStore

from archive.errors import InvalidRequest
from preservation.signatures.augmentation import Level, ValidationMaterial
from preservation.signatures.cms.sign import sign_digest
from preservation.signatures.identity import Identity, digest_for
from preservation.signatures.pdf.writer import incremental_writer
from preservation.timestamps import TimestampAuthority

_TOKEN_BYTES: Final = 12_288
"""Room for a time-stamp token with its certificates; real ones take 2 to 8 kB."""
_CMS_BYTES: Final = 6_144


def sign_pdf(
    pdf: bytes,
    identity: Identity,
    *,
    level: Level = "B",
    authority: TimestampAuthority | None = None,
    material: ValidationMaterial | None = None,
    signing_time: datetime,
    reason: str = "",
    name: str = "",
    location: str = "",
    field_name: str = "",
    box: tuple[int, int, int, int] | None = None,
    page: int = 0,
) -> bytes:
    """Sign a PDF, or sign one more time a PDF that is already signed.

    Args:
        pdf: The file. It stays, byte for byte, the beginning of the result.
        identity: Who signs.
        level: Baseline level to reach.
        authority: Gives the time stamps from level T on.
        material: Carried in the DSS from level LT on, beside the identity's chain.
        signing_time: Claimed time, written in the signature dictionary (`/M`).
        reason: Why, shown to people.
        name: Who, shown to people.
        location: Where, shown to people.
        field_name: A new one is made when empty: `Signature1`, `Signature2`, …
        box: Place on the page in points for a visible field; invisible by default. What is drawn there is
            the caller's own page content: a seal that covers text would be a forgery.
        page: Page of the box, from 0.

    Returns:
        The signed file. The same arguments give the same bytes with an RSA or Ed25519 key and level B.

    Raises:
        InvalidRequest: Not a PDF that can be signed, or a level that needs an authority without one.
        TimestampUnavailable: The authority gave no token.
    """
    if level != "B" and authority is None:
        raise InvalidRequest(f"level {level} needs a time-stamping authority")
    placeholder = SignatureObject(
        timestamp=signing_time,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason or None,
        name=name or None,
        location=location or None,
        bytes_reserved=2
        * (_CMS_BYTES + _certificates_size(identity) + (_TOKEN_BYTES if level != "B" else 0)),
    )
    algorithm = digest_for(identity.private_key)

    def fill(digest: bytes) -> bytes:
        stamping = authority if level != "B" else None
        return sign_digest(digest, identity, signing_time=None, authority=stamping)

    signed = _embed(pdf, placeholder, algorithm, fill, field_name=field_name, box=box, page=page)
    if level in {"LT", "LTA"}:
        signed = add_material(signed, _with_chain(identity, material))
    if level == "LTA":
        assert authority is not None
        signed = stamp_pdf(signed, authority)
    return signed


def add_material(pdf: bytes, material: ValidationMaterial) -> bytes:
    """Append a DSS with what a later validation will need (EN 319 142-1 section 5.4.2).

    Raises:
        InvalidRequest: Not a PDF that can be updated, or the material is not DER.
    """
    out = io.BytesIO(pdf)
    try:
        writer = incremental_writer(out, salt=b"dss")
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            certs=[x509.Certificate.load(der) for der in _unique(material.certificates)],
            crls=[crl.CertificateList.load(der) for der in _unique(material.crls)],
            ocsps=[ocsp.OCSPResponse.load(der) for der in _unique(material.ocsps)],
        )
        writer.write_in_place()
    except (PdfError, SigningError, ValueError, TypeError, KeyError) as cause:
        raise InvalidRequest(f"the PDF cannot take validation material: {cause}") from cause
    return out.getvalue()


def stamp_pdf(pdf: bytes, authority: TimestampAuthority, *, algorithm: str = "sha256") -> bytes:
    """Append a document time stamp over everything before it (EN 319 142-1 section 5.4.3).

    Raises:
        InvalidRequest: Not a PDF that can be updated.
        TimestampUnavailable: The authority gave no token.
    """
    placeholder = DocumentTimestamp(bytes_reserved=2 * _TOKEN_BYTES)  # type: ignore[no-untyped-call]

    def fill(digest: bytes) -> bytes:
        return authority.stamp(digest, algorithm)

    return _embed(pdf, placeholder, algorithm, fill, prefix="Timestamp")


def _embed(
    pdf: bytes,
    placeholder: Any,
    algorithm: str,
    fill: Callable[[bytes], bytes],
    *,
    field_name: str = "",
    box: tuple[int, int, int, int] | None = None,
    page: int = 0,
    prefix: str = "Signature",
) -> bytes:
    try:
        writer = incremental_writer(io.BytesIO(pdf), salt=prefix.encode())
        chosen = field_name or _free_field_name(writer, prefix)
        spec = SigFieldSpec(chosen, on_page=page, box=box) if box else SigFieldSpec(chosen)
        steps = PdfCMSEmbedder(new_field_spec=spec).write_cms(chosen, writer)
        next(steps)
        steps.send(SigObjSetup(sig_placeholder=placeholder))
        prepared, output = steps.send(SigIOSetup(md_algorithm=algorithm, output=io.BytesIO()))
    except (PdfError, SigningError, ValueError, TypeError, KeyError, RecursionError) as cause:
        raise InvalidRequest(f"the PDF cannot be signed: {cause}") from cause
    envelope = fill(prepared.document_digest)
    try:
        prepared.fill_with_cms(output, envelope)
    except SigningError as cause:
        raise InvalidRequest(f"the signature does not fit in its place: {cause}") from cause
    return bytes(output.getvalue())


def _free_field_name(writer: Any, prefix: str) -> str:
    taken = {name for name, _, _ in enumerate_sig_fields(writer)}
    number = 1
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"


def _with_chain(identity: Identity, material: ValidationMaterial | None) -> ValidationMaterial:
    own = (identity.certificate, *identity.chain)
    if material is None:
        return ValidationMaterial(own)
    return ValidationMaterial((*own, *material.certificates), material.crls, material.ocsps)


def _certificates_size(identity: Identity) -> int:
    return len(identity.certificate) + sum(len(der) for der in identity.chain)


def _unique(items: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(items))
