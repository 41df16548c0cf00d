# SPDX-License-Identifier: EUPL-1.2
"""Builds the Flask application from blueprints; every answer leaves with the same strict headers.

Rules: server-rendered, no script, no inline style, nothing from other hosts, no cookie. An error is an
RFC 9457 problem for who asks for JSON and a plain Spanish page for people; neither tells more than the other.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from archive.catalog import INSTALLATION
from archive.errors import LongevaError
from archive.home import Home
from archive.web.access import current_principal
from archive.web.i18n import current_language, gettext, ngettext
from archive.web.metrics import Metrics
from archive.web.watching import METRICS, EngineState, Readiness, watch

MAX_FORM: Final = 64 * 1024
"""Bytes of a form: these pages take codes and questions, not files."""

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # A verification address holds the CSV: it must not travel to another site.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

_log = logging.getLogger(__name__)

_WORDS: Final = {
    400: ("La petición no es correcta", "Revise lo que ha escrito y vuelva a intentarlo."),
    404: ("No se ha encontrado", "La dirección no existe o no está a su disposición."),
    405: ("Esta dirección no admite esa operación", "Vuelva a la página de inicio."),
    413: ("Lo enviado es demasiado grande", "Estas páginas admiten códigos y preguntas, no ficheros."),
    500: ("Ha ocurrido un error interno", "Se ha anotado. Si se repite, comunique la referencia."),
    503: ("Ha fallado un servicio", "No se ha perdido nada. Vuelva a intentarlo dentro de unos minutos."),
}


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the pages need to know of the installation."""

    base_url: str
    """Public address, without final `/`: what QR codes and copies say."""
    rehearsal: bool = True
    """True while the development authority seals: every page says that nothing has legal value."""
    site_name: str = "Longeva"


def create_app(
    home: Callable[[], Home],
    blueprints: Sequence[Blueprint],
    settings: WebSettings,
    *,
    services: dict[str, Any] | None = None,
    metrics: Metrics | None = None,
    ready: Readiness | None = None,
) -> Flask:
    """Return the WSGI application.

    Args:
        home: Gives the archive to a request; called per request, so the caller decides what is shared.
        blueprints: The pages and interfaces, in order.
        settings: See `WebSettings`.
        services: What the blueprints look up with `service(name)`, such as the search index.
        metrics: Where answers and errors are counted.
        ready: Tells how the engines are; by default only whether the catalogue answers, asked each time.
    """
    app = Flask("archive.web", template_folder="templates", static_folder="static")
    app.config.update(MAX_CONTENT_LENGTH=MAX_FORM, MAX_FORM_MEMORY_SIZE=MAX_FORM)
    # A doubled slash is a wrong address: mending it would redirect to whatever Host header was sent.
    app.url_map.merge_slashes = False
    app.extensions["longeva"] = {"home": home, "settings": settings, **(services or {})}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    metrics = metrics or Metrics()
    watch(app, metrics, ready or (lambda: [_catalogue(home())]))
    app.register_error_handler(LongevaError, _known_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unknown_error)
    app.after_request(_with_headers)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.context_processor(
        lambda: {"site": settings, "language": current_language(), "who": current_principal()}
    )
    return app


def _catalogue(home: Home) -> EngineState:
    try:
        with home.catalog.reading(INSTALLATION) as tx:
            tx.tenants()
    except LongevaError as cause:
        return EngineState("catalogue", ok=False, needed=True, reason=str(cause))
    return EngineState("catalogue", ok=True, needed=True)


def wants_json() -> bool:
    """Tell whether the client asks for JSON rather than a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best in {"application/json", "application/problem+json"}


def _known_error(error: LongevaError) -> tuple[Response, int]:
    if error.http_status >= 500:
        _log.error("request.failed", exc_info=error)
        current_app.extensions[METRICS].failed(error.code)
    return _answer(error.http_status, error.problem(), error.titulo)


def _http_error(error: HTTPException) -> tuple[Response, int]:
    status = error.code or 500
    problem = {"type": "about:blank", "title": error.name, "status": status}
    return _answer(status, problem, "")


def _unknown_error(error: Exception) -> tuple[Response, int]:
    """Log the error under a reference; say nothing of its inside."""
    reference = secrets.token_hex(4)
    _log.error("request.crashed", extra={"reference": reference}, exc_info=error)
    current_app.extensions[METRICS].failed("internal")
    problem = {"type": "about:blank", "title": "Internal error", "status": 500, "reference": reference}
    return _answer(500, problem, "", reference)


def _answer(status: int, problem: dict[str, Any], titulo: str, reference: str = "") -> tuple[Response, int]:
    if wants_json():
        answer = jsonify(problem)
        answer.mimetype = "application/problem+json"
        return answer, status
    title, words = _WORDS.get(status, (titulo or "No se ha podido atender la petición", ""))
    page = render_template("longeva/error.html", title=titulo or title, words=words, reference=reference)
    return Response(page), status


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=3600"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response
