# SPDX-License-Identifier: EUPL-1.2
"""Pages on the registers behind copies: who may issue, how open each series is, what is held.

/archivo/T/habilitados    seen by who inspects; changed by the Secretary and who administers, never by the
                          archivists who are in it
/archivo/T/regimenes      series by series, and rulings on one object
/archivo/T/retenciones    holds, with what the stores did
"""

from __future__ import annotations

from datetime import date
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for

from archive.errors import ConflictError, InvalidRequest, LongevaError, NotFound
from archive.identity import RIGHTS, Right
from archive.identity.accounts import Account, Accounts, find_account
from archive.regime import Access
from archive.web.access import allowed, current_principal, require
from archive.web.context import current_home
from archive.web.i18n import gettext
from archive.web.i18n import message as _
from search.holds import Hold, add_hold, apply_holds, end_hold, holds
from search.regimes import Rule, close_rule, set_rule
from search.regimes.register import entries, today
from search.requests.enabling import (
    Habilitado,
    Resolution,
    add_habilitado,
    add_resolution,
    end_habilitado,
    end_resolution,
    habilitados,
    resolutions,
)
from search.requests.hurdles import find_targets
from search.viewing.address import object_path

blueprint: Final = Blueprint("copy_registers", __name__, template_folder="templates")
ACCESS: Final = {
    Access.OPEN: _("Libre"),
    Access.LIMITED: _("Limitado"),
    Access.RESERVED: _("Reservado"),
}
_BASE: Final = "/archivo/<tenant_id>"
_WRONG: Final = _("Faltan datos o alguno no es correcto. Revise las fechas y lo que ha escrito.")


@blueprint.get(f"{_BASE}/habilitados")
@allowed(Right.INSPECT)
def enabled(tenant_id: str) -> str:
    """Show who may issue copies, and which resolutions let the machine do it."""
    return _enabled(tenant_id, [])


@blueprint.post(f"{_BASE}/habilitados/<any(alta,baja,resolucion,fin):what>")
def change_enabled(tenant_id: str, what: str) -> Response | tuple[str, int]:
    """Enter or end a habilitado or a resolution."""
    principal = current_principal()
    right = Right.CERTIFY if principal.may(Right.CERTIFY, tenant_id) else Right.ADMINISTER
    agent, home = require(right, tenant_id).agent, current_home()
    try:
        if what == "alta":
            add_habilitado(home, tenant_id, _habilitado(tenant_id), agent=agent)
        elif what == "resolucion":
            told = [request.form.get(name, "").strip() for name in ("organo", "referencia")]
            scope, responsible = (
                request.form.get("serie", "").strip(),
                request.form.get("responsable", "").strip(),
            )
            one = Resolution(told[0], told[1], _day("fecha", today(home)), scope, responsible)
            add_resolution(home, tenant_id, one, agent=agent)
        elif what == "baja":
            end_habilitado(home, tenant_id, request.form.get("entrada", ""), agent=agent)
        else:
            end_resolution(home, tenant_id, request.form.get("entrada", ""), agent=agent)
    except (InvalidRequest, ConflictError) as trouble:
        return _enabled(tenant_id, [_words(trouble)]), trouble.http_status
    return _to("copy_registers.enabled", tenant_id)


@blueprint.get(f"{_BASE}/regimenes")
@allowed(Right.DESCRIBE)
def regimes(tenant_id: str) -> str:
    """Show the rules of access in force and those that are over."""
    return _regimes(tenant_id, [])


@blueprint.post(f"{_BASE}/regimenes/<any(fijar,cerrar):what>")
@allowed(Right.DESCRIBE)
def change_regime(tenant_id: str, what: str) -> Response | tuple[str, int]:
    """Put a rule in force, or take one out of it."""
    agent, home = current_principal().agent, current_home()
    try:
        if what == "cerrar":
            close_rule(home, tenant_id, request.form.get("entrada", ""), agent=agent)
        else:
            set_rule(home, tenant_id, _rule(tenant_id), agent=agent)
    except (InvalidRequest, ConflictError) as trouble:
        return _regimes(tenant_id, [_words(trouble)]), trouble.http_status
    return _to("copy_registers.regimes", tenant_id)


@blueprint.get(f"{_BASE}/retenciones")
@allowed(Right.DESCRIBE)
def held(tenant_id: str) -> str:
    """Show what is held and what was."""
    return _held(tenant_id, [])


@blueprint.post(f"{_BASE}/retenciones/<any(poner,levantar,aplicar):what>")
@allowed(Right.DESCRIBE)
def change_hold(tenant_id: str, what: str) -> Response | str | tuple[str, int]:
    """Put a hold in force, end one, or repeat what the stores could not do."""
    agent, home = current_principal().agent, current_home()
    try:
        if what == "poner":
            _, locked = add_hold(home, tenant_id, _hold(tenant_id), agent=agent)
        elif what == "levantar":
            why = request.form.get("razon", "").strip()
            locked = end_hold(home, tenant_id, request.form.get("entrada", ""), why, agent=agent)
        else:
            locked = apply_holds(home, tenant_id)
    except (InvalidRequest, ConflictError) as trouble:
        return _held(tenant_id, [_words(trouble)]), trouble.http_status
    if locked.failed:
        words = gettext(
            _("La retención consta, pero un almacén no la aplicó (%(stores)s). Aplíquela de nuevo."),
            stores=", ".join(one.partition(":")[0] for one in locked.failed),
        )
        return _held(tenant_id, [words])
    return _to("copy_registers.held", tenant_id)


