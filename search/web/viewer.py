# SPDX-License-Identifier: EUPL-1.2
"""The page of a document, and what it shows of it: pages drawn as PNG, words, sound and moving pictures.

Nothing that somebody deposited reaches the browser as a page of ours: PDF and images are drawn anew, XML,
HTML and text are escaped words, recordings come with a policy that runs nothing, the rest is downloaded.
Contents need `Right.READ`; without it the page tells what the document is and shows nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Response, make_response, render_template, request

from archive.errors import IntegrityError, LimitExceeded, NotFound, XmlRefused
from archive.identity import Right
from archive.model import DocumentRecord
from archive.web.access import require
from archive.web.app import HEADERS
from archive.web.context import current_home
from archive.web.i18n import gettext
from archive.web.i18n import message as _
from search.viewing.address import numbered
from search.viewing.description import additional_rows, document_rows
from search.viewing.desk import desk_of
from search.viewing.kinds import PLAYED, Look, look_of
from search.viewing.moments import sealed_since
from search.viewing.opened import open_eni
from search.viewing.panel import MAX_SHOWN, panels
from search.viewing.picture import LARGE, PAGE, THUMBNAIL, WIDTHS, Drawn, Trouble
from search.viewing.words import MAX_BYTES, Words, text_words, xml_words
from search.web.record import Asked, asked_for, blueprint, number_of
from search.web.record_words import trouble_words

THUMBNAILS: Final = 12
"""Small pictures of one page of the viewer: those around the page that is shown."""
MAX_PAGE: Final = 100_000


_WHY: Final[dict[type[Exception], str]] = {
    NotFound: _("El contenido de este documento no llegó con él: solo están sus metadatos."),
    LimitExceeded: _("Es demasiado grande para verlo aquí: descárguelo."),
    XmlRefused: _("El fichero que lo contiene no puede leerse con seguridad: descárguelo tal como llegó."),
    IntegrityError: _(
        "Lo que hay guardado de este documento no coincide con lo que ingresó, así que no se muestra ni se "
        "entrega. La auditoría lo señala y lo repara desde otra copia si la hay; avise a quien administra "
        "el sistema para adelantarla."
    ),
}


@dataclass(frozen=True, slots=True)
class Viewed:
    """What the viewer shows of a content."""

    look: Look
    page: int = 1
    pages: int = 0
    words: Words | None = None
    trouble: str = ""
    """In words; empty where it is shown."""
    tone: str = "wait"
    thumbnails: tuple[int, ...] = ()


@blueprint.get("/archivo/<tenant_id>/expediente/<short>/documento/<int:number>")
def document(tenant_id: str, short: str, number: int) -> Response:
    """Show a document."""
    asked = asked_for(tenant_id, short)
    home, opened = current_home(), asked.opened
    shown = numbered(list(opened.documents), number)
    viewed = None
    if asked.may(Right.READ):
        desk_of(home).visit(asked.record, asked.principal.agent, "document", number)
        viewed = _viewed(asked, shown, number_of(request.args.get("pagina", "1")))
    with home.catalog.reading(tenant_id) as tx:
        signatures = tx.signatures_in(asked.record.object_id, shown.path)
    eni = open_eni(home, opened, shown)
    page = render_template(
        "record/document.html",
        asked=asked,
        record=asked.record,
        document=shown,
        number=number,
        total=len(opened.documents),
        viewed=viewed,
        Look=Look,
        large=request.args.get("tamano") == "grande",
        widths={"page": PAGE, "large": LARGE, "thumbnail": THUMBNAIL},
        metadata=document_rows(shown, eni),
        additional=additional_rows((one.name, one.value) for one in eni.additional) if eni else [],
        sealed=sealed_since(home, opened),
        panels=panels(signatures, people=asked.may(Right.PEOPLE)),
        left_over=max(0, len(signatures) - MAX_SHOWN),
        file_number=next((at for at, file in enumerate(opened.files, 1) if file.path == shown.path), 0),
    )
    answer = make_response(page)
    if viewed is not None and viewed.look in {Look.VIDEO, Look.AUDIO}:
        answer.headers["Content-Security-Policy"] = f"{HEADERS['Content-Security-Policy']}; media-src 'self'"
    return answer


@blueprint.get(
    "/archivo/<tenant_id>/expediente/<short>/documento/<int:number>/pagina/<int:page>/<int:width>.png"
)
def picture(tenant_id: str, short: str, number: int, page: int, width: int) -> Response:
    """Give a page of a PDF or an image, drawn."""
    require(Right.READ, tenant_id)
    asked = asked_for(tenant_id, short)
    shown = numbered(list(asked.opened.documents), number)
    if width not in WIDTHS or not 1 <= page <= MAX_PAGE:
        raise NotFound("there is nothing here")
    desk = desk_of(current_home())
    desk.visit(asked.record, asked.principal.agent, "document", number)
    looked = desk.readable(desk.look(asked.record, shown))
    look = look_of(looked.head)
    if look not in {Look.PDF, Look.IMAGE}:
        raise NotFound("there is nothing here")
    stream, trouble = desk.picture(looked, str(look), page - 1, width)
    if stream is None:
        raise NotFound(f"no picture of that page: {trouble}")
    with stream:
        return Response(stream.read(), mimetype="image/png")


def _viewed(asked: Asked, document: DocumentRecord, page: int) -> Viewed:
    """Look into a content; whatever goes wrong is said in words, and what can be done instead."""
    played = PLAYED.get(document.media_type)
    if played is not None:
        return Viewed(played)
    try:
        return _looked_into(asked, document, page)
    except (NotFound, LimitExceeded, XmlRefused, IntegrityError) as why:
        return Viewed(
            Look.NONE,
            trouble=gettext(_WHY[type(why)]),
            tone="bad" if isinstance(why, IntegrityError) else "wait",
        )


def _looked_into(asked: Asked, document: DocumentRecord, page: int) -> Viewed:
    desk = desk_of(current_home())
    looked = desk.readable(desk.look(asked.record, document))
    look = look_of(looked.head)
    if look in {Look.PDF, Look.IMAGE}:
        return _drawn(desk.pages(looked, str(look)), look, page)
    if look in {Look.XML, Look.TEXT}:
        with looked.open() as stream:
            return _told(stream.read(MAX_BYTES), look, page, cut=looked.size > MAX_BYTES)
    return Viewed(Look.NONE, trouble=gettext("Este formato no puede verse aquí: descárguelo."))


def _drawn(counted: Drawn, look: Look, page: int) -> Viewed:
    if counted.trouble is not Trouble.NONE or not counted.pages:
        return Viewed(Look.NONE, trouble=trouble_words(counted.trouble))
    at = min(max(page, 1), counted.pages)
    first = max(1, min(at - THUMBNAILS // 2, counted.pages - THUMBNAILS + 1))
    around = tuple(range(first, min(counted.pages, first + THUMBNAILS - 1) + 1))
    return Viewed(look, at, counted.pages, thumbnails=around if counted.pages > 1 else ())


def _told(data: bytes, look: Look, page: int, *, cut: bool) -> Viewed:
    words = xml_words(data, page) if look is Look.XML and not cut else None
    words = words or text_words(data, page, cut=cut)
    return Viewed(look, words.page, words.pages, words)
