# SPDX-License-Identifier: EUPL-1.2
"""The navigation: one list, of which everybody sees what he may and what this installation answers.

A page adds itself by one line here. The words are Spanish message ids, translated where they are shown.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from archive.identity import Right
from archive.web.i18n import message


class Entry(NamedTuple):
    """One way to go somewhere."""

    right: Right | tuple[Right, ...] | None
    """What one needs, or one of several: in the municipality of the address, in any where it names none."""
    text: str
    """Spanish; a message id."""
    address: str
    """With `{tenant}` for the municipality that is being looked at."""
    words: str = ""
    """What one does there, in a sentence, for the first page of a municipality. A message id."""


PUBLIC: Final = (
    Entry(None, message("Verificar un documento"), "/verificar"),
    Entry(Right.ASK_COPY, message("Mis solicitudes"), "/mis-solicitudes"),
    Entry(Right.ASK_COPY, message("Pedir una copia"), "/solicitar"),
)
"""What does not belong to one municipality."""

MUNICIPALITY: Final = (
    Entry(
        Right.SEARCH, message("Buscar"), "/archivo/{tenant}/buscar",
        message("Encuentre expedientes y documentos por palabras, identificadores, fechas o personas."),
    ),
    Entry(
        Right.SEARCH, message("Cuadro de clasificación"), "/archivo/{tenant}/cuadro",
        message("Recorra el archivo por funciones y series."),
    ),
    Entry(
        Right.SEARCH, message("Búsquedas guardadas"), "/archivo/{tenant}/busquedas",
        message("Vuelva a una búsqueda que guardó."),
    ),
    Entry(
        Right.DEPOSIT, message("Depósitos"), "/archivo/{tenant}/depositos",
        message("Entregue expedientes cerrados y siga lo que se hizo con ellos."),
    ),
    Entry(
        Right.RESOLVE_COPY, message("Solicitudes de copia"), "/archivo/{tenant}/copias",
        message("Resuelva lo que piden los interesados, dentro de plazo."),
    ),
    Entry(
        Right.RESOLVE_COPY, message("Verificaciones pedidas"), "/archivo/{tenant}/verificaciones",
        message("Certifique que un código corresponde a un documento del archivo, a quien lo ha pedido."),
    ),
    Entry(
        (Right.CERTIFY, Right.APPROVE, Right.RESOLVE_COPY), message("Certificaciones"),
        "/archivo/{tenant}/certificaciones",
        message("Certificaciones de la Secretaría, con el visto bueno de la Alcaldía."),
    ),
    Entry(
        Right.DESCRIBE, message("Regímenes de acceso"), "/archivo/{tenant}/regimenes",
        message("Diga desde cuándo y para quién se abre cada serie."),
    ),
    Entry(
        Right.DESCRIBE, message("Retenciones"), "/archivo/{tenant}/retenciones",
        message("Impida que se destruya lo que hace falta en un procedimiento."),
    ),
    Entry(
        Right.INSPECT, message("Habilitados"), "/archivo/{tenant}/habilitados",
        message("Funcionarios habilitados para expedir copias auténticas."),
    ),
    Entry(
        Right.INSPECT, message("Registro de hechos"), "/archivo/{tenant}/registro",
        message("Todo lo que se hizo, en orden y sin que pueda cambiarse."),
    ),
    Entry(
        Right.INSPECT, message("Evidencias"), "/archivo/{tenant}/evidencias",
        message("Lo que prueba los documentos, hasta cuándo vale y qué habrá que renovar."),
    ),
    Entry(
        Right.ADMINISTER, message("Personas"), "/archivo/{tenant}/personas",
        message("Cuentas y funciones de quienes trabajan con este archivo."),
    ),
    Entry(
        Right.ADMINISTER, message("Claves"), "/archivo/{tenant}/claves",
        message("Claves con que otros sistemas entran en el archivo."),
    ),
    Entry(
        Right.INSPECT, message("Accesos"), "/archivo/{tenant}/accesos",
        message("Accesos del personal de la provincia a este archivo, con su motivo."),
    ),
)  # fmt: skip
"""What belongs to a municipality, in the order of the day's work."""
