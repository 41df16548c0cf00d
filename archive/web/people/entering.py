# SPDX-License-Identifier: EUPL-1.2
"""Entering and leaving: `/entrar` (password, then the telephone's code), `/salir`.

An account that is not there, one that is closed and a wrong password take as long and are told in the same
words; so is somebody who must wait, whom the name alone decides. The code is asked only after the right
password, and each is taken once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from archive.errors import TooManyRequests
from archive.identity import Kind
from archive.identity.accounts import Account, Accounts
from archive.identity.passwords import hash_password, outdated, same_password
from archive.identity.totp import step_of, unseal
from archive.model import SYSTEM_TENANT
from archive.web.context import current_home, service
from archive.web.forms import checks_itself, require_token
from archive.web.i18n import gettext, ngettext
from archive.web.limits import lockout, spend, waiting
from archive.web.returning import RETURN, own_address
from archive.web.session import (
    begin_session,
    end_session,
    obligation,
    session_account,
    session_rules,
)

TRIES: Final = "30/minute"
"""Passwords and codes that one address may send."""
PATIENCE: Final = timedelta(minutes=5)
"""Between the password and the code."""
PROVIDER: Final = "provider"
"""Name of the service that gives the OpenID Connect provider, where there is one."""
CERTIFICATES: Final = "certificates"
"""Name of the service that knows people by the certificate that a proxy checked, where there is one."""

blueprint: Final = Blueprint("entering", __name__)


class _Used:
    """Codes that were taken: each opens once (RFC 6238 5.2). Of this process."""

    def __init__(self) -> None:
        self._steps: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, account_id: str, step: int) -> bool:
        with self._lock:
            if (account_id, step) in self._steps:
                return False
            self._steps[account_id, step] = None
            while len(self._steps) > 10_000:
                self._steps.popitem(last=False)
            return True


_used: Final = _Used()


@blueprint.get("/entrar")
def enter() -> AnyResponse | str:
    """Ask for name and password, or send on who is inside already."""
    if session_account() is not None:
        return redirect("/cuenta" if obligation() else _back())
    return _page()


@blueprint.post("/entrar")
@checks_itself
def entered() -> AnyResponse:
    """Take name and password."""
    require_token()
    spend("enter", TRIES)
    login, password = request.form.get("nombre", "")[:200], request.form.get("clave", "")
    if wait := waiting(login):
        return _refused(login, wait)
    accounts = Accounts(current_home())
    account = accounts.by_login(login)
    good = same_password(account.password if account else "", password)
    if account is None or account.closed or not good:
        return _failed(login, account)
    if outdated(account.password):
        account = accounts.change(
            account, f"account:{account.account_id}", "account.password", password=hash_password(password)
        )
    if account.totp:
        now = current_home().clock.now()
        session.clear()
        session.update(half=account.account_id, half_epoch=account.epoch, half_at=int(now.timestamp()))
        return _to_code()
    return _inside(account, "password")


@blueprint.get("/entrar/codigo")
def code() -> AnyResponse | str:
    """Ask for the telephone's code."""
    if _half() is None:
        return redirect("/entrar")
    return render_template("people/code.html", back=_back(), problem="")


@blueprint.post("/entrar/codigo")
@checks_itself
def code_given() -> AnyResponse:
    """Take the telephone's code."""
    require_token()
    spend("enter", TRIES)
    account = _half()
    if account is None:
        return redirect("/entrar")
    if wait := waiting(account.login):
        session.clear()
        return _refused(account.login, wait)
    secret = unseal(account.totp, session_rules().sealing_key)
    step = step_of(secret, request.form.get("codigo", ""), current_home().clock.now()) if secret else None
    if step is None or not _used.take(account.account_id, step):
        _count(account.login, account)
        problem = gettext("El código no es el de ahora. Espere al siguiente y escríbalo.")
        return Response(render_template("people/code.html", back=_back(), problem=problem), 403)
    return _inside(account, "totp")


@blueprint.post("/salir")
def leave() -> AnyResponse:
    """End the session."""
    account = session_account()
    end_session()
    if account is not None:
        _tell("session.left", account)
    return redirect("/")


def let_in(account: Account, kind: Kind, assurance: str, back: str) -> AnyResponse:
    """Begin a session for whom somebody vouches, and go where he wanted to."""
    begin_session(account, kind, assurance)
    _tell("session.entered", account, how=assurance or str(kind))
    return redirect(own_address(back))


def _inside(account: Account, assurance: str) -> AnyResponse:
    lockout().passed(account.login)
    must = "password" if account.must_change else ""
    if not must and assurance == "password" and session_rules().second_factor:
        must = "totp"
    begin_session(account, Kind.ACCOUNT, assurance, must=must)
    _tell("session.entered", account, how=assurance)
    return redirect("/cuenta" if must else _back(), 303)


def _failed(login: str, account: Account | None) -> AnyResponse:
    _count(login, account)
    if wait := waiting(login):
        return _refused(login, wait)
    problem = gettext("El nombre o la contraseña no son correctos.")
    return Response(_page(login, problem), 403)


def _refused(login: str, wait: timedelta) -> Response:
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    problem = ngettext(
        "Demasiados intentos con ese nombre. Espere un minuto y vuelva a intentarlo.",
        "Demasiados intentos con ese nombre. Espere %(num)s minutos y vuelva a intentarlo.",
        minutes,
    )
    headers = {"Retry-After": str(max(1, int(wait.total_seconds())))}
    return Response(_page(login, problem), TooManyRequests.http_status, headers)


def _count(login: str, account: Account | None) -> None:
    if not lockout().failed(login, current_home().clock):
        return
    if account is not None:
        _tell("account.locked", account)
    else:  # as much work for a name that is nobody's: the time must not tell
        current_home().reads.note(SYSTEM_TENANT, "account.locked", SYSTEM_TENANT, "web")


def _half() -> Account | None:
    """Return whose password was right a moment ago."""
    at = int(session.get("half_at", 0))
    if not session.get("half") or current_home().clock.now().timestamp() - at > PATIENCE.total_seconds():
        return None
    account = Accounts(current_home()).get(str(session["half"]))
    return None if account.closed or account.epoch != session["half_epoch"] else account


def _page(login: str = "", problem: str = "") -> str:
    return render_template(
        "people/enter.html", back=_back(), login=login, problem=problem, provider=service(PROVIDER),
        certificates=service(CERTIFICATES),
    )  # fmt: skip


def _back() -> str:
    return own_address(request.values.get(RETURN, ""))


def _to_code() -> AnyResponse:
    back = _back()
    return redirect(url_for("entering.code", volver=back if back != "/" else None), 303)


def _tell(kind: str, account: Account, **detail: str) -> None:
    """Tell the ledger of the place where he works."""
    tenant_id = account.home or SYSTEM_TENANT
    current_home().reads.note(tenant_id, kind, account.account_id, f"account:{account.account_id}", detail)
