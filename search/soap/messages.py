# SPDX-License-Identifier: EUPL-1.2
"""The CSV Broker's messages: XML to questions, answers to XML. The four operations and their namespaces.

csvQueryDocument, csvQueryDocumentSecurity         credential inside
csvQueryDocumentWSS, csvQueryDocumentSecurityWSS   credential in a WS-Security header
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final

from lxml import etree

from archive.errors import InvalidRequest
from search.soap.broker import IDENTIFICATIONS, Answer, Found, Query
from search.soap.envelope import Credential, text_of

SERVICE: Final = "urn:es:gob:aapp:csvbroker:webservices:querydocument:v1.0"
MODEL: Final = "urn:es:gob:aapp:csvbroker:webservices:querydocument:model:v1.0"
_YES: Final = {"S": True, "N": False, "": False}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract."""

    name: str
    request: str
    """Child that holds the question."""
    security: bool
    """The variant with a person's identification."""
    response: str
    """Child of the answer, in Clark's notation."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in the contract's words."""

    operation: Operation
    query: Query
    credential: Credential | None


OPERATIONS: Final = {
    one.name: one
    for one in (
        Operation("csvQueryDocument", "queryDocumentRequest", False, f"{{{MODEL}}}CSVQueryDocumentResponse"),
        Operation(
            "csvQueryDocumentSecurity",
            "queryDocumentSecurityRequest",
            True,
            f"{{{MODEL}}}CSVQueryDocumentSecurityResponse",
        ),
        Operation("csvQueryDocumentWSS", "queryDocumentRequest", False, "queryDocumentResponse"),
        Operation(
            "csvQueryDocumentSecurityWSS",
            "queryDocumentSecurityRequest",
            True,
            "queryDocumentSecurityResponse",
        ),
    )
}


def read_request(body: etree._Element) -> Asked:
    """Read the element of a body.

    Raises:
        InvalidRequest: No operation of the contract, or not in its form.
    """
    name = etree.QName(body)
    operation = OPERATIONS.get(name.localname) if name.namespace == SERVICE else None
    if operation is None:
        raise InvalidRequest(f"this service has no operation {name.text[:200]}")
    asked = body.find(operation.request)
    if asked is None:
        raise InvalidRequest(f"{operation.name} needs {operation.request}")
    query = Query(
        text_of(asked, "csv"),
        text_of(asked, "dir3"),
        original=_flag(asked, "recuperacion_original"),
        eni=_flag(asked, "documento_eni"),
    )
    if operation.security and text_of(asked, "tipoIdentificacion") not in {"", *IDENTIFICATIONS}:
        raise InvalidRequest("tipoIdentificacion is none of the contract's")
    if not query.csv or not query.dir3:
        raise InvalidRequest("csv and dir3 are needed")
    inside = body.find("credential")
    credential = None
    if inside is not None:
        credential = Credential(text_of(inside, "idaplicacion"), text_of(inside, "password"))
    return Asked(operation, query, credential)


def write_answer(operation: Operation, answer: Answer) -> etree._Element:
    """Return the element of an answer's body."""
    root = etree.Element(f"{{{SERVICE}}}{operation.name}Response", nsmap={"tns": SERVICE, "ns1": MODEL})
    told = etree.SubElement(root, operation.response)
    _add(told, "code", answer.code)
    _add(told, "description", answer.description)
    if answer.found is not None:
        _add_document(told, answer.found, security=operation.security)
    if answer.wait:
        _add(etree.SubElement(told, "waitResponse"), "secondsToWait", str(answer.wait))
    return root


def error_info(code: str, description: str) -> etree._Element:
    """Return what the contract puts into a fault."""
    info = etree.Element(f"{{{MODEL}}}errorInfo", nsmap={"ns1": MODEL})
    _add(info, "code", code)
    _add(info, "description", description)
    return info


def _add_document(told: etree._Element, found: Found, *, security: bool) -> None:
    document = etree.SubElement(told, "documentUrlResponse" if security else "documentResponse")
    if found.content or not found.url:
        _add(document, "content", base64.b64encode(found.content).decode())
    _add(document, "name", found.name)
    _add(document, "mime", found.media_type.partition(";")[0])
    if found.url:
        _add(document, "url", found.url)


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def _flag(asked: etree._Element, name: str) -> bool:
    text = text_of(asked, name)
    if text not in _YES:
        raise InvalidRequest(f"{name} is S or N")
    return _YES[text]
