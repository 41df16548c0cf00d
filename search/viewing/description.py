# SPDX-License-Identifier: EUPL-1.2
"""The metadata of expedientes and documents, each with its description and its value.

Source: NTI Documento electrónico VIII.c and anexo I; NTI Expediente electrónico VIII and anexo I: what must
be shown is the description and value of each mandatory metadatum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from archive.eni.document import EniDocument
from archive.eni.lists import label
from archive.model import DocumentRecord
from archive.web.i18n import gettext
from archive.web.i18n import message as _
from search.copy_words import as_written

MAX_ADDITIONAL: Final = 60
"""Additional metadata that are shown."""


@dataclass(frozen=True, slots=True)
class Metadatum:
    """One row."""

    term: str
    value: str
    description: str
    code: bool = False
    """Set in the typewriter face."""


_EXPEDIENTE: Final = {
    "version": (_("Versión NTI"), _("Versión de la norma técnica con la que se hizo el expediente.")),
    "identificador": (_("Identificador"), _("El que le dio la administración que lo tramitó.")),
    "organos": (_("Órgano"), _("Administración responsable de la tramitación, por su código DIR3.")),
    "fecha_apertura": (_("Fecha de apertura"), _("Cuándo se abrió el expediente.")),
    "clasificacion": (_("Clasificación"), _("Procedimiento, por su código SIA o el propio.")),
    "estado": (_("Estado"), _("Situación del expediente cuando se transfirió.")),
    "interesados": (_("Interesados"), _("Personas y entidades a las que afecta.")),
    "fecha_indice": (_("Fecha del índice"), _("Cuándo se generó el índice que se firmó.")),
}
_DOCUMENT: Final = {
    "version": (_("Versión NTI"), _("Versión de la norma técnica con la que se hizo el documento.")),
    "identificador": (_("Identificador"), _("El que le dio la administración que lo capturó.")),
    "organos": (_("Órgano"), _("Administración que lo generó o capturó, por su código DIR3.")),
    "fecha_captura": (_("Fecha de captura"), _("Cuándo entró en el sistema de gestión.")),
    "origen": (_("Origen"), _("Si lo hizo la ciudadanía o la administración.")),
    "estado": (_("Estado de elaboración"), _("Si es original o copia, y de qué clase.")),
    "documento_origen": (_("Documento origen"), _("Identificador del documento del que es copia.")),
    "formato": (_("Nombre de formato"), _("Formato que declara quien lo depositó.")),
    "tipo": (_("Tipo documental"), _("Qué clase de documento es.")),
    "firma": (_("Tipo de firma"), _("Cómo declara estar firmado.")),
}


def expediente_rows(metadata: Mapping[str, Any], *, people: bool) -> list[Metadatum]:
    """Return the mandatory metadata of an expediente, from what the catalogue keeps of them.

    Args:
        metadata: `archive.eni.expediente.EniExpediente.metadata_json`.
        people: Whether who reads may see interested parties; else it is said how many there are.
    """
    parties = _texts(metadata.get("interesados"))
    told = ", ".join(parties)
    if parties and not people:
        told = gettext("%(count)s, que usted no puede ver", count=len(parties))
    values = {
        "version": (str(metadata.get("version") or ""), True),
        "identificador": (str(metadata.get("identificador") or ""), True),
        "organos": (", ".join(_texts(metadata.get("organos"))), True),
        "fecha_apertura": (as_written(str(metadata.get("fecha_apertura") or "")), False),
        "clasificacion": (str(metadata.get("clasificacion") or ""), True),
        "estado": (coded_words("estado_expediente", str(metadata.get("estado") or "")), False),
        "interesados": (told, False),
        "fecha_indice": (as_written(str(metadata.get("fecha_indice") or "")), False),
    }
    return _rows(_EXPEDIENTE, values)


def document_rows(document: DocumentRecord, eni: EniDocument | None) -> list[Metadatum]:
    """Return the mandatory metadata of a document.

    Args:
        document: As the catalogue has it.
        eni: What its ENI XML says; None for a loose file, or where it cannot be read.
    """
    if not document.eni_id:
        return []
    origin = document.origin_is_administration if eni is None else eni.metadata.origin_is_administration
    origins = {True: gettext("Administración (1)"), False: gettext("Ciudadano (0)"), None: ""}
    firmas = dict.fromkeys(firma.tipo for firma in eni.firmas if firma.tipo) if eni else {}
    values = {
        "version": (eni.metadata.version_nti or eni.version if eni else "", True),
        "identificador": (document.eni_id, True),
        "organos": (", ".join(document.organos), True),
        "fecha_captura": (as_written(document.captured_at), False),
        "origen": (origins[origin], False),
        "estado": (coded_words("estado_elaboracion", document.estado_elaboracion), False),
        "documento_origen": (eni.metadata.documento_origen if eni else "", True),
        "formato": (document.content_format, False),
        "tipo": (coded_words("tipo_documental", document.tipo_documental), False),
        "firma": (", ".join(coded_words("tipo_firma", code) for code in firmas), False),
    }
    return _rows(_DOCUMENT, values)


def additional_rows(items: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return additional metadata under the last parts of their names, as they came; empty ones are left."""
    told = [(name.rsplit(".", 1)[-1] or name, value) for name, value in items if value.strip()]
    return told[:MAX_ADDITIONAL]


def _rows(words: Mapping[str, tuple[str, str]], values: Mapping[str, tuple[str, bool]]) -> list[Metadatum]:
    optional = {"documento_origen", "firma", "version"}
    return [
        Metadatum(gettext(words[key][0]), value or gettext("No consta"), gettext(words[key][1]), code)
        for key, (value, code) in values.items()
        if value or key not in optional
    ]


def coded_words(name: str, code: str) -> str:
    """Write `Resolución (TD01)`, in the language of the page where the catalogues have the word."""
    if not code:
        return ""
    words = label(name, code)
    return f"{gettext(words)} ({code})" if words != code else code


def _texts(value: object) -> Sequence[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []
