# SPDX-License-Identifier: EUPL-1.2
"""The archivist's pages on requests for copies: the queue, each request, and its resolution.

    /archivo/T/copias                      what is due first, overdue in red (…/resueltas: what is done too)
    /archivo/T/copias/R                    who asks for what, what stands in the way, what may be done
    /archivo/T/copias/R/parcial            the document's pages as pictures: what a partial copy leaves out
    /archivo/T/copias/R/entrega            the sheet that goes with a copy on paper

Every form carries the version of the request that its page showed: who comes second is told so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for

from archive.catalog import INSTALLATION
from archive.errors import ConflictError, InvalidRequest, LimitExceeded, NotFound, TrustError
from archive.identity import Right
from archive.model import DocumentRecord, ObjectRecord
from archive.web.access import allowed, current_principal
from archive.web.context import current_home
from search.copy_pdf import qr_svg
from search.copy_sheet import verification_link
from search.redaction import Redaction, read_zones
from search.redaction_picture import picture
from search.regimes.register import today
from search.requests import resolving
from search.requests.grounds import APPEAL, FORBIDDING, GROUNDS, HURDLES
from search.requests.hurdles import find_targets
from search.requests.issuing import Issuer, issuer, pages_of
from search.requests.model import CopyRequest, State
from search.requests.register import days_off, listed, queue, read, set_days_off
from search.retrieval import read_file
from search.revocation import REASONS, revoke, withdrawal_of
from search.source import choose
from search.viewing.address import document_path, object_path
from search.viewing.desk import desk_of
from search.web import copy_request_words as words

blueprint: Final = Blueprint("copies", __name__, template_folder="templates")
TROUBLES: Final = (InvalidRequest, ConflictError, LimitExceeded, TrustError)
SETTLED_SHOWN: Final = 50
_BASE: Final = "/archivo/<tenant_id>/copias"


@blueprint.get(_BASE)
@allowed(Right.RESOLVE_COPY)
def requests(tenant_id: str) -> str:
    """Show what is to be resolved, what is due first on top."""
    return _queue(tenant_id, None)


@blueprint.get(f"{_BASE}/resueltas")
@allowed(Right.RESOLVE_COPY)
def settled(tenant_id: str) -> str:
    """Show what was resolved lately too: a page of its own, because it reads the whole register."""
    found = listed(current_home(), tenant_id)
    done = [one for one in found if one.state not in {State.REQUESTED, State.WAITING}]
    return _queue(tenant_id, sorted(done, key=lambda one: one.since, reverse=True))


@blueprint.post(f"{_BASE}/festivos")
@allowed(Right.RESOLVE_COPY)
def holidays(tenant_id: str) -> Response | tuple[str, int]:
    """Record the holidays of a year: one ISO day a line."""
    try:
        year = int(request.form.get("año", ""))
        days = frozenset(date.fromisoformat(line.strip()) for line in request.form.get("días", "").split())
    except ValueError as cause:
        raise InvalidRequest("days are written AAAA-MM-DD, one a line") from cause
    set_days_off(current_home(), tenant_id, year, days, agent=current_principal().agent)
    return _back(url_for("copies.requests", tenant_id=tenant_id))


@blueprint.get(f"{_BASE}/<request_id>")
@allowed(Right.RESOLVE_COPY)
def one(tenant_id: str, request_id: str) -> str:
    """Show a request with all that is needed to resolve it."""
    return _page(read(current_home(), tenant_id, request_id), [])


@blueprint.post(f"{_BASE}/<request_id>/<any(asignar,expedir,denegar,requerir,caducar,revocar):what>")
@allowed(Right.RESOLVE_COPY)
def act(tenant_id: str, request_id: str, what: str) -> Response | tuple[str, int]:
    """Do what the archivist decided; where it cannot be done, show the request as it is now, and why."""
    home = current_home()
    known = read(home, tenant_id, request_id)
    try:
        if what != "revocar":
            known = resolving.fresh(home, tenant_id, request_id, _version())
        _ACTS[what](known)
    except TROUBLES as trouble:
        now = read(home, tenant_id, request_id)
        return _page(now, [words.failure_words(trouble)]), trouble.http_status
    return _back(url_for("copies.one", tenant_id=tenant_id, request_id=request_id))


@blueprint.route(f"{_BASE}/<request_id>/parcial", methods=["GET", "POST"])
@allowed(Right.RESOLVE_COPY)
def part(tenant_id: str, request_id: str) -> Response | str | tuple[str, int]:
    """Let pages and zones be chosen; show how it will look, or issue the partial copy."""
    home = current_home()
    known = read(home, tenant_id, request_id)
    if known.state is not State.REQUESTED or not known.object_id:
        return _back(url_for("copies.one", tenant_id=tenant_id, request_id=request_id))
    try:
        _, count = pages_of(home, known.object_id, known.path or None)
    except TROUBLES as trouble:
        return _page(known, [words.failure_words(trouble)]), trouble.http_status
    errors: list[str] = []
    status = 200
    if request.method == "POST":
        try:
            redaction = _redaction(count)
            if "expedir" in request.form:
                known = resolving.fresh(home, tenant_id, request_id, _version())
                chosen = resolving.Part(redaction, request.form.get("motivo", ""))
                _issue(known, chosen)
                return _back(url_for("copies.one", tenant_id=tenant_id, request_id=request_id))
        except TROUBLES as trouble:
            errors, status = [words.failure_words(trouble)], trouble.http_status
    page = render_template(
        "copies/part.html", tenant_id=tenant_id, asked=known, count=count, errors=errors, words=words,
        removed=_removed(), zones={number: _zone_text(number) for number in range(1, count + 1)},
        reason=request.form.get("motivo", ""), told=request.form.get("texto", ""),
    )  # fmt: skip
    return page, status


@blueprint.get(f"{_BASE}/<request_id>/pagina/<int:number>.png")
@allowed(Right.RESOLVE_COPY)
def page_picture(tenant_id: str, request_id: str, number: int) -> Response:
    """Give a page of the document as a picture with a scale, its chosen zones hidden."""
    home = current_home()
    known = read(home, tenant_id, request_id)
    if not known.object_id:
        raise NotFound("there is nothing here")
    content, count = pages_of(home, known.object_id, known.path or None)
    if not 1 <= number <= count:
        raise NotFound("there is nothing here")
    try:
        zones = read_zones(request.args.get("zonas", ""))
        Redaction(zones={number: zones}).check(count)
    except TROUBLES:
        zones = ()
    detail = {"path": known.path, "what": "page", "page": number}
    home.reads.note(tenant_id, "object.read", known.object_id, current_principal().agent, detail)
    return Response(picture(desk_of(home).painter, content, number, zones=zones), mimetype="image/png")


@blueprint.get(f"{_BASE}/<request_id>/copia.pdf")
@allowed(Right.RESOLVE_COPY)
def pdf(tenant_id: str, request_id: str) -> Response:
    """Give the copy that was issued."""
    return copy_file(read(current_home(), tenant_id, request_id))


@blueprint.get(f"{_BASE}/<request_id>/entrega")
@allowed(Right.RESOLVE_COPY)
def delivery(tenant_id: str, request_id: str) -> str:
    """Show the sheet that goes with a copy on paper (NTI copiado VII; Ley 39/2015 art. 27.3.c)."""
    home = current_home()
    known = read(home, tenant_id, request_id)
    if not known.outcome.csv:
        raise NotFound("there is nothing here")
    with home.catalog.reading(INSTALLATION) as tx:
        tenant, copy = tx.tenant(tenant_id), tx.object(known.outcome.copy_object_id)
    return render_template(
        "copies/delivery.html", tenant=tenant, asked=known, copy=copy, tenant_id=tenant_id,
        address=f"{base_url().rstrip('/')}/verificar", issued_at=known.since,
    )  # fmt: skip


@blueprint.get(f"{_BASE}/<request_id>/codigo.svg")
@allowed(Right.RESOLVE_COPY)
def code(tenant_id: str, request_id: str) -> Response:
    """Give the QR of the copy's code."""
    known = read(current_home(), tenant_id, request_id)
    if not known.outcome.csv:
        raise NotFound("there is nothing here")
    return Response(qr_svg(verification_link(base_url(), known.outcome.csv)), mimetype="image/svg+xml")


