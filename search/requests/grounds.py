# SPDX-License-Identifier: EUPL-1.2
"""Why a copy is not given, or not all of it: a closed list, with clause and words; and how to appeal.

Texts are Spanish message ids: pages translate them where they are shown, registers keep the code.
Source: Ley 19/2013 arts. 14, 15, 16, 18, 23-24; Ley 39/2015 arts. 27, 112, 123-124; Ley 29/1998 art. 46.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from archive.web.i18n import message as _


class Ground(NamedTuple):
    """One reason to refuse, or to leave something out."""

    code: str
    clause: str
    words: str
    partial: bool = False
    """Whether it can be the reason of a partial copy (Ley 19/2013 art. 16)."""


def _personal(code: str, clause: str, words: str) -> Ground:
    return Ground(code, clause, words, partial=True)


def _fourteen(letter: str, words: str) -> Ground:
    return Ground(f"14.1.{letter}", f"Ley 19/2013, art. 14.1.{letter}", words, partial=True)


def _eighteen(letter: str, words: str) -> Ground:
    return Ground(f"18.1.{letter}", f"Ley 19/2013, art. 18.1.{letter}", words)


GROUNDS: Final[dict[str, Ground]] = {
    one.code: one
    for one in (
        _personal("15.1", "Ley 19/2013, art. 15.1", _("Datos personales especialmente protegidos")),
        _personal("15.3", "Ley 19/2013, art. 15.3", _("Derechos de las personas a las que se refiere")),
        _personal("57.1.c", "Ley 16/1985, art. 57.1.c",
                  _("No han pasado 25 años desde la muerte de las personas afectadas, ni 50 desde la fecha")),
        _fourteen("a", _("La seguridad nacional")),
        _fourteen("b", _("La defensa")),
        _fourteen("c", _("Las relaciones exteriores")),
        _fourteen("d", _("La seguridad pública")),
        _fourteen("e", _("La prevención, investigación y sanción de ilícitos")),
        _fourteen("f", _("La igualdad de las partes en los procesos y la tutela judicial efectiva")),
        _fourteen("g", _("Las funciones administrativas de vigilancia, inspección y control")),
        _fourteen("h", _("Los intereses económicos y comerciales")),
        _fourteen("i", _("La política económica y monetaria")),
        _fourteen("j", _("El secreto profesional y la propiedad intelectual e industrial")),
        _fourteen("k", _("La confidencialidad o el secreto requerido en procesos de toma de decisión")),
        _fourteen("l", _("La protección del medio ambiente")),
        _eighteen("a", _("Información en curso de elaboración o de publicación general")),
        _eighteen("b", _("Información auxiliar o de apoyo")),
        _eighteen("c", _("Hace falta una acción previa de reelaboración")),
        _eighteen("d", _("El documento no obra en este archivo y se desconoce quién lo tiene")),
        _eighteen("e", _("Solicitud manifiestamente repetitiva o abusiva")),
        Ground("29.3", "Real Decreto 1708/2011, art. 29.3",
               _("No puede indicarse si el documento existe sin vulnerar un límite de acceso")),
        Ground("47.2", "Real Decreto 203/2021, art. 47.2",
               _("Lo conservado no es un original ni una copia auténtica")),
        Ground("27.1", "Ley 39/2015, art. 27.1",
               _("No puede garantizarse la autenticidad: una firma del documento no es válida")),
        Ground("destroyed", "Ley 16/1985, art. 55", _("El documento fue eliminado conforme a su calendario")),
    )
}  # fmt: skip
"""By code, in the order in which they are offered."""

HURDLES: Final = {
    "not-found": _("No se ha encontrado un documento con esa referencia: búsquelo y asígnelo"),
    "several": _("La referencia conviene a varios documentos: elija uno"),
    "limited": _("Su acceso es limitado: hay que ponderar quién lo pide y para qué"),
    "reserved": _("Es reservado: ni siquiera puede decirse que existe"),
    "hold": _("Está retenido por un procedimiento"),
    "hold-no-copies": _("Una retención prohíbe dar copias mientras dure"),
    "destroyed": _("Fue eliminado"),
    "not-admitted": _("Su ingreso en el archivo no está decidido"),
    "not-original": _("No es un original ni una copia auténtica (EE99)"),
    "signature-failed": _("Una de sus firmas no es válida"),
    "not-shown-on-paper": _("Es de un formato que no puede mostrarse en papel: entregue la copia idéntica"),
    "not-enabled": _("No consta una resolución que permita expedir copias de forma automatizada"),
    "private": _("Lo aportó un ciudadano: la copia solo surte efectos administrativos"),
}
"""What stands between a request and its copy: code and words for the archivist. Message ids."""

FORBIDDING: Final = frozenset(
    {"hold-no-copies", "destroyed", "not-admitted", "not-original", "signature-failed"}
)
"""With one of these nobody issues a copy; the others are for an archivist to weigh."""

APPEAL: Final = _(
    "Contra esta resolución, que pone fin a la vía administrativa, puede interponer recurso potestativo de "
    "reposición ante el mismo órgano en el plazo de un mes (Ley 39/2015, arts. 123 y 124) o recurso "
    "contencioso-administrativo en el de dos meses, contados desde el día siguiente al de la notificación "
    "(Ley 29/1998, art. 46). Si pidió el documento en ejercicio del derecho de acceso a la información "
    "pública, puede presentar antes, en lugar de la reposición, reclamación ante el Consejo de Transparencia "
    "y Buen Gobierno o el órgano independiente de su Comunidad Autónoma en el plazo de un mes (Ley 19/2013, "
    "arts. 23 y 24)."
)
"""How to appeal. A message id."""
