# SPDX-License-Identifier: EUPL-1.2
"""The development authority over HTTP: `/tsa` (RFC 3161 3.4), `/crl/NAME` (RFC 5280), `/ocsp` (RFC 6960)."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote

from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from archive.clock import Clock
from archive.errors import ConfigurationError, InvalidRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_REQUEST: Final = 64 * 1024


class Answers(Protocol):
    """What stands behind the service: the development authority."""

    clock: Clock

    def respond(self, request: bytes) -> bytes:
        """Answer a TimeStampReq."""
        ...

    def ocsp_respond(self, request: bytes) -> bytes:
        """Answer an OCSPRequest."""
        ...

    def revocation_list(self, issuer: str) -> bytes:
        """Return the list of an issuer at the clock's instant."""
        ...


class Service:
    """The WSGI application."""

    def __init__(self, authority: Answers) -> None:
        self._authority = authority

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        request.max_content_length = MAX_REQUEST
        try:
            response = self._answer(request)
        except HTTPException as refused:
            response = Response(f"{refused.name}\n", status=refused.code)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        path = request.path
        if path == "/tsa" and request.method == "POST":
            return Response(
                self._authority.respond(request.get_data()), content_type="application/timestamp-reply"
            )
        if path == "/ocsp" and request.method == "POST":
            return self._ocsp(request.get_data())
        if path.startswith("/ocsp/") and request.method == "GET":
            return self._ocsp(_from_path(path.removeprefix("/ocsp/")))
        if path.startswith("/crl/") and request.method == "GET":
            return self._crl(path.removeprefix("/crl/"))
        return Response("Not found\n", status=404)

    def _ocsp(self, body: bytes) -> Response:
        return Response(self._authority.ocsp_respond(body), content_type="application/ocsp-response")

    def _crl(self, issuer: str) -> Response:
        try:
            body = self._authority.revocation_list(issuer)
        except InvalidRequest:
            return Response("Not found\n", status=404)
        return Response(body, content_type="application/pkix-crl")


def listen(authority: Answers, host: str, port: int) -> BaseWSGIServer:
    """Return a server bound to a loopback address; port 0 takes a free one.

    Raises:
        InvalidRequest: The host is not loopback.
        ConfigurationError: The port is taken.
    """
    if host != "localhost" and not _is_loopback(host):
        raise InvalidRequest("The test authority answers on loopback only")
    try:
        return make_server(host, port, Service(authority), threaded=True)
    except (OSError, SystemExit) as cause:
        raise ConfigurationError(f"The port {port} of {host} is taken") from cause


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _from_path(encoded: str) -> bytes:
    try:
        return base64.b64decode(unquote(encoded), validate=True)
    except (binascii.Error, ValueError):
        return b""
