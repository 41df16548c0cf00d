# SPDX-License-Identifier: EUPL-1.2
"""Whom we trust, and what we already hold: anchors, helping certificates and revocation data.

No network: what is not here is not known. Some anchors are trusted always, others from a date until a date
(`preservation.trust.dated`), as trusted lists or the archive's own decision say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol, Self

from asn1crypto import x509

from archive.errors import ConfigurationError
from preservation.trust.certificates import load
from preservation.trust.dated import Anchor, Calendar, Purpose, read_dated
from preservation.trust.pem import MAX_FILE, certificates_of, is_answer, is_list, items_in, read_trust_file
from preservation.trust.policy_files import PolicyFiles
from preservation.trust.revocation import Statement
from preservation.trust.revocation_cache import RevocationCache


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


@dataclass(frozen=True)
class TrustStore:
    """Anchors trusted by decision, and material at hand that is believed only after checking."""

    anchors: tuple[bytes, ...] = field(default=(), repr=False)
    """DER."""
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    """DER of certificates that may help to build a chain."""
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)
    dated: tuple[Anchor, ...] = field(default=(), repr=False)
    """Anchors that are trusted for some time only; `anchors` are trusted always."""
    kept: RevocationCache | None = field(default=None, repr=False)
    """Revocation data that the archive keeps with the time it obtained them."""
    gathered: tuple[bytes, ...] = field(default=(), repr=False)
    """DER of certificates that came with files and were kept. They help as `certificates` do, but nobody
    decided on them: each exists since it is proven to."""
    policies: PolicyFiles | None = field(default=None, repr=False)
    """Files of signature policies, to be kept with what names them. No verdict stands on them."""

    def __hash__(self) -> int:
        """Hash once: a store holds thousands of certificates, and each token asked about is remembered."""
        return self._hash

    def kept_statements(self, certificate: x509.Certificate, issuer: x509.Certificate) -> list[Statement]:
        """Return what kept lists and answers say of a certificate, besides `crls` and `ocsps`."""
        return [] if self.kept is None else self.kept.statements(certificate, issuer)

    def obtained_at(self, encoded: bytes) -> datetime | None:
        """Return when the archive obtained a list or answer that it keeps: by then it existed."""
        return None if self.kept is None else self.kept.obtained_at(encoded)

    def anchors_at(self, when: datetime, purpose: str) -> tuple[bytes, ...]:
        """Return the DER of the anchors for a purpose at an instant: undated ones, and those of that day.

        Args:
            when: Instant for which trust is asked, mostly the proven time of what was signed.
            purpose: `signing` or `time stamping`.

        Returns:
            The same tuple object for the same answer, so that indexes of it can be kept.
        """
        return self._calendar.at(when, purpose)

    def stamping_anchors(self, when: datetime) -> tuple[bytes, ...]:
        """Return the DER of the anchors for time stamping at an instant; see `anchors_at`."""
        return self.anchors_at(when, Purpose.TIME_STAMPING)

    def anchors_ever(self, purpose: str) -> tuple[bytes, ...]:
        """Return the anchors for a purpose at whatever time, to say of a chain that its anchor had ended."""
        listed = [each.certificate for each in self.dated if purpose in each.purposes]
        return tuple(dict.fromkeys((*self.anchors, *listed)))

    def decisions_on(self, anchor: bytes) -> tuple[Anchor, ...]:
        """Return what is said, with dates and sources, of one anchor (DER)."""
        return self._by_certificate.get(anchor, ())

    @cached_property
    def _hash(self) -> int:
        held = (self.anchors, self.certificates, self.crls, self.ocsps, self.dated, self.kept, self.gathered)
        return hash(held)

    @cached_property
    def _calendar(self) -> Calendar:
        return Calendar(self.anchors, self.dated)

    @cached_property
    def _by_certificate(self) -> dict[bytes, tuple[Anchor, ...]]:
        found: dict[bytes, tuple[Anchor, ...]] = {}
        for each in self.dated:
            found[each.certificate] = (*found.get(each.certificate, ()), each)
        return found

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
        data = read_trust_file(path)
        store = cls._from_items(items_in(data), named=True)
        if store == cls():
            raise ConfigurationError(f"no certificate, CRL or OCSP answer in {path}")
        return store

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Read every usable file of a folder, and the dates in its `anchors.toml`; others are left aside.

        A certificate that has dates there is trusted only then. Raises as `from_paths`.
        """
        suffixes = {".pem", ".crt", ".cer", ".der", ".crl", ".ors", ".ocsp"}
        store = cls()
        try:
            for path in sorted(each for each in folder.iterdir() if each.suffix.lower() in suffixes):
                if path.is_file() and path.stat().st_size <= MAX_FILE:
                    store = store.joined(cls._from_items(items_in(path.read_bytes()), named=False))
        except OSError as cause:  # an anchor must not vanish without a word
            words = f"the trust folder cannot be read: {folder}: {cause.strerror}"
            raise ConfigurationError(words) from cause
        return store.dating(read_dated(folder, (*store.anchors, *store.certificates)))

    @classmethod
    def from_authority(cls, authority: AnchorSource, at: datetime) -> Self:
        """Trust a development authority, with its revocation lists as of `at`. WITHOUT LEGAL VALUE."""
        return cls(authority.anchors(), authority.intermediates(), authority.crls(at))

    @classmethod
    def _from_items(cls, items: Sequence[bytes], *, named: bool) -> Self:
        certificates = certificates_of(items)
        roots = [each for each in certificates if _self_issued(each)]
        # What merely lies in a folder may be anybody's certificate; what was named alone was meant.
        anchors = certificates if named and len(certificates) == 1 else roots
        return cls(
            tuple(anchors),
            tuple(each for each in certificates if each not in anchors),
            tuple(each for each in items if each not in certificates and is_list(each)),
            tuple(each for each in items if each not in certificates and is_answer(each)),
        )

    def joined(self, other: TrustStore) -> Self:
        """Return a store with what both have."""
        return type(self)(
            tuple(dict.fromkeys((*self.anchors, *other.anchors))),
            tuple(dict.fromkeys((*self.certificates, *other.certificates))),
            tuple(dict.fromkeys((*self.crls, *other.crls))),
            tuple(dict.fromkeys((*self.ocsps, *other.ocsps))),
            tuple(dict.fromkeys((*self.dated, *other.dated))),
            self.kept or other.kept,
            tuple(dict.fromkeys((*self.gathered, *other.gathered))),
            self.policies or other.policies,
        )

    def dating(self, dated: Sequence[Anchor]) -> Self:
        """Return a store with these dated anchors, which are no longer trusted always but may still help."""
        listed = {each.certificate for each in dated}
        return replace(
            self,
            anchors=tuple(each for each in self.anchors if each not in listed),
            certificates=tuple(
                dict.fromkeys((*self.certificates, *(each for each in self.anchors if each in listed)))
            ),
            dated=tuple(dict.fromkeys((*self.dated, *dated))),
        )


NOBODY: Final = TrustStore()
"""Trust left open: what needs none, such as a hash or a signature, is judged all the same."""


def _self_issued(der: bytes) -> bool:
    certificate = load(der)
    return certificate is not None and bool(certificate.subject == certificate.issuer)
