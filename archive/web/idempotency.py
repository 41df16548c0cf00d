# SPDX-License-Identifier: EUPL-1.2
"""A request that may be repeated: done once, answered each time with the same words.

    begun      in the register before anything is done: who comes now with the same key waits (409)
    answered   with the answer; it is given again to the same request, also after a restart, without end
    failed     nothing was done, and the same key may try again

What is begun and never ended (the machine died) may be tried again after `PATIENCE`. A key belongs to who
sends it, within a municipality; with another request under it nothing is done (422). Of key and request only
digests are kept; the answer, which may hold a secret that is told once, is sealed with the installation's
own. Source: draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Annotated, Any, Final

from apiflask import APIBlueprint
from flask import Response, current_app, request
from pydantic import BaseModel, ConfigDict, Field

from archive.catalog import RegisterEntry
from archive.errors import ConflictError, InvalidInput, NotFound
from archive.identity.secret import derived
from archive.identity.totp import seal, unseal
from archive.registers import Register
from archive.web.access import current_principal
from archive.web.context import current_home
from archive.web.session import session_rules

REGISTER: Final = "idempotency"
REPLAYED: Final = "Idempotency-Replayed"
"""Header of an answer that was given before."""
PATIENCE: Final = timedelta(minutes=10)
BEGUN, ANSWERED, FAILED = "begun", "answered", "failed"

View = Callable[..., Any]


class IdempotencyKey(BaseModel):
    """What lets a request be repeated."""

    model_config = ConfigDict(extra="ignore")
    idempotency_key: Annotated[
        str, Field(max_length=255, description="Chosen by who asks; the same for each repetition")
    ] = ""


def idempotent(blueprint: APIBlueprint) -> Callable[[View], View]:
    """Let a view with a `tenant_id` be asked again under an `Idempotency-Key`. Stands below `allowed`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def once(tenant_id: str, idempotency: IdempotencyKey, **kwargs: Any) -> Any:
            def ask() -> Response:
                return current_app.make_response(view(tenant_id=tenant_id, **kwargs))

            key = idempotency.idempotency_key
            return _once(tenant_id, key, ask) if key else ask()

        taking = blueprint.input(IdempotencyKey, location="headers", arg_name="idempotency")
        taken: View = taking(once)
        return taken

    return decorate


def _once(tenant_id: str, key: str, ask: Callable[[], Response]) -> Response:
    register, agent = Register(current_home(), REGISTER), current_principal().agent
    entry_id = hashlib.sha256(f"{tenant_id}\n{agent}\n{key}".encode("utf-8", "replace")).hexdigest()
    body = {"request": _fingerprint()}
    known = _known(register, tenant_id, entry_id)
    if known is not None:
        if known.body["request"] != body["request"]:
            raise InvalidInput("this Idempotency-Key belongs to another request")
        if known.state == ANSWERED:
            return _replayed(str(known.body["sealed"]))
        if known.state == BEGUN and current_home().clock.now() - known.changed_at < PATIENCE:
            raise ConflictError("this request is being done: ask again in a moment")
    version = known.version + 1 if known else 1

    def note(state: str, version: int, **more: Any) -> None:
        register.put(
            tenant_id,
            entry_id,
            body | more,
            kind=f"request.{state}",
            agent=agent,
            version=version,
            state=state,
        )

    note(BEGUN, version)
    try:
        answer = ask()
    except BaseException:
        note(FAILED, version + 1)
        raise
    headers = {name: answer.headers[name] for name in ("Location",) if name in answer.headers}
    told = {
        "status": answer.status_code,
        "answer": answer.get_data(as_text=True),
        "headers": headers,
        "type": answer.content_type,
    }
    note(ANSWERED, version + 1, sealed=seal(json.dumps(told).encode(), _key()))
    return answer


def _known(register: Register, tenant_id: str, entry_id: str) -> RegisterEntry | None:
    try:
        return register.get(tenant_id, entry_id)
    except NotFound:
        return None


def _replayed(sealed: str) -> Response:
    opened = unseal(sealed, _key())
    if opened is None:
        raise ConflictError(
            "this was done, and its answer was sealed with a secret that is not here any more"
        )
    told = json.loads(opened)
    answer = Response(told["answer"], told["status"], told["headers"], content_type=told["type"])
    answer.headers[REPLAYED] = "true"
    return answer


def _key() -> bytes:
    return derived(session_rules().secret, "idempotency")


def _fingerprint() -> str:
    """Return a digest of the request; of a form what is in it, since its boundary is another each time."""
    digest = hashlib.sha256(f"{request.method}\n{request.full_path}\n".encode())
    if request.mimetype != "multipart/form-data":
        digest.update(request.get_data())
        return digest.hexdigest()
    for name, text in sorted(request.form.items(multi=True)):
        digest.update(repr((name, text)).encode())
    for name, file in request.files.items(multi=True):
        held = hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
        file.stream.seek(0)
        digest.update(repr((name, file.filename, held)).encode())
    return digest.hexdigest()
