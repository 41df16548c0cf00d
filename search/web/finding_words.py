# SPDX-License-Identifier: EUPL-1.2
"""How the search pages say facets, their values and orders, in the language of the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from archive.regime import Access
from archive.web.i18n import gettext, message
from search.index import Sort
from search.viewing.description import coded_words

FACET_WORDS: Final = {
    "municipio": message("Municipio"),
    "clase": message("Clase"),
    "serie": message("Serie"),
    "año": message("Año"),
    "tipo": message("Tipo documental"),
    "firma": message("Firma"),
    "formato": message("Formato"),
    "acceso": message("Acceso"),
    "persona": message("Persona interesada"),
}
SORT_WORDS: Final = {
    Sort.RELEVANCE: message("Relevancia"),
    Sort.NEWEST: message("Más recientes"),
    Sort.OLDEST: message("Más antiguos"),
    Sort.TITLE: message("Título"),
}
_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "clase": {
        "expediente": message("Expediente"),
        "documento": message("Documento"),
        "copia": message("Copia auténtica"),
    },
    "firma": {
        "TOTAL_PASSED": message("Válida"),
        "TOTAL_FAILED": message("No válida"),
        "INDETERMINATE": message("Sin determinar"),
        "NOT_APPLICABLE": message("Código seguro de verificación"),
        "UNSIGNED": message("Sin firma"),
    },
    "acceso": {
        str(Access.OPEN): message("Libre"),
        str(Access.LIMITED): message("Limitado"),
        str(Access.RESERVED): message("Reservado"),
    },
    "formato": {
        "application/pdf": "PDF",
        "application/xml": "XML",
        "text/xml": "XML",
        "text/plain": message("Texto"),
        "text/html": "HTML",
        "image/jpeg": message("Imagen JPEG"),
        "image/png": message("Imagen PNG"),
        "image/tiff": message("Imagen TIFF"),
        "video/mp4": message("Vídeo MP4"),
        "audio/mpeg": message("Audio MP3"),
        "application/zip": "ZIP",
    },
}


def facet_words(name: str) -> str:
    """Return the title of a facet."""
    return gettext(FACET_WORDS[name])


def value_words(name: str, value: str, names: Mapping[str, str]) -> str:
    """Return how a value is said to people.

    Args:
        name: Of the facet.
        value: As the index has it.
        names: Of municipalities by id, and of series by code.
    """
    if name == "tipo":
        return coded_words("tipo_documental", value)
    if name == "municipio":
        return names.get(value, value)
    if name == "serie":
        title = names.get(f"serie:{value}", "")
        return f"{value} · {title}" if title else value
    known = _VALUES.get(name, {}).get(value)
    return gettext(known) if known else value


def sort_words(sort: Sort) -> str:
    """Return the name of an order."""
    return gettext(SORT_WORDS[sort])
