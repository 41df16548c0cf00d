# SPDX-License-Identifier: EUPL-1.2
"""One's own account: `/cuenta` (password, telephone, sessions).

What changes a proof asks for the password again: a session that was left open on a desk is not enough.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from archive.catalog import INSTALLATION
from archive.errors import InvalidRequest, NotIdentified, Refused
from archive.identity.accounts import Account, Accounts
from archive.identity.consents import Consents
from archive.identity.passwords import LEAST, require_password, same_password
from archive.identity.totp import address, new_secret, seal, spelled, step_of, unseal
from archive.model import SYSTEM_TENANT, LedgerEvent
from archive.web.access import tenants_of
from archive.web.context import current_home
from archive.web.i18n import gettext
from archive.web.limits import lockout, spend, waiting
from archive.web.people.entering import TRIES
from archive.web.people.words import role_words
from archive.web.qr import qr_svg
from archive.web.session import obligation, renew_session, session_account, session_principal, session_rules

ENTRIES: Final = 10
"""Entries that are shown."""
_ENROLLING: Final = "telephone"

blueprint: Final = Blueprint("account", __name__)


@blueprint.get("/cuenta")
def show() -> str:
    """Show who one is, what one may, and the last entries."""
    return _page(_mine())


@blueprint.post("/cuenta/clave")
def change_password() -> AnyResponse:
    """Set a new password; every other session ends."""
    account = _mine()
    if not account.login:
        raise Refused("this account has no password of its own")
    new = request.form.get("nueva", "")
    problems = _not_mine(account)
    if not problems and new != request.form.get("repetida", ""):
        problems = [("repetida", gettext("Las dos contraseñas nuevas no son iguales."))]
    if not problems and same_password(account.password, new):
        problems = [("nueva", gettext("La contraseña nueva es la que ya tenía."))]
    if not problems:
        try:
            require_password(new, login=account.login)
        except InvalidRequest:
            words = gettext(
                "Elija %(least)s caracteres o más, que no sean siempre los mismos ni el nombre de la cuenta.",
                least=LEAST,
            )
            problems = [("nueva", words)]
    if problems:
        return Response(_page(account, problems), 400)
    changed = Accounts(current_home()).set_password(account, new, _agent(account))
    must = "totp" if session_rules().second_factor and session["how"] == "password" else ""
    renew_session(changed, must="totp" if must and not changed.totp else "")
    return redirect("/cuenta?hecho=clave", 303)


@blueprint.get("/cuenta/telefono")
def telephone() -> str:
    """Offer a new secret to a telephone."""
    return _telephone(_mine())


@blueprint.post("/cuenta/telefono")
def enrol() -> AnyResponse:
    """Take the telephone that proved to have the secret."""
    account = _mine()
    if not account.login:
        raise Refused("this account is vouched for by others")
    key = session_rules().sealing_key
    secret = unseal(str(session.get(_ENROLLING, "")), key)
    if secret is None:
        return redirect("/cuenta/telefono", 303)
    problems = _not_mine(account)
    if not problems and step_of(secret, request.form.get("codigo", ""), current_home().clock.now()) is None:
        problems = [("codigo", gettext("El código no es el de ahora. Espere al siguiente y escríbalo."))]
    if problems:
        return Response(_telephone(account, secret, problems), 400)
    changed = Accounts(current_home()).change(
        account, _agent(account), "account.telephone", totp=seal(secret, key), epoch=account.epoch + 1
    )
    if session["how"] == "password":
        session["how"] = "totp"
    renew_session(changed, must="password" if changed.must_change else "")
    return redirect("/cuenta?hecho=telefono", 303)


@blueprint.post("/cuenta/telefono/quitar")
def forget_telephone() -> AnyResponse:
    """Go on without a telephone, where that is allowed."""
    account = _mine()
    if session_rules().second_factor:
        raise Refused("a telephone is needed here")
    if problems := _not_mine(account):
        return Response(_telephone(account, None, problems), 400)
    changed = Accounts(current_home()).change(
        account, _agent(account), "account.telephone", totp="", epoch=account.epoch + 1
    )
    renew_session(changed, must=obligation())
    return redirect("/cuenta?hecho=sin-telefono", 303)


@blueprint.post("/cuenta/sesiones")
def end_other_sessions() -> AnyResponse:
    """End every session of this account but this one."""
    account = _mine()
    renew_session(Accounts(current_home()).end_sessions(account, _agent(account)), must=obligation())
    return redirect("/cuenta?hecho=sesiones", 303)


def _mine() -> Account:
    account = session_account()
    if account is None:
        raise NotIdentified("this needs somebody who said who he is")
    return account


def _not_mine(account: Account) -> list[tuple[str, str]]:
    """Return what is wrong with the present password that was typed."""
    spend("enter", TRIES)
    if waiting(account.login):
        return [("clave", gettext("Demasiados intentos. Espere unos minutos."))]
    if same_password(account.password, request.form.get("clave", "")):
        return []
    lockout().failed(account.login, current_home().clock)
    return [("clave", gettext("La contraseña actual no es correcta."))]


def _page(account: Account, problems: list[tuple[str, str]] | None = None) -> str:
    principal = session_principal(request)
    roles = []
    for tenant in tenants_of(principal) if principal else []:
        assert principal is not None
        roles.append((tenant, sorted(map(role_words, principal.roles[tenant.tenant_id]))))
    home = current_home()
    return render_template(
        "people/account.html", account=account, roles=roles, problems=problems or [], must=obligation(),
        entries=_entries(account), done=request.args.get("hecho", ""), least=LEAST,
        consents=Consents(home).of_account(account.account_id) if account.provincial else [],
        names=_names() if account.provincial else {}, now=home.clock.now(),
    )  # fmt: skip


def _names() -> dict[str, str]:
    with current_home().catalog.reading(INSTALLATION) as tx:
        return {tenant.tenant_id: tenant.name for tenant in tx.tenants()}


def _entries(account: Account) -> list[LedgerEvent]:
    with current_home().catalog.reading(account.home or SYSTEM_TENANT) as tx:
        latest = tx.latest_about(account.account_id, 5 * ENTRIES)
    return [event for event in latest if event.kind == "session.entered"][:ENTRIES]


def _telephone(
    account: Account, secret: bytes | None = None, problems: list[tuple[str, str]] | None = None
) -> str:
    if secret is None:
        secret = new_secret()
        session[_ENROLLING] = seal(secret, session_rules().sealing_key)
    told = address(secret, account.login, "Longeva")
    letters = spelled(secret)
    return render_template(
        "people/telephone.html", account=account, problems=problems or [],
        qr=qr_svg(told, gettext("Código QR para la aplicación del teléfono")),
        spelled=" ".join(letters[at : at + 4] for at in range(0, len(letters), 4)),
        second_factor=session_rules().second_factor,
    )  # fmt: skip


def _agent(account: Account) -> str:
    return f"account:{account.account_id}"
