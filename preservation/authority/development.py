# SPDX-License-Identifier: EUPL-1.2
"""The development authority: a whole trust world on this machine, WITHOUT LEGAL VALUE.

A root, an authority for signers, one for time-stamping units, three generations of units, delegated OCSP
responders and signers on demand. It can speak at any instant of 2010 to 2063, so that thirty years pass in a
test. It is for trying and testing; in service a qualified provider takes its place (eIDAS art. 42).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from archive.clock import Clock
from archive.errors import ConfigurationError, InvalidRequest
from preservation.authority import certificates, revocation, service, tsa
from preservation.authority.folder import KeyFolder, KeyPair, Revoked
from preservation.authority.in_process import InProcessAuthority
from preservation.authority.profile import (
    AUTHORITIES,
    CITIZEN_POLICY,
    EMPLOYEE_POLICY,
    NO_LEGAL_VALUE,
    ROLES,
    TSA_GENERATIONS,
    Subject,
    Window,
)
from preservation.timestamps import TimestampAuthority

BASE_URL: Final = "http://127.0.0.1:8318"
"""Where `serve` listens unless told otherwise; written into the certificates."""
ISSUERS: Final = {"issuing": "AC DE FIRMANTES", "tsa-ca": "AC DE SELLADO DE TIEMPO"}


@dataclass(frozen=True, slots=True)
class SigningIdentity:
    """What a signer needs: a certificate, its key and the chain above, root last."""

    certificate: bytes
    """DER."""
    private_key: rsa.RSAPrivateKey
    chain: tuple[bytes, ...]
    """DER certificates of the issuers, nearest first, the root included."""


class DevelopmentAuthority:
    """Issues, stamps and answers. One folder on disk; safe to open from several processes."""

    def __init__(self, folder: Path, clock: Clock, *, base_url: str = BASE_URL) -> None:
        self.folder = folder
        self.clock = clock
        self.base_url = base_url
        self._keys = KeyFolder(folder)
        self._pairs: dict[str, KeyPair] = {}

    @classmethod
    def create(cls, folder: Path, clock: Clock, *, base_url: str = BASE_URL) -> Self:
        """Make a new authority in `folder`, or complete one that was left half made.

        Args:
            folder: Made if absent, with mode 0700; key files get 0600.
            clock: Tells the instant that `respond` attests.
            base_url: Loopback address that the certificates name for CRL and OCSP.

        Raises:
            InvalidRequest: The address is not loopback.
        """
        if not base_url.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]")):
            raise InvalidRequest("The test authority answers on loopback only")
        authority = cls(Path(folder), clock, base_url=base_url)
        authority._keys.prepare()
        authority._make("root", certificates.service_name("AC RAIZ"), AUTHORITIES, "root")
        for name, title in ISSUERS.items():
            authority._make(name, certificates.service_name(title), AUTHORITIES, "root")
            responder = f"ocsp-{name}"
            authority._make(responder, certificates.service_name(responder.upper()), AUTHORITIES, name)
        for name, window in TSA_GENERATIONS.items():
            authority._make(name, certificates.service_name(name.upper()), window, "tsa-ca")
        return authority

    @classmethod
    def open(cls, folder: Path, clock: Clock) -> Self:
        """Open an authority made before.

        Raises:
            ConfigurationError: There is none in `folder`.
        """
        authority = cls(Path(folder), clock)
        if not authority._keys.has("tsa-3"):
            raise ConfigurationError(f"There is no test authority in {folder}")
        return authority

    def anchors(self) -> tuple[bytes, ...]:
        """Return the DER certificates to trust."""
        return (self._der("root"),)

    def intermediates(self) -> tuple[bytes, ...]:
        """Return the DER certificates of the authorities between the anchors and everybody else."""
        return tuple(self._der(name) for name in ISSUERS)

    def identity(self, role: str) -> SigningIdentity:
        """Return the signer of a role, issued when first asked for.

        Args:
            role: A key of `profile.ROLES`: seal, secretary, mayor, technician, citizen, and for tests
                expired (2014 to 2018) and revoked (on 2026-06-01).

        Raises:
            InvalidRequest: No such role.
        """
        if role not in ROLES:
            raise InvalidRequest(f"The test authority knows no role {role}; it knows {', '.join(ROLES)}")
        return self._signer(f"signer-{role}", ROLES[role])

    def identity_for(self, common_name: str, nif: str, organisation: str = "") -> SigningIdentity:
        """Return a signer with a name of your own, to which the words of no value are added.

        Args:
            common_name: Name or post; shortened to what a CN can hold.
            nif: Identifier of the signer.
            organisation: Where given, the signer is an employee of it; otherwise a citizen.
        """
        suffix = f" - {NO_LEGAL_VALUE}"
        shown = common_name[: certificates.MAX_NAME - len(suffix)] + suffix
        subject = Subject(shown, nif, CITIZEN_POLICY, "", "")
        if organisation:
            kept = organisation[: certificates.MAX_NAME - len(suffix)] + suffix
            subject = replace(
                ROLES["technician"],
                common_name=shown,
                identifier=nif,
                organisation=kept,
                title="",
                policy=EMPLOYEE_POLICY,
            )
        slug = sha256(repr(subject).encode()).hexdigest()[:16]
        return self._signer(f"signer-{slug}", subject)

    def time_stamping_identity(self, at: datetime) -> SigningIdentity | None:
        """Return the newest time-stamping unit in service at `at`; None outside 2024 to 2063."""
        name = self._generation(at)
        return None if name is None else self._identity(name)

    def revoke(self, certificate: bytes, at: datetime, reason: str = "") -> None:
        """Revoke a certificate (DER) from `at` on, for a CRLReason (RFC 5280 5.3.1) such as `superseded`."""
        self._keys.revoke(x509.load_der_x509_certificate(certificate).serial_number, Revoked(at, reason))

    def crl(self, at: datetime, issuer: str = "issuing") -> bytes:
        """Return the DER revocation list of `root`, `issuing` or `tsa-ca` as published at `at`.

        Raises:
            InvalidRequest: No such authority.
        """
        if issuer != "root" and issuer not in ISSUERS:
            raise InvalidRequest(f"The test authority publishes no list of {issuer}")
        return revocation.revocation_list(self._pair(issuer), self._revoked_under(issuer), at)

    def crls(self, at: datetime) -> tuple[bytes, ...]:
        """Return every revocation list as published at `at`."""
        return tuple(self.crl(at, name) for name in ("root", *ISSUERS))

    def revocation_list(self, issuer: str) -> bytes:
        """Return the DER list of an issuer at the clock's instant. Raises InvalidRequest: none such."""
        return self.crl(self.clock.now(), issuer)

    def ocsp(self, certificate: bytes, at: datetime) -> bytes:
        """Return the DER OCSPResponse about a certificate (DER) as given at `at`.

        Raises:
            InvalidRequest: The certificate is not ours, or its issuer answers no OCSP.
        """
        asked = x509.load_der_x509_certificate(certificate)
        for name in ISSUERS:
            issuer = self._pair(name).certificate
            if asked.issuer == issuer.subject:
                return self._ocsp_about(revocation.certificate_id(asked, issuer), name, at)
        raise InvalidRequest("The test authority answers only for what it issued")

    def ocsp_respond(self, request: bytes) -> bytes:
        """Answer a DER OCSPRequest at the clock's instant; the first certificate asked about only."""
        try:
            identity = asn1_ocsp.OCSPRequest.load(request, strict=True)["tbs_request"]["request_list"][0][
                "req_cert"
            ]
            serial, named = identity["serial_number"].native, identity["issuer_name_hash"].native
        except (ValueError, TypeError, KeyError, IndexError):
            return revocation.malformed_request()
        for name in ISSUERS:
            issuer = self._pair(name).certificate
            own = revocation.certificate_id(issuer, issuer)
            own["serial_number"] = serial
            if own["issuer_name_hash"].native == named:
                return self._ocsp_about(own, name, self.clock.now())
        return revocation.malformed_request()

    def respond(self, request: bytes, clock: Clock | None = None, *, deterministic: bool = False) -> bytes:
        """Answer a DER TimeStampReq (RFC 3161) with a DER TimeStampResp at the clock's instant."""
        at = (clock or self.clock).now()
        name = self._generation(at)
        unit = None if name is None else self._pair(name)
        return tsa.respond(request, unit, (self._der("tsa-ca"),), at, deterministic=deterministic)

    def timestamp_authority(
        self, clock: Clock | None = None, *, deterministic: bool = False
    ) -> TimestampAuthority:
        """Return an in-process authority that stamps at the clock's instant, answers fully checked.

        Args:
            clock: Instead of the authority's own.
            deterministic: No nonce, and serial numbers from the imprint: the same imprint at the same
                instant gives the same token. For tests.
        """
        return InProcessAuthority(self, clock or self.clock, deterministic=deterministic)

    def serve(self, host: str = "127.0.0.1", port: int = 8318) -> None:
        """Answer `/tsa`, `/crl/NAME` and `/ocsp` over HTTP until interrupted; loopback only.

        Raises:
            InvalidRequest: The host is not loopback.
            ConfigurationError: The port is taken.
        """
        service.listen(self, host, port).serve_forever()

    def _generation(self, at: datetime) -> str | None:
        valid = [name for name, window in TSA_GENERATIONS.items() if window.holds(at)]
        return valid[-1] if valid else None

    def _ocsp_about(self, identity: asn1_ocsp.CertId, issuer: str, at: datetime) -> bytes:
        serial: int = identity["serial_number"].native
        known = self._keys.revocations().get(serial)
        when = None if known is None else known.at
        if serial not in self._serials(issuer):
            return revocation.ocsp_answer(identity, "unknown", None, self._pair(f"ocsp-{issuer}"), at)
        revoked = when is not None and when <= at
        state = "revoked" if revoked else "good"
        return revocation.ocsp_answer(
            identity, state, when if revoked else None, self._pair(f"ocsp-{issuer}"), at
        )

    def _serials(self, issuer: str) -> set[int]:
        subject = self._pair(issuer).certificate.subject
        found = (self._keys.certificate(name) for name in self._keys.names())
        return {one.serial_number for one in found if one.issuer == subject}

    def _revoked_under(self, issuer: str) -> dict[int, Revoked]:
        revocations = self._keys.revocations()
        own = self._serials(issuer)
        return {serial: revoked for serial, revoked in revocations.items() if serial in own}

    def _signer(self, name: str, subject: Subject) -> SigningIdentity:
        if not self._keys.has(name):
            extensions = certificates.signer_extensions(subject.policy)
            self._make(name, certificates.signer_name(subject), subject.window, "issuing", extensions)
            if subject.revoked_at is not None:
                self.revoke(self._der(name), subject.revoked_at)
        return self._identity(name)

    def _identity(self, name: str) -> SigningIdentity:
        pair = self._pair(name)
        issuer = "tsa-ca" if name.startswith("tsa-") else "issuing"
        return SigningIdentity(self._der(name), pair.key, (self._der(issuer), self._der("root")))

    def _make(
        self,
        name: str,
        subject: x509.Name,
        window: Window,
        issuer: str,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] | None = None,
    ) -> None:
        with self._keys.locked():
            if not self._keys.has(name):
                self._keys.save(name, self._issue(name, subject, window, issuer, extensions))

    def _issue(
        self,
        name: str,
        subject: x509.Name,
        window: Window,
        issuer: str,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] | None,
    ) -> KeyPair:
        key = certificates.new_key()
        found = list(extensions if extensions is not None else self._service_extensions(name))
        above = None if name == issuer else self._pair(issuer)
        if above is not None:
            found += certificates.revocation_extensions(self.base_url, issuer, ocsp=issuer in ISSUERS)
        made = certificates.certificate(
            subject,
            key,
            window,
            found,
            issuer=above.certificate if above else None,
            issuer_key=above.key if above else None,
        )
        return KeyPair(made, key)

    @staticmethod
    def _service_extensions(name: str) -> list[tuple[x509.ExtensionType, bool]]:
        if name == "root":
            return certificates.authority_extensions(None)
        if name in ISSUERS:
            return certificates.authority_extensions(0)
        return certificates.responder_extensions() if name[0] == "o" else certificates.tsa_extensions()

    def _pair(self, name: str) -> KeyPair:
        if name not in self._pairs:
            self._pairs[name] = self._keys.load(name)
        return self._pairs[name]

    def _der(self, name: str) -> bytes:
        return self._pair(name).certificate.public_bytes(Encoding.DER)
