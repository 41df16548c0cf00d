# SPDX-License-Identifier: EUPL-1.2
"""CMS and CAdES: one `SignatureFacts` for each signer and counter-signer of a SignedData.

BER and DER are read alike; what was signed is checked over the octets as stored. Detached content is
streamed. Nothing is trusted here: that is the judge's.

Source: RFC 5652 sections 5.3, 5.4, 11; RFC 5035; ETSI EN 319 122-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from asn1crypto import cms, core

from preservation.algorithms import Mechanism, key_algorithm, mechanism_of, verify_value
from preservation.evidence import der
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.facts import Algorithm, Check, Doubt, Outcome, SignatureFacts
from preservation.trust.certificates import UNREADABLE, key_info, load

MAX_SIGNERS: Final = 64
MAX_CMS: Final = 512 << 20
ID_DATA: Final = "1.2.840.113549.1.7.1"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A SignedData with what all its signers share."""

    signed_data: Any
    content_type: str
    """Dotted."""
    inside: bytes | None
    """eContent, where the signature carries it."""
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]


def unreadable(why: object, format_name: str = "CMS") -> SignatureFacts:
    """Return the facts of something that is no signature to speak of."""
    return SignatureFacts(format=format_name, unreadable=f"not readable: {why}"[:300])


def open_envelope(data: bytes) -> Envelope:
    """Read a ContentInfo with a SignedData inside.

    Raises:
        ValueError: It is not one.
    """
    if len(data) > MAX_CMS:
        raise ValueError("more than half a gibibyte")
    try:
        return _open(data)
    except UNREADABLE as cause:
        raise ValueError(str(cause) or type(cause).__name__) from cause


def _open(data: bytes) -> Envelope:
    info = cms.ContentInfo.load(data)
    if info["content_type"].native != "signed_data":
        raise ValueError("no SignedData in it")
    signed = info["content"]
    encapsulated = signed["encap_content_info"]
    carried = signed["certificates"]
    certificates = () if isinstance(carried, core.Void) else tuple(carried)
    crls, ocsps = attrs.field_revocation(signed)
    _ = len(signed["signer_infos"])
    return Envelope(
        signed_data=signed,
        content_type=str(encapsulated["content_type"].dotted),
        inside=_octets(encapsulated["content"]),
        certificates=tuple(each.chosen.dump() for each in certificates if each.name == "certificate"),
        crls=tuple(crls),
        ocsps=tuple(ocsps),
    )


def _octets(content: Any) -> bytes | None:
    if content is None or isinstance(content, core.Void):
        return None
    if isinstance(content, core.OctetString | core.ParsableOctetString):
        return bytes(content)
    inner = content.dump()
    if content.tag == 4 and content.class_ == 0:
        return bytes(core.OctetString.load(inner))
    # PKCS #7 signs the value of another type without its tag and length (RFC 2315 section 9.3)
    return bytes(content.contents) if not isinstance(content, core.Any) else _any_octets(content)


def _any_octets(content: Any) -> bytes:
    parsed = content.parse()
    if isinstance(parsed, core.OctetString):
        return bytes(parsed)
    return bytes(parsed.contents)


def read_cms(data: bytes, content: Content | None = None) -> list[SignatureFacts]:
    """Read every signature of a CMS file.

    Args:
        data: DER or BER ContentInfo.
        content: What it signs, when it does not carry it. When it does, both must agree.

    Returns:
        One for each signer and counter-signer; one unreadable where there is none.
    """
    try:
        envelope = open_envelope(data)
        found = list(_signers(envelope, content))
    except (ValueError, *UNREADABLE) as problem:
        return [unreadable(problem)]
    return found or [unreadable("a SignedData without signers")]


def _signers(envelope: Envelope, content: Content | None) -> Iterator[SignatureFacts]:
    from preservation.signatures.cms.stamps import stamps_of  # noqa: PLC0415 - a token is a CMS too

    signed: Content | None = content
    problems: list[str] = []
    covers = "detached content"
    if envelope.inside is not None:
        signed, covers = BytesContent(envelope.inside), "content inside the signature"
        if content is not None and content.digest("sha256") != signed.digest("sha256"):
            problems.append("the content inside the signature is not the one supplied")
    for number, signer in enumerate(list(envelope.signed_data["signer_infos"])[:MAX_SIGNERS]):
        place = f"signer[{number + 1}]"
        try:
            facts = read_signer(envelope, signer, signed, problems=problems)
            facts = replace(facts, covers=(covers,), place=place, stamps=stamps_of(envelope, signer, signed))
        except UNREADABLE as problem:
            yield replace(unreadable(problem), place=place)
            continue
        yield facts
        yield from _counters(envelope, signer, place, 0)


