# SPDX-License-Identifier: EUPL-1.2
"""Make XAdES baseline signatures by splicing bytes: what surrounds the signature is never re-serialised.

Exclusive C14N everywhere: an inclusive one breaks as soon as the document is put in an envelope. The
`ds:Signature` is written already canonical and self-contained, so its digests do not depend on where it will
stand.

Source: XML Signature 1.1; ETSI EN 319 132-1 sections 5.2.1 (SigningTime), 5.2.2 (SigningCertificateV2),
5.2.9 (SignaturePolicyIdentifier) and 5.3 (SignatureTimeStamp); RFC 3741 (exclusive C14N).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from archive.clock import format_instant, require_aware
from archive.errors import InvalidRequest
from preservation import der
from preservation.signatures.cms.sign import SignaturePolicy
from preservation.signatures.identity import Identity, SigningKey, digest_for, sign_bytes
from preservation.signatures.xml.canonical import EXCLUSIVE, SHA256_URI, canonical_bytes, parse_exact
from preservation.signatures.xml.names import ID_ATTRIBUTES
from preservation.timestamps import TimestampAuthority

_DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
_ENVELOPED: Final = f"{_DS}enveloped-signature"
_BASE64: Final = f"{_DS}base64"
_PROPERTIES_TYPE: Final = "http://uri.etsi.org/01903#SignedProperties"
_METHODS: Final = {
    "sha256rsa": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "sha256ec": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "sha512ed": "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
}


@dataclass(frozen=True, slots=True)
class _Part:
    """One ds:Reference: its URI, its transforms and the digest of what they give."""

    uri: str
    transforms: tuple[str, ...]
    digest: str
    kind: str = ""
    identifier: str = ""


def sign_xml(
    data: bytes,
    identity: Identity,
    *,
    signing_time: datetime,
    ids: Sequence[str] = (),
    insert_at: int | None = None,
    enveloped: bool = False,
    policy: SignaturePolicy | None = None,
    authority: TimestampAuthority | None = None,
    signature_id: str = "Firma",
) -> bytes:
    """Sign an XML document, or elements of it, and put the signature inside it.

    Args:
        data: The document in UTF-8, byte-exact. All but the new signature stays as it is.
        identity: Who signs.
        signing_time: Claimed time (SigningTime).
        ids: Elements to sign by Id: an internally detached signature (TF02). Empty signs the document.
        insert_at: Offset in `data` where the signature goes; before the end tag of the root by default.
        enveloped: Apply the enveloped-signature transform, for a signature that stands inside what it signs
            (TF03). Always so when `ids` is empty.
        policy: Named in the signature (-EPES).
        authority: Gives the SignatureTimeStamp of level T.
        signature_id: Id of the ds:Signature, unique in the document.

    Returns:
        The signed document; the same bytes every time with an RSA or Ed25519 key and no authority.

    Raises:
        InvalidRequest: Not well-formed, no such Id, an ambiguous one, or a place inside a tag.
        TimestampUnavailable: The authority gave no token.
    """
    signature = xml_signature(
        data,
        identity,
        signing_time=signing_time,
        ids=ids,
        enveloped=enveloped,
        policy=policy,
        authority=authority,
        signature_id=signature_id,
    )
    place = data.rindex(b"</") if insert_at is None else insert_at
    signed = data[:place] + signature + data[place:]
    parse_exact(signed)
    return signed


def xml_signature(
    data: bytes,
    identity: Identity,
    *,
    signing_time: datetime,
    ids: Sequence[str] = (),
    enveloped: bool = False,
    policy: SignaturePolicy | None = None,
    authority: TimestampAuthority | None = None,
    signature_id: str = "Firma",
) -> bytes:
    """Return the ds:Signature alone, for `archive.eni.write.insert_firma` to put in its place.

    Arguments and errors as `sign_xml`.
    """
    tree = parse_exact(data)
    if not ids:
        digest = _digest(canonical_bytes(tree, EXCLUSIVE, comments=False))
        parts = [_Part("", (_ENVELOPED, EXCLUSIVE), digest)]
    else:
        transforms = (_ENVELOPED, EXCLUSIVE) if enveloped else (EXCLUSIVE,)
        parts = [_Part(f"#{each}", transforms, _digest_of_id(tree, each)) for each in ids]
    return _signature(
        parts,
        identity,
        signing_time=signing_time,
        policy=policy,
        authority=authority,
        signature_id=signature_id,
    )


def sign_enveloping(
    content: bytes,
    identity: Identity,
    *,
    signing_time: datetime,
    policy: SignaturePolicy | None = None,
    authority: TimestampAuthority | None = None,
    signature_id: str = "Firma",
) -> bytes:
    """Return a ds:Signature that carries `content` inside, in base64 in a ds:Object; see `sign_xml`."""
    identifier = f"{signature_id}-Objeto"
    encoded = base64.b64encode(content).decode()
    body = (
        f'<ds:Object xmlns:ds="{_DS}" Id={quoteattr(identifier)} Encoding="{_BASE64}">{encoded}</ds:Object>'
    )
    parts = [_Part(f"#{identifier}", (_BASE64,), _digest(content))]
    return _signature(
        parts,
        identity,
        signing_time=signing_time,
        policy=policy,
        authority=authority,
        signature_id=signature_id,
        body=body,
    )


def sign_detached(
    contents: Sequence[tuple[str, bytes]],
    identity: Identity,
    *,
    signing_time: datetime,
    policy: SignaturePolicy | None = None,
    authority: TimestampAuthority | None = None,
    signature_id: str = "Firma",
) -> bytes:
    """Return a ds:Signature over bytes kept elsewhere, each named by a URI; see `sign_xml`."""
    parts = [_Part(uri, (), _digest(content)) for uri, content in contents]
    return _signature(
        parts,
        identity,
        signing_time=signing_time,
        policy=policy,
        authority=authority,
        signature_id=signature_id,
    )


def _signature(
    parts: Sequence[_Part],
    identity: Identity,
    *,
    signing_time: datetime,
    policy: SignaturePolicy | None,
    authority: TimestampAuthority | None,
    signature_id: str,
    body: str = "",
) -> bytes:
    properties_id = f"{signature_id}-SignedProperties"
    properties = _signed_properties(
        properties_id, parts, identity, signing_time=signing_time, policy=policy, signature_id=signature_id
    )
    digest = _digest(canonical_bytes(parse_exact(properties.encode()), EXCLUSIVE))
    own = _Part(f"#{properties_id}", (EXCLUSIVE,), digest, _PROPERTIES_TYPE)
    info = _signed_info([*_identified(parts, signature_id), own], identity)
    value = _value(identity.private_key, canonical_bytes(parse_exact(info.encode()), EXCLUSIVE))
    encoded = base64.b64encode(value).decode()
    value_id = quoteattr(f"{signature_id}-Valor")
    value_xml = f'<ds:SignatureValue xmlns:ds="{_DS}" Id={value_id}>{encoded}</ds:SignatureValue>'
    chain = "".join(
        f"<ds:X509Certificate>{base64.b64encode(each).decode()}</ds:X509Certificate>"
        for each in (identity.certificate, *identity.chain)
    )
    unsigned = "" if authority is None else _signature_timestamp(value_xml, authority)
    return (
        f'<ds:Signature xmlns:ds="{_DS}" Id={quoteattr(signature_id)}>{info}{value_xml}'
        f"<ds:KeyInfo><ds:X509Data>{chain}</ds:X509Data></ds:KeyInfo>{body}"
        f'<ds:Object><xades:QualifyingProperties xmlns:xades="{_XADES}" '
        f"Target={quoteattr('#' + signature_id)}>{properties}{unsigned}</xades:QualifyingProperties>"
        f"</ds:Object></ds:Signature>"
    ).encode()


def _identified(parts: Sequence[_Part], signature_id: str) -> list[_Part]:
    return [
        _Part(each.uri, each.transforms, each.digest, each.kind, f"{signature_id}-Ref{number}")
        for number, each in enumerate(parts)
    ]


def _signed_info(parts: Sequence[_Part], identity: Identity) -> str:
    kinds = ((rsa.RSAPrivateKey, "rsa"), (ec.EllipticCurvePrivateKey, "ec"))
    name = next((suffix for kind, suffix in kinds if isinstance(identity.private_key, kind)), "ed")
    method = _METHODS[digest_for(identity.private_key) + name]
    references = "".join(_reference(part) for part in parts)
    return (
        f'<ds:SignedInfo xmlns:ds="{_DS}"><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/>{references}</ds:SignedInfo>'
    )


def _value(key: SigningKey, octets: bytes) -> bytes:
    value = sign_bytes(key, octets)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        return value
    # XML Signature 1.1 section 6.4.3: r and s side by side, each as long as the order of the curve; not DER
    size = (key.curve.key_size + 7) // 8
    return b"".join(each.to_bytes(size, "big") for each in decode_dss_signature(value))


def _reference(part: _Part) -> str:
    identifier = f" Id={quoteattr(part.identifier)}" if part.identifier else ""
    kind = f' Type="{part.kind}"' if part.kind else ""
    steps = "".join(f'<ds:Transform Algorithm="{each}"/>' for each in part.transforms)
    transforms = f"<ds:Transforms>{steps}</ds:Transforms>" if steps else ""
    return (
        f"<ds:Reference{identifier}{kind} URI={quoteattr(part.uri)}>{transforms}"
        f'<ds:DigestMethod Algorithm="{SHA256_URI}"/><ds:DigestValue>{part.digest}</ds:DigestValue>'
        f"</ds:Reference>"
    )


def _signed_properties(
    identifier: str,
    parts: Sequence[_Part],
    identity: Identity,
    *,
    signing_time: datetime,
    policy: SignaturePolicy | None,
    signature_id: str,
) -> str:
    instant = format_instant(require_aware(signing_time).replace(microsecond=0))
    formats = "".join(
        f"<xades:DataObjectFormat ObjectReference={quoteattr('#' + part.identifier)}>"
        f"<xades:MimeType>{'application/octet-stream' if EXCLUSIVE not in part.transforms else 'text/xml'}"
        f"</xades:MimeType></xades:DataObjectFormat>"
        for part in _identified(parts, signature_id)
    )
    return (
        f'<xades:SignedProperties xmlns:ds="{_DS}" xmlns:xades="{_XADES}" Id={quoteattr(identifier)}>'
        f"<xades:SignedSignatureProperties><xades:SigningTime>{instant}</xades:SigningTime>"
        f"<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{SHA256_URI}"/>'
        f"<ds:DigestValue>{_digest(identity.certificate)}</ds:DigestValue></xades:CertDigest>"
        f"<xades:IssuerSerialV2>{_issuer_serial(identity.certificate)}</xades:IssuerSerialV2>"
        f"</xades:Cert></xades:SigningCertificateV2>{_policy(policy)}</xades:SignedSignatureProperties>"
        f"<xades:SignedDataObjectProperties>{formats}</xades:SignedDataObjectProperties>"
        f"</xades:SignedProperties>"
    )


def _issuer_serial(certificate: bytes) -> str:
    # EN 319 132-1 section 5.2.2.2: DER of RFC 5035 IssuerSerial, in base64
    parsed = x509.Certificate.load(certificate)
    names = x509.GeneralNames([x509.GeneralName("directory_name", parsed.issuer)])
    serial = parsed["tbs_certificate"]["serial_number"].dump()
    return base64.b64encode(der.sequence(names.dump(), serial)).decode()


def _policy(policy: SignaturePolicy | None) -> str:
    if policy is None:
        return ""
    method = f"{_DS}sha1" if policy.digest_algorithm == "sha1" else SHA256_URI
    qualifier = (
        f"<xades:SigPolicyQualifiers><xades:SigPolicyQualifier><xades:SPURI>{escape(policy.uri)}</xades:SPURI>"
        f"</xades:SigPolicyQualifier></xades:SigPolicyQualifiers>"
        if policy.uri
        else ""
    )
    return (
        f"<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId>"
        f'<xades:Identifier Qualifier="OIDAsURN">urn:oid:{policy.oid}</xades:Identifier></xades:SigPolicyId>'
        f'<xades:SigPolicyHash><ds:DigestMethod Algorithm="{method}"/>'
        f"<ds:DigestValue>{base64.b64encode(policy.digest).decode()}</ds:DigestValue></xades:SigPolicyHash>"
        f"{qualifier}</xades:SignaturePolicyId></xades:SignaturePolicyIdentifier>"
    )


def _signature_timestamp(value_xml: str, authority: TimestampAuthority) -> str:
    token = timestamp_value(value_xml.encode(), authority)
    return (
        f"<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{token}"
        f"</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
    )


def timestamp_value(signature_value: bytes, authority: TimestampAuthority, prefix: str = "xades") -> str:
    """Return a SignatureTimeStamp element over a standalone ds:SignatureValue (EN 319 132-1 section 5.3)."""
    octets = canonical_bytes(parse_exact(signature_value), EXCLUSIVE)
    token = authority.stamp(hashlib.sha256(octets).digest(), "sha256")
    return (
        f"<{prefix}:SignatureTimeStamp>"
        f'<ds:CanonicalizationMethod xmlns:ds="{_DS}" Algorithm="{EXCLUSIVE}"/>'
        f"<{prefix}:EncapsulatedTimeStamp>{base64.b64encode(token).decode()}</{prefix}:EncapsulatedTimeStamp>"
        f"</{prefix}:SignatureTimeStamp>"
    )


def _digest_of_id(tree: object, identifier: str) -> str:
    root = tree.getroot()  # type: ignore[attr-defined]
    found = [each for each in root.iter("*") if any(each.get(name) == identifier for name in ID_ATTRIBUTES)]
    if len(found) != 1:
        raise InvalidRequest(f"the Id {identifier!r} stands {len(found)} times in the document")
    return _digest(canonical_bytes(found[0], EXCLUSIVE))


def _digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()
