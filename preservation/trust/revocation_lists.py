# SPDX-License-Identifier: EUPL-1.2
"""Certificate revocation lists: whose they are, whom they are about, and what they say of one certificate.

A list counts only if the certificate's own issuer signed it, and may (RFC 5280 6.3.3 f); indirect ones are
left aside. Partial ones, and those with something critical that is not understood, are believed of whom they
name and of nobody else (RFC 5280 5.2, 5.2.4, 5.2.5). A list of one distribution point speaks only of the
certificates that name that point (RFC 5280 6.3.3 b 2 i): the FNMT cuts its lists in hundreds, and the wrong
piece would call a revoked certificate good. How fresh a list must be is for the reader to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from asn1crypto import crl as asn1_crl
from asn1crypto import x509
from cryptography import x509 as crypto_x509

from archive.clock import assume_utc
from preservation.algorithms import signature_holds
from preservation.trust.revocation_entry import REMOVED, Entry
from preservation.trust.revocation_index import build_index, find_entry

_WORTH_AN_INDEX: Final = 12
"""Questions after which the index of a list has paid for itself."""
_OF_OTHERS: Final = ("indirect_crl", "only_contains_attribute_certs")
_EXPIRED_CERTS: Final = "2.5.29.60"
"""X.509 expiredCertsOnCRL."""
_UNDERSTOOD: Final = frozenset(
    {
        "issuing_distribution_point",
        "authority_key_identifier",
        "crl_number",
        "issuer_alt_name",
        "freshest_crl",
        "authority_information_access",
        _EXPIRED_CERTS,
    }
)
"""Extensions that may be critical in a whole list; the identifier of its base makes it a partial one."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a list says of itself."""

    issuer: bytes
    """DER name."""
    this_update: datetime
    next_update: datetime | None
    users_only: bool
    authorities_only: bool
    remembers_since: datetime | None
    """Since when it keeps certificates that ended (X.509 expiredCertsOnCRL)."""
    points: frozenset[bytes]
    """Names of the distribution point that it is the list of; none where it is the list of everybody."""
    partial: bool = False
    """Who is not on it may be revoked all the same."""


