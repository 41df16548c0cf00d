# SPDX-License-Identifier: EUPL-1.2
"""The answering side of RFC 3161: one request in, one response out, at an instant.

Refusals are answers too (RFC 3161 2.4.2): a status with a failure bit and words, never an exception.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any, Final

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

from preservation import der
from preservation.authority.folder import KeyPair
from preservation.authority.profile import POLICY

ALGORITHMS: Final = {"sha256": 32, "sha384": 48, "sha512": 64, "sha3_512": 64}
"""Imprints that are taken, with their length."""
_HASHES: Final = {"sha256": hashes.SHA256(), "sha512": hashes.SHA512()}
ACCURACY_SECONDS: Final = 1

BAD_ALGORITHM: Final = 0
BAD_REQUEST: Final = 2
BAD_DATA_FORMAT: Final = 5
TIME_NOT_AVAILABLE: Final = 14
UNACCEPTED_POLICY: Final = 15
UNACCEPTED_EXTENSION: Final = 16


def rejection(failure: int, words: str) -> bytes:
    """Return a TimeStampResp that refuses: status 2, one PKIFailureInfo bit, no token.

    Written by hand since asn1crypto cannot leave the token out.
    """
    return der.sequence(der.sequence(der.integer(2), der.sequence(der.text(words)), der.named_bits(failure)))


def respond(
    request: bytes,
    unit: KeyPair | None,
    chain: tuple[bytes, ...],
    at: datetime,
    *,
    deterministic: bool = False,
    digest: str = "sha256",
) -> bytes:
    """Answer a TimeStampReq.

    Args:
        request: DER TimeStampReq.
        unit: Time-stamping unit in service at `at`; None where there is none.
        chain: DER certificates above it, sent along when certificates are asked for.
        at: Instant to attest, to the second.
        deterministic: Take the serial number from the imprint instead of from chance, for tests.
        digest: Of the token's own signature: `sha256` or `sha512`.

    Returns:
        DER TimeStampResp.

    Source:
        RFC 3161 2.4.1, 2.4.2; RFC 5816 (ESSCertIDv2).
    """
    try:
        asked = tsp.TimeStampReq.load(request, strict=True)
        algorithm = asked["message_imprint"]["hash_algorithm"]["algorithm"].native
        imprint = asked["message_imprint"]["hashed_message"].native
        version, policy = asked["version"].native, asked["req_policy"].native
        extensions, wants_certificates = asked["extensions"].native, asked["cert_req"].native
        nonce = asked["nonce"].native
    except (ValueError, TypeError, KeyError):
        return rejection(BAD_DATA_FORMAT, "not a TimeStampReq")
    refusal = _refusal(version, algorithm, imprint, policy, extensions)
    if refusal is not None:
        return refusal
    if unit is None:
        return rejection(TIME_NOT_AVAILABLE, f"no time-stamping unit is in service at {at:%Y-%m-%d}")
    serial = int.from_bytes(hashlib.sha256(imprint).digest()[:8], "big")
    info: dict[str, Any] = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": asked["message_imprint"],
        "serial_number": serial if deterministic else secrets.randbits(64),
        "gen_time": at.replace(microsecond=0),
        "accuracy": {"seconds": ACCURACY_SECONDS},
    }
    if nonce is not None:
        info["nonce"] = nonce
    token = _token(tsp.TSTInfo(info).dump(), unit, chain if wants_certificates else None, digest)
    return der.sequence(der.sequence(der.integer(0)), token)


def _refusal(
    version: str, algorithm: str, imprint: bytes, policy: str | None, extensions: object
) -> bytes | None:
    if version != "v1":
        return rejection(BAD_REQUEST, "only version 1 is spoken")
    if algorithm not in ALGORITHMS:
        return rejection(BAD_ALGORITHM, f"imprints with {algorithm} are not taken")
    if len(imprint) != ALGORITHMS[algorithm]:
        return rejection(BAD_DATA_FORMAT, "the imprint is not as long as its algorithm gives")
    if policy is not None and policy != POLICY:
        return rejection(UNACCEPTED_POLICY, "only the policy of this authority is offered")
    if extensions:
        return rejection(UNACCEPTED_EXTENSION, "no extension is supported")
    return None


def _token(info: bytes, unit: KeyPair, chain: tuple[bytes, ...] | None, digest: str) -> bytes:
    own = unit.certificate.public_bytes(Encoding.DER)
    certificate = asn1_x509.Certificate.load(own)
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.new(digest, info).digest()]}),
            cms.CMSAttribute(
                {
                    "type": "signing_certificate_v2",
                    "values": [tsp.SigningCertificateV2({"certs": [_certificate_id(certificate, own)]})],
                }
            ),
        ]
    )
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                name="issuer_and_serial_number",
                value=cms.IssuerAndSerialNumber(
                    {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                ),
            ),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": digest}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": f"{digest}_rsa"}),
            "signature": unit.key.sign(attributes.dump(), padding.PKCS1v15(), _HASHES[digest]),
        }
    )
    body: dict[str, Any] = {
        "version": "v3",
        "digest_algorithms": [algos.DigestAlgorithm({"algorithm": digest})],
        "encap_content_info": {
            "content_type": "tst_info",
            "content": core.ParsableOctetString(info),
        },
        "signer_infos": [signer],
    }
    if chain is not None:
        body["certificates"] = [certificate, *(asn1_x509.Certificate.load(above) for above in chain)]
    token: bytes = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(body)}).dump()
    return token


def _certificate_id(certificate: asn1_x509.Certificate, own: bytes) -> tsp.ESSCertIDv2:
    return tsp.ESSCertIDv2(
        {
            "cert_hash": hashlib.sha256(own).digest(),
            "issuer_serial": {
                "issuer": [asn1_x509.GeneralName(name="directory_name", value=certificate.issuer)],
                "serial_number": certificate.serial_number,
            },
        }
    )
