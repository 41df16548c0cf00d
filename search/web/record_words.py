# SPDX-License-Identifier: EUPL-1.2
"""Words of the record page that depend on what was found: states, regimes, moments, troubles."""

from __future__ import annotations

from typing import Final, NamedTuple

from archive.model import DepositState, ObjectKind
from archive.regime import Access, AccessRegime
from archive.web.i18n import date, gettext, ngettext
from archive.web.i18n import message as _
from search.viewing.around import Around
from search.viewing.moments import EvidenceLine, Moment, Stage
from search.viewing.opened import OpenedRecord
from search.viewing.picture import Trouble


class Tag(NamedTuple):
    """A state in a word."""

    text: str
    tone: str
    """`good`, `wait`, `bad`, `quiet`, or empty."""


class MomentWords(NamedTuple):
    """What is said of a moment."""

    title: str
    note: str


KINDS: Final = {
    ObjectKind.EXPEDIENTE: _("Expediente"),
    ObjectKind.DOCUMENT: _("Documento suelto"),
    ObjectKind.COPY: _("Copia auténtica"),
}
_ACCESS: Final = {
    Access.OPEN: (_("Acceso libre"), "good"),
    Access.LIMITED: (_("Acceso limitado"), "wait"),
    Access.RESERVED: (_("Reservado"), "bad"),
}
_CAUSES: Final = {
    "personal-data": _("Contiene datos personales."),
    "not-classified": _("Nadie ha fijado todavía su régimen: mientras tanto es limitado."),
    "not-admitted": _("El archivo no ha admitido este depósito."),
    "declared": _("Lo declaran los metadatos con los que llegó."),
    "series": _("Lo dice la regla de su serie."),
    "hold": _("Está retenido."),
}
_MOMENTS: Final = {
    Stage.FIRST: (_("Primera firma de un documento"), _("Según declara quien firmó: es solo indicativa.")),
    Stage.SIGNED: (_("Firmado"), _("Según declara quien firmó: es solo indicativa.")),
    Stage.CLOSED: (_("Índice firmado"), _("Según declara quien firmó: es solo indicativa.")),
    Stage.STAMPED: (_("Con sello de tiempo"), _("Una autoridad dio fe de que la firma existía.")),
    Stage.KEPT: (_("Ingresado en el archivo"), _("Desde entonces se vigilan sus bytes.")),
    Stage.SEALED: (_("Sellado con evidencia"), _("Queda probado que todos sus ficheros existían así.")),
    Stage.RENEWED: (_("Evidencia renovada"), _("La prueba anterior quedó cubierta por una más nueva.")),
    Stage.NOW: (_("Hoy"), ""),
    Stage.DUE: (_("Toca renovar"), _("El archivo lo hace solo a partir de este día.")),
    Stage.ENDS: (_("Vence el sello vigente"), _("Debe estar renovado antes.")),
}
TROUBLES: Final = {
    Trouble.ENCRYPTED: _("El documento está protegido con contraseña y no puede mostrarse aquí."),
    Trouble.MALFORMED: _("El documento no puede abrirse: su formato está dañado o no es el que dice ser."),
    Trouble.TIMEOUT: _("El documento es tan complejo que no da tiempo a dibujarlo aquí."),
    Trouble.MEMORY: _("El documento es demasiado grande para dibujarlo aquí."),
    Trouble.CRASHED: _("El documento hace fallar al programa que lo dibuja."),
    Trouble.NO_PAGE: _("El documento no tiene esa página."),
}


def state_tags(opened: OpenedRecord, regime: AccessRegime, line: EvidenceLine, near: Around) -> list[Tag]:
    """Return what one should know at a glance."""
    tags = [Tag(gettext(KINDS[opened.record.kind]), "quiet")]
    text, tone = _ACCESS[regime.access]
    tags.append(Tag(gettext(text), tone))
    if not near.admitted:
        tags.append(Tag(admission_words(near.deposit.state if near.deposit else None), "bad"))
    tags.append(_signature_tag(opened))
    if line.overdue:
        tags.append(Tag(gettext("Renovación pendiente"), "wait"))
    elif line.sealed:
        tags.append(Tag(gettext("Con evidencia"), "good"))
    else:
        tags.append(Tag(gettext("Sin sellar todavía"), "wait"))
    if near.own_copy is not None and near.own_copy.revoked_at is not None:
        tags.append(Tag(gettext("Copia revocada"), "bad"))
    return tags


def _signature_tag(opened: OpenedRecord) -> Tag:
    counted = opened.indications
    failed, doubt = counted["TOTAL_FAILED"], counted["INDETERMINATE"]
    if failed:
        return Tag(ngettext("%(num)s firma no válida", "%(num)s firmas no válidas", failed), "bad")
    if doubt:
        return Tag(ngettext("%(num)s firma sin determinar", "%(num)s firmas sin determinar", doubt), "wait")
    if counted["TOTAL_PASSED"]:
        passed = counted["TOTAL_PASSED"]
        return Tag(ngettext("%(num)s firma válida", "%(num)s firmas válidas", passed), "good")
    return Tag(gettext("Solo código seguro de verificación") if counted else gettext("Sin firmas"), "quiet")


def admission_words(state: DepositState | None) -> str:
    """Say what became of a deposit that was not admitted."""
    return gettext("No admitido") if state is DepositState.REJECTED else gettext("Pendiente de decisión")


def regime_words(regime: AccessRegime) -> list[tuple[str, str]]:
    """Say the access regime as rows."""
    cause = gettext(_CAUSES[regime.cause]) if regime.cause in _CAUSES else regime.cause
    rows = [
        (gettext("Régimen de acceso"), gettext(_ACCESS[regime.access][0])),
        (gettext("Por qué"), cause),
        (gettext("Fundamento"), regime.clause),
        (gettext("Se abre el"), date(regime.until) if regime.until else ""),
    ]
    return [(term, text) for term, text in rows if text]


def moment_words(moment: Moment) -> MomentWords:
    """Say a moment of the evidence line."""
    title, note = _MOMENTS[moment.stage]
    told = gettext(note) if note else ""
    if moment.who:
        told = f"{told} {moment.who}."
    if moment.stage is Stage.SEALED and moment.count > 1:
        told += " " + gettext("Se sellaron %(count)s objetos a la vez.", count=moment.count)
    return MomentWords(gettext(title), told.strip())


def trouble_words(trouble: Trouble) -> str:
    """Say why there is no picture."""
    return gettext(TROUBLES.get(trouble, TROUBLES[Trouble.MALFORMED]))
