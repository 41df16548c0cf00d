# SPDX-License-Identifier: EUPL-1.2
"""One request for a copy in each state, certificaciones, a rule and a hold: what the pages on copies show."""

from __future__ import annotations

from datetime import date

from furnished import BASE_URL, TENANT

from archive.catalog import INSTALLATION
from archive.home import Home
from archive.identity import Kind, Principal, Role
from archive.model import ObjectKind, ObjectRecord
from archive.regime import Access
from search.certifications import acts
from search.certifications.document import maker
from search.holds import Hold, add_hold
from search.redaction import Redaction, Zone
from search.regimes import Rule, set_rule
from search.requests import resolving
from search.requests.enabling import Habilitado, Resolution, add_habilitado, add_resolution
from search.requests.entry import ask
from search.requests.issuing import issuer
from search.requests.model import Asker, AskerKind, CopyRequest

ENABLED = "Decreto de Alcaldía 12/2026"


def ask_for_everything(home: Home, asker_id: str, resolver_id: str) -> None:
    """Let one account ask and another resolve: what is listed is all there is to see.

    Args:
        home: The furnished archive, or a copy.
        asker_id: Account in whose `/mis-solicitudes` the requests stand.
        resolver_id: Account that is habilitado.
    """
    archivist = _somebody(resolver_id, Role.ARCHIVIST)
    enabled = Habilitado(
        resolver_id, "Archivera municipal", "la Archivera municipal", ENABLED, date(2026, 1, 9)
    )
    add_habilitado(home, TENANT, enabled, agent="test")
    add_resolution(
        home, TENANT, Resolution("Alcaldía", "Decreto 40/2026", date(2026, 2, 1), "9.1"), agent="test"
    )
    set_rule(home, TENANT, Rule(Access.OPEN, "Tablón de edictos", "Ley 19/2013, art. 7", "9.1"), agent="test")
    record = _resolution(home)
    hold = Hold("Recurso contencioso 12/2026", "Juzgado de lo Contencioso n.º 1", series="99.9")
    add_hold(home, TENANT, hold, agent="test")
    _requests(home, record, asker_id, archivist)
    _certifications(home, record)


def _requests(home: Home, record: ObjectRecord, asker_id: str, archivist: Principal) -> None:
    issue = issuer(home, BASE_URL)

    def asked(reference: str = record.eni_id) -> CopyRequest:
        asker = Asker(AskerKind.CITIZEN, asker_id, "Interesada", "12345678Z")
        return ask(home, TENANT, asker, reference, agent=f"account:{asker_id}", purpose="Una herencia")

    asked()
    asked("la licencia de la calle del Molino, de 1998")
    part = resolving.Part(Redaction(frozenset(), {1: (Zone(10, 20, 80, 12),)}), "15.1")
    resolving.issue_copy(home, asked(), archivist, issue, part=part)
    resolving.issue_copy(home, asked(), archivist, issue)
    resolving.refuse(home, asked(), "15.1", "Recoge datos de salud de otra persona", agent="test")
    resolving.ask_back(home, asked(), "Acredite la representación", agent="test")
    resolving.withdraw(home, asked(), agent="test")


def _certifications(home: Home, record: ObjectRecord) -> None:
    secretary, mayor = _somebody("s1", Role.SECRETARY), _somebody("m1", Role.MAYOR)
    made = [
        acts.draft(
            home, TENANT, text=f"Que consta lo que sigue ({n}).", object_id=record.object_id, agent="test"
        )
        for n in range(3)
    ]
    acts.issue(home, made[1], secretary, "Secretaria-Interventora")
    issued = acts.issue(home, made[2], secretary, "Secretaria-Interventora")
    acts.approve(home, issued, mayor, "Alcaldesa", maker(home, BASE_URL))


def _resolution(home: Home) -> ObjectRecord:
    """Return the expediente whose first resolution is a PDF."""
    with home.catalog.reading(INSTALLATION) as tx:
        found = [one for one in tx.objects(TENANT) if one.kind is ObjectKind.EXPEDIENTE]
        return max(found, key=lambda one: len(tx.documents(one.object_id)))


def _somebody(principal_id: str, role: Role) -> Principal:
    return Principal(
        Kind.ACCOUNT, principal_id, role.value.title(), {TENANT: frozenset({role})}, assurance="password"
    )
