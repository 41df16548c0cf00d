# SPDX-License-Identifier: EUPL-1.2
"""Keys by which other systems enter: `/archivo/TENANT/claves`, for who administers it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from archive.errors import InvalidRequest
from archive.identity import Right
from archive.identity.keys import OF_PERSONS, Keys
from archive.web.access import allowed, current_principal, no_machines
from archive.web.context import current_home
from archive.web.i18n import gettext
from archive.web.people.words import right_words

OF_MACHINES: Final = tuple(right for right in Right if right not in OF_PERSONS)
DAYS: Final = (30, 90, 365, 730)
"""How long a key may last; there is none without end on the page."""

blueprint: Final = Blueprint("keys", __name__)
blueprint.before_request(no_machines)


@blueprint.get("/archivo/<tenant_id>/claves")
@allowed(Right.ADMINISTER)
def show(tenant_id: str) -> str:
    """List the keys, and offer to make one."""
    return _page(tenant_id)


@blueprint.post("/archivo/<tenant_id>/claves")
@allowed(Right.ADMINISTER)
def make(tenant_id: str) -> AnyResponse:
    """Make a key and show it once."""
    told = set(request.form.getlist("permiso"))
    rights = [right for right in OF_MACHINES if str(right) in told]
    days = next((days for days in DAYS if str(days) == request.form.get("dias")), DAYS[0])
    home = current_home()
    try:
        key, text = Keys(home).make(
            tenant_id, request.form.get("nombre", ""), rights, current_principal().agent,
            ends_at=home.clock.now() + timedelta(days=days),
        )  # fmt: skip
    except InvalidRequest:
        place = "permiso" if request.form.get("nombre", "").strip() else "nombre"
        problem = (place, gettext("Diga para qué es la clave y qué permite."))
        return Response(_page(tenant_id, problem), 400)
    return Response(render_template("people/new_key.html", tenant_id=tenant_id, key=key, text=text))


@blueprint.post("/archivo/<tenant_id>/claves/<key_id>/revocar")
@allowed(Right.ADMINISTER)
def revoke(tenant_id: str, key_id: str) -> AnyResponse:
    """Let a key open nothing any more."""
    Keys(current_home()).revoke(tenant_id, key_id, current_principal().agent)
    return redirect(url_for("keys.show", tenant_id=tenant_id), 303)


def _page(tenant_id: str, problem: tuple[str, str] | None = None) -> str:
    home = current_home()
    return render_template(
        "people/keys.html", tenant_id=tenant_id, keys=list(Keys(home).of_tenant(tenant_id)), problem=problem,
        now=home.clock.now(), options=[(str(right), right_words(right)) for right in OF_MACHINES], days=DAYS,
        given=request.form, chosen=request.form.getlist("permiso"), right_words=right_words,
    )  # fmt: skip
