# SPDX-License-Identifier: EUPL-1.2
"""What a citizen sees of copies: the form to ask for one, and what became of what he asked for.

    /solicitar                     one form; the answer is the same whether the document exists or not
    /mis-solicitudes               everything he asked for, in any municipality
    /mis-solicitudes/R             its state and term, the copy or the reasons, how to appeal, how to withdraw

Seeing how it was resolved is noted: from then on it counts as notified (Ley 39/2015 art. 43.1).
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for

from archive.catalog import INSTALLATION
from archive.errors import ConflictError, InvalidRequest, NotFound, NotIdentified
from archive.identity import Principal, Right, Role
from archive.model import Tenant
from archive.web.access import current_principal, tenants_of
from archive.web.context import current_home
from archive.web.limits import spend
from search.regimes.register import today
from search.requests import resolving
from search.requests.entry import ask
from search.requests.grounds import APPEAL, GROUNDS
from search.requests.model import Asker, AskerKind, CopyRequest
from search.requests.register import of_asker, read
from search.revocation import withdrawal_of
from search.web import copy_request_words as words
from search.web.copies import copy_file, seal

blueprint: Final = Blueprint("asking", __name__, template_folder="templates")
RATES: Final = ("10/minute", "100/day")
"""How often one person may ask."""
MAX_BODY: Final = 200


@blueprint.route("/solicitar", methods=["GET", "POST"])
def form() -> Response | str | tuple[str, int]:
    """Take a request in; first show its form."""
    principal = _known()
    tenants = tenants_of(principal, Right.ASK_COPY)
    if request.method == "GET":
        told = {"archivo": request.args.get("archivo", ""), "referencia": request.args.get("referencia", "")}
        return _form(principal, tenants, told, [])
    told = {
        name: request.form.get(name, "").strip() for name in ("archivo", "referencia", "motivo", "entidad")
    }
    told["papel"] = request.form.get("papel", "")
    tenant_id = told["archivo"]
    if not any(tenant.tenant_id == tenant_id for tenant in tenants):
        raise NotFound("there is nothing here")
    for rate in RATES:
        spend(f"copy asked {rate}", rate, principal.agent)
    try:
        known = ask(
            current_home(), tenant_id, _asker(principal, tenant_id, told["entidad"]), told["referencia"],
            agent=principal.agent, purpose=told["motivo"], paper=bool(told["papel"]), issue=seal(),
        )  # fmt: skip
    except (InvalidRequest, ConflictError) as trouble:
        return _form(principal, tenants, told, [("referencia", words.failure_words(trouble))]), 422
    return _to(known)


@blueprint.get("/mis-solicitudes")
def mine() -> str:
    """List what one asked for."""
    principal, home = _known(), current_home()
    found: list[tuple[CopyRequest, Tenant]] = []
    for tenant in tenants_of(principal, Right.ASK_COPY):
        asked = of_asker(home, tenant.tenant_id, principal.principal_id)
        found += [(one, tenant) for one in asked]
    found.sort(key=lambda pair: pair[0].entered_at, reverse=True)
    return render_template("copies/mine.html", found=found, words=words, today=today(home))


@blueprint.get("/mis-solicitudes/<request_id>")
def one(request_id: str) -> str:
    """Show one of one's own requests; that its resolution was seen is noted."""
    known = resolving.seen(current_home(), _own(request_id), agent=current_principal().agent)
    return _page(known, [])


@blueprint.post("/mis-solicitudes/<request_id>/<any(responder,retirar):what>")
def act(request_id: str, what: str) -> Response | tuple[str, int]:
    """Answer what the archive asked for, or withdraw."""
    home, known, agent = current_home(), _own(request_id), current_principal().agent
    try:
        if what == "responder":
            resolving.answer(home, known, request.form.get("texto", ""), agent=agent)
        else:
            resolving.withdraw(home, known, agent=agent)
    except (InvalidRequest, ConflictError) as trouble:
        return _page(_own(request_id), [words.failure_words(trouble)]), trouble.http_status
    return _to(known)


@blueprint.get("/mis-solicitudes/<request_id>/copia.pdf")
def pdf(request_id: str) -> Response:
    """Give the copy to who asked for it."""
    return copy_file(_own(request_id))


def _known() -> Principal:
    principal = current_principal()
    if not principal.known:
        raise NotIdentified("this needs somebody who said who he is")
    return principal


def _own(request_id: str) -> CopyRequest:
    """Return a request of whoever asks; anybody else's is not there."""
    principal = _known()
    for tenant_id in principal.tenants(Right.ASK_COPY):
        try:
            known = read(current_home(), tenant_id, request_id)
        except NotFound:
            continue
        if principal.principal_id and known.asker.principal_id == principal.principal_id:
            return known
    raise NotFound("there is nothing here")


def _asker(principal: Principal, tenant_id: str, body: str) -> Asker:
    roles = principal.roles.get(tenant_id, frozenset())
    kind = AskerKind.CITIZEN if set(roles) <= {Role.CITIZEN} else AskerKind.STAFF
    if body and kind is AskerKind.STAFF:
        kind = AskerKind.ADMINISTRATION
    told = body[:MAX_BODY] if kind is AskerKind.ADMINISTRATION else ""
    return Asker(kind, principal.principal_id, principal.name, principal.nif, body=told)


def _form(
    principal: Principal, tenants: list[Tenant], told: dict[str, str], errors: list[tuple[str, str]]
) -> str:
    staff = any(not set(roles) <= {Role.CITIZEN} for roles in principal.roles.values())
    return render_template("copies/ask.html", tenants=tenants, told=told, errors=errors, staff=staff)


def _page(known: CopyRequest, errors: list[str]) -> str:
    home = current_home()
    with home.catalog.reading(INSTALLATION) as tx:
        tenant = tx.tenant(known.tenant_id)
        copy = tx.copy_by_csv(known.outcome.csv) if known.outcome.csv else None
        withdrawn = withdrawal_of(tx, copy) if copy else None
    return render_template(
        "copies/my_request.html", asked=known, tenant=tenant, errors=errors, words=words, today=today(home),
        grounds=GROUNDS, appeal=APPEAL, withdrawn=withdrawn,
    )  # fmt: skip


def _to(known: CopyRequest) -> Response:
    answer = redirect(url_for("asking.one", request_id=known.request_id), 303)
    assert isinstance(answer, Response)
    return answer