def copy_file(known: CopyRequest) -> Response:
    """Give the PDF of an issued copy; the reading is told. Raises NotFound where none was issued."""
    home = current_home()
    if not known.outcome.csv:
        raise NotFound("there is nothing here")
    with home.catalog.reading(INSTALLATION) as tx:
        copy = tx.copy_by_csv(known.outcome.csv)
    if copy is None:
        raise NotFound("there is nothing here")
    agent = current_principal().agent
    chunks = read_file(home, copy.copy_object_id, copy.pdf_path, agent, tenant_id=known.tenant_id)
    name = f'attachment; filename="{copy.eni_id}.pdf"'
    return Response(chunks, mimetype="application/pdf", headers={"Content-Disposition": name})


def base_url() -> str:
    """Return the public address of this installation."""
    return str(current_app.extensions["longeva"]["settings"].base_url)


def seal() -> Issuer:
    """Return what issues copies here."""
    return issuer(current_home(), base_url())


def _queue(tenant_id: str, done: list[CopyRequest] | None) -> str:
    home = current_home()
    open_, day = queue(home, tenant_id), today(home)
    return render_template(
        "copies/queue.html", tenant_id=tenant_id, queue=open_, today=day, words=words, year=day.year,
        settled=(done or [])[:SETTLED_SHOWN], more=len(done or ()) > SETTLED_SHOWN,
        asked_settled=done is not None, late=sum(one.overdue(day) for one in open_),
        days=sorted(one for one in days_off(home, tenant_id) if one.year == day.year),
    )  # fmt: skip


