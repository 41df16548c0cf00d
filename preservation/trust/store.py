# SPDX-License-Identifier: EUPL-1.2
"""Whom we trust, and what we already hold: anchors, helping certificates and revocation data.

No network: what is not here is not known. Trusted lists with dates of use are not read yet; the place
for them is this value.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, Self

from asn1crypto import crl, ocsp

from archive.errors import ConfigurationError
from preservation.trust.certificates import UNREADABLE, load

MAX_FILE: Final = 64 << 20
"""Bytes of one file of a trust folder; the largest Spanish CRL has some ten million."""
_PEM: Final = re.compile(
    rb"-----BEGIN (?:TRUSTED |X509 )?(CERTIFICATE|CRL|OCSP RESPONSE)-----(.*?)-----END ", re.DOTALL
)


class AnchorSource(Protocol):
    """What the development authority offers for trial."""

    def anchors(self) -> tuple[bytes, ...]:
        """Return DER roots."""
        ...

    def intermediates(self) -> tuple[bytes, ...]:
        """Return DER certificates under them."""
        ...

    def crls(self, at: datetime) -> tuple[bytes, ...]:
        """Return DER revocation lists as of `at`."""
        ...


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Anchors trusted by decision, and material at hand that is believed only after checking."""

    anchors: tuple[bytes, ...] = field(default=(), repr=False)
    """DER."""
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    """DER of certificates that may help to build a chain."""
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def from_paths(cls, paths: Iterable[Path]) -> Self:
        """Read PEM or DER files and folders of them (`*.pem *.crt *.cer *.der *.crl *.ors`), not recursively.

        Self-issued certificates become anchors. So does the only certificate of a file that was named
        itself, whatever it is: it was meant.

        Raises:
            ConfigurationError: A path that is absent, or a named file with nothing usable in it.
        """
        store = cls()
        for path in paths:
            store = store.joined(cls.from_folder(path) if path.is_dir() else cls.from_file(path))
        return store

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read one PEM or DER file; see `from_paths`."""
        try:
            if path.stat().st_size > MAX_FILE:
                raise ConfigurationError(f"the trust file is too big: {path}")
            data = path.read_bytes()
        except OSError as cause:
            raise ConfigurationError(f"the trust file cannot be read: {path}: {cause.strerror}") from cause
        store = cls._from_items(_items(data), named=True)
        if store == cls():
            raise ConfigurationError(f"no certificate, CRL or OCSP answer in {path}")
        return store

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Read every usable file of a folder; others are left aside. Raises as `from_paths`."""
        suffixes = {".pem", ".crt", ".cer", ".der", ".crl", ".ors", ".ocsp"}
        store = cls()
        try:
            for path in sorted(each for each in folder.iterdir() if each.suffix.lower() in suffixes):
                if path.is_file() and path.stat().st_size <= MAX_FILE:
                    store = store.joined(cls._from_items(_items(path.read_bytes()), named=False))
        except OSError as cause:  # an anchor must not vanish without a word
            words = f"the trust folder cannot be read: {folder}: {cause.strerror}"
            raise ConfigurationError(words) from cause
        return store

    @classmethod
    def from_authority(cls, authority: AnchorSource, at: datetime) -> Self:
        """Trust a development authority, with its revocation lists as of `at`. WITHOUT LEGAL VALUE."""
        return cls(authority.anchors(), authority.intermediates(), authority.crls(at))

    @classmethod
    def _from_items(cls, items: Sequence[bytes], *, named: bool) -> Self:
        certificates = [each for each in items if load(each) is not None]
        roots = [each for each in certificates if _self_issued(each)]
        # What merely lies in a folder may be anybody's certificate; what was named alone was meant.
        anchors = certificates if named and len(certificates) == 1 else roots
        return cls(
            tuple(anchors),
            tuple(each for each in certificates if each not in anchors),
            tuple(each for each in items if each not in certificates and _is_list(each)),
            tuple(each for each in items if each not in certificates and _is_answer(each)),
        )

    def joined(self, other: TrustStore) -> Self:
        """Return a store with what both have."""
        return type(self)(
            tuple(dict.fromkeys((*self.anchors, *other.anchors))),
            tuple(dict.fromkeys((*self.certificates, *other.certificates))),
            tuple(dict.fromkeys((*self.crls, *other.crls))),
            tuple(dict.fromkeys((*self.ocsps, *other.ocsps))),
        )


def _items(data: bytes) -> list[bytes]:
    found = []
    for match in _PEM.finditer(data):
        try:
            found.append(base64.b64decode(b"".join(match[2].split()), validate=True))
        except ValueError:
            continue
    return found or [data]


def _self_issued(der: bytes) -> bool:
    certificate = load(der)
    return certificate is not None and bool(certificate.subject == certificate.issuer)


def _is_list(der: bytes) -> bool:
    try:
        body = crl.CertificateList.load(der, strict=True)["tbs_cert_list"]
        return body["this_update"].native is not None
    except UNREADABLE:
        return False


def _is_answer(der: bytes) -> bool:
    try:
        return bool(ocsp.OCSPResponse.load(der, strict=True)["response_status"].native == "successful")
    except UNREADABLE:
        return False
