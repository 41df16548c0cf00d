# SPDX-License-Identifier: EUPL-1.2
"""Was a certificate revoked? Only what is at hand is asked: nothing is ever fetched (SSRF).

Rules:
* A list or answer counts only if the certificate's own issuer signed it, or a responder that the issuer
  delegated (RFC 6960 section 4.2.2.2). Indirect and partial lists are left aside. A list of one
  distribution point speaks only of the certificates that name that point (RFC 5280 section 6.3.3 b 2 i): the
  FNMT cuts its lists in hundreds, and the wrong piece would call a revoked certificate good.
* It is fresh for an instant when it was still current then (EN 319 102-1 section 5.2.5): `nextUpdate` not
  before the instant; without `nextUpdate`, issued at most a day before it.
* Issued after the certificate ended it says nothing, unless it says that it remembers the expired
  (expiredCertsOnCRL, archive cutoff): the authority may have forgotten them.
* A revocation is never stale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509
from cryptography import x509 as crypto_x509

from preservation.chains import signature_holds
from preservation.signatures.certificates import UNREADABLE, load

GRACE: Final = timedelta(days=1)
MAX_ITEMS: Final = 256
"""Lists and answers looked at for one certificate; more is hostile."""
_PARTIAL: Final = ("only_some_reasons", "indirect_crl", "only_contains_attribute_certs")


class RevocationState(StrEnum):
    """What is known of a certificate at an instant."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Revocation:
    """The answer, with the DER that gave it."""

    state: RevocationState
    reason: str = ""
    at: datetime | None = None
    """When it was revoked."""
    source: bytes = b""


@dataclass(frozen=True, slots=True)
class _Statement:
    """What one list or answer says."""

    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None
    remembers_since: datetime | None
    source: bytes


def revocation_of(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    *,
    crls: Sequence[bytes],
    ocsps: Sequence[bytes],
    control: datetime,
    at: datetime,
) -> Revocation:
    """Say what is known about a certificate at `control`, judged at `at`.

    Args:
        certificate: The one asked about.
        issuer: The certificate above it in its chain.
        crls: DER lists at hand.
        ocsps: DER answers at hand.
        control: Instant for which it must not have been revoked: the proven time of what it signed.
        at: Instant of judgement; what was issued later does not exist yet.
    """
    statements = [
        statement
        for statement in _statements(certificate, issuer, crls[:MAX_ITEMS], ocsps[:MAX_ITEMS])
        if statement.this_update <= at
    ]
    revoked = [each for each in statements if each.revoked_at is not None and each.revoked_at <= control]
    if revoked:
        first = min(revoked, key=lambda each: each.revoked_at or at)
        return Revocation(
            RevocationState.REVOKED, f"revoked on {first.revoked_at:%Y-%m-%d}", first.revoked_at, first.source
        )
    end = certificate.not_valid_after
    usable = [each for each in statements if _fresh(each, control) and _remembers(each, end)]
    if usable:
        best = max(usable, key=lambda each: each.this_update)
        return Revocation(RevocationState.GOOD, "", None, best.source)
    known = "only revocation data that is too old or too late" if statements else "no revocation data"
    return Revocation(RevocationState.UNKNOWN, f"{known} for {_common_name(certificate)}")


def _fresh(statement: _Statement, control: datetime) -> bool:
    current_until = statement.next_update or statement.this_update + GRACE
    return max(current_until, statement.this_update) >= control


def _remembers(statement: _Statement, end: datetime) -> bool:
    if statement.this_update <= end:
        return True
    return statement.remembers_since is not None and statement.remembers_since <= end


def _statements(
    certificate: x509.Certificate, issuer: x509.Certificate, crls: Sequence[bytes], ocsps: Sequence[bytes]
) -> list[_Statement]:
    found = []
    for der in crls:
        statement = _list_statement(der, certificate, issuer)
        if statement is not None:
            found.append(statement)
    for der in ocsps:
        found += _answer_statements(der, certificate, issuer)
    return found


