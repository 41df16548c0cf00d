# SPDX-License-Identifier: EUPL-1.2
"""What is answered when something fails: an RFC 9457 problem for machines, a plain page for people.

Neither tells more than the other. Everything under `/api/` is for machines, whatever it says that it accepts.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any, Final

from apiflask import APIFlask, HTTPError
from flask import Response, current_app, jsonify, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from archive.errors import InvalidInput, LongevaError, NotIdentified, TooManyRequests
from archive.web.i18n import gettext
from archive.web.returning import entering_address
from archive.web.troubles import OTHER, TROUBLES
from archive.web.watching import METRICS

PROBLEM: Final = "application/problem+json"
MACHINES: Final = ("/api/", "/preservacion/")
"""Where addresses of machines begin."""
CHALLENGE: Final = 'Bearer realm="longeva"'
"""How a machine says who it is (RFC 6750)."""

_KEPT: Final = ("Allow", "Retry-After", "Content-Range")
"""Headers of an HTTP error that its answer must have (RFC 9110 15.5.6, 15.5.17)."""
_log = logging.getLogger(__name__)


def answer_failures(app: APIFlask) -> None:
    """Let an application answer every failure as this module says."""
    app.error_callback = _invalid_input
    app.register_error_handler(LongevaError, _known_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unknown_error)


def is_api() -> bool:
    """Tell whether a machine's interface is asked."""
    return request.path.startswith(MACHINES)


def wants_json() -> bool:
    """Tell whether the client asks for JSON rather than a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json", PROBLEM])
    return is_api() or best in {"application/json", PROBLEM}


def _invalid_input(error: HTTPError) -> Response:
    """Answer input that does not fit its schema: each place with what is wrong there."""
    refused = InvalidInput("the request does not fit what this operation takes")
    places = {
        place: list(messages)
        for location in dict(error.detail).values()
        for place, messages in dict(location).items()
    }
    return _answer(refused.http_status, {**refused.problem(), "errors": places}, refused.titulo)


def _known_error(error: LongevaError) -> AnyResponse:
    enters = "entering.enter" in current_app.view_functions
    if enters and isinstance(error, NotIdentified) and not wants_json():
        return redirect(entering_address())
    if error.http_status >= 500:
        _log.error("request.failed", exc_info=error)
        current_app.extensions[METRICS].failed(error.code)
    answer = _answer(error.http_status, error.problem(), error.titulo)
    if isinstance(error, NotIdentified):
        answer.headers["WWW-Authenticate"] = CHALLENGE
    if isinstance(error, TooManyRequests) and error.retry_after:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    answer = _answer(status, {"type": "about:blank", "title": error.name, "status": status}, "")
    for name, value in error.get_headers():
        if name in _KEPT:
            answer.headers[name] = value
    return answer


def _unknown_error(error: Exception) -> Response:
    """Log the error under a reference; say nothing of its inside."""
    reference = secrets.token_hex(4)
    _log.error("request.crashed", extra={"reference": reference}, exc_info=error)
    current_app.extensions[METRICS].failed("internal")
    problem = {"type": "about:blank", "title": "Internal error", "status": 500, "reference": reference}
    return _answer(500, problem, "", reference)


def _answer(status: int, problem: dict[str, Any], titulo: str, reference: str = "") -> Response:
    if wants_json():
        answer = jsonify(problem)
        answer.mimetype = PROBLEM
    else:
        title, words, steps = TROUBLES.get(status, OTHER)
        page = render_template(
            "longeva/error.html", title=gettext(titulo or title), words=words and gettext(words),
            next=[gettext(step) for step in steps], reference=reference,
        )  # fmt: skip
        answer = Response(page)
    answer.status_code = status
    return answer
