# SPDX-License-Identifier: EUPL-1.2
"""How evidence is told to people, in the language of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archive.catalog.rows import RENEWAL, SEAL, TREE_RENEWAL
from archive.web.i18n import date, gettext, message
from preservation.coverage.spans import Gap, Lack, Span
from preservation.renewal.ends import End, Kind
from preservation.renewal.falls import Fall, Work, algorithm_name, shown

_WORKS: Final = {
    Work.TIME_STAMPS: (message("Renovar sellos de tiempo"), "plain"),
    Work.HASH_TREES: (message("Renovar árboles"), "wait"),
    Work.ADVICE: (message("Vigilar"), "quiet"),
    Work.LOST: (message("Perdido"), "bad"),
}
_REASONS: Final = {
    Kind.UNIT: message("El certificado de sellado «%(what)s» termina el %(at)s."),
    Kind.AUTHORITY: message("El certificado de la autoridad «%(what)s» termina el %(at)s."),
    Kind.DIGEST: message("El algoritmo de resumen %(what)s deja de probar el %(at)s (%(source)s)."),
    Kind.SIGNATURE: message("%(authority)s firma con %(what)s, que deja de probar el %(at)s (%(source)s)."),
}
_PLANS: Final = {
    Kind.DIGEST: message("Está previsto abandonar el algoritmo de resumen %(what)s el %(at)s (%(source)s)."),
    Kind.SIGNATURE: message(
        "%(authority)s firma con %(what)s, que está previsto abandonar el %(at)s (%(source)s)."
    ),
}
_MECHANISMS: Final = {
    SEAL: message("Sello"),
    RENEWAL: message("Renovación del sello de tiempo"),
    TREE_RENEWAL: message("Renovación del árbol"),
}
_LACKS: Final = {
    Lack.UNSEALED: message("Sin sello de tiempo todavía"),
    Lack.ENDED: message("Terminado sin renovar"),
}
ASSUMPTIONS: Final = (
    message("Se cuenta lo que hoy está sellado; lo que se deposite desde ahora no entra."),
    message("Cada sello de tiempo nuevo se supone tan duradero como el último de la misma autoridad."),
    message("Se supone que cada autoridad deja de firmar con un algoritmo antes del fin previsto."),
    message("Los costes son a precios de hoy."),
)


def work_words(fall: Fall) -> str:
    """Say what is to be done."""
    return gettext(_WORKS[fall.work][0])


def work_tone(fall: Fall) -> str:
    """Return the tone in which it is said: what is late is bad."""
    return "bad" if fall.overdue and fall.work is not Work.ADVICE else _WORKS[fall.work][1]


def reason_words(end: End) -> str:
    """Say why something falls due."""
    known = _PLANS if end.planned else _REASONS
    told = gettext(known[end.kind])
    return told % {"what": shown(end), "at": date(end.at), "authority": end.authority, "source": end.source}


def mechanism_words(span: Span) -> str:
    """Name a mechanism."""
    return gettext(_MECHANISMS[span.kind])


def lack_words(gap: Gap) -> str:
    """Say why nothing protected something."""
    return gettext(_LACKS[gap.lack])


def assumption_words() -> list[str]:
    """Say what a forecast takes for granted."""
    return [gettext(each) for each in ASSUMPTIONS]


def digest_words(name: str) -> str:
    """Name a digest."""
    return algorithm_name(name)


def in_order(spans: Sequence[Span], gaps: Sequence[Gap]) -> list[Span | Gap]:
    """Return what protected something and what did not, one after the other."""
    return sorted((*spans, *gaps), key=lambda each: each.since)
