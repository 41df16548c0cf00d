# SPDX-License-Identifier: EUPL-1.2
"""Signature facts to order: chains, lists, answers and tokens at any dates, for tests of the judge alone.

Nothing is really signed but certificates, lists and answers (quick elliptic keys): what an adapter would have
found out about a signature is simply said. One world is enough for most tests:

    root (2000 to 2080) ─ ca (2005 to 2050) ─ signer (2024 to 2028)
                        ─ tsca (2005 to 2050) ─ tsa1 (2024 to 2030), tsa2 (2028 to 2037), tsa3 (2035 to 2045)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from asn1crypto import core, ocsp
from asn1crypto import x509 as asn1_x509
from certificates_to_order import CRITICAL, Party, authority, party
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from preservation.indications import Check, Outcome
from preservation.signatures.engine.poe import Proofs
from preservation.signatures.facts import SignatureFacts, StampFacts
from preservation.strength import Algorithm
from preservation.trust.store import TrustStore

OK = Outcome.OK
EXPIRED_CERTS_ON_CRL = x509.ObjectIdentifier("2.5.29.60")
REASONS = {each.value: each for each in x509.ReasonFlags}
Revoked = tuple[Party, datetime, str]


def on(year: int, month: int = 1, day: int = 1, hour: int = 0) -> datetime:
    """Return an instant in UTC."""
    return datetime(year, month, day, hour, tzinfo=UTC)


def sha(data: bytes) -> bytes:
    """Return the digest by which proofs are kept."""
    return hashlib.sha256(data).digest()


def unit(common: str, above: Party, since: datetime, until: datetime, **options: object) -> Party:
    """Issue the certificate of a time-stamping unit."""
    usage = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), CRITICAL)
    return party(common, above, extensions=[usage], since=since, until=until, **options)


def crl(
    issuer: Party,
    at: datetime,
    *,
    days: int = 7,
    revoked: Sequence[Revoked] = (),
    remembers: datetime | None = None,
    digest: hashes.HashAlgorithm | None = None,
) -> bytes:
    """Return a list of an issuer as of an instant, good for so many days."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(at)
        .next_update(at + timedelta(days=days))
    )
    for who, since, reason in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(who.certificate.serial_number)
            .revocation_date(since)
        )
        if reason:
            entry = entry.add_extension(x509.CRLReason(REASONS[reason]), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    if remembers is not None:
        told = remembers.strftime("%Y%m%d%H%M%SZ").encode()
        value = bytes((0x18, len(told))) + told
        builder = builder.add_extension(
            x509.UnrecognizedExtension(EXPIRED_CERTS_ON_CRL, value), critical=False
        )
    return builder.sign(issuer.key, digest or hashes.SHA256()).public_bytes(Encoding.DER)


def answer(
    about: Party,
    issuer: Party,
    at: datetime,
    *,
    days: int | None = 7,
    by: Party | None = None,
    revoked: tuple[datetime, str] | None = None,
    cutoff: datetime | None = None,
    produced: datetime | None = None,
    critical: str = "",
) -> bytes:
    """Return an OCSP answer as of an instant, of the issuer itself or of a responder."""
    who = by or issuer
    status: dict[str, object] = {"good": None}
    if revoked is not None:
        status = {"revoked": {"revocation_time": revoked[0], "revocation_reason": _snake(revoked[1])}}
    single: dict[str, object] = {
        "cert_id": _cert_id(about, issuer),
        "cert_status": ocsp.CertStatus(*next(iter(status.items()))),
        "this_update": at,
    }
    if days is not None:
        single["next_update"] = at + timedelta(days=days)
    if cutoff is not None:
        single["single_extensions"] = [
            {"extn_id": "archive_cutoff", "critical": False, "extn_value": core.GeneralizedTime(cutoff)}
        ]
    if critical:
        odd = {"extn_id": critical, "critical": True, "extn_value": core.ParsableOctetString(b"\x05\x00")}
        single["single_extensions"] = [odd]
    body = ocsp.ResponseData(
        {
            "responder_id": ocsp.ResponderId("by_key", _key_hash(who)),
            "produced_at": produced or at,
            "responses": [single],
        }
    )
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": body,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": who.key.sign(body.dump(), ec.ECDSA(hashes.SHA256())),
            "certs": [asn1_x509.Certificate.load(by.der)] if by is not None else None,
        }
    )
    response = {"response_type": "basic_ocsp_response", "response": basic}
    return ocsp.OCSPResponse({"response_status": "successful", "response_bytes": response}).dump()


def _snake(reason: str) -> str | None:
    return re.sub(r"([A-Z]+)", lambda found: f"_{found[1].lower()}", reason) if reason else None


