# SPDX-License-Identifier: EUPL-1.2
"""Answers with the bytes of a file, whole or in part, so that nobody's browser takes them for a page of ours.

`GET` and `HEAD`, `Range`, `If-Range`, `If-None-Match`; 200, 206, 304, 416 (RFC 9110 sections 13 to 15).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from flask import Response, jsonify, request

from archive.web.ranges import Span, Unsatisfiable, range_holds, read_range

SANDBOX: Final = "default-src 'none'; sandbox; frame-ancestors 'self'"
"""Policy of what somebody deposited: it runs nothing and loads nothing, wherever it is opened."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """A file to be given."""

    name: str
    """Under which it is saved."""
    size: int
    sha256: str
    """Of the whole; the strong validator."""
    media_type: str
    open: Callable[[Span], Iterator[bytes]]
    """Checks and records, then gives the bytes of a span; never called for a file without bytes or a HEAD."""
    empty: Callable[[], None] = lambda: None
    """Checks and records the giving of a file without bytes."""


def answer_bytes(file: Bytes, *, inline: bool = False) -> Response:
    """Return the answer to this request for a file.

    Args:
        file: What to give.
        inline: Let the browser show it; else it is saved.

    Raises:
        LongevaError: What `file.open` raises, before the first byte.
    """
    etag = f'"{file.sha256}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(file.name, inline=inline),
        "Content-Security-Policy": SANDBOX,
        "Repr-Digest": _digest(file.sha256),
    }
    if request.if_none_match.contains(file.sha256):
        return Response(status=304, headers=headers)
    span = read_range(request.headers.get("Range"), file.size) if request.method == "GET" else None
    if span is not None and not range_holds(request.headers.get("If-Range"), etag):
        span = None
    if isinstance(span, Unsatisfiable):
        return _unsatisfiable(file, headers)
    whole = span is None
    part = span or Span(0, file.size - 1)
    if request.method == "HEAD":
        body: Iterator[bytes] = iter(())
    elif file.size:
        body = file.open(part)
    else:
        file.empty()
        body = iter(())
    answer = Response(
        body, 200 if whole else 206, headers, mimetype=file.media_type or "application/octet-stream"
    )
    answer.content_length = part.length
    if not whole:
        answer.headers["Content-Range"] = f"bytes {part.first}-{part.last}/{file.size}"
    return answer


def disposition(name: str, *, inline: bool = False) -> str:
    """Return a Content-Disposition for any name: an ASCII one for old clients, the real one beside it.

    Source: RFC 6266 4.3, RFC 8187.
    """
    plain = "".join(char if char.isascii() and (char.isalnum() or char in " ._-()") else "_" for char in name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _unsatisfiable(file: Bytes, headers: dict[str, str]) -> Response:
    problem = {
        "type": "about:blank",
        "title": "Range Not Satisfiable",
        "status": 416,
        "detail": f"the file has {file.size} bytes",
    }
    answer = jsonify(problem)
    answer.status_code, answer.mimetype = 416, "application/problem+json"
    answer.headers["Content-Range"] = f"bytes */{file.size}"
    answer.headers["ETag"] = headers["ETag"]
    return answer


def _digest(sha256: str) -> str:
    """Return a Repr-Digest (RFC 9530 3): of the whole file, also where a part is given."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
