# SPDX-License-Identifier: EUPL-1.2
"""RFC 3161 time-stamp tokens: what they say, and whether they prove it.

Reading and judging only; asking for one is `preservation.timestamps`. Hostile bytes give a verdict, never an
exception. Whether its unit and the authorities above it still stood, `preservation.trust.standing` says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509

from archive.findings import Finding, finding
from preservation import der
from preservation.algorithms import DIGESTS, digest_of, signature_holds
from preservation.indications import Indication
from preservation.strength import STRENGTH, Strength
from preservation.token_form import departure
from preservation.trust.certificates import UNREADABLE
from preservation.trust.chains import Chain, find_chain, is_for_time_stamping, weakness
from preservation.trust.names import common_name
from preservation.trust.standing import fallen
from preservation.trust.store import TrustStore

MAX_TOKEN: Final = 1 << 20
"""A token of more than a mebibyte is not read: real ones have three to twenty kilobytes."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a TimeStampToken says; nothing of it is checked yet."""

    gen_time: datetime
    """Aware."""
    policy: str
    """Dotted."""
    serial: int
    nonce: int | None
    algorithm: str
    """Of the message imprint: `sha256`, …"""
    imprint: bytes
    info: bytes
    """DER TSTInfo, as signed."""
    signer: cms.SignerInfo
    certificates: tuple[bytes, ...]
    """DER, as carried along."""


@dataclass(frozen=True, slots=True)
class TokenVerdict:
    """Whether a token proves that its imprint existed at `gen_time`, judged at one instant."""

    indication: Indication
    sub_indication: str
    """EN 319 102-1 5.1.3; empty when passed."""
    reasons: tuple[str, ...]
    """In words, most important first; English."""
    intact: bool
    """The mathematics alone: imprint, digest and signature hold."""
    gen_time: datetime | None = None
    policy: str = ""
    serial: int = 0
    authority: str = ""
    """Common name of the time-stamping unit."""
    valid_until: datetime | None = None
    """The first end in its chain below the anchor (the unit's own where no chain is known): evidence must be
    renewed before."""
    ends: str = ""
    """Common name of the certificate that ends then."""
    problem: Finding | None = None
    """Why it does not pass, coded (`TOKEN-…`); None where it does."""


class _Refused(Exception):
    """Carries a verdict's first reason out of the nested checks."""

    def __init__(self, indication: Indication, sub_indication: str, problem: Finding) -> None:
        super().__init__(problem.message())
        self.indication = indication
        self.sub_indication = sub_indication
        self.problem = problem


def _unreadable(detail: str) -> _Refused:
    return _Refused(Indication.TOTAL_FAILED, "FORMAT_FAILURE", finding("TOKEN-FORMAT", detail=detail))


def parse_token(token: bytes) -> Token:
    """Read a DER (or BER) ContentInfo with a TSTInfo inside.

    Raises:
        ValueError: It is not one, it has not exactly one signer, or its time is not in UTC (RFC 3161 2.4.2).
    """
    if len(token) > MAX_TOKEN:
        raise ValueError("a token of more than a mebibyte")
    try:
        return _parse(token)
    except UNREADABLE as cause:
        raise ValueError(f"not a time-stamp token: {cause}") from cause


def verify_token(
    token: bytes,
    imprint: bytes,
    algorithm: str,
    *,
    trust: TrustStore,
    at: datetime,
    strength: Strength = STRENGTH,
) -> TokenVerdict:
    """Judge a token over `imprint` at one instant.

    Args:
        token: DER ContentInfo.
        imprint: Digest that it must cover.
        algorithm: Of the digest.
        trust: Anchors for time stamping as of `at`, certificates that may help, and revocation data to look
            into; without any, revocation is not looked at. The same store each time is the fastest.
        at: Instant of judgement, aware.
        strength: Until when each algorithm proves something.

    Returns:
        TOTAL_PASSED; TOTAL_FAILED where the mathematics fails; INDETERMINATE where trust is missing. A unit
        whose certificate has ended by `at` gives OUT_OF_BOUNDS_NO_POE: something younger must cover it.

    Source:
        RFC 3161 2.3, 2.4.2, 4; RFC 5816 2.2.1; RFC 5652 5.4, 5.6; ETSI EN 319 102-1 5.4.
    """
    edition = None if trust.kept is None else trust.kept.edition
    return _verify(token, imprint, algorithm, at, trust, strength, edition)


@lru_cache(maxsize=256)
def _verify(
    token: bytes,
    imprint: bytes,
    algorithm: str,
    at: datetime,
    trust: TrustStore,
    strength: Strength,
    _edition: tuple[int, int] | None,
) -> TokenVerdict:
    # One token covers a million objects: an audit with one instant judges it once, until more is kept.
    try:
        parsed = parse_token(token)
    except ValueError as problem:
        return _verdict(None, (), _unreadable(str(problem)), intact=False)
    try:
        odd = departure(token)
        if odd:
            return _verdict(parsed, (), _unreadable(odd), intact=False)
        return _judge(parsed, imprint, algorithm, at, trust, strength)
    except UNREADABLE as problem:
        return _verdict(parsed, (), _unreadable(f"unreadable: {problem}"), intact=False)


