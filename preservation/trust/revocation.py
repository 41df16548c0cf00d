# SPDX-License-Identifier: EUPL-1.2
"""What revocation lists and OCSP answers say of a certificate. Only what is at hand is asked.

A list or answer counts only if the certificate's own issuer signed it, or a responder that the issuer
delegated (RFC 6960 4.2.2.2); which lists speak of whom is told in `revocation_lists`. How fresh it must be,
and whether it still speaks of a certificate that ended, is for the judge (`signatures.engine.status`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509

from archive.clock import assume_utc
from preservation.algorithms import signature_holds
from preservation.trust.certificates import UNREADABLE, load
from preservation.trust.revocation_entry import REASONS
from preservation.trust.revocation_lists import said_of

_UNDERSTOOD: Final = frozenset({"archive_cutoff", "crl"})
"""Extensions of a single answer that may be critical: neither makes it less than it is."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one list or answer says of one certificate; whether it counts is for the judge to say."""

    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None
    """When it was revoked; None where it was not."""
    remembers_since: datetime | None
    """Since when the issuer keeps certificates that ended (expiredCertsOnCRL, archive cutoff)."""
    source: bytes
    """DER of the list or answer."""
    kind: Literal["crl", "ocsp"] = "crl"
    reason: str = ""
    """CRLReason by name; empty where none is given."""
    produced_at: datetime | None = None
    """Of an answer."""
    signer: bytes = b""
    """DER of the certificate that signed it, where it is not the issuer's own key."""
    obtained_at: datetime | None = None
    """When the archive obtained it, where it keeps it: a proof that it existed by then."""
    invalid_since: datetime | None = None
    """Since when the key is said to have been in other hands (invalidityDate, RFC 5280 5.3.2)."""


def statements_about(
    certificate: x509.Certificate, issuer: x509.Certificate, crls: Sequence[bytes], ocsps: Sequence[bytes]
) -> list[Statement]:
    """Return what the lists and answers at hand say of a certificate.

    Only what its issuer signed, or a responder that the issuer delegated, is returned; age and order are for
    the caller.

    Args:
        certificate: The one asked about.
        issuer: The certificate above it in its chain.
        crls: DER lists.
        ocsps: DER answers.
    """
    found = []
    for der in crls:
        statement = _list_statement(der, certificate, issuer)
        if statement is not None:
            found.append(statement)
    for der in ocsps:
        found += _answer_statements(der, certificate, issuer)
    return found


def _list_statement(der: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> Statement | None:
    try:
        said = said_of(der, certificate, issuer)
    except UNREADABLE:
        return None
    if said is None:
        return None
    header, entry = said
    since = None if entry is None else entry.since
    reason = "" if entry is None else entry.reason
    return Statement(
        header.this_update,
        header.next_update,
        since,
        header.remembers_since,
        der,
        reason=reason,
        invalid_since=None if entry is None else entry.invalid_since,
    )


def _answer_statements(
    der: bytes, certificate: x509.Certificate, issuer: x509.Certificate
) -> list[Statement]:
    try:
        basic = _basic_response(der)
        signer = None if basic is None else _signer_of(basic, issuer)
        if basic is None or signer is None:
            return []
        produced = assume_utc(basic["tbs_response_data"]["produced_at"].native)
        return [
            replace(_answer_statement(single, der), produced_at=produced, signer=signer)
            for single in basic["tbs_response_data"]["responses"]
            if _about(single["cert_id"], certificate, issuer) and _counts(single)
        ]
    except UNREADABLE:
        return []


def _counts(single: Any) -> bool:
    """RFC 6960 2.2, 4.4: an answer that knows nothing is none; one not understood says nothing good."""
    extensions = single["single_extensions"]
    odd = any(each["critical"].native and each["extn_id"].native not in _UNDERSTOOD for each in extensions)
    status = single["cert_status"].name
    return bool(status == "revoked" or (status == "good" and not odd))


def _basic_response(der: bytes) -> Any:
    try:
        response = asn1_ocsp.OCSPResponse.load(der, strict=True)
        if response["response_status"].native != "successful":
            return None
        return response["response_bytes"]["response"].parsed
    except UNREADABLE:
        return asn1_ocsp.BasicOCSPResponse.load(der, strict=True)


def _answer_statement(single: Any, der: bytes) -> Statement:
    status = single["cert_status"]
    revoked_at, reason = None, ""
    if status.name == "revoked":
        revoked_at = assume_utc(status.chosen["revocation_time"].native)
        # its number, for a reason that nobody defined must not hide the revocation
        number = status.chosen["revocation_reason"].contents
        reason = REASONS.get(number[-1], "") if number else ""
    following = single["next_update"].native
    cutoff, invalid = single.archive_cutoff_value, single.invalidity_date_value
    return Statement(
        assume_utc(single["this_update"].native),
        None if following is None else assume_utc(following),
        revoked_at,
        None if cutoff is None else assume_utc(cutoff.native),
        der,
        "ocsp",
        reason,
        invalid_since=None if invalid is None else assume_utc(invalid.native),
    )


def _about(identity: Any, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if identity["serial_number"].native != certificate.serial_number:
        return False
    name = identity["hash_algorithm"]["algorithm"].native
    named = hashlib.new(name, certificate.issuer.dump(), usedforsecurity=False).digest()
    keyed = hashlib.new(name, _key_bits(issuer), usedforsecurity=False).digest()
    return bool(identity["issuer_name_hash"].native == named and identity["issuer_key_hash"].native == keyed)


def _key_bits(certificate: x509.Certificate) -> bytes:
    # RFC 6960 section 4.1.1: the BIT STRING without tag, length and unused-bits octet
    return bytes(certificate.public_key["public_key"].contents[1:])


def _signer_of(basic: Any, issuer: x509.Certificate) -> bytes | None:
    """Return who signed an answer: DER of a delegate, empty for the issuer itself, None for anybody else."""
    produced = assume_utc(basic["tbs_response_data"]["produced_at"].native)
    signers = {b"": issuer.public_key.dump()}
    for carried in basic["certs"] if basic["certs"].native else ():
        delegate = load(carried.dump())
        if delegate is not None and _delegated(delegate, issuer, produced):
            signers[delegate.dump()] = delegate.public_key.dump()
    algorithm, value = basic["signature_algorithm"], basic["signature"].native
    signed = basic["tbs_response_data"].dump()
    for signer, key in signers.items():
        if signature_holds(key, algorithm, "", value, signed):
            return signer
    return None


def _delegated(delegate: x509.Certificate, issuer: x509.Certificate, produced: datetime) -> bool:
    usage = delegate.extended_key_usage_value
    if usage is None or "ocsp_signing" not in usage.native or delegate.issuer != issuer.subject:
        return False
    if not delegate.not_valid_before <= produced <= delegate.not_valid_after:
        return False
    return signature_holds(
        issuer.public_key.dump(),
        delegate["signature_algorithm"],
        "",
        delegate["signature_value"].native,
        delegate["tbs_certificate"].dump(),
    )