def _counters(envelope: Envelope, signer: Any, place: str, depth: int) -> Iterator[SignatureFacts]:
    """Yield the counter-signatures, nested ones too (RFC 5652 section 11.4)."""
    from preservation.signatures.cms.stamps import stamps_of  # noqa: PLC0415 - a token is a CMS too

    unsigned, _ = attrs.attributes_of(signer["unsigned_attrs"])
    signed = BytesContent(signer["signature"].native)
    for number, encoded in enumerate(unsigned.get(attrs.COUNTER_SIGNATURE, [])[:MAX_SIGNERS]):
        here = f"{place}/counter[{number + 1}]"
        try:
            inner = cms.SignerInfo.load(encoded)
            facts = read_signer(envelope, inner, signed, counter=True)
            stamps = stamps_of(envelope, inner, signed)
            yield replace(facts, covers=(f"signature value of {place}",), place=here, stamps=stamps)
        except UNREADABLE as problem:
            yield replace(unreadable(problem), place=here)
            continue
        if depth < 8:
            yield from _counters(envelope, inner, here, depth + 1)


def read_signer(
    envelope: Envelope,
    signer: Any,
    content: Content | None,
    *,
    counter: bool = False,
    problems: list[str] | None = None,
) -> SignatureFacts:
    """Read one SignerInfo over its content, without its time stamps."""
    signed, repeated = attrs.attributes_of(signer["signed_attrs"])
    unsigned, _ = attrs.attributes_of(signer["unsigned_attrs"])
    found = list(problems or ())
    dubious = [
        Doubt("SIG_CONSTRAINTS_FAILURE", f"signed attribute {name} stands more than once")
        for name in repeated
    ]
    candidates = (*envelope.certificates, *attrs.carried_certificates(unsigned))
    certificate, doubts = _signing_certificate(signer, signed, candidates)
    dubious += doubts
    found += _protection_problems(signer, signed)
    if not counter:
        found += _content_type(signed, envelope.content_type)
    digest_name = str(signer["digest_algorithm"]["algorithm"].native)
    mechanism = mechanism_of(signer["signature_algorithm"], digest_name)
    references, value = _mathematics(
        signer, signed, content, certificate, mechanism=mechanism, digest_name=digest_name
    )
    crls, ocsps = attrs.carried_revocation(signed, unsigned)
    return SignatureFacts(
        format="CAdES" if _is_cades(signed) else "CMS",
        level=_level(signed, unsigned, envelope),
        signer=certificate,
        certificates=tuple(candidates),
        crls=(*envelope.crls, *crls),
        ocsps=(*envelope.ocsps, *ocsps),
        references=(references,),
        value=value,
        claimed_time=_signing_time(signed),
        policy=attrs.policy_of(signed),
        algorithms=_algorithms(digest_name, mechanism, certificate),
        problems=tuple(found),
        doubts=tuple(dubious),
    )


def _mathematics(
    signer: Any,
    signed: attrs.Attributes,
    content: Content | None,
    certificate: bytes | None,
    *,
    mechanism: Mechanism,
    digest_name: str,
) -> tuple[Check, Check]:
    info = None if certificate is None else key_info(certificate)
    value = signer["signature"].native
    digest = None if content is None else content.digest(digest_name)
    if not signed:
        return _direct(content, digest, info, mechanism, value)
    wanted = [core.OctetString.load(each).native for each in signed.get(attrs.MESSAGE_DIGEST, [])]
    if len(wanted) != 1:
        reference = Check("messageDigest", Outcome.FAILED, "the attribute is absent or repeated")
    elif content is None:
        reference = Check("messageDigest", Outcome.MISSING, "detached content")
    elif digest is None:
        reference = Check("messageDigest", Outcome.UNSUPPORTED, digest_name)
    else:
        same = digest == wanted[0]
        reference = Check(
            "messageDigest", Outcome.OK if same else Outcome.FAILED, "" if same else digest_name
        )
    if info is None:
        return reference, Check("signature value", Outcome.UNSUPPORTED, "no certificate to check it with")
    return reference, _over_attributes(signer, info, mechanism, value)


def _direct(
    content: Content | None, digest: bytes | None, info: bytes | None, mechanism: Mechanism, value: bytes
) -> tuple[Check, Check]:
    """Check a signature without signed attributes: the value is over the content itself."""
    if content is None:
        told = Check("content", Outcome.MISSING, "detached content")
        return told, Check("signature value", Outcome.UNSUPPORTED, "its content is missing")
    if info is None:
        told = Check("content", Outcome.UNSUPPORTED, "no certificate")
        return told, Check("signature value", Outcome.UNSUPPORTED, "no certificate to check it with")
    if mechanism.kind.startswith("ed"):
        checked = verify_value(info, mechanism, value, data=content.whole())
    else:
        checked = verify_value(info, mechanism, value, digest=digest)
    return Check("content", checked.outcome, checked.detail), checked


