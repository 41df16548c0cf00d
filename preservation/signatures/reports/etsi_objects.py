# SPDX-License-Identifier: EUPL-1.2
"""Validation objects of a TS 119 102-2 report: each certificate, list, answer and token once, with its Id.

An Id is the kind and the SHA-256 of the octets, so that the same object has the same Id in every report.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Final

from asn1crypto import crl, ocsp

from preservation.signatures.report import TimestampReport
from preservation.trust.certificates import UNREADABLE, describe
from preservation.trust.signer import Signer

_URN: Final = "urn:etsi:019102:validationObject"
MAX_OBJECTS: Final = 10_000
"""Objects of one report; more would be hostile."""

Child = Callable[..., Any]


class ValidationObjects:
    """What the verdicts of one report stand on."""

    def __init__(self) -> None:
        self._octets: dict[str, tuple[str, bytes]] = {}
        self._digests: dict[str, str] = {}
        self._holders: dict[Signer, str] = {}
        self._named: dict[str, str] = {}
        self._stamps: dict[str, TimestampReport] = {}

    def add_all(self, evidence: Iterable[bytes]) -> None:
        """Take in evidence, whatever each piece is."""
        for der in evidence:
            self._add(_kind(der), der)

    def add_token(self, stamp: TimestampReport) -> None:
        """Take in the token of a time stamp, where it is at hand."""
        if stamp.token:
            self._stamps[self._add("timestamp", stamp.token)] = stamp

    def of_signer(self, signer: Signer) -> str | None:
        """Return the Id of the certificate that speaks of a signer."""
        return self._holders.get(signer)

    def of_name(self, name: str) -> str | None:
        """Return the Id of the certificate with a holder of this name."""
        return self._named.get(name)

    def of_digest(self, sha256: str) -> str | None:
        """Return the Id of the object with these octets."""
        return self._digests.get(sha256.lower())

    def of_token(self, stamp: TimestampReport) -> str:
        """Return the Id of the token of a time stamp."""
        return f"timestamp-{hashlib.sha256(stamp.token).hexdigest()}"

    def write(self, root: Any, child: Child, verdict: Callable[[Any, TimestampReport], None]) -> None:
        """Write the list of objects, where there is one.

        Args:
            root: Parent element.
            child: Makes a child element: parent, name, text.
            verdict: Writes the report of a time stamp into its object.
        """
        if not self._octets:
            return
        holder = child(root, "SignatureValidationObjects")
        for identifier, (kind, octets) in self._octets.items():
            own = child(holder, "ValidationObject")
            own.set("id", identifier)
            child(own, "ObjectType", f"{_URN}:{kind}")
            form = child(own, "ValidationObjectRepresentation")
            child(form, "base64", base64.b64encode(octets).decode())
            if identifier in self._stamps:
                verdict(own, self._stamps[identifier])

    def _add(self, kind: str, octets: bytes) -> str:
        digest = hashlib.sha256(octets).hexdigest()
        identifier = f"{kind}-{digest}"
        if identifier not in self._octets and len(self._octets) < MAX_OBJECTS:
            self._octets[identifier] = (kind, octets)
            self._digests[digest] = identifier
            holder = describe(octets) if kind == "certificate" else None
            if holder is not None:
                self._holders.setdefault(holder, identifier)
                self._named.setdefault(holder.name, identifier)
        return identifier


def _kind(der: bytes) -> str:
    if describe(der) is not None:
        return "certificate"
    for kind, touch in (("CRL", _touch_list), ("OCSPResponse", _touch_answer)):
        try:
            touch(der)
        except UNREADABLE:
            continue
        return kind
    return "other"


def _touch_list(der: bytes) -> None:
    _ = crl.CertificateList.load(der, strict=True)["tbs_cert_list"]["this_update"].native


def _touch_answer(der: bytes) -> None:
    try:
        _ = ocsp.OCSPResponse.load(der, strict=True)["response_status"].native
    except UNREADABLE:
        _ = ocsp.BasicOCSPResponse.load(der, strict=True)["tbs_response_data"]["produced_at"].native