def _page(known: CopyRequest, errors: list[str]) -> str:
    home = current_home()
    record, document, number = _target(known)
    found = resolving.hurdles_now(home, known) if known.state is State.REQUESTED else ()
    with home.catalog.reading(INSTALLATION) as tx:
        copy = tx.copy_by_csv(known.outcome.csv) if known.outcome.csv else None
        withdrawn = withdrawal_of(tx, copy) if copy else None
    return render_template(
        "copies/request.html", tenant_id=known.tenant_id, asked=known, errors=errors, words=words,
        today=today(home), record=record, document=document, hurdles=HURDLES,
        found=found, forbidden=[one for one in found if one in FORBIDDING],
        record_path=object_path(known.tenant_id, known.object_id) if record else "",
        document_path=document_path(known.tenant_id, known.object_id, number) if document else "",
        may_expire=resolving.may_expire(home, known), grounds=GROUNDS, reasons=REASONS, withdrawn=withdrawn,
        form=request.form, appeal=APPEAL,
    )  # fmt: skip


def _target(known: CopyRequest) -> tuple[ObjectRecord | None, DocumentRecord | None, int]:
    if not known.object_id:
        return None, None, 0
    with current_home().catalog.reading(known.tenant_id) as tx:
        record, documents = tx.object(known.object_id), tx.documents(known.object_id)
    try:
        document = choose(documents, known.path or None)
    except (NotFound, InvalidRequest):
        return record, None, 0
    return record, document, documents.index(document) + 1


def _assign(known: CopyRequest) -> None:
    reference = request.form.get("referencia", "").strip()
    found = find_targets(current_home(), known.tenant_id, reference)
    if len(found) != 1:
        code_ = "several" if found else "not-found"
        raise InvalidRequest("the reference does not mean one document", place=code_)
    target = found[0]
    agent = current_principal().agent
    resolving.assign(current_home(), known, target.record.object_id, target.path, agent=agent)


def _issue(known: CopyRequest, chosen: resolving.Part = resolving.WHOLE) -> None:
    told = request.form.get("texto", "").strip()
    resolving.issue_copy(current_home(), known, current_principal(), seal(), part=chosen, words=told)


def _refuse(known: CopyRequest) -> None:
    ground, told = request.form.get("motivo", ""), request.form.get("texto", "")
    resolving.refuse(current_home(), known, ground, told, agent=current_principal().agent)


def _ask_back(known: CopyRequest) -> None:
    told = request.form.get("texto", "")
    resolving.ask_back(current_home(), known, told, agent=current_principal().agent)


def _expire(known: CopyRequest) -> None:
    resolving.expire(current_home(), known, agent=current_principal().agent)


def _revoke(known: CopyRequest) -> None:
    if not known.outcome.copy_object_id:
        raise NotFound("there is nothing here")
    reason, agent = request.form.get("razon", ""), current_principal().agent
    revoke(current_home(), known.tenant_id, known.outcome.copy_object_id, reason, agent=agent)


_ACTS: Final[dict[str, Callable[[CopyRequest], None]]] = {
    "asignar": _assign,
    "expedir": _issue,
    "denegar": _refuse,
    "requerir": _ask_back,
    "caducar": _expire,
    "revocar": _revoke,
}


def _version() -> int:
    given = request.form.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 7 else 0


def _removed() -> frozenset[int]:
    return frozenset(
        int(each)
        for each in request.form.getlist("suprimir")
        if each.isascii() and each.isdigit() and len(each) < 7
    )


def _zone_text(number: int) -> str:
    return request.form.get(f"zonas-{number}", "").strip()


def _redaction(count: int) -> Redaction:
    zones = {number: read_zones(_zone_text(number)) for number in range(1, count + 1)}
    removed = _removed()
    kept = {number: found for number, found in zones.items() if found and number not in removed}
    redaction = Redaction(removed, kept)
    redaction.check(count)
    return redaction


def _back(address: str) -> Response:
    answer = redirect(address, 303)
    assert isinstance(answer, Response)
    return answer