def _over_attributes(signer: Any, info: bytes, mechanism: Mechanism, value: bytes) -> Check:
    # RFC 5652 section 5.4: stored as [0] in any order, signed as SET OF in the order of DER
    pieces = attrs.pieces(bytes(signer["signed_attrs"].contents))
    checked = verify_value(info, mechanism, value, data=der.tagged(der.SET, b"".join(sorted(pieces))))
    if checked.outcome is Outcome.FAILED and pieces != sorted(pieces):
        stored = verify_value(info, mechanism, value, data=der.tagged(der.SET, b"".join(pieces)))
        if stored.outcome is Outcome.OK:
            return replace(checked, detail="it was made over attributes that are not in DER")
    return checked


def _signing_certificate(
    signer: Any, signed: attrs.Attributes, candidates: tuple[bytes, ...]
) -> tuple[bytes | None, list[Doubt]]:
    """Find the certificate that the signer identifier names, and that signing-certificate must confirm."""
    named = next((each for each in candidates if _is_named(signer["sid"], each)), None)
    try:
        declared, confirmed = attrs.named_certificate(signed, candidates)
    except UNREADABLE as problem:
        reason = f"the signing-certificate attribute cannot be read: {problem}"
        return named, [Doubt("SIG_CONSTRAINTS_FAILURE", reason)]
    if declared and named is not None and confirmed != named:
        # EN 319 102-1 section 5.2.3.4
        reason = "the signing-certificate attribute names another certificate"
        return named, [Doubt("NO_SIGNING_CERTIFICATE_FOUND", reason)]
    return named, []


def _is_named(identifier: Any, encoded: bytes) -> bool:
    certificate = load(encoded)
    if certificate is None:
        return False
    if identifier.name == "subject_key_identifier":
        return bool(certificate.key_identifier == identifier.chosen.native)
    if certificate.serial_number != identifier.chosen["serial_number"].native:
        return False
    stored = identifier.chosen["issuer"]
    return bool(certificate.issuer.dump() == stored.dump() or certificate.issuer == stored)


def _content_type(signed: attrs.Attributes, expected: str) -> list[str]:
    """RFC 5652 section 5.3: only a content of type id-data may be signed without attributes."""
    if not signed:
        return [] if expected == ID_DATA else ["its content is not id-data and no attributes are signed"]
    values = signed.get(attrs.CONTENT_TYPE, [])
    if len(values) != 1:
        return ["the contentType attribute is absent or repeated"]
    if core.ObjectIdentifier.load(values[0]).dotted != expected:
        return ["the contentType attribute is not the type of the content"]
    return []


def _protection_problems(signer: Any, signed: attrs.Attributes) -> list[str]:
    """RFC 6211 section 4: the algorithms outside must be those that are signed."""
    for values in signed.get(attrs.ALGORITHM_PROTECTION, []):
        stated = attrs.members(values)
        same_digest = _without_null(stated[0]) == _without_null(signer["digest_algorithm"].dump())
        inner = next((each for each in stated if each[:1] == b"\xa1"), b"")
        outer = b"\xa1" + signer["signature_algorithm"].dump()[1:]
        if not same_digest or _without_null(inner) != _without_null(outer):
            return ["its algorithms are not the ones that were signed"]
    return []


def _without_null(algorithm: bytes) -> list[bytes]:
    return [each for each in attrs.members(algorithm) if each != b"\x05\x00"]


def _is_cades(signed: attrs.Attributes) -> bool:
    return attrs.SIGNING_CERTIFICATE in signed or attrs.SIGNING_CERTIFICATE_V2 in signed


def _level(signed: attrs.Attributes, unsigned: attrs.Attributes, envelope: Envelope) -> str:
    """Name the level by what is there, not by whether it is right."""
    if any(name in unsigned for name, kind in attrs.TIME_STAMPS.items() if kind == "archive"):
        return "LTA"
    if attrs.SIGNATURE_TIME_STAMP not in unsigned:
        return "B" if _is_cades(signed) else ""
    values = attrs.REVOCATION_VALUES in unsigned or bool(envelope.crls or envelope.ocsps)
    return "LT" if values else "T"


def _signing_time(signed: attrs.Attributes) -> datetime | None:
    for encoded in signed.get(attrs.SIGNING_TIME, []):
        try:
            found: datetime = cms.Time.load(encoded).native
        except UNREADABLE:
            return None
        return found.astimezone(UTC)
    return None


def _algorithms(digest_name: str, mechanism: Mechanism, certificate: bytes | None) -> tuple[Algorithm, ...]:
    found = [Algorithm(digest_name), Algorithm(mechanism.digest)]
    info = None if certificate is None else key_info(certificate)
    if info is not None:
        found.append(key_algorithm(info))
    return tuple(dict.fromkeys(found))
