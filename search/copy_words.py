# SPDX-License-Identifier: EUPL-1.2
"""What a copy says, in the Spanish of an administration: dates, metadata, verdicts. Pure.

Source: NTI Documento electrónico VIII (what must be shown: content, basic information of each signature,
description and value of each mandatory metadatum) and anexo I; Ley 39/2015 art. 27.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from archive.clock import parse_instant
from archive.eni.document import DocumentMetadata
from archive.eni.lists import label
from archive.local_time import in_words
from archive.model import DocumentRecord, SignatureRecord
from preservation.signatures.reports.spanish import why
from search.copy_pdf import Row

CONDITION: Final = "Copia electrónica auténtica con cambio de formato (EE02)"
NORM: Final = (
    "Ley 39/2015, art. 27 · NTI de Procedimientos de copiado auténtico y conversión entre documentos "
    "electrónicos, III y IV"
)
PARTIAL_CONDITION: Final = "Copia electrónica parcial auténtica (EE04)"
PARTIAL_NORM: Final = (
    "Ley 39/2015, art. 27 · NTI de Procedimientos de copiado auténtico y conversión entre documentos "
    "electrónicos, III y VI"
)
CSV_REGULATION: Final = "Ley 40/2015, art. 42.b; Real Decreto 203/2021, art. 21"

_MASCULINE: Final = {"ayuntamiento", "ajuntament", "concello", "cabildo", "consejo", "consell", "consorcio"}
_FEMININE: Final = {"diputación", "diputació", "deputación", "mancomunidad", "mancomunitat", "comarca"}


def as_written(text: str) -> str:
    """Say a date of the ENI metadata in words where it can be read, as it stands where it cannot."""
    try:
        return in_words(parse_instant(text))
    except ValueError:
        return text or "No consta"


def el(name: str) -> str:
    """Put the article before the name of an administration: `el Ayuntamiento de…`, `la Diputación…`."""
    first = name.split(" ", 1)[0].lower()
    if first in _MASCULINE:
        return f"el {name}"
    return f"la {name}" if first in _FEMININE else name


def de(name: str) -> str:
    """Write `del Ayuntamiento de…`, `de la Diputación…`, `de Longeva`."""
    return f"de {el(name)}".replace("de el ", "del ", 1)


def coded(list_name: str, code: str) -> str:
    """Write `Resolución (TD01)`, or the bare code where its name is not known."""
    name = label(list_name, code)
    return f"{name} ({code})" if name != code else code or "No consta"


def type_words(code: str) -> str:
    """Say a TipoDocumental."""
    return coded("tipo_documental", code)


def metadata_rows(metadata: DocumentMetadata, format_name: str, firma: str) -> tuple[Row, ...]:
    """Every mandatory metadatum with its description and value (NTI Documento electrónico VIII.c)."""
    origin = {True: "Administración (1)", False: "Ciudadano (0)", None: "No consta"}
    rows = [
        Row("Versión NTI", metadata.version_nti, code=True),
        Row("Identificador", metadata.identificador, code=True),
        Row("Órgano", ", ".join(metadata.organos)),
        Row("Fecha de captura", as_written(metadata.fecha_captura)),
        Row("Origen", origin[metadata.origin_is_administration]),
        Row("Estado de elaboración", coded("estado_elaboracion", metadata.estado_elaboracion)),
        Row("Nombre de formato", format_name),
        Row("Tipo documental", coded("tipo_documental", metadata.tipo_documental)),
        Row("Tipo de firma", firma),
    ]
    if metadata.documento_origen:
        rows.insert(6, Row("Identificador de documento origen", metadata.documento_origen, code=True))
    return tuple(row for row in rows if row.text)


def side_by_side(copy: Sequence[Row], original: Sequence[Row]) -> tuple[Row, ...]:
    """Join two lists of metadata into rows of two values; a dash where one has none."""
    values = {row.term: row for row in original}
    joined = [replace(row, other=values.pop(row.term).text if row.term in values else "—") for row in copy]
    return (*joined, *(replace(row, text="—", other=row.text) for row in values.values()))


def firma_names(codes: Sequence[str]) -> str:
    """Write `PAdES (TF06) y CSV (TF01)`."""
    return " y ".join(dict.fromkeys(coded("tipo_firma", code) for code in codes if code)) or "Sin firma"


def signature_rows(signatures: Sequence[SignatureRecord], *, named: bool = True) -> tuple[Row, ...]:
    """The basic information of each signature and its verdict (NTI Documento electrónico VIII.b).

    Args:
        signatures: Of the original.
        named: Whether signers are named; in a partial copy they are not: one may be whom it protects.
    """
    if not signatures:
        return (Row("Firmas", "El documento original no contiene firmas electrónicas."),)
    return tuple(
        Row(f"Firma {number} · {_kind(one)}", verdict_words(one), note=_details(one))
        for number, one in enumerate(
            signatures if named else [replace(one, signer="") for one in signatures], 1
        )
    )


def verdict_words(signature: SignatureRecord) -> str:
    """Say a verdict as one says it over the counter; never more than was proven."""
    by = f" Firmante: {signature.signer}." if signature.signer else ""
    clause = why(signature.sub_indication)
    if signature.indication == "NOT_APPLICABLE":
        return "Código seguro de verificación: se comprueba en la sede del organismo que lo generó."
    if signature.indication == "TOTAL_PASSED":
        return f"Firma válida.{by}"
    if signature.indication == "TOTAL_FAILED":
        return f"Firma no válida{': ' + clause if clause else ''}.{by}"
    intact = signature.report.get("intact")
    head = "Firma íntegra; su validez no pudo determinarse" if intact else "Validez no determinada"
    return f"{head}{': ' + clause if clause else ''}.{by}"


def captured(document: DocumentRecord) -> str:
    """Say when the original was captured."""
    return as_written(document.captured_at)


def _kind(signature: SignatureRecord) -> str:
    if signature.eni_type:
        return coded("tipo_firma", signature.eni_type)
    return f"{signature.format} {signature.level}".strip()


def _details(signature: SignatureRecord) -> str:
    told = []
    if signature.signing_time:
        told.append(f"Fecha de firma declarada: {as_written(signature.signing_time)}.")
    best = signature.report.get("best_signature_time")
    if isinstance(best, str) and best and _stamped(signature, best):
        told.append(f"Existía, con sello de tiempo, el {as_written(best)}.")
    code = "/".join(part for part in (signature.indication, signature.sub_indication) if part)
    if signature.indication != "NOT_APPLICABLE":
        told.append(f"Dictamen ETSI EN 319 102-1: {code}.")
    return " ".join(told)


def _stamped(signature: SignatureRecord, best: str) -> bool:
    """Tell whether a time stamp that holds gives that time: it may also be when the archive looked."""
    stamps = signature.report.get("timestamps")
    return isinstance(stamps, list) and any(
        stamp["indication"] == "TOTAL_PASSED" and stamp["type"] != "content" and stamp["time"] == best
        for stamp in stamps
    )
