# SPDX-License-Identifier: EUPL-1.2
"""The mathematics of one SignerInfo: the digest of the content and the signature value.

Source: RFC 5652 sections 5.3, 5.4 and 5.6; RFC 8419 (Edwards curves); RFC 8933 (one digest for both).
"""

from __future__ import annotations

from preservation import der
from preservation.algorithms import Mechanism, verify_value
from preservation.indications import Check, Outcome
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms import ber
from preservation.signatures.cms.ber import element
from preservation.signatures.cms.envelope import Signer
from preservation.signatures.content import Content, beginning

VALUE = "signature value"
SHAKE256_512 = der.sequence(der.oid("2.16.840.1.101.3.4.2.18"), der.integer(512))
"""id-shake256-len with the length that goes with Ed448."""


def check_signer(
    signer: Signer,
    signed: attrs.Attributes,
    content: Content | None,
    key: bytes | None,
    *,
    mechanism: Mechanism,
    digest_name: str,
) -> tuple[Check, Check]:
    """Compare what is signed and check the value.

    Args:
        signer: As stored.
        signed: Its signed attributes by name.
        content: What it signs; None where that is missing.
        key: DER SubjectPublicKeyInfo of the signing certificate; None where that was not found.
        mechanism: Of the signature.
        digest_name: Of the content's digest.

    Returns:
        The check of the content and the check of the value.
    """
    if signer.signed is None:
        return _direct(content, key, mechanism, signer.value)
    reference = _message_digest(signed, content, digest_name)
    if key is None:
        return reference, Check(VALUE, Outcome.UNSUPPORTED, "no certificate to check it with")
    return reference, _over_attributes(signer, key, mechanism, digest_name)


def _message_digest(signed: attrs.Attributes, content: Content | None, name: str) -> Check:
    wanted = signed.get(attrs.MESSAGE_DIGEST, [])
    if len(wanted) != 1:
        return Check("messageDigest", Outcome.FAILED, "the attribute is absent or repeated")
    if content is None:
        return Check("messageDigest", Outcome.MISSING, "detached content")
    digest = content.digest(name)
    if digest is None:
        return Check("messageDigest", Outcome.UNSUPPORTED, name)
    stated = element(wanted[0])
    same = stated.tag & ~0x20 == 0x04 and ber.octets(stated) == digest
    return Check("messageDigest", Outcome.OK if same else Outcome.FAILED, "" if same else name)


def _direct(
    content: Content | None, key: bytes | None, mechanism: Mechanism, value: bytes
) -> tuple[Check, Check]:
    """Check a signature without signed attributes: the value is over the content itself."""
    if content is None:
        told = Check("content", Outcome.MISSING, "detached content")
        return told, Check(VALUE, Outcome.UNSUPPORTED, "its content is missing")
    if key is None:
        told = Check("content", Outcome.UNSUPPORTED, "no certificate")
        return told, Check(VALUE, Outcome.UNSUPPORTED, "no certificate to check it with")
    if mechanism.kind.startswith("ed"):
        checked = verify_value(key, mechanism, value, data=content.whole())
    else:
        digest = content.digest(mechanism.digest)
        if digest is None:
            told = Check("content", Outcome.UNSUPPORTED, mechanism.digest)
            return told, Check(VALUE, Outcome.UNSUPPORTED, f"{mechanism.kind} with {mechanism.digest}")
        checked = verify_value(key, mechanism, value, digest=digest)
    return Check("content", checked.outcome, checked.detail), checked


def looks_like_attributes(content: Content) -> bool:
    """Tell whether a content could be somebody's signed attributes.

    A signature made over attributes is the same octets as one without attributes over a content that is those
    attributes: whoever drops them would have the signer sign what he never saw.
    """
    # attributes with revocation lists inside are long: in DER the short ones come first (X.690 section 11.6)
    head = beginning(content, 64 << 10)
    if head[:1] != b"\x31" or _MESSAGE_DIGEST not in head:
        return False
    first = 2 + (head[1] & 0x7F if head[1] & 0x80 else 0)
    return head[first : first + 1] == b"\x30"


_MESSAGE_DIGEST = der.oid(attrs.MESSAGE_DIGEST)


def _over_attributes(signer: Signer, key: bytes, mechanism: Mechanism, digest_name: str) -> Check:
    """RFC 5652 section 5.4: stored as [0], signed as the DER of a SET OF, whatever the rest is encoded in."""
    assert signer.signed is not None
    if (mechanism.kind == "ed448" and signer.digest_algorithm != SHAKE256_512) or (
        mechanism.kind == "ed25519" and digest_name != "sha512"
    ):
        told = f"{mechanism.kind} with another digest than its own (RFC 8419 section 3.1)"
        return Check(VALUE, Outcome.UNSUPPORTED, told)
    stored = signer.signed.contents
    pieces = [each.encoded for each in signer.signed]
    ordered = b"".join(sorted(pieces))
    checked = verify_value(key, mechanism, signer.value, data=der.tagged(der.SET, ordered))
    if checked.outcome is not Outcome.FAILED:
        return checked
    canonical = b"".join(sorted(ber.canonical(each) for each in signer.signed))
    if canonical != ordered:
        checked = verify_value(key, mechanism, signer.value, data=der.tagged(der.SET, canonical))
        if checked.outcome is Outcome.OK:
            return checked
    if stored != ordered:
        as_stored = verify_value(key, mechanism, signer.value, data=der.tagged(der.SET, stored))
        if as_stored.outcome is Outcome.OK:
            return Check(VALUE, Outcome.FAILED, "it was made over attributes that are not in DER")
    return checked
