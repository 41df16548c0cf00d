# SPDX-License-Identifier: EUPL-1.2
"""Who works with a municipality's archive, and as what: `/archivo/TENANT/personas`, for who administers it.

Somebody of the province, or of another municipality, is shown where he is something here, and is changed only
by the operator of the installation (`longeva account`).
"""

from __future__ import annotations

import secrets
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from archive.errors import ConflictError, InvalidRequest, NotFound
from archive.identity import Right, Role
from archive.identity.accounts import Account, Accounts
from archive.web.access import allowed, current_principal, no_machines
from archive.web.context import current_home
from archive.web.i18n import gettext
from archive.web.people.words import ROLES, role_words

OF_STAFF: Final = tuple(role for role in Role if role is not Role.CITIZEN)
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"

blueprint: Final = Blueprint("accounts", __name__)
blueprint.before_request(no_machines)


@blueprint.get("/archivo/<tenant_id>/personas")
@allowed(Right.ADMINISTER)
def show(tenant_id: str) -> str:
    """List the accounts, and offer to add one."""
    return _list(tenant_id)


@blueprint.post("/archivo/<tenant_id>/personas")
@allowed(Right.ADMINISTER)
def add(tenant_id: str) -> AnyResponse:
    """Add an account with a password to be changed at the first entry, shown once."""
    login, name = request.form.get("cuenta", ""), request.form.get("nombre", "")
    wanted = Account("", name, login.strip().lower(), tenant_id, {tenant_id: _roles()}, must_change=True)
    password = handed_password()
    try:
        if not wanted.login:
            raise InvalidRequest("no name to enter with")  # noqa: TRY301 - one place says all
        made = Accounts(current_home()).add(wanted, current_principal().agent, password=password)
    except ConflictError:
        problem = ("cuenta", gettext("Ese nombre de cuenta ya es de otra persona."))
        return Response(_list(tenant_id, problem), 409)
    except InvalidRequest:
        words = gettext("Escriba un nombre, y una cuenta de 2 a 80 letras sin acentos, cifras o . _ - @ +")
        return Response(_list(tenant_id, ("cuenta", words)), 400)
    return Response(_handed(tenant_id, made, password))


@blueprint.get("/archivo/<tenant_id>/personas/<account_id>")
@allowed(Right.ADMINISTER)
def one(tenant_id: str, account_id: str) -> str:
    """Show one account and what can be changed of it."""
    return _one(tenant_id, _account(tenant_id, account_id))


@blueprint.post("/archivo/<tenant_id>/personas/<account_id>/funciones")
@allowed(Right.ADMINISTER)
def set_roles(tenant_id: str, account_id: str) -> AnyResponse:
    """Say what somebody is from now on."""
    account = _ours(tenant_id, account_id)
    Accounts(current_home()).set_roles(account, tenant_id, _roles(), current_principal().agent)
    return redirect(url_for("accounts.one", tenant_id=tenant_id, account_id=account_id, hecho="si"), 303)


@blueprint.post("/archivo/<tenant_id>/personas/<account_id>/clave")
@allowed(Right.ADMINISTER)
def reset(tenant_id: str, account_id: str) -> AnyResponse:
    """Give a new password, shown once; the telephone is forgotten, for it may be what was lost."""
    account, accounts = _ours(tenant_id, account_id), Accounts(current_home())
    if not account.login or account.closed:
        raise NotFound("there is nothing here")
    password = handed_password()
    agent = current_principal().agent
    changed = accounts.set_password(account, password, agent, must_change=True)
    if changed.totp:
        changed = accounts.change(changed, agent, "account.telephone", totp="")
    return Response(_handed(tenant_id, changed, password))


@blueprint.post("/archivo/<tenant_id>/personas/<account_id>/cerrar")
@allowed(Right.ADMINISTER)
def close(tenant_id: str, account_id: str) -> AnyResponse:
    """Close an account for good."""
    account = _ours(tenant_id, account_id)
    if not account.closed:
        Accounts(current_home()).close(account, current_principal().agent)
    return redirect(url_for("accounts.show", tenant_id=tenant_id), 303)


def handed_password() -> str:
    """Return a password to be handed over and changed: 79 random bits without letters that look alike."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _roles() -> frozenset[Role]:
    told = set(request.form.getlist("funcion"))
    return frozenset(role for role in OF_STAFF if str(role) in told)


def _account(tenant_id: str, account_id: str) -> Account:
    """Return an account that this municipality may see; the same NotFound for every other."""
    found = Accounts(current_home()).find(account_id)
    if found is None or found.citizen or (found.home != tenant_id and not found.roles.get(tenant_id)):
        raise NotFound("there is nothing here")
    return found


def _ours(tenant_id: str, account_id: str) -> Account:
    """Return an account that this municipality may change."""
    found = _account(tenant_id, account_id)
    if found.home != tenant_id:
        raise NotFound("there is nothing here")
    return found


def _options() -> list[tuple[str, str, str]]:
    return [(str(role), role_words(role), gettext(ROLES[role][1])) for role in OF_STAFF]


def _list(tenant_id: str, problem: tuple[str, str] | None = None) -> str:
    accounts = Accounts(current_home()).of_tenant(tenant_id)
    return render_template(
        "people/accounts.html", tenant_id=tenant_id, accounts=accounts, problem=problem, options=_options(),
        given=request.form, chosen=[str(role) for role in _roles()],
    )  # fmt: skip


def _one(tenant_id: str, account: Account) -> str:
    return render_template(
        "people/one_account.html", tenant_id=tenant_id, account=account, options=_options(),
        roles=[str(role) for role in account.roles.get(tenant_id, ())], done=request.args.get("hecho", ""),
    )  # fmt: skip


def _handed(tenant_id: str, account: Account, password: str) -> str:
    return render_template("people/handed.html", tenant_id=tenant_id, account=account, password=password)
