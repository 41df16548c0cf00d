# SPDX-License-Identifier: EUPL-1.2
"""What a page says when a request failed, and what its reader can do next. Message ids, in Spanish.

It says nothing of the address that was asked: what is not there and what one may not see read alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from archive.web.i18n import message


class Trouble(NamedTuple):
    """A title, a sentence, and steps."""

    title: str
    words: str
    steps: tuple[str, ...] = ()


TROUBLES: Final[Mapping[int, Trouble]] = {
    400: Trouble(
        message("La petición no es correcta"),
        message("No se ha hecho nada con ella."),
        (
            message("Vuelva a la página anterior, revise lo que ha escrito e inténtelo otra vez."),
            message("Si llevaba mucho tiempo en el formulario, ábralo de nuevo: caduca por seguridad."),
        ),
    ),
    401: Trouble(
        message("Antes debe identificarse"),
        message("Lo que pide no es público."),
        (message("Entre con su cuenta y vuelva a intentarlo."),),
    ),
    403: Trouble(
        message("No se admite la petición"),
        message("No se ha hecho nada con ella."),
        (
            message("Vuelva a la página anterior y ábrala de nuevo: el formulario puede haber caducado."),
            message("Si cree que debería poder hacerlo, pregunte a quien lleva el archivo."),
        ),
    ),
    404: Trouble(
        message("No se ha encontrado"),
        message("La dirección no existe o no está a su disposición."),
        (
            message("Compruebe que la dirección está completa, sin espacios ni cortes."),
            message("Si alguien le dio el enlace, pregúntele si usted puede abrirlo."),
        ),
    ),
    405: Trouble(
        message("Esta dirección no admite esa operación"),
        message("No se ha hecho nada."),
        (message("Vuelva al inicio y llegue a la página por sus enlaces."),),
    ),
    413: Trouble(
        message("Lo enviado es demasiado grande"),
        message("No se ha guardado nada de lo enviado."),
        (
            message("Para un depósito grande use la interfaz de programas, que lo recibe por partes."),
            message("En los demás formularios, escriba un texto más corto."),
        ),
    ),
    429: Trouble(
        message("Demasiadas peticiones; espere un poco"),
        message("Se han recibido muchas peticiones seguidas desde su conexión."),
        (message("Espere un minuto y vuelva a intentarlo."),),
    ),
    500: Trouble(
        message("Ha ocurrido un error interno"),
        message("Se ha anotado. Lo que ya estaba conservado no ha cambiado."),
        (
            message("Vuelva a intentarlo dentro de unos minutos."),
            message("Si se repite, comunique la referencia a quien lleva el archivo."),
        ),
    ),
    503: Trouble(
        message("Ha fallado un servicio"),
        message("No se ha perdido nada."),
        (message("Vuelva a intentarlo dentro de unos minutos."),),
    ),
}
"""By status. Whatever is not here says `OTHER`."""

OTHER: Final = Trouble(message("No se ha podido atender la petición"), "")
