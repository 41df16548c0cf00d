# SPDX-License-Identifier: EUPL-1.2
"""Builds the Flask application from blueprints; every answer leaves with the same strict headers.

Rules: server-rendered, no script, no inline style, nothing from other hosts, no cookie before
somebody enters. The interface for machines is beside the pages (archive.web.api); failures of both:
archive.web.problems.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apiflask import APIFlask
from flask import Blueprint, Flask, Response, request
from flask.json.provider import DefaultJSONProvider

from archive.catalog import INSTALLATION
from archive.errors import LongevaError
from archive.home import Home
from archive.web import about, forms, limits, session, shell
from archive.web.access import current_principal
from archive.web.api import API
from archive.web.api_document import configure, without_document
from archive.web.i18n import current_language, gettext, ngettext
from archive.web.metrics import Metrics
from archive.web.problems import answer_failures, is_api
from archive.web.watching import EngineState, Readiness, watch

MAX_FORM: Final = 64 * 1024
"""Bytes of a form: these pages take codes and questions, not files."""

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
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
    app = APIFlask(
        "archive.web", title="Longeva", docs_path=None, openapi_blueprint_url_prefix=API, json_errors=False,
        template_folder="templates", static_folder="static",
    )  # fmt: skip
    app.json = StrictJson(app)
    configure(app, settings.base_url)
    app.config.update(MAX_CONTENT_LENGTH=MAX_FORM, MAX_FORM_MEMORY_SIZE=MAX_FORM)
    # A doubled slash is a wrong address: mending it would redirect to whatever Host header was sent.
    app.url_map.merge_slashes = False
    app.extensions["longeva"] = {"home": home, "settings": settings, **(services or {})}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    session.install(app, (services or {}).get(session.RULES))
    limits.install(app)
    for blueprint in (*blueprints, about.blueprint):
        app.register_blueprint(without_document(blueprint))
    metrics = metrics or Metrics()
    watch(app, metrics, ready or (lambda: [_catalogue(home())]))
    answer_failures(app)
    forms.install(app)
    app.after_request(_with_headers)
    app.teardown_request(lambda _: request.close())  # the temporary files of a form
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.context_processor(
        lambda: {"site": settings, "language": current_language(), "who": current_principal()}
    )
    shell.install(app)
    return app


class StrictJson(DefaultJSONProvider):
    """Reads JSON; one that is nested without end is as wrong as one that is cut off."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return what a text says. Raises ValueError."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as cause:
            raise ValueError("nested without end") from cause


def _catalogue(home: Home) -> EngineState:
    try:
        with home.catalog.reading(INSTALLATION) as tx:
            tx.tenants()
    except LongevaError as cause:
        return EngineState("catalogue", ok=False, needed=True, reason=str(cause))
    return EngineState("catalogue", ok=True, needed=True)


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=3600"
    elif not is_api():  # which says itself what may be kept
        response.headers["Cache-Control"] = "no-store"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
