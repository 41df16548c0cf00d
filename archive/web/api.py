# SPDX-License-Identifier: EUPL-1.2
"""What every room's interface for machines is made of: a blueprint, its values, its lists, their ETags.

    blueprint = api_blueprint("deposits", "Deposits", "What comes in")

    @blueprint.post("/tenants/<tenant_id>/deposits")
    @allowed(Right.DEPOSIT)
    @idempotent(blueprint)                             # archive.web.idempotency, where repeating does harm
    @blueprint.input(DepositOrder)                     # pydantic models made of `Model`
    @blueprint.output(Deposit, status_code=202)
    def deposit(tenant_id, json_data): ...

Everything lies under `/api/v1`. A list is read by an opaque cursor that it gives itself; each JSON answer to
a GET has an ETag and is not sent again to who has it; failures are problems (archive.web.problems).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from archive.errors import InvalidInput

API: Final = "/api/v1"
BEARER: Final = "key"
"""Name of the security scheme: an API key as bearer token."""
PUBLIC: Final[dict[str, Any]] = {"security": []}
"""For `@blueprint.doc(extensions=PUBLIC)`: an operation that asks nobody who he is."""
MOST: Final = 200
"""Entries of a page of a list."""


class Model(BaseModel):
    """A value that comes in or goes out. What it does not name is refused, so that a typing error is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(BaseModel):
    """Why something was not done (RFC 9457). `code` is stable; docs/reference/errors.md lists all."""

    type: str = Field(description="`urn:longeva:error:CODE`, or `about:blank`")
    title: str
    titulo: str | None = Field(None, description="The title in Spanish")
    status: int
    code: str | None = None
    detail: str | None = None
    instance: str | None = None
    errors: dict[str, list[str]] | None = Field(None, description="By place in the input: what is wrong")
    findings: list[dict[str, Any]] | None = None
    reference: str | None = Field(None, description="Of an internal error, for the operator")


class PageQuery(Model):
    """Which part of a list."""

    cursor: Annotated[str, Field(max_length=500, description="`next` of the part before")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST, description="At most so many entries")] = 50


class Listed(Model):
    """A part of a list; a room's own list adds `items`."""

    next: str | None = Field(None, description="Address of the part that follows; null at the end")


def api_blueprint(name: str, tag: str, words: str) -> APIBlueprint:
    """Return a room's blueprint under `/api/v1`.

    Args:
        name: Its endpoints' prefix, such as `api_deposits`.
        tag: Heading of its operations in the documents.
        words: What they are about.
    """
    blueprint = APIBlueprint(name, __name__, tag={"name": tag, "description": words}, url_prefix=API)
    blueprint.before_request(_with_something)
    blueprint.after_request(_conditional)
    return blueprint


def encode_cursor(*parts: str | int) -> str:
    """Return an opaque cursor. It is not signed: it says where to go on, never what may be seen."""
    return urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, count: int = 1) -> list[str] | None:
    """Return the parts of a cursor as text, None for an empty one.

    Raises:
        InvalidInput: It is none that this list gave.
    """
    if not cursor:
        return None
    try:
        parts = json.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (Base64Error, ValueError, RecursionError) as cause:
        raise InvalidInput("the cursor is none that this list gave") from cause
    if not isinstance(parts, list) or len(parts) != count or not all(type(p) in {str, int} for p in parts):
        raise InvalidInput("the cursor is none that this list gave")
    return [str(part) for part in parts]


def next_link(cursor: str) -> str:
    """Return the address of this list's next part: the same question with another cursor."""
    asked = {**request.args.to_dict(), "cursor": cursor}
    return f"{request.path}?{urlencode(asked)}"


def _with_something() -> None:
    """Refuse a JSON null, which the library takes for an empty object."""
    if request.is_json and (request.content_length or 0) < 64 and request.get_data().strip() == b"null":
        raise InvalidInput("null is no input")


def _conditional(response: Response) -> Response:
    """Give a JSON answer its ETag, and 304 to who has it already (RFC 9110 13)."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if request.method in {"GET", "HEAD"} and response.status_code == 200 and response.is_json:
        response.add_etag()
        response.make_conditional(request)
    return response
