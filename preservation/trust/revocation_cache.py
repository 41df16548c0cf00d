# SPDX-License-Identifier: EUPL-1.2
"""Revocation lists and OCSP answers that the archive keeps, each with when it was obtained.

Kept under the digest of their bytes and never deleted: a list of the day is what later proves that a
certificate was good on that day, and the time it was obtained proves that it existed (EN 319 102-1 5.6.3).
Only what an authority at hand signed is kept; its signature is verified once, when it comes in, and a list is
indexed then, so that asking it later reads a few records of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from asn1crypto import x509

from archive.clock import format_instant, parse_instant
from archive.errors import IntegrityError
from preservation.trust.certificates import UNREADABLE, load
from preservation.trust.kept import INDEX, Kept
from preservation.trust.revocation import Statement, statements_about
from preservation.trust.revocation_index import build_index, find_entry
from preservation.trust.revocation_lists import Header, entry_on, header_of, speaking

REVOCATION: Final = "revocation"
_SUFFIX: Final = ".der"
_INDEX: Final = ".idx"


@dataclass(frozen=True)
class RevocationCache:
    """The revocation data of a trust folder. A value: reading it opens and holds nothing."""

    folder: Path
    """HOME/trust/revocation."""

    def keep_list(self, der: bytes, issuers: Iterable[bytes], *, url: str, at: datetime) -> str:
        """Keep a list that one of these authorities signed.

        Args:
            der: The list.
            issuers: DER certificates of authorities at hand.
            url: Where it came from.
            at: When it was obtained.

        Returns:
            Why it is not kept; empty where it is.
        """
        for each in issuers:
            issuer = load(each)
            header = None if issuer is None else _header(der, issuer)
            if issuer is None or header is None:
                continue
            index = build_index(der)
            digest = hashlib.sha256(der).hexdigest()
            key = hashlib.sha256(issuer.public_key.dump()).hexdigest()
            keys = {key, *self._known().get(digest, {}).get("keys", ())}
            kept = Kept(self.folder, _SUFFIX)
            if index is not None and not (self.folder / f"{digest}{_INDEX}").is_file():
                kept.put(f"{digest}{_INDEX}", index)
            kept.keep(der, {"kind": "crl", "keys": sorted(keys), **_told(header, url, at)})
            return ""
        return "no authority at hand signed this list, or it is partial"

    def keep_answer(
        self, der: bytes, certificate: x509.Certificate, issuer: x509.Certificate, *, url: str, at: datetime
    ) -> str:
        """Keep an OCSP answer about a certificate; returns why it is not kept, empty where it is."""
        statements = statements_about(certificate, issuer, (), (der,))
        if not statements:
            return "the answer is not about this certificate, or nobody entitled signed it"
        entry = {
            "kind": "ocsp",
            "about": _about(certificate, issuer),
            "this_update": format_instant(statements[0].this_update),
            "next_update": _instant_text(statements[0].next_update),
            "url": url,
            "obtained_at": format_instant(at),
        }
        Kept(self.folder, _SUFFIX).keep(der, entry)
        return ""

    def statements(self, certificate: x509.Certificate, issuer: x509.Certificate) -> list[Statement]:
        """Return what is kept about a certificate, each with when it was obtained."""
        try:
            key = hashlib.sha256(issuer.public_key.dump()).hexdigest()
            about = _about(certificate, issuer)
        except UNREADABLE:
            return []
        found: list[Statement] = []
        for digest, entry in self._known().items():
            if entry["kind"] == "crl" and key in entry["keys"]:
                found += self._of_list(digest, entry, certificate, issuer)
            elif entry["kind"] == "ocsp" and entry["about"] == about:
                answers = statements_about(certificate, issuer, (), (self._bytes(digest),))
                found += [replace(each, obtained_at=parse_instant(entry["obtained_at"])) for each in answers]
        return found

    def obtained_at(self, encoded: bytes) -> datetime | None:
        """Return when a list or answer was obtained, if it is kept here: a proof that it existed."""
        known = self._known()
        entry = known.get(_digest(encoded)) if known else None
        return None if entry is None else parse_instant(entry["obtained_at"])

    def kind_of(self, encoded: bytes) -> str:
        """Return `crl` or `ocsp` for what is kept here; empty for anything else."""
        known = self._known()
        return str(known.get(_digest(encoded), {}).get("kind", "")) if known else ""

    def entries(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what the index says, by SHA-256 in hexadecimal."""
        return self._known()

    def read(self, digest: str) -> bytes:
        """Return a kept list or answer, checked against its name. Raises as `Kept.read`."""
        return Kept(self.folder, _SUFFIX).read(digest)

    @property
    def edition(self) -> tuple[int, int]:
        """What changes whenever something is kept: judgements that are remembered are of one edition."""
        try:
            state = (self.folder / INDEX).stat()
        except OSError:
            return 0, 0
        return state.st_mtime_ns, state.st_size

    def _of_list(
        self, digest: str, entry: Mapping[str, Any], certificate: x509.Certificate, issuer: x509.Certificate
    ) -> Sequence[Statement]:
        try:
            header = speaking(_header_of(entry), certificate, issuer)
            if header is None:
                return ()
            der = self._bytes(digest)
            index = _octets(self.folder / f"{digest}{_INDEX}")
            serial = certificate.serial_number
            revoked = entry_on(der, serial) if index is None else find_entry(der, index, serial)
        except UNREADABLE:
            return ()
        return (
            Statement(
                header.this_update,
                header.next_update,
                None if revoked is None else revoked.since,
                header.remembers_since,
                der,
                reason="" if revoked is None else revoked.reason,
                invalid_since=None if revoked is None else revoked.invalid_since,
                obtained_at=parse_instant(entry["obtained_at"]),
            ),
        )

    def _bytes(self, digest: str) -> bytes:
        der = _octets(self.folder / f"{digest}{_SUFFIX}")
        if der is None:
            raise IntegrityError(f"kept revocation data is missing: {self.folder / digest}{_SUFFIX}")
        return der

    def _known(self) -> dict[str, dict[str, Any]]:
        modified, size = self.edition
        return _index(self.folder, modified, size) if size else {}


