# SPDX-License-Identifier: EUPL-1.2
"""Why a copy is not given, or not all of it: a closed list, with clause and words; and how to appeal.

Texts are Spanish message ids: pages translate them where they are shown, registers keep the code.
Source: Ley 19/2013 arts. 14, 15, 16, 18, 23-24; Ley 39/2015 arts. 27, 112, 123-124; Ley 29/1998 art. 46.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Ground(NamedTuple):
    """One reason to refuse, or to leave something out."""

    code: str
    clause: str
    words: str
    partial: bool = False
    """Whether it can be the reason of a partial copy (Ley 19/2013 art. 16)."""


def _fourteen(letter: str, words: str) -> Ground:
    return Ground(f"14.1.{letter}", f"Ley 19/2013, art. 14.1.{letter}", words, partial=True)


def _eighteen(letter: str, words: str) -> Ground:
    return Ground(f"18.1.{letter}", f"Ley 19/2013, art. 18.1.{letter}", words)


GROUNDS: Final[dict[str, Ground]] = {
    one.code: one
    for one in (
        Ground("15.1", "Ley 19/2013, art. 15.1", "Datos personales especialmente protegidos", partial=True),
        Ground("15.3", "Ley 19/2013, art. 15.3", "Derechos de las personas a las que se refieren los datos",
               partial=True),
        Ground("57.1.c", "Ley 16/1985, art. 57.1.c",
               "No han pasado 25 años desde la muerte de las personas afectadas, ni 50 desde la fecha",
               partial=True),
        _fourteen("a", "La seguridad nacional"),
        _fourteen("b", "La defensa"),
        _fourteen("c", "Las relaciones exteriores"),
        _fourteen("d", "La seguridad pública"),
        _fourteen("e", "La prevención, investigación y sanción de ilícitos"),
        _fourteen("f", "La igualdad de las partes en los procesos judiciales y la tutela judicial efectiva"),
        _fourteen("g", "Las funciones administrativas de vigilancia, inspección y control"),
        _fourteen("h", "Los intereses económicos y comerciales"),
        _fourteen("i", "La política económica y monetaria"),
        _fourteen("j", "El secreto profesional y la propiedad intelectual e industrial"),
        _fourteen("k", "La confidencialidad o el secreto requerido en procesos de toma de decisión"),
        _fourteen("l", "La protección del medio ambiente"),
        _eighteen("a", "Información en curso de elaboración o de publicación general"),
        _eighteen("b", "Información auxiliar o de apoyo"),
        _eighteen("c", "Hace falta una acción previa de reelaboración"),
        _eighteen("d", "El documento no obra en este archivo y se desconoce quién lo tiene"),
        _eighteen("e", "Solicitud manifiestamente repetitiva o abusiva"),
        Ground("29.3", "Real Decreto 1708/2011, art. 29.3",
               "No puede indicarse si el documento existe sin vulnerar un límite de acceso"),
        Ground("47.2", "Real Decreto 203/2021, art. 47.2",
               "Lo conservado no es un original ni una copia auténtica"),
        Ground("27.1", "Ley 39/2015, art. 27.1",
               "No puede garantizarse la autenticidad: una firma del documento no es válida"),
        Ground("destroyed", "Ley 16/1985, art. 55", "El documento fue eliminado conforme a su calendario"),
    )
}  # fmt: skip
"""By code, in the order in which they are offered."""

HURDLES: Final = {
    "not-found": "No se ha encontrado un documento con esa referencia: búsquelo y asígnelo",
    "several": "La referencia conviene a varios documentos: elija uno",
    "limited": "Su acceso es limitado: hay que ponderar quién lo pide y para qué",
    "reserved": "Es reservado: ni siquiera puede decirse que existe",
    "hold": "Está retenido por un procedimiento",
    "hold-no-copies": "Una retención prohíbe dar copias mientras dure",
    "destroyed": "Fue eliminado",
    "not-admitted": "Su ingreso en el archivo no está decidido",
    "not-original": "No es un original ni una copia auténtica (EE99)",
    "signature-failed": "Una de sus firmas no es válida",
    "not-shown-on-paper": "Es de un formato que no puede mostrarse en papel: entregue la copia idéntica",
    "not-enabled": "No consta una resolución que permita expedir copias de forma automatizada",
    "private": "Lo aportó un ciudadano: la copia solo surte efectos administrativos",
}
"""What stands between a request and its copy: code and words for the archivist. Message ids."""

FORBIDDING: Final = frozenset(
    {"hold-no-copies", "destroyed", "not-admitted", "not-original", "signature-failed"}
)
"""With one of these nobody issues a copy; the others are for an archivist to weigh."""

APPEAL: Final = (
    "Contra esta resolución, que pone fin a la vía administrativa, puede interponer recurso potestativo de "
    "reposición ante el mismo órgano en el plazo de un mes (Ley 39/2015, arts. 123 y 124) o recurso "
    "contencioso-administrativo en el de dos meses, contados desde el día siguiente al de la notificación "
    "(Ley 29/1998, art. 46). Si pidió el documento en ejercicio del derecho de acceso a la información "
    "pública, puede presentar antes, en lugar de la reposición, reclamación ante el Consejo de Transparencia "
    "y Buen Gobierno o el órgano independiente de su Comunidad Autónoma en el plazo de un mes (Ley 19/2013, "
    "arts. 23 y 24)."
)
"""How to appeal. A message id."""
