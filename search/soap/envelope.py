# SPDX-License-Identifier: EUPL-1.2
"""SOAP 1.1 and 1.2 envelopes: what is in one that came, and one to answer with. Knows no operation.

Source: W3C Note SOAP 1.1; W3C SOAP 1.2 Part 1; OASIS WSS UsernameToken Profile 1.1.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from lxml import etree

from archive.errors import InvalidRequest
from archive.xml import parse_xml

WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
CLEAR: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
)
MAX_TEXT: Final = 4_000
"""Characters of one value."""


class Soap(Enum):
    """The two versions: namespace and media type."""

    V11 = ("http://schemas.xmlsoap.org/soap/envelope/", "text/xml")
    V12 = ("http://www.w3.org/2003/05/soap-envelope", "application/soap+xml")

    @property
    def namespace(self) -> str:
        """Of the envelope."""
        return self.value[0]

    @property
    def media_type(self) -> str:
        """Of a message."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Credential:
    """Who says to be asking."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Message:
    """A request that came."""

    soap: Soap
    body: etree._Element
    """The one element in the body."""
    credential: Credential | None
    """From a WS-Security header."""


def read_message(data: bytes) -> Message:
    """Read an envelope.

    Raises:
        XmlRefused: It cannot be read safely.
        InvalidRequest: It is no SOAP envelope with one element in its body, or a header that it says must be
            understood is not.
    """
    root = parse_xml(data).getroot()
    soap = next((one for one in Soap if root.tag == f"{{{one.namespace}}}Envelope"), None)
    body = None if soap is None else root.find(f"{{{soap.namespace}}}Body")
    inside = [] if body is None else list(body.iterchildren("{*}*"))
    if soap is None or len(inside) != 1:
        raise InvalidRequest("a SOAP envelope with one element in its body is expected")
    header = root.find(f"{{{soap.namespace}}}Header")
    return Message(soap, inside[0], None if header is None else _credential(header, soap))


def write_message(soap: Soap, inside: etree._Element) -> bytes:
    """Return an envelope around an element."""
    envelope = etree.Element(f"{{{soap.namespace}}}Envelope", nsmap={"soap": soap.namespace})
    etree.SubElement(envelope, f"{{{soap.namespace}}}Body").append(inside)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def write_fault(soap: Soap, words: str, *, ours: bool, detail: etree._Element | None = None) -> bytes:
    """Return an envelope that says why there is no answer.

    Args:
        soap: Version of the request.
        words: In Spanish, for people.
        ours: Whether the fault is the archive's; else the caller can mend it.
        detail: What the contract says of faults.
    """
    of = soap.namespace
    fault = etree.Element(f"{{{of}}}Fault", nsmap={"soap": of})
    if soap is Soap.V11:
        etree.SubElement(fault, "faultcode").text = f"soap:{'Server' if ours else 'Client'}"
        etree.SubElement(fault, "faultstring").text = words
        holder = etree.SubElement(fault, "detail")
    else:
        code = etree.SubElement(fault, f"{{{of}}}Code")
        etree.SubElement(code, f"{{{of}}}Value").text = f"soap:{'Receiver' if ours else 'Sender'}"
        reason = etree.SubElement(fault, f"{{{of}}}Reason")
        text = etree.SubElement(reason, f"{{{of}}}Text")
        text.text = words
        text.set("{http://www.w3.org/XML/1998/namespace}lang", "es")
        holder = etree.SubElement(fault, f"{{{of}}}Detail")
    if detail is not None:
        holder.append(detail)
    return write_message(soap, fault)


def text_of(parent: etree._Element, name: str) -> str:
    """Return the text of a child without namespace, trimmed; empty where there is none.

    Raises:
        InvalidRequest: It is longer than any value is.
    """
    text = (parent.findtext(name) or "").strip()
    if len(text) > MAX_TEXT:
        raise InvalidRequest(f"{name} is longer than {MAX_TEXT} characters")
    return text


def _credential(header: etree._Element, soap: Soap) -> Credential | None:
    for block in header.iterchildren("{*}*"):
        if block.tag == f"{{{WSSE}}}Security":
            continue
        if block.get(f"{{{soap.namespace}}}mustUnderstand") in {"1", "true"}:
            raise InvalidRequest(f"a header must be understood and is not: {block.tag[:200]}")
    token = header.find(f"{{{WSSE}}}Security/{{{WSSE}}}UsernameToken")
    if token is None:
        return None
    password = token.find(f"{{{WSSE}}}Password")
    if password is None or password.get("Type", CLEAR) != CLEAR:
        raise InvalidRequest("a UsernameToken needs its password as PasswordText, over TLS")
    return Credential(text_of(token, f"{{{WSSE}}}Username"), (password.text or "").strip()[:MAX_TEXT])
