# SPDX-License-Identifier: EUPL-1.2
"""Revocation lists (RFC 5280 5) and OCSP answers (RFC 6960) of the development authority, for any instant.

OCSP answers are written with asn1crypto because `cryptography` puts the machine's clock into producedAt,
and the authority must be able to speak in 2031.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from asn1crypto import algos, core, ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

from preservation.authority.folder import KeyPair, Revoked

FRESHNESS: Final = timedelta(days=7)
"""From thisUpdate to nextUpdate."""
EXPIRED_CERTS_ON_CRL: Final = "2.5.29.60"
"""X.509 9.5.2.8: revocations stay listed after the certificate ends, so old signatures can be judged."""
EXPIRED_SINCE: Final = datetime(2010, 1, 1, tzinfo=UTC)


def revocation_list(authority: KeyPair, revocations: Mapping[int, Revoked], at: datetime) -> bytes:
    """Return the DER list that `authority` published at `at`."""
    at = at.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(at)
        .next_update(at + FRESHNESS)
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
        .add_extension(
            x509.UnrecognizedExtension(
                x509.ObjectIdentifier(EXPIRED_CERTS_ON_CRL), core.GeneralizedTime(EXPIRED_SINCE).dump()
            ),
            critical=False,
        )
    )
    for serial, revoked in sorted(revocations.items(), key=lambda item: item[0]):
        if revoked.at <= at:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revoked.at)
            if revoked.reason:
                entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags(revoked.reason)), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)


def certificate_id(certificate: x509.Certificate, issuer: x509.Certificate) -> ocsp.CertId:
    """Return the CertID (RFC 6960 4.1.1) with SHA-1, the one algorithm that every client knows."""
    der = asn1_x509.Certificate.load(issuer.public_bytes(Encoding.DER))
    return ocsp.CertId(
        {
            "hash_algorithm": {"algorithm": "sha1"},
            "issuer_name_hash": hashlib.sha1(der.subject.dump(), usedforsecurity=False).digest(),
            "issuer_key_hash": hashlib.sha1(
                bytes(der.public_key["public_key"]), usedforsecurity=False
            ).digest(),
            "serial_number": certificate.serial_number,
        }
    )


def ocsp_answer(
    identity: ocsp.CertId, state: str, revoked_at: datetime | None, responder: KeyPair, at: datetime
) -> bytes:
    """Return the DER OCSPResponse, signed by a delegated responder.

    Args:
        identity: CertID that was asked about; echoed.
        state: `good`, `revoked` or `unknown`.
        revoked_at: Instant of the revocation where revoked.
        responder: Delegated responder of the certificate's issuer.
        at: Instant at which the answer is given.
    """
    at = at.replace(microsecond=0)
    values: dict[str, Any] = {"good": core.Null(), "unknown": core.Null()}
    if revoked_at is not None:
        values["revoked"] = ocsp.RevokedInfo({"revocation_time": revoked_at})
    single = {
        "cert_id": identity,
        "cert_status": ocsp.CertStatus(name=state, value=values[state]),
        "this_update": at,
        "next_update": at + FRESHNESS,
    }
    own = asn1_x509.Certificate.load(responder.certificate.public_bytes(Encoding.DER))
    data = ocsp.ResponseData(
        {
            "responder_id": ocsp.ResponderId(name="by_name", value=own.subject),
            "produced_at": at,
            "responses": [single],
        }
    )
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": data,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
            "signature": responder.key.sign(data.dump(), padding.PKCS1v15(), hashes.SHA256()),
            "certs": [own],
        }
    )
    return _response("successful", basic)


def malformed_request() -> bytes:
    """Return the answer to something that is no request."""
    return _response("malformed_request", None)


def _response(status: str, basic: ocsp.BasicOCSPResponse | None) -> bytes:
    body: dict[str, Any] = {"response_status": status}
    if basic is not None:
        body["response_bytes"] = {"response_type": "basic_ocsp_response", "response": basic}
    encoded: bytes = ocsp.OCSPResponse(body).dump()
    return encoded