def list_for(der: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> Header | None:
    """Return the header of a list that speaks of `certificate`; None of another's.

    Raises:
        ValueError, TypeError, KeyError: It cannot be read (see `certificates.UNREADABLE`).
    """
    header = header_of(der, issuer.public_key.dump())
    return None if header is None else speaking(header, certificate, issuer)


def speaking(header: Header, certificate: x509.Certificate, issuer: x509.Certificate) -> Header | None:
    """Return the header of a verified list if it speaks of `certificate`; raises as `list_for`."""
    if header.issuer not in {certificate.issuer.dump(), issuer.subject.dump()}:
        return None
    if (header.users_only and certificate.ca) or (header.authorities_only and not certificate.ca):
        return None
    if header.points and not header.points & _points_of(certificate):
        return None
    usage = issuer.key_usage_value
    return header if usage is None or "crl_sign" in usage.native else None


def said_of(
    der: bytes, certificate: x509.Certificate, issuer: x509.Certificate
) -> tuple[Header, Entry | None] | None:
    """Return a list with what it says of `certificate`, None where it says nothing; raises as `list_for`."""
    header = list_for(der, certificate, issuer)
    if header is None:
        return None
    entry = entry_on(der, certificate.serial_number)
    if header.partial and (entry is None or entry.reason == REMOVED):
        return None
    return header, entry


def entry_on(der: bytes, serial: int) -> Entry | None:
    """Return what a list says of a serial number; None where it is not on it. Raises as `list_for`."""
    return _searched(der).find(serial)


class _Searched:
    """A list being asked: read whole at first, and indexed once it is asked again and again.

    For 300 000 entries: 20 ms a question before, microseconds after 0.4 s for the index.
    """

    def __init__(self, der: bytes) -> None:
        self._der = der
        self._asked = 0
        self._index: bytes | None = None
        try:
            self._parsed: crypto_x509.CertificateRevocationList | None = crypto_x509.load_der_x509_crl(der)
        except (ValueError, crypto_x509.InvalidVersion):
            self._parsed, self._index = None, build_index(der)

    def find(self, serial: int) -> Entry | None:
        """Return what the list says of a serial number."""
        self._asked += 1
        if self._asked == _WORTH_AN_INDEX:
            self._index = build_index(self._der)
        if self._index is None and self._parsed is not None:
            try:
                entry = self._parsed.get_revoked_certificate_by_serial_number(serial)
                if entry is None:
                    return None
                return Entry(entry.revocation_date_utc, _reason(entry), _invalid_since(entry))
            except (ValueError, crypto_x509.DuplicateExtension):  # hard to read: then always in the same way
                self._index = build_index(self._der)
        return (
            _entry_slowly(self._der, serial)
            if self._index is None
            else find_entry(self._der, self._index, serial)
        )


@lru_cache(maxsize=32)
def _searched(der: bytes) -> _Searched:
    return _Searched(der)


@lru_cache(maxsize=256)
def header_of(der: bytes, key: bytes) -> Header | None:
    """Read and verify a list once per key; None where it is not this key's, or of certificates of others."""
    parsed = asn1_crl.CertificateList.load(der, strict=True)
    body = parsed["tbs_cert_list"]
    point = parsed.issuing_distribution_point_value
    if point is not None and any(point[name].native for name in _OF_OTHERS):
        return None
    algorithm = parsed["signature_algorithm"]
    if not signature_holds(key, algorithm, "", parsed["signature"].native, body.dump()):
        return None
    following = body["next_update"].native
    return Header(
        issuer=parsed.issuer.dump(),
        this_update=assume_utc(body["this_update"].native),
        next_update=None if following is None else assume_utc(following),
        users_only=bool(point is not None and point["only_contains_user_certs"].native),
        authorities_only=bool(point is not None and point["only_contains_ca_certs"].native),
        remembers_since=_expired_certs_on(body),
        points=frozenset() if point is None else _point_names(point["distribution_point"]),
        partial=_partial(body, point),
    )


def _partial(body: Any, point: Any) -> bool:
    extensions = body["crl_extensions"]
    listed = list(extensions) if extensions.native else []
    return (
        any(each["extn_id"].native == "delta_crl_indicator" for each in listed)
        or any(each["critical"].native and each["extn_id"].native not in _UNDERSTOOD for each in listed)
        or (point is not None and bool(point["only_some_reasons"].native))
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


def _reason(entry: crypto_x509.RevokedCertificate) -> str:
    try:
        return str(entry.extensions.get_extension_for_class(crypto_x509.CRLReason).value.reason.value)
    except crypto_x509.ExtensionNotFound:
        return ""


def _invalid_since(entry: crypto_x509.RevokedCertificate) -> datetime | None:
    try:
        return entry.extensions.get_extension_for_class(crypto_x509.InvalidityDate).value.invalidity_date_utc
    except crypto_x509.ExtensionNotFound:
        return None


def _entry_slowly(der: bytes, serial: int) -> Entry | None:
    revoked = asn1_crl.CertificateList.load(der)["tbs_cert_list"]["revoked_certificates"]
    for entry in revoked:
        if entry["user_certificate"].native == serial:
            # Without a reason nothing is spared: the careful reading of a list that is hard to read.
            return Entry(assume_utc(entry["revocation_date"].native), "")
    return None


def _expired_certs_on(body: Any) -> datetime | None:
    extensions = body["crl_extensions"]
    for extension in extensions if extensions.native else ():
        if extension["extn_id"].dotted == _EXPIRED_CERTS:
            return _generalized(extension["extn_value"].contents)
    return None


def _generalized(contents: bytes) -> datetime | None:
    try:
        return datetime.strptime(contents[2:].decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
