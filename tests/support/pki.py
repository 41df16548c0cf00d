# SPDX-License-Identifier: EUPL-1.2
"""A trust world of seventy years, made by certomancer in process: nothing of it is ours.

    root ─ ca1 (until 2050; CRL and OCSP) ─ signers          tsa-root ─ tsa-ca1 (until 2050) ─ tsa1, tsa2, tsa3 …
         ─ ca-crl (until 2050; CRL alone) ─ a signer                  ─ tsa-ca2 (2040 to 2080) ─ tsa4
         ─ ca2 (2040 to 2080) ─ a signer of the second generation

Certificates, revocation lists, OCSP answers and time-stamp tokens are given at whatever instant is asked. Keys
are made afresh in a folder; what is under `tsa-root` is signed with SHA-512, so that SHA-256 may be retired.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from asn1crypto import ocsp, tsp
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, ServiceLabel
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from preservation.trust.store import TrustStore

REVOKED_SINCE = datetime(2026, 8, 1, tzinfo=UTC)
"""From when the signer `revoked` is."""
COMPROMISED_SINCE = datetime(2027, 3, 1, tzinfo=UTC)
"""From when the time-stamping unit `tsa-compromised` is revoked, for keyCompromise."""
TSA_OF = {2026: "tsa1", 2029: "tsa2", 2036: "tsa3", 2044: "tsa4"}
"""Who stamps in each year of the journeys."""
_KEYS = {
    "root": 2048, "ca1": "secp384r1", "ca-crl": 2048, "ca2": "secp384r1", "ocsp": "secp256r1",
    "rsa": 2048, "crl-only": 2048, "ec": "secp256r1", "ed": "ed25519", "brainpool": "brainpoolP256r1",
    "pss": 2048, "rsa1024": 1024, "expired": "secp256r1", "revoked": "secp256r1", "second": "secp256r1",
    "tsa-root": 2048, "tsa-ca1": "secp384r1", "tsa-ca2": "secp384r1",
    "tsa1": 2048, "tsa2": 3072, "tsa3": "secp256r1", "tsa4": 2048, "tsa-compromised": "secp256r1",
    "tsa-old": 2048,
}  # fmt: skip
_ISSUER = {
    "root": "root", "ca1": "root", "ca-crl": "root", "ca2": "root", "crl-only": "ca-crl", "second": "ca2",
    "tsa-root": "tsa-root", "tsa-ca1": "tsa-root", "tsa-ca2": "tsa-root", "tsa-old": "tsa-ca1",
    "tsa1": "tsa-ca1", "tsa2": "tsa-ca1", "tsa3": "tsa-ca1", "tsa4": "tsa-ca2", "tsa-compromised": "tsa-ca1",
}  # fmt: skip
_YEARS = {
    "root": (2000, 2080), "ca1": (2005, 2050), "ca-crl": (2005, 2050), "ca2": (2040, 2080), "ocsp": (2005, 2049),
    "tsa-root": (2000, 2080), "tsa-ca1": (2005, 2050), "tsa-ca2": (2040, 2080),
    "tsa1": (2024, 2030), "tsa2": (2028, 2037), "tsa3": (2035, 2045), "tsa4": (2043, 2060),
    "tsa-compromised": (2024, 2030), "tsa-old": (2008, 2028),
    "rsa1024": (2008, 2012), "expired": (2014, 2018), "second": (2041, 2047),
}  # fmt: skip
AUTHORITIES = ("root", "ca1", "ca-crl", "ca2", "tsa-root", "tsa-ca1", "tsa-ca2")
_SIGNER = (2024, 2028)


@dataclass(frozen=True)
class Identity:
    """A signer of this world."""

    certificate: bytes
    private_key: Any
    chain: tuple[bytes, ...]


@dataclass(frozen=True)
class Unit:
    """A time-stamping unit that stands at an instant; the instant is its own to tell."""

    pki: Pki
    name: str
    at: datetime

    def stamp(self, imprint: bytes, algorithm: str) -> bytes:
        """Return a token over an imprint."""
        request = tsp.TimeStampReq(
            {
                "version": "v1",
                "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": imprint},
                "cert_req": True,
            }
        )
        unit = self.pki.services.summon_timestamper(ServiceLabel(self.name), self.at)
        return unit.request_tsa_response(request)["time_stamp_token"].dump()


class Pki:
    """The whole world; one folder of keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for label, kind in _KEYS.items():
            path = folder / f"{label}.pem"
            if not path.exists():
                path.write_bytes(_private(kind))
        self._world = CertomancerConfig(_config(), key_search_dir=str(folder)).get_pki_arch(
            ArchLabel("world")
        )

    @cached_property
    def services(self) -> Any:
        """Certomancer's services."""
        return self._world.service_registry

    def certificate(self, label: str) -> bytes:
        """Return the DER certificate of a label."""
        return self._world.get_cert(CertLabel(label)).dump()

    def chain(self, label: str) -> tuple[bytes, ...]:
        """Return the DER certificates above one, root last."""
        found = []
        while _ISSUER.get(label, "ca1") != label:
            label = _ISSUER.get(label, "ca1")
            found.append(self.certificate(label))
        return tuple(found)

    @lru_cache(maxsize=64)  # noqa: B019 - a world lives as long as its tests
    def identity(self, label: str) -> Identity:
        """Return a signer."""
        key = serialization.load_pem_private_key((self.folder / f"{label}.pem").read_bytes(), None)
        return Identity(self.certificate(label), key, self.chain(label)[:-1])

    def tsa(self, label: str, at: datetime) -> Unit:
        """Return a time-stamping unit that stands at an instant."""
        return Unit(self, label, at)

    @lru_cache(maxsize=4096)  # noqa: B019
    def crl(self, issuer: str, at: datetime) -> bytes:
        """Return the revocation list of an authority that is current at an instant; one a day."""
        return self.services.get_crl(ServiceLabel(issuer), at).dump()

    @lru_cache(maxsize=4096)  # noqa: B019
    def ocsp(self, label: str, at: datetime) -> bytes:
        """Return the answer about a certificate of `ca1` at an instant."""
        issuer = self._world.get_cert(CertLabel("ca1"))
        asked = {
            "hash_algorithm": {"algorithm": "sha1"},
            "issuer_name_hash": issuer.subject.sha1,
            "issuer_key_hash": issuer.public_key.sha1,
            "serial_number": self._world.get_cert(CertLabel(label)).serial_number,
        }
        request = ocsp.OCSPRequest({"tbs_request": {"request_list": [{"req_cert": asked}]}})
        return self.services.summon_responder(ServiceLabel("ca1"), at).build_ocsp_response(request).dump()

    def anchors(self) -> tuple[bytes, ...]:
        """Return the roots."""
        return (self.certificate("root"), self.certificate("tsa-root"))

    def lists(self, at: datetime) -> tuple[bytes, ...]:
        """Return the lists that can be had at an instant: those of the authorities in service."""
        return tuple(self.crl(each, at) for each in AUTHORITIES if _alive(each, at))

    def trust(self, at: datetime, *, about: tuple[str, ...] = (), lists: bool = True) -> TrustStore:
        """Return what somebody trusts who has fetched what can be had at an instant.

        Args:
            at: The instant.
            about: Signers of `ca1` about whom OCSP was asked too.
            lists: Whether revocation lists were fetched.
        """
        answers = tuple(self.ocsp(each, at) for each in about if _alive("ocsp", at))
        return TrustStore(self.anchors(), (), self.lists(at) if lists else (), answers)


