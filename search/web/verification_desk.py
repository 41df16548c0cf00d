# SPDX-License-Identifier: EUPL-1.2
"""For archivists: who asked for a signed certification of a verification, until when, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from archive.errors import ConflictError, InvalidRequest
from archive.home import Home
from archive.identity import Principal, Right
from archive.web.access import allowed, current_principal
from archive.web.awaiting import Line
from archive.web.context import current_home
from archive.web.i18n import gettext, ngettext
from search.verification_requests import OPEN, answer_request, requests_of
from search.viewing.address import object_path

blueprint: Final = Blueprint("verification_desk", __name__, template_folder="templates")
ROOT: Final = "/archivo/<tenant_id>/verificaciones"
SETTLED: Final = 50
"""Answered requests that are shown, the last ones."""


@blueprint.get(ROOT)
@allowed(Right.RESOLVE_COPY)
def listed(tenant_id: str) -> str:
    """List what waits, the oldest first, and the last that were answered."""
    return _listed(tenant_id)


@blueprint.post(f"{ROOT}/<request_id>")
@allowed(Right.RESOLVE_COPY)
def answer(tenant_id: str, request_id: str) -> Response | tuple[str, int]:
    """Note what was done about a request."""
    words = request.form.get("hecho", "")
    try:
        answer_request(current_home(), tenant_id, request_id, words, agent=current_principal().agent)
    except InvalidRequest:
        return _listed(tenant_id, [gettext("Escriba qué se hizo, en hasta 2.000 letras")]), 422
    except ConflictError:
        return _listed(tenant_id, [gettext("Esa solicitud ya se había contestado")]), 409
    return redirect(url_for("verification_desk.listed", tenant_id=tenant_id), 303)


def verifications_awaiting(home: Home, principal: Principal, tenant_id: str) -> Sequence[Line]:
    """Say how many requests await a principal."""
    if not principal.may(Right.RESOLVE_COPY, tenant_id):
        return []
    count = len(requests_of(home, tenant_id, state=OPEN))
    words = ngettext("certificación de verificación pedida", "certificaciones de verificación pedidas", count)
    return [Line(words, count, f"/archivo/{tenant_id}/verificaciones")]


def _listed(tenant_id: str, problems: Sequence[str] = ()) -> str:
    home = current_home()
    every = requests_of(home, tenant_id)
    waiting = [one for one in every if one.state == OPEN]
    settled = [one for one in every if one.state != OPEN][: -SETTLED - 1 : -1]
    return render_template(
        "verification/desk.html", tenant_id=tenant_id, waiting=waiting, settled=settled, problems=problems,
        now=home.clock.now(), object_path=object_path,
    )  # fmt: skip
