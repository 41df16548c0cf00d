# SPDX-License-Identifier: EUPL-1.2
"""The signature inside a PDF signature dictionary, by its `/SubFilter`: CMS, a time-stamp token, or bare RSA.

Source: ISO 32000-1 section 12.8.3 (adbe.x509.rsa_sha1, adbe.pkcs7.detached, adbe.pkcs7.sha1); ETSI EN 319
142-1 sections 5.3 (ETSI.CAdES.detached), 5.4.3 (ETSI.RFC3161).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from asn1crypto import core, parser

from preservation.algorithms import Mechanism, key_algorithm, verify_value
from preservation.indications import Check, Outcome
from preservation.signatures.cms.envelope import open_envelope
from preservation.signatures.cms.read import read_cms
from preservation.signatures.cms.signature import unreadable
from preservation.signatures.cms.stamps import read_stamp
from preservation.signatures.facts import SignatureFacts, StampFacts
from preservation.signatures.pdf.fields import PdfSignature
from preservation.strength import Algorithm
from preservation.trust.certificates import UNREADABLE, key_info

_DETACHED: Final = {"adbe.pkcs7.detached", "ETSI.CAdES.detached", ""}
_BARE_DIGESTS: Final = ("sha1", "sha256", "sha384", "sha512", "md5")


def signers_of(signature: PdfSignature) -> list[SignatureFacts]:
    """Read everybody who signed in one signature dictionary. Hostile bytes give unreadable facts."""
    kind = signature.subfilter
    if signature.nothing:
        return [unreadable(signature.nothing, "unknown")]
    if kind == "adbe.x509.rsa_sha1":
        return [_bare(signature)]
    if kind == "adbe.pkcs7.sha1":
        # ISO 32000-1 section 12.8.3.3.1: the CMS carries the SHA-1 of the octets
        return [_with_inner_digest(each, signature) for each in read_cms(token_of(signature.contents))]
    if kind in _DETACHED or kind.startswith("adbe.pkcs7"):
        found = read_cms(token_of(signature.contents), signature.signed)
        return [replace(each, format="unknown") if each.unreadable else each for each in found]
    return [unreadable(f"a signature of the kind {kind[:60]}", "PAdES")]


def document_stamp(signature: PdfSignature) -> StampFacts:
    """Read a document time stamp."""
    token = token_of(signature.contents)
    stamp = replace(read_stamp(token, "document", signature.signed.digest), token=token)
    if not signature.problems:
        return stamp
    inner = stamp.signature
    return replace(stamp, signature=replace(inner, problems=(*inner.problems, *signature.problems)))


def token_of(contents: bytes) -> bytes:
    """Return `/Contents` without its padding, as long as its own length says."""
    try:
        size = parser.peek(contents)
    except ValueError:
        return contents
    return contents[:size] if size else contents


def _with_inner_digest(facts: SignatureFacts, signature: PdfSignature) -> SignatureFacts:
    if facts.unreadable:
        return facts
    inside = open_envelope(token_of(signature.contents)).inside
    same = inside is not None and inside == signature.signed.digest("sha1")
    check = Check("ByteRange", Outcome.OK if same else Outcome.FAILED, "sha1")
    return replace(
        facts, references=(*facts.references, check), algorithms=(*facts.algorithms, Algorithm("sha1"))
    )


def _bare(signature: PdfSignature) -> SignatureFacts:
    """12.8.3.2: an OCTET STRING with a PKCS #1 value over the octets, the certificate beside it in /Cert."""
    signer = signature.certificates[0] if signature.certificates else None
    info = None if signer is None else key_info(signer)
    try:
        value = core.OctetString.load(token_of(signature.contents)).native
    except UNREADABLE as problem:
        return unreadable(problem, "unknown")
    if info is None:
        return unreadable("its certificate is not beside it", "PAdES")
    # which digest was used stands only inside the value; the name says SHA-1, later signers used others
    used, check = "sha1", Check("signature value", Outcome.FAILED, "rsa")
    for name in _BARE_DIGESTS:
        tried = verify_value(info, Mechanism("rsa", name), value, digest=signature.signed.digest(name))
        if tried.outcome is Outcome.OK or name == "sha1":
            used, check = name, tried
        if tried.outcome is Outcome.OK:
            break
    return SignatureFacts(
        format="PKCS1",
        binds_signer=False,
        signer=signer,
        certificates=signature.certificates,
        references=(Check("ByteRange", check.outcome, used),),
        value=check,
        algorithms=(Algorithm(used), key_algorithm(info)),
        place="signer[1]",
        signature_value=value,
    )
