# SPDX-License-Identifier: EUPL-1.2
"""The page of an object: what it is, its documents, signatures, proof, copies and history.

Everything here needs `Right.SEARCH` in the municipality of the address, and the object must exist for who
asks (`search.seeing`): else it is the 404 of everything that is not there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from flask import Blueprint, render_template, request

from archive.errors import NotFound
from archive.identity import Principal, Right
from archive.model import DocumentRecord, ObjectKind, ObjectRecord, SignatureRecord
from archive.web.access import require
from archive.web.context import current_home
from search.holds import holds_on
from search.seeing import Seen, see
from search.viewing.address import document_path, object_path, short_id
from search.viewing.around import Around, around
from search.viewing.description import (
    Metadatum,
    additional_rows,
    coded_words,
    document_rows,
    expediente_rows,
)
from search.viewing.desk import desk_of
from search.viewing.history import PAGE, history
from search.viewing.moments import evidence_line
from search.viewing.opened import OpenedRecord, open_eni, open_record, remarks_of
from search.viewing.page_of_tree import TreePage, tree_page
from search.viewing.panel import MAX_SHOWN, panels
from search.viewing.timeline import lay_out
from search.web.record_words import moment_words, regime_words, state_tags

RECENT: Final = 6
"""Events of the history on the page itself."""

blueprint: Final = Blueprint("record", __name__, template_folder="../templates")


@blueprint.app_template_filter("document_type")
def document_type(code: str) -> str:
    """Say a TipoDocumental in words."""
    return coded_words("tipo_documental", code)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for which object."""

    principal: Principal
    seen: Seen
    opened: OpenedRecord

    @property
    def record(self) -> ObjectRecord:
        """The object."""
        return self.opened.record

    @property
    def path(self) -> str:
        """Address of the object's page."""
        return object_path(self.record.tenant_id, self.record.object_id)

    @property
    def short(self) -> str:
        """What stands for the object in addresses."""
        return short_id(self.record.object_id)

    def document_path(self, number: int) -> str:
        """Return the address of a document's page."""
        return document_path(self.record.tenant_id, self.record.object_id, number)

    def may(self, right: str) -> bool:
        """Tell whether who asks has a right in this municipality."""
        return self.principal.may(Right(right), self.record.tenant_id)


def asked_for(tenant_id: str, short: str, right: Right = Right.SEARCH) -> Asked:
    """Return who asks and the object, opened.

    Raises:
        NotIdentified: He has not said who he is.
        NotFound: It is not there, or not for him: the words are the same.
    """
    principal = require(right, tenant_id)
    seen = see(current_home(), principal, tenant_id, short)
    return Asked(principal, seen, open_record(current_home(), seen.record))


@blueprint.get("/archivo/<tenant_id>/expediente/<short>")
def record(tenant_id: str, short: str) -> str:
    """Show an object."""
    asked = asked_for(tenant_id, short)
    home, opened = current_home(), asked.opened
    desk_of(home).visit(asked.record, asked.principal.agent, "view")
    people = asked.may(Right.PEOPLE)
    signatures = _signatures_of_whole(opened)
    line = evidence_line(home, opened, signatures)
    near = _seen_around(asked, around(home, asked.record))
    picture = lay_out(line.moments)
    return render_template(
        "record/record.html",
        asked=asked,
        record=asked.record,
        opened=opened,
        tree=_tree(asked),
        metadata=_metadata(asked, people=people),
        additional=_additional(asked.record),
        regime_rows=regime_words(asked.seen.regime),
        tags=state_tags(opened, asked.seen.regime, line, near),
        near=near,
        holds=holds_on(home, asked.record) if asked.may(Right.DESCRIBE) else [],
        remarks=remarks_of(home, near.deposit) if near.deposit else (),
        panels=panels(signatures, people=people),
        left_over=max(0, len(signatures) - MAX_SHOWN),
        line=line,
        picture=picture,
        moments=[(point, moment_words(point.moment)) for point in picture.points],
        history=history(home, asked.record, limit=RECENT) if asked.may(Right.INSPECT) else None,
        is_expediente=asked.record.kind is ObjectKind.EXPEDIENTE,
        short_id=short_id,
    )


@blueprint.get("/archivo/<tenant_id>/expediente/<short>/historia")
def whole_history(tenant_id: str, short: str) -> str:
    """Show what happened to an object, a page at a time."""
    require(Right.INSPECT, tenant_id)
    asked = asked_for(tenant_id, short)
    given = request.args.get("antes", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None
    return render_template(
        "record/history.html",
        asked=asked,
        record=asked.record,
        history=history(current_home(), asked.record, before, PAGE),
        first=before is None,
    )


def _tree(asked: Asked) -> TreePage:
    args = request.args
    return tree_page(
        asked.opened.tree,
        folder=args.get("carpeta", ""),
        words=args.get("filtro", "").strip()[:200],
        page=number_of(args.get("pagina", "1")),
    )


def number_of(text: str) -> int:
    """Read a number of a page from an address; what is none is the first."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _signatures_of_whole(opened: OpenedRecord) -> list[SignatureRecord]:
    """Return the signatures that stand for the object: of its index, or of its only document."""
    alone = opened.documents[0].path if len(opened.documents) == 1 else ""
    path = opened.index_path or alone
    if not path:
        return []
    with current_home().catalog.reading(opened.record.tenant_id) as tx:
        return tx.signatures_in(opened.record.object_id, path)


def _metadata(asked: Asked, *, people: bool) -> list[Metadatum]:
    if asked.record.kind is ObjectKind.EXPEDIENTE:
        return expediente_rows(asked.record.metadata, people=people)
    if not asked.opened.documents:
        return []
    first: DocumentRecord = asked.opened.documents[0]
    return document_rows(first, open_eni(current_home(), asked.opened, first))


def _additional(record: ObjectRecord) -> list[tuple[str, str]]:
    told = record.metadata.get("adicionales")
    pairs = told.items() if isinstance(told, dict) else ()
    return additional_rows((str(key), str(value)) for key, value in pairs)


def _seen_around(asked: Asked, near: Around) -> Around:
    """Leave out what does not exist for who asks: what is beside an object may be reserved."""
    if asked.may(Right.RESERVED):
        return near
    return replace(
        near,
        source=near.source if near.source and _exists(asked, near.source.object_id) else None,
        namesakes=tuple(one for one in near.namesakes if _exists(asked, one.object_id)),
        copies=tuple(one for one in near.copies if _exists(asked, one.copy_object_id)),
    )


def _exists(asked: Asked, object_id: str) -> bool:
    try:
        see(current_home(), asked.principal, asked.record.tenant_id, short_id(object_id))
    except NotFound:
        return False
    return True
