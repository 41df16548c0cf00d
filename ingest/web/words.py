# SPDX-License-Identifier: EUPL-1.2
"""How deposits are told to people: states, who brought them, findings by document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from archive.findings import Finding, Severity
from archive.home import Home
from archive.identity import Principal
from archive.identity.accounts import Accounts
from archive.web.i18n import current_language, gettext, message
from ingest.standing import Standing

STATES: Final = {
    "QUEUED": (message("En cola"), "quiet"),
    "CHECKING": (message("Comprobándose"), "quiet"),
    "ERROR": (message("Fallo del sistema"), "bad"),
    "WAITING": (message("Pendiente de decisión"), "wait"),
    "ACCEPTED": (message("Admitido"), "good"),
    "REJECTED": (message("No admitido"), "bad"),
    "REPEATED": (message("Repetido"), "quiet"),
}
"""State to words and tone, in the order in which they are offered."""
_MEANINGS: Final = {
    "QUEUED": message("El archivo lo tiene y lo comprobará en cuanto pueda. Todavía no hay justificante."),
    "CHECKING": message("El archivo lo está comprobando en este momento. Todavía no hay justificante."),
    "ERROR": message("Ha fallado el archivo, no lo que entregó. Se vuelve a intentar sin que haga nada."),
    "WAITING": message("Está guardado. Una persona del archivo debe decidir si se admite."),
    "ACCEPTED": message("Está guardado y forma parte del archivo."),
    "REJECTED": message("No forma parte del archivo. Corrija lo que se indica y vuelva a entregarlo."),
    "REPEATED": message("Lo mismo se había entregado antes: vale el justificante de entonces."),
}
_SEVERITIES: Final = {
    Severity.ERROR: (message("Impide admitirlo"), "bad"),
    Severity.DECISION: (message("Debe decidirlo el archivo"), "wait"),
    Severity.WARNING: (message("Conviene corregirlo"), "plain"),
    Severity.INFO: (message("Se hace constar"), "quiet"),
}
SHOWN: Final = 200
"""Findings of a page; the receipt and the interface give all."""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding for people."""

    words: str
    clause: str
    code: str
    weight: str
    tone: str


@dataclass(frozen=True, slots=True)
class Place:
    """What was found in one document."""

    name: str
    findings: tuple[Told, ...]
    """What somebody should know or do, the heaviest first."""
    noted: tuple[Told, ...]
    """What is only put on record."""


def state_words(state: str) -> str:
    """Say a state."""
    return gettext(STATES[state][0]) if state in STATES else state


def state_tone(state: str) -> str:
    """Return the tone of a state."""
    return STATES[state][1] if state in STATES else "quiet"


def meaning(standing: Standing) -> str:
    """Say what a state means to who brought the deposit."""
    return gettext(_MEANINGS[str(standing.state)])


def weighed(findings: Iterable[Finding]) -> list[Place]:
    """Put findings together by document, the heaviest first; at most `SHOWN` of them."""
    order = list(reversed(Severity))
    heaviest = sorted(findings, key=lambda found: order.index(found.severity))[:SHOWN]
    places: dict[str, tuple[dict[Told, None], dict[Told, None]]] = {}
    for found in heaviest:
        words, tone = _SEVERITIES[found.severity]
        language = "en" if current_language() == "en" else "es"
        told = Told(found.message(language), found.kind.clause, found.code, gettext(words), tone)
        heavy, light = places.setdefault(_document_of(found.place), ({}, {}))
        (light if found.severity is Severity.INFO else heavy)[told] = None
    return [Place(name, tuple(heavy), tuple(light)) for name, (heavy, light) in places.items()]


def counted(findings: Sequence[Finding]) -> list[tuple[str, str, int]]:
    """Return words, tone and number of the findings of each weight, the heaviest first."""
    numbers = {weight: sum(found.severity is weight for found in findings) for weight in _SEVERITIES}
    return [
        (gettext(_SEVERITIES[weight][0]), _SEVERITIES[weight][1], n) for weight, n in numbers.items() if n
    ]


def depositor_name(home: Home, agent: str, asks: Principal) -> str:
    """Say who brought a deposit to who may know it."""
    if agent == asks.agent:
        return gettext("Usted")
    kind, _, account_id = agent.partition(":")
    if kind in {"account", "certificate", "federated"}:
        found = Accounts(home).find(account_id)
        return found.name if found and not found.citizen else agent
    return {"cli": gettext("Operador, en la consola"), "key": gettext("Otro sistema, con una clave")}.get(
        kind, agent
    )


def _document_of(place: str) -> str:
    """Return the file that a place is in: `paquete.zip!a/b.xml#indice` is `a/b.xml`."""
    return place.partition("#")[0].rpartition("!")[2]
