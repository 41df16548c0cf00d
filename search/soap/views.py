# SPDX-License-Identifier: EUPL-1.2
"""The CSV Broker's addresses: `/csvbroker` with its credential inside, `/csvbroker/wss` with WS-Security.

`?wsdl` gives the contract of each. An application is an API key (`longeva key make`): its number is
`idaplicacion`, the key itself the password. A code never stands in an address or a log.
"""

from __future__ import annotations

import logging
from importlib import resources
from typing import Final
from xml.sax.saxutils import escape

from flask import Blueprint, Response, current_app, request

from archive.errors import InvalidRequest, LongevaError, NotIdentified, TooManyRequests
from archive.identity.keys import PREFIX, Keys
from archive.web.app import WebSettings
from archive.web.context import current_home
from archive.web.limits import spend
from search.soap.broker import NOT_FOUND, Answer, answer_query, busy
from search.soap.envelope import Credential, Soap, read_message, write_fault, write_message
from search.soap.messages import Asked, error_info, read_request, write_answer

MAX_REQUEST: Final = 64 * 1024
"""Bytes of a question."""
RATE: Final = "300/minute"
"""Questions of one application."""
UNKNOWN: Final = "1000/day"
"""Of those, with codes that lead nowhere: a broker is sent codes that people mistyped, not guesses."""
WRONG: Final = "30/minute"
"""Credentials that open nothing, from one address."""
CONTRACTS: Final = {"/csvbroker": "csvbroker.wsdl", "/csvbroker/wss": "csvbroker-wss.wsdl"}

blueprint: Final = Blueprint("csvbroker", __name__)
_log = logging.getLogger(__name__)


@blueprint.get("/csvbroker")
@blueprint.get("/csvbroker/wss")
def contract() -> Response:
    """Give the WSDL, whatever the query says: there is nothing else to get."""
    text = resources.files("search.soap").joinpath(CONTRACTS[request.path]).read_text("utf-8")
    settings: WebSettings = current_app.extensions["longeva"]["settings"]
    address = escape(f"{settings.base_url}{request.path}", {'"': "&quot;"})
    return Response(text.replace("@ADDRESS@", address), mimetype="text/xml")


@blueprint.post("/csvbroker")
@blueprint.post("/csvbroker/wss")
def ask() -> Response:
    """Answer one question of the broker."""
    request.max_content_length = MAX_REQUEST
    soap = Soap.V12 if request.mimetype == Soap.V12.media_type else Soap.V11
    try:
        message = read_message(request.get_data())
        soap = message.soap
        asked = read_request(message.body)
        agent = _agent(asked.credential or message.credential)
        told = _told(asked, agent)
        return Response(write_message(soap, write_answer(asked.operation, told)), mimetype=soap.media_type)
    except LongevaError as cause:
        return _fault(soap, cause)


def _told(asked: Asked, agent: str) -> Answer:
    try:
        spend("csvbroker", RATE, agent)
    except TooManyRequests as cause:
        return busy(cause.retry_after)
    url = f"{current_app.extensions['longeva']['settings'].base_url}/verificar"
    told = answer_query(current_home(), asked.query, agent=agent, url=url if asked.operation.security else "")
    if told.code == NOT_FOUND:
        try:
            spend("csvbroker unknown", UNKNOWN, agent)
        except TooManyRequests as cause:
            return busy(cause.retry_after)
    return told


def _agent(credential: Credential | None) -> str:
    """Return who asks, for the ledger.

    Raises:
        NotIdentified: No credential, or one that opens nothing.
        TooManyRequests: Too many of those came from this address.
    """
    if credential is None:
        raise NotIdentified("idaplicacion and password, or a UsernameToken, are needed")
    text = credential.password
    if not text.startswith(f"{PREFIX}_"):
        text = f"{PREFIX}_{credential.name}_{text}"
    key = Keys(current_home()).opened_by(text)
    if key is None or key.key_id != credential.name:
        spend("wrong-keys", WRONG)
        raise NotIdentified("this credential opens nothing")
    return key.principal.agent


def _fault(soap: Soap, cause: LongevaError) -> Response:
    ours = cause.http_status >= 500
    if ours:
        _log.error("csvbroker.failed", exc_info=cause)
    words = cause.titulo if not isinstance(cause, InvalidRequest) else f"{cause.titulo}: {cause}"
    body = write_fault(soap, words, ours=ours, detail=error_info(str(cause.http_status), words))
    # SOAP 1.1 over HTTP answers every fault with 500 (section 6.2); 1.2 tells whose it is (Part 2, 7.5.2.2).
    status = 400 if soap is Soap.V12 and not ours else 500
    return Response(body, status, mimetype=soap.media_type)
