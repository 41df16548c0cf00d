# SPDX-License-Identifier: EUPL-1.2
"""What the signed properties of an XAdES signature say: who, when, under which policy, in what role.

Everything here was signed and nothing of it is proven.

Source: ETSI EN 319 132-1 sections 5.2.1 (SigningTime), 5.2.2 (SigningCertificateV2), 5.2.3 (commitment),
5.2.4 (data format), 5.2.5 (place), 5.2.6 (role), 5.2.9 (policy); TS 101 903 section 7.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from preservation import der
from preservation.signatures.facts import Malformed, PolicyFacts, Unsupported
from preservation.signatures.xml.core import decoded
from preservation.signatures.xml.keys import serial_of
from preservation.signatures.xml.names import DIGESTS, XADES_VERSIONS
from preservation.trust.certificates import find_by_digest

MAX_CLAIMS: Final = 100
MAX_TEXT: Final = 300
"""Letters of one claim that are kept."""
_URN: Final = "urn:oid:"
_ROLES: Final = ("SignerRole", "SignerRoleV2")
_CERTIFIED: Final = ("CertifiedRole", "EncapsulatedAttributeCertificate", "X509AttributeCertificate")
_PLACES: Final = ("SignatureProductionPlace", "SignatureProductionPlaceV2")
_PLACE: Final = ("StreetAddress", "City", "PostalCode", "StateOrProvince", "CountryName")


def child(element: Any, name: str) -> Any:
    """Return the first child of that local name in whatever namespace; None where none."""
    return None if element is None else next(element.iterchildren(f"{{*}}{name}"), None)


def named(element: Any, name: str) -> list[Any]:
    """Return every descendant of that local name."""
    return [] if element is None else list(element.iter(f"{{*}}{name}"))


def text_of(element: Any) -> str:
    """Return the text with its blanks made one, cut to MAX_TEXT."""
    if element is None:
        return ""
    text = (element.text or "") if len(element) == 0 else "".join(element.itertext("*"))
    return " ".join(text.split())[:MAX_TEXT]


def signing_time(properties: Any) -> datetime | None:
    """Return SigningTime in UTC; one without zone is taken as UTC (it is a claim either way)."""
    stated = child(child(properties, "SignedSignatureProperties"), "SigningTime")
    if stated is None:
        return None
    try:
        found = datetime.fromisoformat((stated.text or "").strip())
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def policy_of(properties: Any) -> PolicyFacts | None:
    """Return the signature policy that an -EPES names; None for a -BES."""
    stated = child(child(properties, "SignedSignatureProperties"), "SignaturePolicyIdentifier")
    if stated is None:
        return None
    identified = child(stated, "SignaturePolicyId")
    if identified is None:
        return PolicyFacts("", implied=child(stated, "SignaturePolicyImplied") is not None)
    hashed = child(identified, "SigPolicyHash")
    method = child(hashed, "DigestMethod")
    try:
        digest = decoded(child(hashed, "DigestValue"))
    except Malformed:
        digest = b""
    uris = named(child(identified, "SigPolicyQualifiers"), "SPURI")
    return PolicyFacts(
        identifier=text_of(child(child(identified, "SigPolicyId"), "Identifier")),
        digest_algorithm=DIGESTS.get("" if method is None else method.get("Algorithm", ""), ""),
        digest=digest,
        uri=text_of(uris[0]) if uris else "",
    )


def policy_name(policy: PolicyFacts | None) -> str:
    """Return the policy's OID or URI without the `urn:oid:` that XML puts before."""
    return "" if policy is None else policy.identifier.removeprefix(_URN)


def claims_of(properties: Any) -> tuple[tuple[str, str], ...]:
    """Return what the signer says of himself and of the act, as (kind, text)."""
    if properties is None:
        return ()
    found = [(kind, text) for kind, text in _claims(properties) if text]
    return tuple(dict.fromkeys(found[:MAX_CLAIMS]))


def _claims(properties: Any) -> Iterator[tuple[str, str]]:
    own = child(properties, "SignedSignatureProperties")
    for each in () if own is None else own.iterchildren("*"):
        name = each.tag.rpartition("}")[2]
        if name in _ROLES:
            yield from (("role", text_of(role)) for role in named(each, "ClaimedRole"))
            if any(named(each, certified) for certified in _CERTIFIED):
                yield "certified role", "an attribute certificate"
        elif name in _PLACES:
            parts = [text_of(child(each, part)) for part in _PLACE]
            yield "place", ", ".join(part for part in parts if part)
    objects = child(properties, "SignedDataObjectProperties")
    for each in () if objects is None else objects.iterchildren("*"):
        name = each.tag.rpartition("}")[2]
        if name == "CommitmentTypeIndication":
            identifier = text_of(child(child(each, "CommitmentTypeId"), "Identifier"))
            yield "commitment", identifier.removeprefix(_URN)
        elif name == "DataObjectFormat":
            parts = [text_of(child(each, part)) for part in ("MimeType", "Description")]
            yield "data format", "; ".join(part for part in parts if part)


def signing_certificates(properties: Any) -> tuple[Any, ...]:
    """Return the first Cert of SigningCertificateV2 and that of SigningCertificate, where they are."""
    own = child(properties, "SignedSignatureProperties")
    held = (child(child(own, name), "Cert") for name in ("SigningCertificateV2", "SigningCertificate"))
    return tuple(each for each in held if each is not None)


def declared_certificate(certs: Sequence[Any], candidates: tuple[bytes, ...]) -> tuple[bool, bytes | None]:
    """Find the certificate that SigningCertificate (v1 or v2) names first.

    Args:
        certs: From `signing_certificates`.
        candidates: DER of what may be meant.

    Returns:
        Whether one is named, and which of the candidates it is.

    Raises:
        Unsupported: Its digest algorithm.
        Malformed: Its digest is not base64.
    """
    for cert in certs:
        digest = child(cert, "CertDigest")
        if digest is None:
            continue
        method, value = child(digest, "DigestMethod"), child(digest, "DigestValue")
        algorithm = None if method is None else DIGESTS.get(method.get("Algorithm", ""))
        if algorithm is None:
            raise Unsupported("the digest of SigningCertificate")
        return True, find_by_digest(candidates, algorithm, decoded(value))
    return False, None


def names_another_serial(certs: Sequence[Any], certificate: bytes | None) -> bool:
    """Whether the serial number beside the digest of SigningCertificate is another certificate's.

    The digest decides; a wrong number beside it is worth telling (EN 319 132-1 section 5.2.2: it is a hint).
    """
    stated = serial = None
    for cert in certs:
        number = child(child(cert, "IssuerSerial"), "X509SerialNumber")
        encoded = child(cert, "IssuerSerialV2") if number is None else None
        try:
            if number is not None:
                stated = int((number.text or "").strip())
            elif encoded is not None:
                stated = _last_integer(decoded(encoded))
        except (Malformed, ValueError, IndexError):
            return True
    if stated is not None and certificate is not None:
        serial = serial_of(certificate)
    return stated is not None and serial is not None and stated != serial


def _last_integer(encoded: bytes) -> int:
    """Read the serial number of an IssuerSerial (RFC 5035 section 4)."""
    number = list(der.parse(encoded).children())[-1]
    return int.from_bytes(number.value, "big", signed=True)


def version_of(element: Any) -> str:
    """Return the XAdES version whose namespace an element is in; empty for none."""
    return XADES_VERSIONS.get(element.tag[1:].partition("}")[0], "") if isinstance(element.tag, str) else ""
