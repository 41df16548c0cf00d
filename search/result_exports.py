# SPDX-License-Identifier: EUPL-1.2
"""All of a result as a file: CSV, JSON lines or EAD3, written while it is read, however large.

One line, or one component, a hit; nothing is gathered, so memory does not grow with the result. Cells of the
CSV that a spreadsheet would run as formulas get an apostrophe before them. JSON lines have the same columns.
EAD3 (Encoded Archival Description, 2015) nests documents under their expediente where that is in the result
too; it validates against the published schema.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from archive.clock import format_instant
from archive.web.i18n import message
from search.index import Hit
from search.text import normalise
from search.viewing.address import object_path

COLUMNS: Final = (
    "municipio", "clase", "eni_id", "titulo", "expediente", "serie", "tipo_documental", "fecha", "formato",
    "firma", "acceso", "objeto", "ruta", "enlace",
)  # fmt: skip
EAD: Final = "http://ead3.archivists.org/schema/"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Context:
    """What an export says of itself."""

    archive: str
    """Name of the municipality."""
    asked: str
    """The question, as typed."""
    made_at: datetime
    base: str
    """Scheme and host, for links."""
    series: Mapping[str, str] = field(default_factory=dict)
    """Titles as `serie:CODE`."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of export."""

    words: str
    """Spanish; a message id."""
    media_type: str
    extension: str
    write: Callable[[Iterator[Hit], Context], Iterator[str]]


def write_csv(hits: Iterator[Hit], context: Context) -> Iterator[str]:
    """Yield a CSV (RFC 4180, UTF-8 with mark, so that spreadsheets read ñ)."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    yield "\ufeff"
    for cells in _rows(hits, context):
        writer.writerow([_cell(cell) for cell in cells])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def write_lines(hits: Iterator[Hit], context: Context) -> Iterator[str]:
    """Yield one JSON object a line, under the names of `COLUMNS`."""
    rows = _rows(hits, context)
    next(rows)
    for cells in rows:
        yield json.dumps(dict(zip(COLUMNS, cells, strict=True)), ensure_ascii=False) + "\n"


def write_ead(hits: Iterator[Hit], context: Context) -> Iterator[str]:
    """Yield an EAD3 finding aid: the result as components of an archdesc, in the order of the archive."""
    at = format_instant(context.made_at)
    name, title = _text(context.archive), _text(context.asked or "*")
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ead xmlns="{EAD}">\n<control>'
        f"<recordid>longeva-{context.made_at:%Y%m%dT%H%M%SZ}</recordid>"
        f"<filedesc><titlestmt><titleproper>{title}</titleproper></titlestmt></filedesc>"
        '<maintenancestatus value="derived"/>'
        f'<maintenanceagency countrycode="ES"><agencyname>{name}</agencyname></maintenanceagency>'
        '<languagedeclaration><language langcode="spa">Castellano</language><script scriptcode="Latn">Latn'
        "</script></languagedeclaration>"
        '<maintenancehistory><maintenanceevent><eventtype value="derived"/>'
        f"<eventdatetime>{at}</eventdatetime>"
        '<agenttype value="machine"/><agent>Longeva</agent></maintenanceevent></maintenancehistory>'
        "</control>\n"
        '<archdesc level="otherlevel" otherlevel="search-result">'
        f"<did><repository><corpname><part>{name}</part></corpname></repository>"
        f"<unittitle>{title}</unittitle></did>"
    )
    begun, parent = False, ""
    for hit in hits:
        if not begun:
            yield "<dsc>\n"
            begun = True
        if parent and hit.object_id != parent:
            yield "</c>\n"
            parent = ""
        if hit.path:
            yield f'<c level="item">{_component(hit, context)}</c>\n'
        else:
            yield f'<c level="file">{_component(hit, context)}\n'
            parent = hit.object_id
    yield ("</c>\n" if parent else "") + ("</dsc>" if begun else "") + "</archdesc>\n</ead>\n"


FORMS: Final = {
    "csv": Form(message("CSV, para una hoja de cálculo"), "text/csv", "csv", write_csv),
    "jsonl": Form(message("JSON, una línea por resultado"), "application/jsonl", "jsonl", write_lines),
    "ead": Form(message("EAD3, para otro sistema de archivo"), "application/xml", "xml", write_ead),
}


def _rows(hits: Iterator[Hit], context: Context) -> Iterator[tuple[str, ...]]:
    yield COLUMNS
    for hit in hits:
        yield (
            hit.tenant_id, hit.kind, hit.eni_id, hit.title, hit.object_title, hit.serie, hit.tipo_documental,
            hit.date, hit.media_type, hit.verdict, hit.acceso, hit.object_id, hit.path, _link(hit, context),
        )  # fmt: skip


def _link(hit: Hit, context: Context) -> str:
    return context.base + object_path(hit.tenant_id, hit.object_id)


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _component(hit: Hit, context: Context) -> str:
    day = hit.date[:10]
    normal = f" normal={quoteattr(day)}" if len(day) == 10 and day[:4].isdecimal() else ""
    parts = [
        f"<did><unittitle>{_text(hit.title or hit.eni_id or hit.path)}</unittitle>",
        f"<unitid>{_text(hit.eni_id)}</unitid>" if hit.eni_id else "",
        f'<unitid localtype="urn">{_text(hit.object_id)}</unitid>',
        f"<unitdate{normal}>{_text(hit.date)}</unitdate>" if hit.date else "",
        f'<dao daotype="otherdaotype" otherdaotype="page" href={quoteattr(_link(hit, context))}/>',
        "</did>",
        f"<accessrestrict><p>{_text(hit.acceso)}</p></accessrestrict>",
    ]
    terms = "".join(
        f'<genreform localtype="{kind}"><part>{_text(value)}</part></genreform>'
        for kind, value in (("tipo-documental", hit.tipo_documental), ("formato", hit.media_type))
        if value
    )
    if hit.serie:
        title = context.series.get(f"serie:{hit.serie}", "")
        said = " ".join(one for one in (hit.serie, title) if one)
        terms += f'<function localtype="serie"><part>{_text(said)}</part></function>'
    return "".join(parts) + (f"<controlaccess>{terms}</controlaccess>" if terms else "")


def _text(text: str) -> str:
    """Escape, and leave out what XML cannot hold."""
    return escape("".join(char for char in normalise(text) if char not in "\ufffe\uffff"))
