# SPDX-License-Identifier: EUPL-1.2
"""The OpenAPI 3.1 document of `/api/v1`: made from the views, completed with what holds for all of them.

`/api/v1/openapi.json`; docs/reference/api.md is the same for people. A test asks the running application
whether it answers anything that is not in it.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any, Final, cast

from apiflask import APIFlask
from flask import Blueprint

from archive import __version__
from archive.web.api import BEARER, Problem
from archive.web.problems import CHALLENGE, PROBLEM

DESCRIPTION: Final = """\
Every address with a municipality in it asks for a right in that municipality's archive. What may not be seen
and what is not there answer alike: 404. Lists are read by `next`. A POST with `Idempotency-Key` can be
repeated: it is done once, and answered with the same words each time.
"""
PROBLEMS: Final = {
    400: "The request cannot be read, or makes no sense",
    401: "Say first who you are",
    404: "Not there, or not for you",
    422: "The input does not fit its schema",
    429: "Too many requests; `Retry-After` says when to come back",
    500: "The program failed; `reference` is what the operator looks for",
    503: "A service failed and nothing acknowledged is lost; try again",
}
"""What any operation may answer."""
PROBLEMS_OF_CHANGES: Final = {
    403: "A browser's session without the token of a form of ours",
    409: "It contradicts what is already there",
    413: "Larger than this operation takes",
    415: "Another media type than this operation takes",
}
"""What any operation that takes a body may answer besides."""
PLACES: Final = {
    "tenant_id": "Short name of a municipality: `a-z`, `0-9`, `-`",
}
"""Words for the parts of addresses."""
UUIDS: Final = frozenset({"deposit_id", "upload_id", "webhook_id"})
"""Parts of addresses that are UUIDs."""
_SCHEMAS: Final = "#/components/schemas/"


def configure(app: APIFlask, base_url: str) -> None:
    """Say how the document is made. Call before blueprints are registered."""
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        DESCRIPTION=DESCRIPTION,
        LICENSE={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        # Never from a Host header: the document is kept for whoever asks next.
        SERVERS=[{"url": base_url}],
        AUTO_SERVERS=False,
        AUTO_200_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        SECURITY_SCHEMES={
            BEARER: {
                "type": "http", "scheme": "bearer",
                "description": "An API key: `longeva key add`, or the page of keys of the municipality",
            }
        },
    )  # fmt: skip
    app.spec_callback = cast("Any", _completed)


def without_document(blueprint: Blueprint) -> Blueprint:
    """Keep a blueprint of pages out of the document."""
    if not hasattr(blueprint, "enable_openapi"):
        blueprint.enable_openapi = False  # type: ignore[attr-defined]
    return blueprint


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    document = _shortly_named(document)
    document["info"]["version"] = __version__
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    components["responses"] = {
        f"Problem{status}": _problem(status, words)
        for status, words in (PROBLEMS | PROBLEMS_OF_CHANGES).items()
    }
    for operations in document["paths"].values():
        for method, operation in operations.items():
            _complete(method, operation)
    return document


def _shortly_named(document: dict[str, Any]) -> dict[str, Any]:
    """Call a model inside others by its own name; the library calls it `Other.Model`, for each other anew.

    Two that are different and called alike keep their long names.
    """
    named: dict[str, Any] = document.get("components", {}).get("schemas", {})
    forms: dict[str, set[str]] = {}
    for name, schema in named.items():
        plain = re.sub(rf'"{_SCHEMAS}[^"]*?([^".]+)"', rf'"{_SCHEMAS}\1"', json.dumps(schema, sort_keys=True))
        forms.setdefault(name.rpartition(".")[2], set()).add(plain)
    short = {name: name.rpartition(".")[2] for name in named if len(forms[name.rpartition(".")[2]]) == 1}
    text = json.dumps(document)
    for name, other in short.items():
        text = text.replace(f'"{_SCHEMAS}{name}"', f'"{_SCHEMAS}{other}"')
    found = cast("dict[str, Any]", json.loads(text))
    if named:
        schemas = found["components"]["schemas"]
        found["components"]["schemas"] = {short.get(name, name): schema for name, schema in schemas.items()}
    return found


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status, answer in list(responses.items()):
        if status >= "400":
            responses[status] = _problem(int(status), answer.get("description", ""))
    if method == "get":
        responses.setdefault("304", {"description": "You have it already (`If-None-Match`)"})
    usual = PROBLEMS | (PROBLEMS_OF_CHANGES if method != "get" else {})
    for status in usual:
        responses.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
    operation["responses"] = dict(sorted(responses.items()))
    operation.setdefault("security", [{BEARER: []}])
    for parameter in operation.get("parameters", ()):
        parameter.update({"description": PLACES[name]} if (name := parameter["name"]) in PLACES else {})
        if parameter["in"] == "path":
            parameter["required"] = True
        if parameter["name"] in UUIDS:
            parameter["schema"]["format"] = "uuid"
        if parameter["in"] == "header":
            parameter["name"] = parameter["name"].title()
        if words := parameter["schema"].pop("description", ""):
            parameter["description"] = words


def _problem(status: int, words: str) -> dict[str, Any]:
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told: dict[str, Any] = {"description": words or HTTPStatus(status).phrase, "content": content}
    if status == 401:
        told["headers"] = {"WWW-Authenticate": _header("string", f"`{CHALLENGE}`")}
    if status == 429:
        told["headers"] = {"Retry-After": _header("integer", "Seconds")}
    return told


def _header(kind: str, words: str) -> dict[str, Any]:
    return {"schema": {"type": kind}, "description": words}
