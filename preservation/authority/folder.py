# SPDX-License-Identifier: EUPL-1.2
"""Where the development authority keeps its keys: PEM files that only their owner reads."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from archive.clock import format_instant, parse_instant
from archive.errors import ConfigurationError

README: Final = """\
AUTORIDAD DE PRUEBAS SIN VALOR LEGAL

Estas claves y certificados los ha creado Longeva en esta máquina para probarse a sí misma. No proceden de
ningún prestador de servicios de confianza, no figuran en ninguna lista de confianza y nada de lo que se
firme o selle con ellos tiene valor legal alguno. No los use fuera de pruebas ni confíe en ellos.


TEST AUTHORITY WITHOUT LEGAL VALUE

Longeva made these keys and certificates on this machine to test itself. They come from no trust service
provider, stand on no trusted list, and nothing signed or time-stamped with them has any legal value. Do not
use them outside tests and do not trust them.
"""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Revoked:
    """When a certificate was revoked and why."""

    at: datetime
    reason: str = ""
    """CRLReason by name, such as `superseded`; empty where none is published."""


class KeyFolder:
    """PEM certificates (`NAME.crt.pem`), keys (`NAME.key.pem`, mode 0600) and a list of revocations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder, readable by its owner only, with words that say what it is worth."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write("README.txt", README.encode(), 0o644)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time issue: a certificate must never stand beside another one's key."""
        descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def has(self, name: str) -> bool:
        """Tell whether there is a key pair of that name."""
        return (self.folder / f"{name}.crt.pem").is_file()

    def names(self) -> Iterator[str]:
        """Yield the names of every key pair."""
        for path in sorted(self.folder.glob("*.crt.pem")):
            yield path.name.removesuffix(".crt.pem")

    def save(self, name: str, pair: KeyPair) -> None:
        """Keep a key pair; the certificate last, since its presence means that both are there."""
        key = pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._write(f"{name}.key.pem", key, 0o600)
        self._write(f"{name}.crt.pem", pair.certificate.public_bytes(Encoding.PEM), 0o644)

    def load(self, name: str) -> KeyPair:
        """Read a key pair.

        Raises:
            ConfigurationError: It is absent or cannot be read.
        """
        try:
            data = (self.folder / f"{name}.key.pem").read_bytes()
            # Made by us and readable by us alone; proving its primes again would cost 27 ms at every start.
            key = load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=True)
        except (OSError, ValueError) as cause:
            raise ConfigurationError(f"The test authority in {self.folder} has no usable {name}") from cause
        assert isinstance(key, rsa.RSAPrivateKey)
        return KeyPair(self.certificate(name), key)

    def certificate(self, name: str) -> x509.Certificate:
        """Read a certificate.

        Raises:
            ConfigurationError: It is absent or cannot be read.
        """
        try:
            return x509.load_pem_x509_certificate((self.folder / f"{name}.crt.pem").read_bytes())
        except (OSError, ValueError) as cause:
            raise ConfigurationError(f"The test authority in {self.folder} has no usable {name}") from cause

    def revocations(self) -> dict[int, Revoked]:
        """Return what is known of each revoked serial number."""
        path = self.folder / "revocations.json"
        if not path.is_file():
            return {}
        body: dict[str, list[str]] = json.loads(path.read_text("utf-8"))
        return {int(serial, 16): Revoked(parse_instant(at), reason) for serial, (at, reason) in body.items()}

    def revoke(self, serial: int, revoked: Revoked) -> None:
        """Note a revocation."""
        with self.locked():
            known = self.revocations() | {serial: revoked}
            body = {f"{number:x}": [format_instant(one.at), one.reason] for number, one in known.items()}
            self._write("revocations.json", json.dumps(body, indent=1, sort_keys=True).encode(), 0o644)

    def _write(self, name: str, data: bytes, mode: int) -> None:
        final = self.folder / name
        partial = final.with_name(f".{name}.{os.getpid()}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        partial.replace(final)
