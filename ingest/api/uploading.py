# SPDX-License-Identifier: EUPL-1.2
"""Files in parts, over bad lines, resumed from anywhere with the same key: tus 1.0.0.

Core, creation, creation-with-upload, checksum (sha256), termination, expiration. The offset told is durable.
A part may have `LARGEST_PART` bytes; 64 MiB is a good size: the server takes a part whole before we see it,
so what a broken line loses is one part. Source: tus.io/protocols/resumable-upload (1.0.0).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from email.utils import format_datetime
from typing import Annotated, Any, BinaryIO, Final, cast
from uuid import UUID

from flask import Response, request, url_for
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.exceptions import MethodNotAllowed, PreconditionFailed, UnsupportedMediaType

from archive.clock import format_instant
from archive.errors import InvalidInput, NotIdentified
from archive.identity import Right
from archive.web.access import allowed, current_principal
from archive.web.api import api_blueprint
from archive.web.context import current_home
from archive.web.serving import LARGEST_BODY
from ingest.api.values import UploadValue, upload_value
from ingest.uploads.folder import Uploads
from ingest.uploads.session import UploadSession

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,checksum,termination,expiration"
LARGEST_PART: Final = LARGEST_BODY
OVERRIDE: Final = "X-HTTP-Method-Override"
BYTES: Final = "application/offset+octet-stream"

blueprint: Final = api_blueprint(
    "api_uploads", "Uploads", "Files in parts: tus 1.0.0, for anything larger than a few megabytes"
)
_ROOT: Final = "/tenants/<tenant_id>/uploads"
_ONE: Final = f"{_ROOT}/<uuid:upload_id>"
_BODY: Final = {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}
_HEADERS: Final = {
    name: {"schema": {"type": kind}, "description": words}
    for name, kind, words in (
        ("Upload-Offset", "integer", "Bytes that are here and durable"),
        ("Upload-Expires", "string", "When it is forgotten unless another part comes"),
        ("Tus-Resumable", "string", VERSION),
    )
}
_LOCATION: Final = {"Location": {"schema": {"type": "string"}, "description": "Of the upload"}}
_REFUSALS: Final[dict[int | str, Any]] = {
    412: {"description": f"Another version than `Tus-Resumable: {VERSION}`"},
    460: {"description": "The part is not what its checksum says; nothing of it counts"},
}


class _Headers(BaseModel):
    model_config = ConfigDict(extra="ignore")

    tus_resumable: Annotated[str, Field(pattern=r"^1\.0\.0$", description="Version of the protocol")]
    upload_checksum: Annotated[
        str, Field(max_length=200, description="`sha256` and the Base64 of the part's digest")
    ] = ""


class Beginning(_Headers):
    """Headers that begin an upload."""

    upload_length: Annotated[int, Field(ge=0, le=1 << 62, description="Bytes of the whole file")]
    upload_metadata: Annotated[
        str, Field(max_length=4000, description="`filename` and the Base64 of the name, after a space")
    ]


class Part(_Headers):
    """Headers of a part."""

    upload_offset: Annotated[int, Field(ge=0, le=1 << 62, description="Where the part begins")]


@blueprint.post(_ROOT)
@allowed(Right.DEPOSIT)
@blueprint.input(Beginning, location="headers")
@blueprint.doc(
    responses=_REFUSALS | {201: {"description": "Begun", "headers": {**_LOCATION, **_HEADERS}}},
    extensions={"requestBody": _BODY},
)
def begin(tenant_id: str, headers_data: Beginning) -> Response:
    """Begin an upload, perhaps with its first part."""
    uploads = Uploads(current_home())
    name = _metadata(headers_data.upload_metadata).get("filename", "")
    digest = _checksum(headers_data)
    agent = current_principal().agent
    session = uploads.begin(tenant_id, name, headers_data.upload_length, agent)
    if request.mimetype == BYTES:
        try:
            session = _append(uploads, session, 0, digest)
        except BaseException:
            uploads.drop(session)  # nobody was told where it is
            raise
    answer = _told(uploads, session, 201)
    answer.headers["Location"] = url_for(
        "api_uploads.upload", tenant_id=tenant_id, upload_id=session.upload_id, _external=False
    )
    return answer


@blueprint.patch(_ONE)
@allowed(Right.DEPOSIT)
@blueprint.input(Part, location="headers")
@blueprint.doc(
    responses=_REFUSALS | {204: {"description": "The part is durable", "headers": _HEADERS}},
    extensions={"requestBody": {**_BODY, "required": True}},
)
def append(tenant_id: str, upload_id: UUID, headers_data: Part) -> Response:
    """Append a part, at most 256 MiB; what is told in `Upload-Offset` is on the medium."""
    if request.mimetype != BYTES:
        raise UnsupportedMediaType
    uploads = Uploads(current_home())
    session = uploads.get(tenant_id, str(upload_id), current_principal().agent)
    session = _append(uploads, session, headers_data.upload_offset, _checksum(headers_data))
    return _told(uploads, session, 204)


@blueprint.get(_ONE)
@allowed(Right.DEPOSIT)
@blueprint.output(UploadValue)
def upload(tenant_id: str, upload_id: UUID) -> Any:
    """Tell how far an upload has come; HEAD tells it in headers, as tus wants it."""
    uploads = Uploads(current_home())
    session = uploads.get(tenant_id, str(upload_id), current_principal().agent)
    headers = dict(_told(uploads, session, 200).headers)
    headers |= {
        "Upload-Length": str(session.length),
        "Upload-Metadata": f"filename {b64encode(session.name.encode()).decode()}",
        "Cache-Control": "no-store",
    }
    headers.pop("Content-Type", None)
    headers.pop("Content-Length", None)
    return upload_value(session, format_instant(uploads.ends_at(session))), 200, headers


@blueprint.delete(_ONE)
@allowed(Right.DEPOSIT)
@blueprint.input(_Headers, location="headers")
@blueprint.doc(responses={204: {"description": "Its bytes are gone"}, 412: _REFUSALS[412]})
def forget(tenant_id: str, upload_id: UUID, headers_data: _Headers) -> Response:  # noqa: ARG001 - documented
    """Forget an upload."""
    uploads = Uploads(current_home())
    uploads.drop(uploads.get(tenant_id, str(upload_id), current_principal().agent))
    return _tus(Response(status=204))


@blueprint.route(_ONE, methods=["POST"])
@blueprint.doc(hide=True)
def overridden(tenant_id: str, upload_id: UUID) -> Any:
    """Do what `X-HTTP-Method-Override` says, for clients that can only POST (tus 1.0.0, Requests)."""
    views: dict[str, Any] = {"PATCH": append, "DELETE": forget}
    view = views.get(request.headers[OVERRIDE].upper())
    assert view is not None  # `_understood` let nothing else pass
    return view(tenant_id=tenant_id, upload_id=upload_id)


def _abilities() -> Response:
    """Tell what is understood here; asked by anybody."""
    answer = _tus(Response(status=204))
    settings = current_home().engines.settings.work
    answer.headers |= {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Checksum-Algorithm": "sha256",
        "Tus-Max-Size": str(min(settings.upload_limit, settings.package_limit)),
    }
    return answer


@blueprint.before_request
def _understood() -> Response | None:
    """Allow large bodies, and refuse another version of the protocol before anything is done."""
    if request.method == "OPTIONS":
        return _abilities()
    request.max_content_length = LARGEST_PART
    said = request.headers.get(OVERRIDE, "").upper()
    if request.endpoint == f"{blueprint.name}.{overridden.__name__}" and said not in {"PATCH", "DELETE"}:
        raise MethodNotAllowed(["GET", "HEAD", "OPTIONS", "PATCH", "DELETE"])
    if not current_principal().known:
        raise NotIdentified("this needs somebody who said who he is")
    version = request.headers.get("Tus-Resumable", VERSION if request.method == "GET" else "")
    if version != VERSION and request.method != "HEAD":
        raise PreconditionFailed
    return None


@blueprint.after_request
def _versioned(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    if response.status_code == 412:
        response.headers["Tus-Version"] = VERSION
    return response


def _append(uploads: Uploads, session: UploadSession, offset: int, digest: bytes | None) -> UploadSession:
    return uploads.append(session, offset, cast("BinaryIO", request.stream), sha256=digest)


def _told(uploads: Uploads, session: UploadSession, status: int) -> Response:
    answer = _tus(Response(status=status))
    answer.headers["Upload-Offset"] = str(session.offset)
    answer.headers["Upload-Expires"] = format_datetime(uploads.ends_at(session), usegmt=True)
    return answer


def _tus(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _checksum(headers: _Headers) -> bytes | None:
    if not headers.upload_checksum:
        return None
    algorithm, _, value = headers.upload_checksum.partition(" ")
    try:
        digest = b64decode(value, validate=True)
    except (Base64Error, ValueError) as cause:
        raise InvalidInput("Upload-Checksum: the digest is no Base64") from cause
    if algorithm.lower() != "sha256" or len(digest) != 32:
        raise InvalidInput("Upload-Checksum: only sha256, with 32 bytes")
    return digest


def _metadata(text: str) -> dict[str, str]:
    """Read `name base64,name base64` (tus 1.0.0, Upload-Metadata)."""
    found: dict[str, str] = {}
    for pair in filter(None, (each.strip() for each in text.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = b64decode(value, validate=True).decode("utf-8")
        except (Base64Error, ValueError) as cause:
            raise InvalidInput(f"Upload-Metadata: {name[:50]} is no Base64 of UTF-8") from cause
    return found
