# SPDX-License-Identifier: EUPL-1.2
"""Who asks for copies and who may issue them, for tests of requests."""

from __future__ import annotations

from datetime import UTC, date, datetime

from archived import BASE_URL, Archived

from archive.identity import Kind, Principal, Role
from preservation.signatures.sign import ValidationMaterial
from search.certify import certify
from search.requests.enabling import Habilitado, add_habilitado
from search.requests.issuing import Issuer
from search.requests.model import Asker, AskerKind

FRIDAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ARCHIVIST = Principal(Kind.ACCOUNT, "acc-1", "Archivera municipal", {"villar": frozenset({Role.ARCHIVIST})})
COLLEAGUE = Principal(Kind.ACCOUNT, "acc-2", "Archivero adjunto", {"villar": frozenset({Role.ARCHIVIST})})
CITIZEN = Asker(AskerKind.CITIZEN, "cit-1", "Persona interesada", "00000000T")


def enable(archived: Archived, *people: Principal) -> None:
    """Enter people in the register of habilitados."""
    for one in people:
        habilitado = Habilitado(
            one.principal_id, one.name, f"la {one.name}", "Decreto 12/2026, de 9 de enero", date(2026, 1, 9)
        )
        add_habilitado(archived.home, "villar", habilitado, agent="test")


def issuer_of(archived: Archived) -> Issuer:
    """Return what issues copies under the seal of the development authority."""

    def made(object_id, path, act, agent):
        at, authority = archived.clock.now(), archived.authority
        seal = authority.identity("seal")
        material = ValidationMaterial(
            authority.intermediates(), authority.crls(at), (authority.ocsp(seal.certificate, at),)
        )
        return certify(
            archived.home, object_id, path, identity=seal, agent=agent, act=act, material=material,
            authority=authority.timestamp_authority(archived.clock), base_url=BASE_URL,
        )  # fmt: skip

    return made
