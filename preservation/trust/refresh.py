# SPDX-License-Identifier: EUPL-1.2
"""Ask authorities for fresh revocation data, where the policy allows the hosts that certificates name.

The URLs come out of certificates, and those out of files of strangers: each goes through the fetch door. What
comes back is kept only if the certificate's issuer, or its delegate, signed it.

Source: RFC 5280 4.2.1.13 (CRL distribution points), RFC 6960 4.1.1 and A.1 (OCSP over HTTP), RFC 5019 (no
nonce, so that an authority may answer from what it made before).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from asn1crypto import algos, ocsp, x509

from preservation.trust.certificates import UNREADABLE
from preservation.trust.fetch import Answer
from preservation.trust.revocation_cache import RevocationCache

MAX_URLS: Final = 8
"""Of one certificate; real ones have one to four."""
_OCSP_TYPE: Final = "application/ocsp-request"
_OCSP_METHOD: Final = "1.3.6.1.5.5.7.48.1"


class Ask(Protocol):
    """The fetch door with its policy."""

    def __call__(self, url: str, *, body: bytes | None = None, content_type: str = "") -> Answer:
        """Ask for a URL, or say why not."""
        ...


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of one URL."""

    url: str
    problem: str = ""
    """Why nothing new is kept; empty where something is."""
    allowed: bool = True
    """False where the policy said no, and nobody was asked."""


def refresh(
    cache: RevocationCache, certificate: x509.Certificate, issuer: x509.Certificate, ask: Ask, at: datetime
) -> list[Refreshed]:
    """Ask for everything that a certificate says about where its revocation is told.

    Args:
        cache: Where answers are kept.
        certificate: The one asked about.
        issuer: The certificate above it.
        ask: The fetch door.
        at: Now.
    """
    told = []
    for url in answer_urls(certificate):
        answer = ask(url, body=request_about(certificate, issuer), content_type=_OCSP_TYPE)
        problem = answer.problem or cache.keep_answer(answer.data, certificate, issuer, url=url, at=at)
        told.append(Refreshed(url, problem, answer.allowed))
    for url in list_urls(certificate):
        answer = ask(url)
        problem = answer.problem or cache.keep_list(answer.data, [issuer.dump()], url=url, at=at)
        told.append(Refreshed(url, problem, answer.allowed))
    return told


def list_urls(certificate: x509.Certificate) -> list[str]:
    """Return the http URLs of a certificate's distribution points, those of `ldap` left out."""
    try:
        points = certificate.crl_distribution_points_value or ()
        found = [name for point in points for name in _names(point["distribution_point"])]
    except UNREADABLE:
        return []
    return list(dict.fromkeys(each for each in found if each.startswith(("http:", "https:"))))[:MAX_URLS]


def answer_urls(certificate: x509.Certificate) -> list[str]:
    """Return the http URLs of a certificate's OCSP responders."""
    try:
        described = certificate.authority_information_access_value or ()
        found = [
            _uri(each["access_location"])
            for each in described
            if each["access_method"].dotted == _OCSP_METHOD
        ]
    except UNREADABLE:
        return []
    return list(dict.fromkeys(each for each in found if each.startswith(("http:", "https:"))))[:MAX_URLS]


def request_about(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """Return the DER of an OCSP request for one certificate, without nonce (RFC 5019 2.1.1)."""
    bits = issuer.public_key["public_key"].contents[1:]
    identity = ocsp.CertId(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha1"}),
            "issuer_name_hash": hashlib.sha1(certificate.issuer.dump(), usedforsecurity=False).digest(),
            "issuer_key_hash": hashlib.sha1(bits, usedforsecurity=False).digest(),
            "serial_number": certificate.serial_number,
        }
    )
    body = ocsp.TBSRequest({"request_list": [ocsp.Request({"req_cert": identity})]})
    return bytes(ocsp.OCSPRequest({"tbs_request": body}).dump())


def _names(point: Any) -> Iterator[str]:
    if point.native and point.name == "full_name":
        yield from map(_uri, point.chosen)


def _uri(name: Any) -> str:
    if name.name != "uniform_resource_identifier":
        return ""
    return str(name.chosen.contents.decode("latin-1"))
