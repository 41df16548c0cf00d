# SPDX-License-Identifier: EUPL-1.2
"""The report of the signatures of a file as a page that a clerk understands, in Spanish.

    html = report_page(reports, file="decreto.pdf", at=instant)

One HTML file without scripts or outside parts, which prints on A4. What it says of each signature is decided
in `page_text`; here it is only laid out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from preservation.indications import Indication
from preservation.signatures.report import SignatureReport
from preservation.signatures.reports.page_text import Text, text_of
from preservation.signatures.reports.spanish import moment
from preservation.trust.names import shown

MAX_SIGNATURES: Final = 500
"""Signatures laid out in full; what is left over is said."""
_WHERE_LOOKED: Final = (
    "Se buscan firmas en PDF, XML, CMS (CAdES) y contenedores ASiC. Las que lleve dentro un documento de "
    "ofimática (DOCX, ODT) no se leen. Un ZIP con un expediente ENI no es un contenedor de firmas: se "
    "examina con «longeva check», o se valida cada fichero por separado. Un código seguro de verificación "
    "impreso no es una firma que pueda comprobarse aquí."
)


@dataclass(frozen=True, slots=True)
class _Page:
    title: str
    heading: str
    file: str
    sha256: str
    at: str
    style: Markup
    signatures: tuple[Text, ...]
    note: str = ""


def report_page(reports: Sequence[SignatureReport], *, file: str = "", sha256: str = "", at: datetime) -> str:
    """Lay out the report.

    Args:
        reports: Verdicts of the signatures of one file; none is told too.
        file: Its name.
        sha256: Its digest, hexadecimal, so that the report stays bound to the file.
        at: Instant of validation.
    """
    name = shown(file)
    page = _Page(
        title=f"Informe de firma: {name}" if name else "Informe de firma",
        heading=_heading(reports),
        file=name,
        sha256=sha256,
        at=moment(at),
        style=_style(),
        signatures=tuple(text_of(each) for each in reports[:MAX_SIGNATURES]),
        note="" if reports else _WHERE_LOOKED,
    )
    return _environment().get_template("report.html").render(page=page)


def _heading(reports: Sequence[SignatureReport]) -> str:
    """Sum up the file in one sentence."""
    if not reports:
        return "No se ha encontrado ninguna firma"
    total = len(reports)
    good = sum(each.indication is Indication.TOTAL_PASSED for each in reports)
    bad = sum(each.indication is Indication.TOTAL_FAILED for each in reports)
    if total == 1:
        return "Contiene una firma electrónica"
    if good == total:
        return f"Contiene {total} firmas electrónicas, todas válidas"
    parts = [
        f"{good} {'válida' if good == 1 else 'válidas'}" if good else "",
        f"{bad} no {'válida' if bad == 1 else 'válidas'}" if bad else "",
        f"{total - good - bad} sin determinar" if total - good - bad else "",
    ]
    told = [part for part in parts if part]
    joined = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} y {told[-1]}"
    more = f" (se detallan las primeras {MAX_SIGNATURES})" if total > MAX_SIGNATURES else ""
    return f"Contiene {total} firmas electrónicas: {joined}{more}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("preservation.signatures.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> Markup:
    """Join the look of the archive's pages with what only a report needs; both are files of ours."""
    common = resources.files("archive.web").joinpath("static", "longeva.css").read_text("utf-8")
    own = (
        resources.files("preservation.signatures.reports")
        .joinpath("templates", "report.css")
        .read_text("utf-8")
    )
    return Markup(common + own)  # noqa: S704 - our own style sheets, nothing of a signature
