# SPDX-License-Identifier: EUPL-1.2
"""Freshly signed material: a development authority made once, and a PDF that is always the same bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest

from archive.clock import FixedClock
from preservation.authority import DevelopmentAuthority, SigningIdentity
from preservation.signatures.sign import ValidationMaterial
from preservation.timestamps import TimestampAuthority
from preservation.trust.store import TrustStore

SIGNED_AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
SIGNED_TEXT = b"acta" * 400


@dataclass(frozen=True)
class World:
    """Who signs and who is trusted, at fixed instants."""

    authority: DevelopmentAuthority
    seal: SigningIdentity
    mayor: SigningIdentity
    signed_at: datetime
    at: datetime

    def stamper(self, at: datetime | None = None) -> TimestampAuthority:
        """Return a time-stamping authority that stands at an instant."""
        return self.authority.timestamp_authority(FixedClock(at or self.signed_at))

    def trust(self, at: datetime | None = None) -> TrustStore:
        """Return the trust in this authority, with its lists as of an instant."""
        return TrustStore.from_authority(self.authority, at or self.at)

    def material(self, at: datetime | None = None) -> ValidationMaterial:
        """Return what a level LT carries inside."""
        when = at or self.signed_at
        certificates = (*self.authority.anchors(), *self.authority.intermediates())
        return ValidationMaterial(certificates, self.authority.crls(when))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """An authority with two identities, made once for all these tests."""
    folder = tmp_path_factory.mktemp("authority")
    authority = DevelopmentAuthority.create(folder, FixedClock(SIGNED_AT))
    return World(
        authority,
        authority.identity("seal"),
        authority.identity("mayor"),
        SIGNED_AT,
        SIGNED_AT + timedelta(hours=1),
    )


@pytest.fixture(scope="session")
def plain_pdf() -> bytes:
    """One blank page, the same bytes every time."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


@pytest.fixture(scope="session")
def plain_xml() -> bytes:
    """A document with a default namespace, an Id, accents and a place for a signature."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<doc xmlns="urn:a" xmlns:b="urn:b" Id="RAIZ">'
        '<b:cuerpo Id="CUERPO"><dato xmlns="">ñandú &amp; cigüeña</dato><!-- nota --></b:cuerpo><firmas></firmas></doc>'
    ).encode()