def _list_statement(der: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> _Statement | None:
    try:
        header = _list_header(der, issuer.public_key.dump())
        if header is None or header.issuer != certificate.issuer.dump():
            return None
        if (header.users_only and certificate.ca) or (header.authorities_only and not certificate.ca):
            return None
        if header.points and not header.points & _points_of(certificate):
            return None
        revoked_at = _revoked_on_list(der, certificate.serial_number)
    except UNREADABLE:
        return None
    return _Statement(header.this_update, header.next_update, revoked_at, header.remembers_since, der)


@dataclass(frozen=True, slots=True)
class _Header:
    issuer: bytes
    this_update: datetime
    next_update: datetime | None
    users_only: bool
    authorities_only: bool
    remembers_since: datetime | None
    points: frozenset[bytes]
    """Names of the distribution point that it is the list of; none where it is the list of everybody."""


@lru_cache(maxsize=256)
def _list_header(der: bytes, key: bytes) -> _Header | None:
    """Read and verify a list once per key; None where it is not complete, not this key's, or not readable."""
    parsed = asn1_crl.CertificateList.load(der, strict=True)
    body = parsed["tbs_cert_list"]
    point = parsed.issuing_distribution_point_value
    if parsed.delta_crl_indicator_value is not None:
        return None
    if point is not None and any(point[name].native for name in _PARTIAL):
        return None
    algorithm = parsed["signature_algorithm"]
    if not signature_holds(key, algorithm, "", parsed["signature"].native, body.dump()):
        return None
    following = body["next_update"].native
    return _Header(
        issuer=parsed.issuer.dump(),
        this_update=_utc(body["this_update"].native),
        next_update=None if following is None else _utc(following),
        users_only=bool(point is not None and point["only_contains_user_certs"].native),
        authorities_only=bool(point is not None and point["only_contains_ca_certs"].native),
        remembers_since=_expired_certs_on(body),
        points=frozenset() if point is None else _point_names(point["distribution_point"]),
    )


def _points_of(certificate: x509.Certificate) -> frozenset[bytes]:
    listed = certificate.crl_distribution_points_value
    names = [_point_names(each["distribution_point"]) for each in listed or ()]
    return frozenset().union(*names)


def _point_names(point: Any) -> frozenset[bytes]:
    if not point.native:
        return frozenset()
    if point.name != "full_name":  # relative to the issuer's name: told as it stands
        return frozenset((point.dump(),))
    return frozenset(each.dump() for each in point.chosen)


def _revoked_on_list(der: bytes, serial: int) -> datetime | None:
    # cryptography looks 300 000 entries up in 27 ms; asn1crypto takes most of a second
    try:
        entry = crypto_x509.load_der_x509_crl(der).get_revoked_certificate_by_serial_number(serial)
    except ValueError:
        return _revoked_slowly(der, serial)
    return None if entry is None else entry.revocation_date_utc


def _revoked_slowly(der: bytes, serial: int) -> datetime | None:
    revoked = asn1_crl.CertificateList.load(der)["tbs_cert_list"]["revoked_certificates"]
    for entry in revoked:
        if entry["user_certificate"].native == serial:
            return _utc(entry["revocation_date"].native)
    return None


def _expired_certs_on(body: Any) -> datetime | None:
    extensions = body["crl_extensions"]
    for extension in extensions if extensions.native else ():
        if extension["extn_id"].dotted == "2.5.29.60":  # X.509 expiredCertsOnCRL
            return _generalized(extension["extn_value"].contents)
    return None


def _generalized(contents: bytes) -> datetime | None:
    try:
        return datetime.strptime(contents[2:].decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _answer_statements(
    der: bytes, certificate: x509.Certificate, issuer: x509.Certificate
) -> list[_Statement]:
    try:
        basic = _basic_response(der)
        if basic is None or not _answer_holds(basic, issuer):
            return []
        return [
            _answer_statement(single, der)
            for single in basic["tbs_response_data"]["responses"]
            if _about(single["cert_id"], certificate, issuer) and single["cert_status"].name != "unknown"
        ]
    except UNREADABLE:
        return []


def _basic_response(der: bytes) -> Any:
    try:
        response = asn1_ocsp.OCSPResponse.load(der, strict=True)
        if response["response_status"].native != "successful":
            return None
        return response["response_bytes"]["response"].parsed
    except UNREADABLE:
        return asn1_ocsp.BasicOCSPResponse.load(der, strict=True)


def _answer_statement(single: Any, der: bytes) -> _Statement:
    status = single["cert_status"]
    revoked_at = _utc(status.chosen["revocation_time"].native) if status.name == "revoked" else None
    following = single["next_update"].native
    cutoff = single.archive_cutoff_value
    return _Statement(
        _utc(single["this_update"].native),
        None if following is None else _utc(following),
        revoked_at,
        None if cutoff is None else _utc(cutoff.native),
        der,
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


def _answer_holds(basic: Any, issuer: x509.Certificate) -> bool:
    produced = _utc(basic["tbs_response_data"]["produced_at"].native)
    keys = [issuer.public_key.dump()]
    for carried in basic["certs"] if basic["certs"].native else ():
        delegate = load(carried.dump())
        if delegate is not None and _delegated(delegate, issuer, produced):
            keys.append(delegate.public_key.dump())
    algorithm, value = basic["signature_algorithm"], basic["signature"].native
    signed = basic["tbs_response_data"].dump()
    return any(signature_holds(key, algorithm, "", value, signed) for key in keys)


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


def _common_name(certificate: x509.Certificate) -> str:
    try:
        return str(certificate.subject.native.get("common_name", "?"))[:80]
    except UNREADABLE:
        return "?"


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
