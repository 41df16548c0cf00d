# SPDX-License-Identifier: EUPL-1.2
"""Signed files for the measures: each another document, signed by one of many people of a town hall."""

from __future__ import annotations

import io
import os
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf

from archive.clock import FixedClock
from preservation.authority import DevelopmentAuthority, SigningIdentity
from preservation.signatures.sign import ValidationMaterial, sign_cms, sign_pdf, sign_xml

SIGNED_AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
JUDGED_AT = SIGNED_AT + timedelta(hours=1)
SIGNERS = 8
BIG = 200_000
KINDS = ("pades-b", "pades-lta", "cades-b", "cades-t", "xades-5k", "xades-200k")


@dataclass(frozen=True, slots=True)
class Maker:
    """One authority, its people, and a folder to write to."""

    folder: Path
    authority: DevelopmentAuthority
    signers: tuple[SigningIdentity, ...]

    @classmethod
    def create(cls, folder: Path) -> Maker:
        """Make the authority and write its trust to `folder/trust` (anchors, authorities and lists)."""
        authority = DevelopmentAuthority.create(folder / "authority", FixedClock(SIGNED_AT))
        people = tuple(
            authority.identity_for(f"Puesto {number}", "99999999R", "Ayuntamiento")
            for number in range(SIGNERS)
        )
        trust = folder / "trust"
        trust.mkdir()
        for number, der in enumerate((*authority.anchors(), *authority.intermediates())):
            (trust / f"{number}.crt").write_bytes(der)
        for number, der in enumerate(authority.crls(JUDGED_AT)):
            (trust / f"{number}.crl").write_bytes(der)
        return cls(folder, authority, people)

    def make(self, kind: str, count: int) -> Iterator[Path]:
        """Write `count` signed files of a kind."""
        folder = self.folder / kind
        folder.mkdir()
        for number in range(count):
            path = folder / f"{number:05}"
            path.write_bytes(self._signed(kind, number))
            yield path

    def _signed(self, kind: str, number: int) -> bytes:
        signer = self.signers[number % SIGNERS]
        if kind.startswith("pades"):
            return self._pdf(kind, number, signer)
        if kind.startswith("cades"):
            return self._cms(kind, number, signer)
        filling = "contenido " * 60 if kind == "xades-5k" else b64encode(os.urandom(BIG * 3 // 4)).decode()
        text = f'<doc><c Id="D{number}">{filling}</c></doc>'.encode()
        return sign_xml(text, signer, ids=[f"D{number}"], signing_time=SIGNED_AT)

    def _pdf(self, kind: str, number: int, signer: SigningIdentity) -> bytes:
        plain = _blank_pdf(number)
        if kind == "pades-b":
            return sign_pdf(plain, signer, signing_time=SIGNED_AT)
        certificates = (*self.authority.anchors(), *self.authority.intermediates())
        return sign_pdf(
            plain,
            signer,
            level="LTA",
            authority=self.authority.timestamp_authority(FixedClock(SIGNED_AT)),
            material=ValidationMaterial(certificates, self.authority.crls(SIGNED_AT)),
            signing_time=SIGNED_AT,
        )

    def _cms(self, kind: str, number: int, signer: SigningIdentity) -> bytes:
        stamper = self.authority.timestamp_authority(FixedClock(SIGNED_AT)) if kind == "cades-t" else None
        text = f"documento {number}".encode() * 100
        return sign_cms(text, signer, detached=False, signing_time=SIGNED_AT, authority=stamper)


def _blank_pdf(number: int) -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.docinfo["/Title"] = f"Documento {number}"
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()
