# SPDX-License-Identifier: EUPL-1.2
"""Words of the pages on requests for copies: states, what stands in the way, what went wrong."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from archive.errors import LongevaError
from archive.web.i18n import gettext
from archive.web.i18n import message as _
from search.requests.grounds import GROUNDS, HURDLES
from search.requests.model import AskerKind, CopyRequest, State


class Tag(NamedTuple):
    """A state in a word."""

    text: str
    tone: str
    """`good`, `wait`, `bad`, `quiet`, or empty."""


STATES: Final = {
    State.REQUESTED: Tag(_("Pendiente"), "wait"),
    State.WAITING: Tag(_("Espera su respuesta"), "wait"),
    State.ISSUED: Tag(_("Expedida"), "good"),
    State.PARTIALLY_ISSUED: Tag(_("Expedida en parte"), "good"),
    State.REFUSED: Tag(_("Denegada"), "bad"),
    State.EXPIRED: Tag(_("Desistida por falta de respuesta"), "quiet"),
    State.WITHDRAWN: Tag(_("Retirada"), "quiet"),
}
OVERDUE: Final = Tag(_("Fuera de plazo"), "bad")
ASKERS: Final = {
    AskerKind.CITIZEN: _("Ciudadanía"),
    AskerKind.STAFF: _("Personal de la entidad"),
    AskerKind.ADMINISTRATION: _("Otra administración (Ley 39/2015, art. 28)"),
}
_FAILURES: Final = {
    "settled": _("Ya está resuelto: no queda nada por hacer."),
    "claimed": _("Otra persona está resolviendo esta solicitud en este momento. Espere a que termine."),
    "changed": _(
        "Alguien ha cambiado la solicitud desde que usted abrió esta página. Revise cómo está ahora."
    ),
    "not-habilitado": _(
        "No consta que esté habilitado hoy para expedir copias: pida su inscripción en el registro de "
        "habilitados."
    ),
    "ground": _("Elija un motivo de la lista; para suprimir algo, uno que lo permita."),
    "words": _("Explique los motivos, en 4.000 caracteres como mucho."),
    "reference": _("Diga qué documento pide, en 300 caracteres como mucho."),
    "not-yet": _("La persona solicitante todavía está en plazo de responder."),
    "no-pages": _("El documento no tiene páginas: no puede copiarse en parte."),
    "zones": _("Escriba cada zona con cuatro números entre 0 y 100 y dentro de la página."),
    "pages": _("Diga qué se suprime: alguna página o zona, pero no todo el documento."),
}


def failure_words(error: LongevaError) -> str:
    """Say what went wrong to whoever resolves or asks."""
    if error.place in HURDLES:
        return gettext(HURDLES[error.place]) + "."
    return gettext(_FAILURES.get(error.place, error.titulo))


def state_tag(request: CopyRequest, today: date, *, mine: bool = False) -> Tag:
    """Say where a request stands; overdue ones say so. `mine`: to who asked."""
    if request.overdue(today) and not mine:
        return Tag(gettext(OVERDUE.text), OVERDUE.tone)
    words = STATES[request.state]
    if request.state is State.WAITING and not mine:
        return Tag(gettext(_("Espera a quien la pidió")), "wait")
    return Tag(gettext(words.text), words.tone)


def ground_options(*, partial: bool = False) -> list[tuple[str, str]]:
    """Return the grounds to choose from, those that allow a part alone where only a part is meant."""
    return [("", gettext(_("Elija un motivo")))] + [
        (one.code, f"{gettext(one.words)} ({one.clause})")
        for one in GROUNDS.values()
        if one.partial or not partial
    ]


def interested_words(request: CopyRequest) -> str:
    """Say whether who asks is an interested party, as far as is known."""
    if request.asker.interested is None:
        return gettext(_("No puede comprobarse: falta su NIF o el expediente no nombra interesados"))
    if request.asker.interested:
        return gettext(_("Sí: su NIF figura entre los interesados del expediente"))
    return gettext(_("No figura entre los interesados del expediente"))
