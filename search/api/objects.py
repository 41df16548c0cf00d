# SPDX-License-Identifier: EUPL-1.2
"""Archives, objects, and what is in them: descriptions and bytes.

A file's bytes are given whole or in part (`Range`), checked before the first one leaves (`search.giving`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeVar
from urllib.parse import quote

from flask import Response, request

from archive.errors import NotFound, NotIdentified
from archive.identity import Right
from archive.model import DocumentRecord
from archive.web.access import current_principal, tenants_of
from archive.web.api import MOST, PageQuery, decode_cursor, encode_cursor, next_link
from archive.web.context import current_home
from archive.web.partial import SANDBOX, Bytes, answer_bytes, disposition
from search.api.door import BINARY, blueprint, giver, seen
from search.api.models import (
    Archives,
    Documents,
    Files,
    Thing,
    archive_out,
    document_out,
    file_out,
    thing_out,
)
from search.giving import HeldFile, find_file
from search.retrieval import open_content
from search.seeing import NOTHING, Seen

T = TypeVar("T")

MOST_ENTRIES: Final = 1_000_000
"""Farther than any list of an object reaches."""
BYTES: Final[dict[int | str, Any]] = {
    200: {"description": "The whole", **BINARY},
    206: {"description": "A part of it", **BINARY},
    304: "You have it already",
    416: "It has no byte of that range",
}
"""What an address of bytes answers."""


@blueprint.get("/tenants")
@blueprint.output(Archives)
def archives() -> Archives:
    """Say where the key, or whoever asks, has a role, and what he may do there."""
    principal = current_principal()
    if not principal.known:
        raise NotIdentified("this needs somebody who said who he is")
    return Archives(items=[archive_out(tenant, principal) for tenant in tenants_of(principal)])


@blueprint.get("/tenants/<tenant_id>/objects/<object_id>")
@blueprint.output(Thing)
def one_object(tenant_id: str, object_id: str) -> Thing:
    """Describe an object. What is reserved does not exist for who may not see it."""
    principal, found = seen(tenant_id, object_id)
    return thing_out(found, principal)


@blueprint.get("/tenants/<tenant_id>/objects/<object_id>/documents")
@blueprint.input(PageQuery, location="query")
@blueprint.output(Documents)
def documents(tenant_id: str, object_id: str, query_data: PageQuery) -> Documents:
    """List the documents of an object in the order of its index."""
    _, found = seen(tenant_id, object_id)
    numbered = list(enumerate(found.documents, 1))
    part, following = part_of(numbered, query_data)
    return Documents(items=[document_out(number, one) for number, one in part], next=following)


@blueprint.get("/tenants/<tenant_id>/objects/<object_id>/files")
@blueprint.input(PageQuery, location="query")
@blueprint.output(Files)
def files(tenant_id: str, object_id: str, query_data: PageQuery) -> Files:
    """List the files of an object: those that came, and the record of the deposit."""
    _, found = seen(tenant_id, object_id)
    with current_home().catalog.reading(tenant_id) as tx:
        listed = tx.files(found.record.object_id)
    part, following = part_of(listed, query_data)
    told = [file_out(found.record, one, f"/files/{quote(one.path)}") for one in part]
    return Files(items=told, next=following)


@blueprint.get("/tenants/<tenant_id>/objects/<object_id>/files/<path:path>")
@blueprint.doc(responses=BYTES)
def file_bytes(tenant_id: str, object_id: str, path: str) -> Response:
    """Give a file exactly as it is kept, whole or in part. Fixity first, then the ledger, then the bytes."""
    principal, found = seen(tenant_id, object_id, Right.READ)
    return give(found, path, principal.agent)


@blueprint.get("/tenants/<tenant_id>/objects/<object_id>/documents/<int:number>/content")
@blueprint.doc(responses=BYTES)
def document_bytes(tenant_id: str, object_id: str, number: int) -> Response:
    """Give the content of a document: a video as a video. In part only where it is a file of its own."""
    principal, found = seen(tenant_id, object_id, Right.READ)
    if not 1 <= number <= len(found.documents):
        raise NotFound(NOTHING)
    return _content(found, found.documents[number - 1], principal.agent)


def give(found: Seen, path: str, agent: str, name: str = "", media_type: str = "") -> Response:
    """Return the answer with a file's bytes.

    Args:
        found: The object.
        path: Logical path of the file in it.
        agent: Who reads.
        name: Under which it is saved; by default the last part of the path.
        media_type: By default as recorded of the file.
    """
    home, giving = current_home(), giver()
    held: HeldFile = find_file(home, found.record, path)
    file = Bytes(
        name or held.name,
        held.digests.size,
        held.digests.sha256,
        media_type or held.file.media_type,
        lambda span: giving.give(home, held, agent, span.first, span.last),
        lambda: giving.give_empty(home, held, agent),
    )
    return answer_bytes(file)


def _content(found: Seen, document: DocumentRecord, agent: str) -> Response:
    path = document.content_path or ("" if document.eni_id else document.path)
    if path:
        return give(found, path, agent, document.name, document.media_type)
    known = document.content
    headers = {
        "Accept-Ranges": "none",
        "Content-Disposition": disposition(document.name),
        "Content-Security-Policy": SANDBOX,
    }
    if known:
        headers["ETag"] = f'"{known.sha256}"'
        if request.if_none_match.contains(known.sha256):
            return Response(status=304, headers=headers)
    chunks: Iterator[bytes] = iter(())
    if request.method != "HEAD":
        record = found.record
        chunks = open_content(
            current_home(), record.object_id, document.path, agent, tenant_id=record.tenant_id
        )
    kind = document.media_type or "application/octet-stream"
    answer = Response(chunks, headers=headers, mimetype=kind)
    if known:
        answer.content_length = known.size
    return answer


def part_of(entries: list[T], query: PageQuery) -> tuple[list[T], str | None]:
    """Return a part of a list that is known whole, and the address of the next."""
    told = decode_cursor(query.cursor)
    after = min(int(told[0]), MOST_ENTRIES) if told and told[0].isascii() and told[0].isdigit() else 0
    limit = min(query.limit, MOST)
    following = after + limit
    return entries[after:following], next_link(encode_cursor(following)) if following < len(entries) else None