def _cert_id(about: Party, issuer: Party) -> dict[str, object]:
    name = asn1_x509.Certificate.load(issuer.der).subject.dump()
    return {
        "hash_algorithm": {"algorithm": "sha1"},
        "issuer_name_hash": hashlib.sha1(name, usedforsecurity=False).digest(),
        "issuer_key_hash": _key_hash(issuer),
        "serial_number": about.certificate.serial_number,
    }


def _key_hash(who: Party) -> bytes:
    bits = asn1_x509.Certificate.load(who.der).public_key["public_key"].contents[1:]
    return hashlib.sha1(bits, usedforsecurity=False).digest()


def responder(
    issuer: Party, since: datetime, until: datetime, *, excused: bool = True, lists_at: str = ""
) -> Party:
    """Issue the certificate of a delegated responder."""
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)
    ]
    if excused:
        extensions.append((x509.OCSPNoCheck(), False))
    if lists_at:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(lists_at)], None, None, None)
        extensions.append((x509.CRLDistributionPoints([point]), False))
    return party("OCSP", issuer, extensions=extensions, since=since, until=until)


def signature(
    signer: Party,
    *stamps: StampFacts,
    crls: Iterable[bytes] = (),
    ocsps: Iterable[bytes] = (),
    certificates: Iterable[Party] = (),
    digest: str = "sha256",
    **more: object,
) -> SignatureFacts:
    """Return a sound signature with what it carries."""
    return SignatureFacts(
        format="CAdES",
        signer=signer.der,
        certificates=(signer.der, *(each.der for each in certificates)),
        crls=tuple(crls),
        ocsps=tuple(ocsps),
        references=(Check("content", OK),),
        value=Check("signature value", OK),
        algorithms=(Algorithm(digest),),
        signature_value=b"the value of the signature",
        stamps=tuple(stamps),
        **more,
    )


def stamp(
    by: Party,
    when: datetime,
    *covered: bytes | StampFacts,
    kind: str = "signature",
    crls: Iterable[bytes] = (),
    certificates: Iterable[Party] = (),
    digest: str = "sha256",
) -> StampFacts:
    """Return a sound token, covering the signature and what else is given."""
    token = f"token {kind} {when} {by.certificate.serial_number}".encode()
    pieces = [each.token if isinstance(each, StampFacts) else each for each in covered]
    facts = SignatureFacts(
        format="RFC3161",
        signer=by.der,
        certificates=(by.der, *(each.der for each in certificates)),
        crls=tuple(crls),
        references=(Check("messageDigest", OK),),
        value=Check("signature value", OK),
        algorithms=(Algorithm("sha256"), Algorithm(digest)),
    )
    return StampFacts(
        kind,
        when,
        Check("imprint", OK),
        facts,
        covers_signature=kind != "content",
        token=token,
        covered=frozenset(map(sha, pieces)),
    )


@dataclass(frozen=True)
class World:
    """Parties whose dates leave room for thirty years."""

    root: Party
    ca: Party
    signer: Party
    tsca: Party
    tsa1: Party
    tsa2: Party
    tsa3: Party

    @classmethod
    def made(cls) -> World:
        """Make one."""
        root = authority("root", since=on(2000), until=on(2080))
        ca = authority("ca", root, since=on(2005), until=on(2050))
        tsca = authority("tsca", root, since=on(2005), until=on(2050))
        return cls(
            root,
            ca,
            party("signer", ca, since=on(2024), until=on(2028)),
            tsca,
            unit("tsa1", tsca, on(2024), on(2030)),
            unit("tsa2", tsca, on(2028), on(2037)),
            unit("tsa3", tsca, on(2035), on(2045)),
        )

    def lists(self, at: datetime, *, revoked: Sequence[Revoked] = (), **options: object) -> tuple[bytes, ...]:
        """Return the lists of every authority as of an instant."""
        return tuple(
            crl(
                each,
                at,
                revoked=[one for one in revoked if one[0].certificate.issuer == each.certificate.subject],
                **options,
            )
            for each in (self.root, self.ca, self.tsca)
        )

    def trust(self, *crls: bytes, ocsps: Sequence[bytes] = ()) -> TrustStore:
        """Trust the root; hold the authorities and these lists."""
        return TrustStore((self.root.der,), (self.ca.der, self.tsca.der), crls, tuple(ocsps))

    @cached_property
    def anchors_only(self) -> TrustStore:
        """Trust the root and hold nothing else."""
        return TrustStore((self.root.der,))


def kept(*objects: bytes, since: datetime, source: str = "revocation cache") -> Proofs:
    """Return that an archive kept these objects since an instant."""
    return Proofs().with_objects(map(sha, objects), since, source)


def said(report: object) -> str:
    """Return indication and sub-indication in one word."""
    return f"{report.indication} {report.sub_indication}".strip()  # type: ignore[attr-defined]
