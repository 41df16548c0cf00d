# SPDX-License-Identifier: EUPL-1.2
"""Watches an application at work: each answer is an event and a count, and machines are told how it is.

    /healthz   the process answers; depends on nothing else, so that a failing database restarts nobody
    /readyz    whether it should be given requests; 503 where not
    /metrics   only where the operator listens (`operator_application`)

To the public `/readyz` names engines and states; to the operator also the reasons.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Flask, Response, g, jsonify, request

from archive.logs import begin
from archive.web.metrics import CONTENT_TYPE, UNKNOWN, Metrics

REQUEST_ID: Final = "X-Request-ID"
"""Header that a proxy may give and that every answer has: the same as in the logs."""
METRICS: Final = "longeva.metrics"
"""Extension of the application that counts."""
_GIVEN: Final = re.compile(r"[0-9a-f]{8}[0-9a-f-]{8,28}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineState:
    """How one engine is."""

    engine: str
    """`catalogue`, `store local`, `index`."""
    ok: bool
    needed: bool
    """Whether nobody can be served without it."""
    reason: str = ""
    """For the operator: may name hosts and folders, never secrets."""


Readiness = Callable[[], Sequence[EngineState]]


def watch(app: Flask, metrics: Metrics, ready: Readiness) -> None:
    """Count and log every answer of an application, and add `/healthz` and `/readyz` for the public."""
    _add_health(app, ready, reasons=False)
    app.extensions[METRICS] = metrics

    @app.before_request
    def _begin() -> None:
        given = request.headers.get(REQUEST_ID, "")
        g.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        g.started = time.perf_counter()
        begin(request_id=g.request_id)

    @app.teardown_request
    def _forget(_: BaseException | None) -> None:
        begin()

    @app.after_request
    def _end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else UNKNOWN
        method = request.method if request.method in _METHODS else UNKNOWN
        seconds = time.perf_counter() - g.started
        metrics.answered(method, route, response.status_code, seconds)
        fields = {"method": method, "route": route, "status": response.status_code}
        level = logging.DEBUG if route in {"/healthz", "/readyz"} else logging.INFO
        _log.log(level, "request.answered", extra={**fields, "ms": round(seconds * 1000, 1)})
        response.headers[REQUEST_ID] = g.request_id
        return response


def operator_application(metrics: Metrics, ready: Readiness) -> Flask:
    """Return the application for the operator's own address: metrics, and readiness with its reasons."""
    app = Flask("archive.web.operator", static_folder=None)
    _add_health(app, ready, reasons=True)
    app.add_url_rule("/metrics", "metrics", lambda: Response(metrics.exposition(), content_type=CONTENT_TYPE))
    return app


def is_ready(states: Sequence[EngineState]) -> bool:
    """Tell whether an application in these states should be given requests."""
    return bool(states) and all(state.ok or not state.needed for state in states)


def _add_health(app: Flask, ready: Readiness, *, reasons: bool) -> None:
    def answer() -> tuple[Response, int]:
        states = ready()
        engines = {each.engine: "ok" if each.ok else "failed" for each in states}
        body: dict[str, object] = {"ready": is_ready(states), "engines": engines}
        if reasons:
            body["reasons"] = {each.engine: each.reason for each in states if each.reason}
        return jsonify(body), 200 if body["ready"] else 503

    app.add_url_rule("/healthz", "healthz", lambda: jsonify({"status": "ok"}))
    app.add_url_rule("/readyz", "readyz", answer)