def _judge(
    token: Token, imprint: bytes, algorithm: str, at: datetime, trust: TrustStore, strength: Strength
) -> TokenVerdict:
    certificates: tuple[asn1_x509.Certificate, ...] = ()
    helping = (*trust.gathered, *trust.certificates)
    intact = False
    try:
        _require_imprint(token, imprint, algorithm)
        certificate = _require_signer(token, helping)
        certificates = (certificate,)
        _require_signature(token, certificate)
        intact = True
        _require_purpose(token, certificate)
        chain = find_chain(certificate, (*token.certificates, *helping), trust.stamping_anchors(at))
        certificates = chain.certificates or certificates
        _require_trust(token, chain, at, strength)
        _require_unrevoked(token, chain, at, trust)
    except _Refused as refused:
        return _verdict(token, certificates, refused, intact=intact)
    return _verdict(token, certificates, None, intact=True)


def _parse(token: bytes) -> Token:
    content = cms.ContentInfo.load(token, strict=True)
    if content["content_type"].native != "signed_data":
        raise ValueError("the content is not SignedData")
    signed = content["content"]
    encapsulated = signed["encap_content_info"]
    if encapsulated["content_type"].native != "tst_info":
        raise ValueError("the content is not a TSTInfo")
    signers = list(signed["signer_infos"])
    if len(signers) != 1:
        raise ValueError(f"{len(signers)} signers instead of one")
    info = _octets(encapsulated["content"])
    said = tsp.TSTInfo.load(info, strict=True)
    at: Any = said["gen_time"].native
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise ValueError("its genTime is not in UTC")
    certificates = signed["certificates"]
    carried = () if isinstance(certificates, core.Void) else certificates
    return Token(
        gen_time=at,
        policy=str(said["policy"].dotted),
        serial=said["serial_number"].native,
        nonce=said["nonce"].native,
        algorithm=str(said["message_imprint"]["hash_algorithm"]["algorithm"].native),
        imprint=said["message_imprint"]["hashed_message"].native,
        info=info,
        signer=signers[0],
        certificates=tuple(one.chosen.dump() for one in carried if one.name == "certificate"),
    )


def _octets(content: Any) -> bytes:
    # Some authorities write SignedData version 1, where asn1crypto reads the content as ANY.
    if isinstance(content, core.OctetString | core.ParsableOctetString):
        return bytes(content)
    return bytes(core.OctetString.load(content.contents if content.tag != 4 else content.dump()))


def _require_imprint(token: Token, imprint: bytes, algorithm: str) -> None:
    if token.algorithm != algorithm or token.imprint != imprint:
        raise _Refused(
            Indication.TOTAL_FAILED,
            "HASH_FAILURE",
            finding("TOKEN-IMPRINT"),
        )


def _require_signer(token: Token, intermediates: Sequence[bytes]) -> asn1_x509.Certificate:
    certificate = signer_certificate(token, intermediates)
    if certificate is None:
        raise _Refused(
            Indication.INDETERMINATE,
            "NO_SIGNING_CERTIFICATE_FOUND",
            finding("TOKEN-SIGNER-UNKNOWN"),
        )
    return certificate


def signer_certificate(token: Token, intermediates: Sequence[bytes]) -> asn1_x509.Certificate | None:
    """Find the certificate that the token's signer names (RFC 5652 5.3), among its own and these."""
    named = token.signer["sid"]
    for encoded in (*token.certificates, *intermediates):
        certificate = asn1_x509.Certificate.load(encoded)
        if named.name == "subject_key_identifier":
            found = certificate.key_identifier == named.chosen.native
        else:
            found = (
                certificate.serial_number == named.chosen["serial_number"].native
                and certificate.issuer == named.chosen["issuer"]
            )
        if found:
            return certificate
    return None


def _require_signature(token: Token, certificate: asn1_x509.Certificate) -> None:
    """Check messageDigest, contentType and the signature over the attributes (RFC 5652 5.4)."""
    signer = token.signer
    digest = str(signer["digest_algorithm"]["algorithm"].native)
    if digest not in DIGESTS:
        raise _Refused(
            Indication.INDETERMINATE,
            "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            finding("TOKEN-ALGORITHM-UNKNOWN", algorithm=digest),
        )
    wanted = hashlib.new(digest, token.info).digest()
    if _attribute(signer, "message_digest") != wanted or _attribute(signer, "content_type") != "tst_info":
        raise _Refused(Indication.TOTAL_FAILED, "HASH_FAILURE", finding("TOKEN-CONTENT"))
    # The attributes are stored as [0]; what was signed is the same value under the tag of SET OF.
    signed = der.tagged(der.SET, signer["signed_attrs"].contents)
    algorithm, value = signer["signature_algorithm"], signer["signature"].native
    if not signature_holds(certificate.public_key.dump(), algorithm, digest, value, signed):
        raise _Refused(Indication.TOTAL_FAILED, "SIG_CRYPTO_FAILURE", finding("TOKEN-SIGNATURE"))


