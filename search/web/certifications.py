# SPDX-License-Identifier: EUPL-1.2
"""Pages of the Secretary's certificaciones: drafted, issued, approved, each by who may and nobody else.

/archivo/T/certificaciones          what waits, and what was delivered; a form for a new draft
/archivo/T/certificaciones/C        its words, its acts, and the one thing that whoever looks may do
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for

from archive.catalog import INSTALLATION
from archive.errors import ConflictError, InvalidRequest, LongevaError, NotFound, NotIdentified
from archive.identity import Principal, Right
from archive.web.access import current_principal
from archive.web.context import current_home
from archive.web.i18n import gettext
from archive.web.i18n import message as _
from search.certifications import acts
from search.certifications.document import maker, typeset
from search.certifications.model import Certification, State
from search.requests.hurdles import Target, find_targets
from search.retrieval import read_file
from search.viewing.address import object_path
from search.web.copies import base_url

blueprint: Final = Blueprint("certifications", __name__, template_folder="templates")
RIGHTS: Final = (Right.CERTIFY, Right.APPROVE, Right.RESOLVE_COPY)
"""Whoever has one of these takes part."""
STATES: Final = {
    State.DRAFTED: (_("Borrador"), "wait"),
    State.ISSUED: (_("Pendiente del visto bueno"), "wait"),
    State.APPROVED: (_("Aprobada, sin documento todavía"), "wait"),
    State.DELIVERED: (_("Expedida"), "good"),
    State.DISCARDED: (_("Descartada"), "quiet"),
}
_BASE: Final = "/archivo/<tenant_id>/certificaciones"
_FAILURES: Final = {
    "settled": _("Ya no está en ese estado: vea cómo está ahora."),
    "changed": _("Alguien la ha cambiado desde que usted abrió esta página. Revísela de nuevo."),
    "same-person": _("Quien la expide no puede darle el visto bueno."),
    "position": _("Diga con qué cargo actúa."),
    "text": _("Escriba lo que se certifica, en 8.000 caracteres como mucho."),
    "words": _("Explique el motivo, en 500 caracteres como mucho."),
    "reference": _("No se ha encontrado un expediente o documento con esa referencia."),
}


@blueprint.get(_BASE)
def certifications(tenant_id: str) -> str:
    """List them, what waits first, with the form for a new draft."""
    return _list(_taking_part(tenant_id), tenant_id, [])


@blueprint.post(_BASE)
def new(tenant_id: str) -> Response | tuple[str, int]:
    """Write a draft."""
    principal = _taking_part(tenant_id, Right.CERTIFY, Right.RESOLVE_COPY)
    home = current_home()
    try:
        target = _meant(tenant_id)
        one = acts.draft(
            home, tenant_id, text=request.form.get("texto", ""), object_id=target.record.object_id,
            path=target.path, asked_by=request.form.get("peticion", ""), agent=principal.agent,
            purpose=request.form.get("efectos", ""), before_minutes=bool(request.form.get("sin_acta")),
        )  # fmt: skip
    except (InvalidRequest, ConflictError) as trouble:
        return _list(principal, tenant_id, [_words(trouble)]), trouble.http_status
    return _to(one)


@blueprint.get(f"{_BASE}/<certification_id>")
def certification(tenant_id: str, certification_id: str) -> str:
    """Show one."""
    principal = _taking_part(tenant_id)
    return _page(principal, acts.read(current_home(), tenant_id, certification_id), [])


@blueprint.post(
    f"{_BASE}/<certification_id>/<any(corregir,expedir,aprobar,devolver,terminar,descartar):what>"
)
def act(tenant_id: str, certification_id: str, what: str) -> Response | tuple[str, int]:
    """Do what the Secretary, the Mayor or who drafted it decided."""
    principal, home = _taking_part(tenant_id, *_MAY[what]), current_home()
    try:
        given = request.form.get("version", "")
        version = int(given) if given.isascii() and given.isdigit() and 0 < len(given) < 7 else -1
        one = _ACTS[what](principal, acts.read(home, tenant_id, certification_id, version))
    except (InvalidRequest, ConflictError) as trouble:
        now = acts.read(home, tenant_id, certification_id)
        return _page(principal, now, [_words(trouble)]), trouble.http_status
    return _to(one)


@blueprint.get(f"{_BASE}/<certification_id>/documento.pdf")
def document(tenant_id: str, certification_id: str) -> Response:
    """Give the document; the draft while there is none."""
    principal, home = _taking_part(tenant_id), current_home()
    one = acts.read(home, tenant_id, certification_id)
    if one.copy_object_id:
        with home.catalog.reading(INSTALLATION) as tx:
            copy = tx.copy_by_csv(one.csv)
        if copy is None:
            raise NotFound("there is nothing here")
        chunks = read_file(home, copy.copy_object_id, copy.pdf_path, principal.agent, tenant_id=tenant_id)
        return _pdf(b"".join(chunks), one)
    with home.catalog.reading(tenant_id) as tx:
        tenant = tx.tenant(tenant_id)
    return _pdf(typeset(home, one, tenant, at=home.clock.now()), one)


def _taking_part(tenant_id: str, *rights: Right) -> Principal:
    """Return who asks, if he has one of the rights there. Raises NotIdentified, NotFound."""
    principal = current_principal()
    if not principal.known:
        raise NotIdentified("this needs somebody who said who he is")
    if not any(principal.may(right, tenant_id) for right in rights or RIGHTS):
        raise NotFound("there is nothing here")
    return principal


def _list(principal: Principal, tenant_id: str, errors: list[str]) -> str:
    found = acts.listed(current_home(), tenant_id)
    may_draft = principal.may(Right.CERTIFY, tenant_id) or principal.may(Right.RESOLVE_COPY, tenant_id)
    return render_template(
        "copies/certifications.html", tenant_id=tenant_id, found=found, states=STATES, errors=errors,
        may_draft=may_draft, form=request.form,
    )  # fmt: skip


def _page(principal: Principal, one: Certification, errors: list[str]) -> str:
    may = {right.name.lower(): principal.may(right, one.tenant_id) for right in (*RIGHTS, Right.READ)}
    with current_home().catalog.reading(one.tenant_id) as tx:
        record = tx.object(one.object_id)
    return render_template(
        "copies/certification.html", tenant_id=one.tenant_id, one=one, states=STATES, errors=errors, may=may,
        record=record, record_path=object_path(one.tenant_id, one.object_id), form=request.form,
    )  # fmt: skip


def _meant(tenant_id: str) -> Target:
    found = find_targets(current_home(), tenant_id, request.form.get("referencia", ""))
    if len(found) != 1:
        raise InvalidRequest("the reference does not mean one document", place="reference")
    return found[0]


def _position() -> str:
    return request.form.get("cargo", "")


def _why() -> str:
    return request.form.get("motivo", "")


_Act = Callable[[Principal, Certification], Certification]
_ACTS: Final[dict[str, _Act]] = {
    "corregir": lambda who, one: acts.rewrite(
        current_home(), one, request.form.get("texto", ""), agent=who.agent
    ),
    "expedir": lambda who, one: acts.issue(current_home(), one, who, _position()),
    "aprobar": lambda who, one: acts.approve(
        current_home(), one, who, _position(), maker(current_home(), base_url())
    ),
    "devolver": lambda who, one: acts.send_back(current_home(), one, who, _why()),
    "terminar": lambda who, one: acts.finish(
        current_home(), one, who.agent, maker(current_home(), base_url())
    ),
    "descartar": lambda who, one: acts.discard(current_home(), one, _why(), agent=who.agent),
}
_MAY: Final = {
    "corregir": (Right.CERTIFY, Right.RESOLVE_COPY),
    "expedir": (Right.CERTIFY,),
    "aprobar": (Right.APPROVE,),
    "devolver": (Right.APPROVE,),
    "terminar": RIGHTS,
    "descartar": (Right.CERTIFY, Right.RESOLVE_COPY),
}


def _words(trouble: LongevaError) -> str:
    return gettext(_FAILURES.get(trouble.place, trouble.titulo))


def _pdf(content: bytes, one: Certification) -> Response:
    name = f'inline; filename="{one.number}.pdf"'
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": name})


def _to(one: Certification) -> Response:
    address = url_for(
        "certifications.certification", tenant_id=one.tenant_id, certification_id=one.certification_id
    )
    answer = redirect(address, 303)
    assert isinstance(answer, Response)
    return answer