@lru_cache(maxsize=4)
def _index(folder: Path, modified: int, size: int) -> dict[str, dict[str, Any]]:  # noqa: ARG001 - the key
    return Kept(folder, _SUFFIX).entries()


@lru_cache(maxsize=32)
def _octets(path: Path) -> bytes | None:
    # What is kept never changes, so a process reads it once.
    try:
        return path.read_bytes()
    except OSError:
        return None


@lru_cache(maxsize=64)
def _digest(encoded: bytes) -> str:
    return hashlib.sha256(encoded).hexdigest()


def _header(der: bytes, issuer: x509.Certificate) -> Header | None:
    try:
        header = header_of(der, issuer.public_key.dump())
    except UNREADABLE:
        return None
    if header is None or header.partial:
        return None
    return header if header.issuer == issuer.subject.dump() else None


def _told(header: Header, url: str, at: datetime) -> dict[str, Any]:
    return {
        "issuer": header.issuer.hex(),
        "this_update": format_instant(header.this_update),
        "next_update": _instant_text(header.next_update),
        "users_only": header.users_only,
        "authorities_only": header.authorities_only,
        "remembers_since": _instant_text(header.remembers_since),
        "points": sorted(each.hex() for each in header.points),
        "url": url,
        "obtained_at": format_instant(at),
    }


def _header_of(entry: Mapping[str, Any]) -> Header:
    return Header(
        bytes.fromhex(entry["issuer"]),
        parse_instant(entry["this_update"]),
        _instant(entry["next_update"]),
        entry["users_only"],
        entry["authorities_only"],
        _instant(entry["remembers_since"]),
        frozenset(bytes.fromhex(each) for each in entry["points"]),
    )


def _about(certificate: x509.Certificate, issuer: x509.Certificate) -> str:
    return f"{hashlib.sha256(issuer.public_key.dump()).hexdigest()}:{certificate.serial_number:x}"


def _instant_text(value: datetime | None) -> str | None:
    return None if value is None else format_instant(value)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)