def _require_purpose(token: Token, certificate: asn1_x509.Certificate) -> None:
    """Check that the certificate is the one meant, and meant for this (RFC 3161 2.3, RFC 5816 2.2.1)."""
    if not _names_certificate(token.signer, certificate.dump()):
        raise _Refused(
            Indication.INDETERMINATE,
            "SIG_CONSTRAINTS_FAILURE",
            finding("TOKEN-CERTIFICATE-NAMED"),
        )
    if not is_for_time_stamping(certificate):
        raise _Refused(
            Indication.INDETERMINATE,
            "CHAIN_CONSTRAINTS_FAILURE",
            finding("TOKEN-PURPOSE"),
        )


def _names_certificate(signer: cms.SignerInfo, encoded: bytes) -> bool:
    second = _attribute(signer, "signing_certificate_v2", native=False)
    if second is not None:
        first = second["certs"][0]
        name = first["hash_algorithm"]["algorithm"].native
        named: bytes = first["cert_hash"].native
        return name in DIGESTS and hashlib.new(name, encoded).digest() == named
    older = _attribute(signer, "signing_certificate", native=False)
    if older is None:
        return False
    named = older["certs"][0]["cert_hash"].native
    return hashlib.sha1(encoded, usedforsecurity=False).digest() == named


def _require_trust(token: Token, chain: Chain, at: datetime, strength: Strength) -> None:
    """Check the chain, the times and the algorithms at the instant of judgement."""
    if not chain.certificates:
        problem = finding("TOKEN-CHAIN", detail=chain.problem)
        raise _Refused(Indication.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND", problem)
    if token.gen_time > at:
        raise _Refused(
            Indication.INDETERMINATE,
            "TIMESTAMP_ORDER_FAILURE",
            finding("TOKEN-FUTURE"),
        )
    if chain.outside(token.gen_time) is not None:
        raise _Refused(
            Indication.INDETERMINATE,
            "OUT_OF_BOUNDS_NO_POE",
            finding("TOKEN-OUTSIDE"),
        )
    ended = chain.outside(at)
    if ended is not None:
        raise _Refused(
            Indication.INDETERMINATE,
            "OUT_OF_BOUNDS_NO_POE",
            finding("TOKEN-EXPIRED", authority=common_name(ended), ended=f"{ended.not_valid_after:%Y-%m-%d}"),
        )
    stated = str(token.signer["digest_algorithm"]["algorithm"].native)
    # The signature may be made over another digest than the one stated for the content.
    used = (token.algorithm, stated, digest_of(token.signer["signature_algorithm"], stated))
    weak = weakness(chain, used, at, strength)
    if weak:
        problem = finding("TOKEN-WEAK", detail=weak)
        raise _Refused(Indication.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", problem)


def _require_unrevoked(token: Token, chain: Chain, at: datetime, trust: TrustStore) -> None:
    """Check that nothing in the chain was revoked in a way that reaches this token (RFC 3161 4)."""
    found = fallen(chain, trust, token.gen_time, at)
    if found is not None:
        reason = found.reason or "no reason given"
        raise _Refused(
            Indication.INDETERMINATE,
            "REVOKED_NO_POE",
            finding(
                "TOKEN-REVOKED",
                authority=common_name(found.certificate),
                since=f"{found.since:%Y-%m-%d}",
                reason=reason,
            ),
        )


def _attribute(signer: cms.SignerInfo, name: str, *, native: bool = True) -> Any:
    found = [one for one in signer["signed_attrs"] if one["type"].native == name]
    if len(found) != 1 or len(found[0]["values"]) != 1:
        return None
    value = found[0]["values"][0]
    return value.native if native else value


def _verdict(
    token: Token | None,
    chain: Sequence[asn1_x509.Certificate],
    refused: _Refused | None,
    *,
    intact: bool,
) -> TokenVerdict:
    # The anchor is trusted by decision, whatever its own dates say (RFC 5280 6.1.1 d).
    first = min(chain[:-1] or chain, key=lambda each: each.not_valid_after, default=None)
    return TokenVerdict(
        indication=refused.indication if refused else Indication.TOTAL_PASSED,
        sub_indication=refused.sub_indication if refused else "",
        reasons=(str(refused),) if refused else (),
        intact=intact,
        gen_time=token.gen_time if token else None,
        policy=token.policy if token else "",
        serial=token.serial if token else 0,
        authority=common_name(chain[0]) if chain else "",
        valid_until=None if first is None else first.not_valid_after,
        ends="" if first is None else common_name(first),
        problem=refused.problem if refused else None,
    )
