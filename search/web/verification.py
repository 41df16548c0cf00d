# SPDX-License-Identifier: EUPL-1.2
"""Verifying a paper by its code, for anybody, in plain words.

A code that is typed travels in a POST, so that it stays out of logs and histories; a QR can only give a GET,
whose answer is never cached and sends no referrer. Whatever is given is given to a POST with the code.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, render_template, request

from archive.errors import InvalidRequest, NotFound
from archive.identifiers import plain_csv
from archive.web.context import current_home
from archive.web.i18n import gettext as _
from archive.web.limits import spend
from archive.web.problems import wants_json
from search.csv import CsvAnswer
from search.csv_giving import Item, give
from search.verification_requests import Asked, ask_certification
from search.web.door import ask
from search.web.verification_words import heading, hint, page_of

blueprint: Final = Blueprint("verification", __name__, template_folder="templates")

GIVEN: Final = ("20/minute", "200/hour")
"""Files for each address: a kit or a report costs more than an answer."""
REQUESTS: Final = "5/hour"


@blueprint.route("/verificar", methods=["GET", "POST"])
def verify() -> Response | str:
    """Verify a code: by the form (POST) or by the QR of a copy (GET with `csv`)."""
    sent = request.form if request.method == "POST" else request.args
    text = sent.get("csv", "").strip()
    answer = ask(text, choice=sent.get("opcion", "")) if text else None
    if wants_json():
        return jsonify(answer.to_json() if answer else {"status": "unknown"})
    if answer is None:
        return render_template("verification/verify.html", empty=request.method == "POST")
    return _page(answer, text)


@blueprint.post("/verificar/<any(documento, original, informe, pruebas):item>")
def give_item(item: str) -> Response:
    """Give something to who holds the code; the same 404 for every other code."""
    for rate in GIVEN:
        spend(f"csv given {rate}", rate)
    answer = ask(request.form.get("csv", ""), choice=request.form.get("opcion", ""))
    given = give(current_home(), answer, Item(item), agent="web")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(given.name)}",
        "Content-Type": given.media_type,
    }
    return Response(given.chunks, headers=headers)


@blueprint.post("/verificar/certificacion")
def certification() -> Response | tuple[str, int] | str:
    """Take in a request for a signed certification of the verification; first show its form."""
    answer = ask(request.form.get("csv", ""), choice=request.form.get("opcion", ""))
    if answer.record is None or answer.document is None or answer.tenant is None:
        raise NotFound("nothing is known by that code")
    told = {name: request.form.get(name, "").strip() for name in ("nombre", "contacto", "motivo")}
    shown = {"answer": answer, "told": told, "errors": []}
    if "enviar" not in request.form:
        return render_template("verification/certification.html", **shown)
    spend("csv certification", REQUESTS)
    about = (answer.record.object_id, answer.document.path, answer.document.eni_id)
    asked = Asked(*about, name=told["nombre"], contact=told["contacto"], words=told["motivo"])
    try:
        kept = ask_certification(current_home(), answer.tenant.tenant_id, asked)
    except InvalidRequest:
        shown["errors"] = _lacking(told)
        return render_template("verification/certification.html", **shown), 422
    return render_template("verification/asked.html", kept=kept, tenant=answer.tenant)


def _page(answer: CsvAnswer, text: str) -> str:
    page = page_of(current_home(), answer)
    return render_template(
        "verification/answer.html",
        answer=answer,
        page=page,
        heading=heading(answer),
        hint=hint(answer),
        typed=text,
        mended=page is not None and plain_csv(text) != plain_csv(answer.csv),
    )


def _lacking(told: dict[str, str]) -> list[tuple[str, str]]:
    errors = []
    if not told["nombre"]:
        errors.append(("nombre", _("Escriba su nombre y apellidos")))
    if not told["contacto"]:
        errors.append(("contacto", _("Escriba dónde quiere recibir la respuesta")))
    return errors or [("motivo", _("Un texto es demasiado largo"))]