def _enabled(tenant_id: str, errors: list[str]) -> str:
    home, principal = current_home(), current_principal()
    may = principal.may(Right.CERTIFY, tenant_id) or principal.may(Right.ADMINISTER, tenant_id)
    return render_template(
        "copies/enabled.html", tenant_id=tenant_id, people=habilitados(home, tenant_id), today=today(home),
        resolutions=resolutions(home, tenant_id), may_change=may, errors=errors, form=request.form,
        accounts=[(one.account_id, f"{one.name} ({one.login})" if one.login else one.name)
                  for one in Accounts(home).of_tenant(tenant_id) if _may_issue(one, tenant_id)],
    )  # fmt: skip


def _regimes(tenant_id: str, errors: list[str]) -> str:
    found = entries(current_home(), tenant_id)
    return render_template(
        "copies/regimes.html", tenant_id=tenant_id, rules=found, access=ACCESS, errors=errors,
        form=request.form, object_path=object_path,
    )  # fmt: skip


def _held(tenant_id: str, errors: list[str]) -> str:
    return render_template(
        "copies/held.html", tenant_id=tenant_id, holds=holds(current_home(), tenant_id), errors=errors,
        form=request.form, object_path=object_path,
    )  # fmt: skip


def _may_issue(account: Account, tenant_id: str) -> bool:
    given = account.roles.get(tenant_id, frozenset())
    return not account.closed and any(Right.RESOLVE_COPY in RIGHTS[role] for role in given)


def _habilitado(tenant_id: str) -> Habilitado:
    who, name, position, act = (
        request.form.get(field, "").strip() for field in ("cuenta", "nombre", "cargo", "resolucion")
    )
    since = _day("desde", today(current_home()))
    until = _day("hasta", None) if request.form.get("hasta", "").strip() else None
    try:
        account = find_account(Accounts(current_home()), who)
    except NotFound as cause:
        raise InvalidRequest("no such account") from cause
    if not _may_issue(account, tenant_id):
        # In the register he would look able to issue, and each attempt of his would be refused.
        raise InvalidRequest("the account resolves no requests in this municipality")
    return Habilitado(account.account_id, name, position, act, since, until)


def _rule(tenant_id: str) -> Rule:
    reference, years = request.form.get("objeto", "").strip(), request.form.get("años", "").strip() or "0"
    try:
        access = Access(request.form.get("acceso", ""))
        opens_after = int(years)
    except ValueError as cause:
        raise InvalidRequest("choose an access and write years as a number") from cause
    one = bool(reference)
    return Rule(
        access, request.form.get("causa", "").strip(), request.form.get("norma", "").strip(),
        "" if one else request.form.get("serie", "").strip(), _object(tenant_id, reference) if one else "",
        bool(request.form.get("personales")), opens_after,
        _day("fallecimiento", None) if one and request.form.get("fallecimiento", "").strip() else None,
        _day("documentos", None) if one and request.form.get("documentos", "").strip() else None,
    )  # fmt: skip


def _hold(tenant_id: str) -> Hold:
    reference = request.form.get("objeto", "").strip()
    return Hold(
        request.form.get("motivo", "").strip(), request.form.get("autoridad", "").strip(),
        _object(tenant_id, reference) if reference else "",
        "" if reference else request.form.get("serie", "").strip(), bool(request.form.get("sin_copias")),
    )  # fmt: skip


def _object(tenant_id: str, reference: str) -> str:
    found = {one.record.object_id for one in find_targets(current_home(), tenant_id, reference)}
    if len(found) != 1:
        raise InvalidRequest("the reference does not mean one object", place="reference")
    return found.pop()


def _day(name: str, missing: date | None) -> date:
    text = request.form.get(name, "").strip()
    if not text and missing is not None:
        return missing
    try:
        return date.fromisoformat(text)
    except ValueError as cause:
        raise InvalidRequest(f"{name} is no date") from cause


def _words(trouble: LongevaError) -> str:
    if isinstance(trouble, ConflictError):
        return gettext(_("Ya consta, o alguien lo cambió entretanto. Revise cómo está ahora."))
    if trouble.place == "reference":
        return gettext(_("No se ha encontrado un expediente o documento con esa referencia."))
    return gettext(_WRONG)


def _to(view: str, tenant_id: str) -> Response:
    answer = redirect(url_for(view, tenant_id=tenant_id), 303)
    assert isinstance(answer, Response)
    return answer