def _alive(label: str, at: datetime) -> bool:
    first, last = _YEARS.get(label, _SIGNER)
    return first <= at.year < last


def _private(kind: int | str) -> bytes:
    curves = {"secp256r1": ec.SECP256R1, "secp384r1": ec.SECP384R1, "brainpoolP256r1": ec.BrainpoolP256R1}
    if isinstance(kind, int):
        key: Any = rsa.generate_private_key(65537, kind)
    elif kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = ec.generate_private_key(curves[kind]())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _config() -> dict[str, Any]:
    """Return the world in certomancer's words."""
    return {
        "keysets": {"keys": {"path-prefix": ".", "keys": {each: {"path": f"{each}.pem"} for each in _KEYS}}},
        "pki-architectures": {
            "world": {
                "keyset": "keys",
                "entity-defaults": {"country-name": "ES", "organization-name": "Prueba sin valor"},
                "entities": {each: {"common-name": f"PRUEBA {each.upper()}"} for each in _KEYS},
                "certs": {each: _certificate(each) for each in _KEYS},
                "services": {
                    "ocsp": {
                        "ca1": {
                            "for-issuer": "ca1",
                            "responder-cert": "ocsp",
                            "validity_period": {"days": 1},
                        }
                    },
                    "crl-repo": {each: _list(each) for each in AUTHORITIES},
                    "time-stamping": {each: _unit(each) for each in _KEYS if _is_unit(each)},
                },
            }
        },
    }


def _is_unit(label: str) -> bool:
    return label.startswith("tsa") and label not in AUTHORITIES


def _certificate(label: str) -> dict[str, Any]:
    first, last = _YEARS.get(label, _SIGNER)
    said: dict[str, Any] = {
        "subject": label,
        "issuer": _ISSUER.get(label, "ca1"),
        "validity": {"valid-from": f"{first}-01-01T00:00:00+0000", "valid-to": f"{last}-01-01T00:00:00+0000"},
        "digest-algo": "sha512" if label.startswith("tsa") else "sha256",
    }
    if label in AUTHORITIES:
        issuing = {"crl-repo": label} | ({"ocsp-service": "ca1"} if label == "ca1" else {})
        said["profiles"] = [{"id": "simple-ca", "params": issuing}]
    elif label == "ocsp":
        said["profiles"] = ["ocsp-responder"]
    elif _is_unit(label):
        usage = {"schema": "key-usage", "params": ["digital_signature"]}
        said["extensions"] = [
            {"id": "key_usage", "critical": True, "smart-value": usage},
            {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]},
        ]
    else:
        said["profiles"] = ["digsig-commitment"]
    revoked = {"revoked": REVOKED_SINCE, "tsa-compromised": COMPROMISED_SINCE}.get(label)
    if revoked is not None:
        said["revocation"] = {"revoked-since": revoked.isoformat(), "reason": "key_compromise"}
    return said


def _list(label: str) -> dict[str, Any]:
    digest = "sha512" if label.startswith("tsa") else "sha256"
    return {
        "for-issuer": label,
        "signing-key": label,
        "simulated-update-schedule": "P1D",
        "digest-algo": digest,
    }


def _unit(label: str) -> dict[str, Any]:
    digest = "sha256" if label in {"tsa1", "tsa-old"} else "sha512"
    return {"signing-cert": label, "digest-algo": digest, "certs-to-embed": [_ISSUER[label]]}
