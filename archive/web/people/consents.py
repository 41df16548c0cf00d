# SPDX-License-Identifier: EUPL-1.2
"""Consents: the province asks at `/cuenta/accesos`, a municipality settles at `/archivo/TENANT/accesos`."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from archive.catalog import INSTALLATION
from archive.errors import ConflictError, InvalidRequest, NotFound, NotIdentified
from archive.identity import Right
from archive.identity.accounts import Account, Accounts
from archive.identity.consents import LENDABLE, Consents
from archive.model import Tenant
from archive.web.access import allowed, current_principal
from archive.web.context import current_home
from archive.web.i18n import gettext
from archive.web.people.words import ROLES, role_words
from archive.web.session import obligation, session_account

DAYS: Final = (1, 7, 30, 90)

blueprint: Final = Blueprint("consents", __name__)


@blueprint.get("/cuenta/accesos")
def ask() -> str:
    """Offer to ask a municipality to be let in."""
    _provincial()
    return _asking()


@blueprint.post("/cuenta/accesos")
def asked() -> AnyResponse:
    """Ask."""
    account = _provincial()
    told = set(request.form.getlist("funcion"))
    roles = [role for role in LENDABLE if str(role) in told]
    days = next((days for days in DAYS if str(days) == request.form.get("dias")), DAYS[0])
    tenant_id = request.form.get("municipio", "")
    try:
        if tenant_id not in {tenant.tenant_id for tenant in _tenants()}:
            raise InvalidRequest("no such municipality")  # noqa: TRY301 - one place says all
        Consents(current_home()).ask(
            tenant_id, account, roles, request.form.get("motivo", ""), timedelta(days=days),
            current_principal().agent,
        )  # fmt: skip
    except ConflictError:
        problem = ("municipio", gettext("Ya hay un acceso pedido o vigente a ese municipio."))
        return Response(_asking(problem), 409)
    except InvalidRequest:
        problem = (
            "motivo",
            gettext("Elija municipio y funciones, y escriba el motivo: para qué y a petición de quién."),
        )
        return Response(_asking(problem), 400)
    return redirect("/cuenta?hecho=acceso", 303)


@blueprint.get("/archivo/<tenant_id>/accesos")
@allowed(Right.INSPECT)
def show(tenant_id: str) -> str:
    """List the consents of a municipality."""
    home, who = current_home(), current_principal()
    consents = Consents(home).of_tenant(tenant_id)
    accounts = Accounts(home)
    names = {each.account_id: accounts.find(each.account_id) for each in consents}
    return render_template(
        "people/consents.html", tenant_id=tenant_id, consents=consents, names=names, now=home.clock.now(),
        settles=who.may(Right.CONSENT, tenant_id),
    )  # fmt: skip


@blueprint.post("/archivo/<tenant_id>/accesos/<consent_id>/<act>")
@allowed(Right.CONSENT)
def settle(tenant_id: str, consent_id: str, act: str) -> AnyResponse:
    """Grant, refuse or end a consent."""
    consents, who = Consents(current_home()), current_principal()
    acts = {"consentir": consents.grant, "denegar": consents.refuse, "terminar": consents.end}
    if act not in acts:
        raise NotFound("there is nothing here")
    acts[act](consents.get(tenant_id, consent_id), who)
    return redirect(url_for("consents.show", tenant_id=tenant_id), 303)


def _provincial() -> Account:
    account = session_account()
    if account is None or obligation():
        raise NotIdentified("this needs somebody who said who he is")
    if not account.provincial:
        raise NotFound("there is nothing here")
    return account


def _tenants() -> list[Tenant]:
    with current_home().catalog.reading(INSTALLATION) as tx:
        return sorted(tx.tenants(), key=lambda tenant: tenant.name)


def _asking(problem: tuple[str, str] | None = None) -> str:
    return render_template(
        "people/ask_consent.html", problem=problem, days=DAYS, given=request.form,
        tenants=[(tenant.tenant_id, tenant.name) for tenant in _tenants()],
        options=[(str(role), role_words(role), gettext(ROLES[role][1])) for role in sorted(LENDABLE)],
        chosen=request.form.getlist("funcion"),
    )  # fmt: skip
